"""A recommendation's card, and one line of a list, as parts of an Adaptive Card."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat.replies import brag_words
from bot.chat.text import blank, cut, size
from bot.teams.elements import (
    MOST_LINES,
    Json,
    Rendering,
    actions,
    beside,
    button,
    container,
    line,
    prose,
    rows,
    run,
    sayable,
    toggle,
)
from governance.brag import Brag
from messages.reply import Button, Card, Fact

FOLDED_TEXT = 700
"""Characters of text and points before the rest is folded."""
FOLDED_LINES = 30
FOLDED_FACT = 300
MOST_FACTS = 40
FACT_LINES = 10
LEAST_FACTS = 8
"""So many are shown however little room there is."""
SUBTITLE = 300
_COLOURS = {"red": "Attention", "amber": "Warning", "green": "Good", "blue": "Accent"}


def card_body(
    card: Card, rendering: Rendering, *, place: int = 0, room: int = 20_000
) -> list[Json]:
    """The card of one recommendation: long texts folded until "Show all" is pressed.

    `place` tells its parts from those of the other cards of a message; `room` is how many
    characters its text, and its facts, may take.
    """
    whole = _whole(card)
    folded = size(whole) > FOLDED_TEXT
    told = _told(card.facts)[: max(LEAST_FACTS, room // 500)]
    most = min(FOLDED_FACT, max(60, room // 20))
    facts = [_fact(fact, most) for fact in told]
    long = any(size(fact.value) > most for fact in told)
    short, full = f"short{place}", f"full{place}"
    body = _head(card)
    if not folded and not long:
        return [*body, *prose(cut(whole, room)), *facts, *actions(card.buttons, rendering)]
    lines = min(MOST_LINES, max(20, room // 100))
    unfolded = [*prose(cut(whole, room), most=lines), *_facts(told, room)]
    unfolded += rows([toggle("Show less", [short, full])])
    brief = [*prose(cut(whole, min(FOLDED_TEXT, room)), most=FOLDED_LINES), *facts]
    brief += rows([toggle("Show all", [short, full])])
    return [
        *body,
        container(brief, id=short),
        container(unfolded, id=full, isVisible=False),
        *actions(card.buttons, rendering),
    ]


def compact_body(card: Card, rendering: Rendering) -> list[Json]:
    """The card on a few lines with a button for the whole of it, where many are shown."""
    told = [line(*_named(card))]
    if not blank(card.subtitle):
        told.append(line(run(cut(card.subtitle, SUBTITLE), isSubtle=True), spacing="None"))
    facts = [f"{f.label}: {f.value}" for f in card.facts if f.label in ("Deadline", "Owner")]
    if facts:
        told.append(line(run(cut(" · ".join(facts), 200)), spacing="None"))
    show = [Button("Show", card.name)] if sayable(card.name) else []
    return [_with_button(told, show, rendering)]


def line_body(card: Card, rendering: Rendering) -> Json:
    """One line of a list: what can be typed back in bold, the rest, and its button."""
    told = [run(cut(card.title, 200), weight="Bolder")]
    if not blank(card.subtitle):
        told.append(run(f" · {cut(card.subtitle, 600)}"))
    return _with_button([line(*told)], card.buttons, rendering)


def _with_button(told: list[Json], buttons: Iterable[Button], rendering: Rendering) -> Json:
    first = next((each for each in buttons if sayable(each.command)), None)
    if first is None:
        return container(told, spacing="Small")
    row: Json = {"type": "ActionSet", "actions": [button(first, rendering)]}
    return beside(("stretch", told), ("auto", [row]), spacing="Small")


def brag_run(brag: Brag) -> Json:
    """BRAG in its colour where it has one; the letter, shape and word say it without."""
    colour = _COLOURS.get(brag.colour, "Default")
    return run(brag_words(brag), weight="Bolder", color=colour, size="Medium")


def _named(card: Card) -> list[Json]:
    found = [] if card.brag is None else [brag_run(card.brag), run("  ")]
    return [*found, run(cut(card.title, 200), weight="Bolder", size="Medium")]


def _head(card: Card) -> list[Json]:
    found = [line(*_named(card))]
    if not blank(card.subtitle):
        subtitle = run(cut(card.subtitle, SUBTITLE), isSubtle=True, size="Small")
        found.append(line(subtitle, spacing="None"))
    return found


def _whole(card: Card) -> str:
    points = "\n".join(f"• {point}" for point in card.points)
    return "\n\n".join(part for part in (card.text, points) if not blank(part))


def _told(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if not blank(fact.value)][:MOST_FACTS]


def _facts(facts: Iterable[Fact], room: int) -> list[Json]:
    """Facts unfolded, as far as there is room."""
    found = []
    for fact in facts:
        most = max(60, room)
        found.append(_fact(fact, most))
        room -= min(most, size(fact.value))
    return found


def _fact(fact: Fact, most: int) -> Json:
    label = line(run(cut(fact.label, 100), weight="Bolder"))
    return beside(
        ("120px", [label]),
        ("stretch", prose(cut(fact.value, most), most=FACT_LINES)),
        spacing="Small",
    )
