"""A recommendation's card, and one line of a list, as elements of an Adaptive Card."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.replies import brag_words
from bot.chat.text import blank, cut, size
from bot.teams.elements import (
    MAX_LINES,
    Json,
    Rendering,
    action,
    action_sets,
    actions,
    column_set,
    container,
    fits_button,
    paragraphs,
    rich_text,
    text_run,
    toggle,
)
from governance.brag import Brag
from messages.reply import Button, Card, Fact

FOLDED_TEXT = 700
"""Characters of text and points before the rest is folded."""
FOLDED_LINES = 30
FOLDED_FACT = 300
MAX_FACTS = 40
FACT_LINES = 10
MIN_FACTS = 8
"""Facts that are shown however little room there is."""
SUBTITLE = 300
_COLOURS = {"red": "Attention", "amber": "Warning", "green": "Good", "blue": "Accent"}


def card_body(
    card: Card, rendering: Rendering, *, place: int = 0, room: int = 20_000
) -> list[Json]:
    """The card of one recommendation: long texts folded until "Show all" is pressed.

    `place` tells its parts from those of the other cards of a message; `room` is how many
    characters its text, and its facts, may take.
    """
    points = "\n".join(f"• {point}" for point in card.points)
    text = "\n\n".join(part for part in (card.text, points) if not blank(part))
    facts = [fact for fact in card.facts if not blank(fact.value)][:MAX_FACTS]
    facts = facts[: max(MIN_FACTS, room // 500)]
    fact_room = min(FOLDED_FACT, max(60, room // 20))
    short_facts = [_fact(fact, fact_room) for fact in facts]
    head = [rich_text(*_heading(card))]
    if not blank(card.subtitle):
        subtitle = text_run(cut(card.subtitle, SUBTITLE), isSubtle=True, size="Small")
        head.append(rich_text(subtitle, spacing="None"))
    buttons = actions(card.buttons, rendering)
    if size(text) <= FOLDED_TEXT and all(size(fact.value) <= fact_room for fact in facts):
        return [*head, *paragraphs(cut(text, room)), *short_facts, *buttons]
    ids = [f"short{place}", f"full{place}"]
    short = paragraphs(cut(text, min(FOLDED_TEXT, room)), max_lines=FOLDED_LINES)
    short += [*short_facts, *action_sets([toggle("Show all", ids)])]
    full = paragraphs(cut(text, room), max_lines=min(MAX_LINES, max(20, room // 100)))
    full += [*_full_facts(facts, room), *action_sets([toggle("Show less", ids)])]
    folded = [container(short, id=ids[0]), container(full, id=ids[1], isVisible=False)]
    return [*head, *folded, *buttons]


def compact_body(card: Card, rendering: Rendering) -> list[Json]:
    """The card on a few lines with a button for the whole of it, where many are shown."""
    lines = [rich_text(*_heading(card))]
    if not blank(card.subtitle):
        subtitle = text_run(cut(card.subtitle, SUBTITLE), isSubtle=True)
        lines.append(rich_text(subtitle, spacing="None"))
    facts = [f"{f.label}: {f.value}" for f in card.facts if f.label in ("Deadline", "Owner")]
    if facts:
        lines.append(rich_text(text_run(cut(" · ".join(facts), 200)), spacing="None"))
    return [_with_button(lines, [Button("Show", card.name)], rendering)]


def line_body(card: Card, rendering: Rendering) -> Json:
    """A line of a list: the name that can be typed in bold, the rest, and its button."""
    runs = [text_run(cut(card.title, 200), weight="Bolder")]
    if not blank(card.subtitle):
        runs.append(text_run(f" · {cut(card.subtitle, 600)}"))
    return _with_button([rich_text(*runs)], card.buttons, rendering)


def _with_button(lines: list[Json], buttons: Iterable[Button], rendering: Rendering) -> Json:
    button = next((button for button in buttons if fits_button(button.command)), None)
    if button is None:
        return container(lines, spacing="Small")
    row: Json = {"type": "ActionSet", "actions": [action(button, rendering)]}
    return column_set(("stretch", lines), ("auto", [row]), spacing="Small")


def brag_run(brag: Brag) -> Json:
    """BRAG in its colour where it has one; the letter, shape and word say it without."""
    colour = _COLOURS.get(brag.colour, "Default")
    return text_run(brag_words(brag), weight="Bolder", color=colour, size="Medium")


def _heading(card: Card) -> list[Json]:
    brag = [] if card.brag is None else [brag_run(card.brag), text_run("  ")]
    return [*brag, text_run(cut(card.title, 200), weight="Bolder", size="Medium")]


def _full_facts(facts: Iterable[Fact], room: int) -> list[Json]:
    """Facts unfolded, as far as there is room."""
    elements = []
    for fact in facts:
        fact_room = max(60, room)
        elements.append(_fact(fact, fact_room))
        room -= min(fact_room, size(fact.value))
    return elements


def _fact(fact: Fact, room: int) -> Json:
    label = rich_text(text_run(cut(fact.label, 100), weight="Bolder"))
    value = paragraphs(cut(fact.value, room), max_lines=FACT_LINES)
    return column_set(("120px", [label]), ("stretch", value), spacing="Small")
