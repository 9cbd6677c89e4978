"""Looking one up: the card of what a reference names."""

from __future__ import annotations

from commands.invocation import Context
from commands.parsing.grammar import targets
from commands.registry import Family
from messages.recommendation import card, cards_reply
from messages.reply import Field, Form, Reply, Visibility

FAMILY = Family("Look up")
LOOK_UP = "look_up"


def look_up_form() -> Form:
    """What a face opens to look something up; its one field, `words`, is said as it is."""
    hint = "A reference such as 24087, a number such as rec 16, or words of the text."
    field = Field("words", "Which recommendation?", required=True, hint=hint)
    return Form(LOOK_UP, "", "Look up", (field,), submit="Look up")


@FAMILY.look(
    "show",
    "look up",
    usage=("24087", "24087 24133", "rec 16", "AFI 1 of Staffordshire", "16 @ vetting of Cumbria"),
    summary="show a recommendation's card, or several",
    detail=(
        "A number of four digits or more is the inspectorate's reference; up to three digits is "
        "a number within a report, and wants `of FORCE` or `@ words of the title` where several "
        "reports have it."
    ),
)
def show(context: Context) -> Reply:
    with context.read() as reading:
        named = targets(reading, context.rest, verb=context.word)
        if named.problem is not None:
            return named.problem
        if not named.found:
            return Reply("Which one? Say its number, such as `24087` or `rec 16`.", ok=False)
        cards = tuple(card(reading, row, context.person) for row in named.found)
    return cards_reply("", cards, visibility=Visibility.CHANNEL)
