"""Look-up: the cards of the recommendations that a text names."""

from __future__ import annotations

from commands.invocation import Context
from commands.parsing.grammar import read_targets
from commands.registry import Family
from db.store import Reading
from governance.limits import CARDS, TooMuch
from messages.recommendation import card, cards_reply
from messages.reply import Field, Form, Reply, Visibility

FAMILY = Family("Look up")
LOOK_UP = "look_up"


def look_up_form() -> Form:
    """The form of a face's own shortcut; the text of its one field, `words`, is the command."""
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
def show(reading: Reading, context: Context) -> Reply:
    targets = read_targets(reading, context.rest, verb=context.word)
    if targets.problem is not None:
        return targets.problem
    if not targets.rows:
        return Reply("Which one? Say its number, such as `24087` or `rec 16`.", ok=False)
    if len(targets.rows) > CARDS:
        raise TooMuch(
            f"That is {len(targets.rows)} recommendations, and up to {CARDS} are shown at once; "
            "say fewer, or `list`."
        )
    cards = tuple(card(reading, row, context.person) for row in targets.rows)
    return cards_reply("", cards, visibility=Visibility.CHANNEL)
