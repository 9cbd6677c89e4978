"""A recommendation's card as blocks, long texts folded until "Show all" is pressed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from bot.chat.replies import brag_words
from bot.chat.text import blank, cut, size
from bot.slack.blocks import limits
from bot.slack.blocks.elements import (
    CUT_SHORT,
    FORM,
    PAGE,
    PIECE,
    ROOM,
    SAY,
    SHOW_ALL,
    Block,
    actions,
    button,
    context,
    header,
    mrkdwn,
    prose,
    sayable,
    section,
    short,
)
from messages.reply import Button, Card, Fact

FOLDED_TEXT = 700
"""Characters of text and points before they are folded."""
FOLDED_FACT = 300
SHORT_FACT = 90
"""A fact up to this long stands beside another; a longer one has the whole width."""
MOST_FACTS = 40
_SUBTITLE = 300


def card_blocks(
    card: Card, *, open: bool = False, zone: ZoneInfo | None = None, room: int = ROOM
) -> list[Block]:
    """The card of one recommendation; `open` shows what is folded otherwise.

    `room` is how many characters its blocks may take together. A card that cannot be asked for
    again has nothing to press for the rest, so it is never folded.
    """
    may_fold = sayable(card.name)
    open = open or not may_fold
    head = _head(card)
    buttons = [(each, action_of(each)) for each in card.buttons]
    if open and may_fold and _is_long(card):
        buttons.append((Button("Show less", card.name), SAY))
    foot = actions(buttons, room // 2)
    left = room - limits.room(head) - limits.room(foot) - 200
    facts = _facts(card.facts, zone, open=open, room=left * 6 // 10)
    body = _body(card, zone, open=open, room=left - limits.room(facts))
    if not open and _is_long(card):
        _show_all(card, body, foot)
    return [*head, *body, *facts, *foot]


def compact_blocks(card: Card, zone: ZoneInfo | None = None) -> list[Block]:
    """The card on a few lines with a button for the whole of it, where many are shown."""
    lead = [f"*{short(card.title, 200, zone)}*", brag_words(card.brag)]
    texts = [" · ".join(part for part in lead if part)]
    if not blank(card.subtitle):
        texts.append(short(card.subtitle, 200, zone))
    facts = [f"{f.label}: {f.value}" for f in card.facts if f.label in ("Deadline", "Owner")]
    if facts:
        texts.append(short(" · ".join(facts), 200, zone))
    accessory = button("Show", SAY, card.name) if sayable(card.name) else None
    return [section("\n".join(texts), accessory)]


def line_block(line: Card, zone: ZoneInfo | None = None) -> Block:
    """One line of a list: what can be typed back in bold, the rest, and its button."""
    text = f"*{short(line.title, 200, zone)}* · {short(line.subtitle, 600, zone)}"
    first = next((each for each in line.buttons if sayable(each.command)), None)
    accessory = button(first.label, action_of(first), first.command, first.style) if first else None
    return section(text.removesuffix(" · "), accessory)


def rows(buttons: Iterable[Button]) -> list[Block]:
    """Buttons of an answer as rows: choices, confirmations, Undo, pages."""
    return actions([(each, action_of(each)) for each in buttons])


def action_of(each: Button) -> str:
    """The action_id of a reply's or a card's button."""
    if each.opens_form:
        return FORM
    return PAGE if each.label in ("Next", "Previous") else SAY


def _head(card: Card) -> list[Block]:
    blocks = [header(" · ".join(p for p in (brag_words(card.brag), card.title) if p.strip()))]
    if not blank(card.subtitle):
        blocks.append(context(short(card.subtitle, _SUBTITLE)))
    return blocks


def _points(card: Card) -> str:
    return "\n".join(f"• {point}" for point in card.points)


def _whole(card: Card) -> str:
    return "\n\n".join(part for part in (card.text, _points(card)) if not blank(part))


def _is_long(card: Card) -> bool:
    return (
        size(_whole(card)) > FOLDED_TEXT
        or len(card.facts) > MOST_FACTS // 2
        or any(size(fact.value) > FOLDED_FACT for fact in card.facts)
    )


def _body(card: Card, zone: ZoneInfo | None, *, open: bool, room: int) -> list[Block]:
    whole = _whole(card)
    if not open and size(whole) > FOLDED_TEXT:
        return prose(cut(whole, min(FOLDED_TEXT, room)), zone, room)
    return prose(whole, zone, room)


def _show_all(card: Card, body: list[Block], foot: list[Block]) -> None:
    """Put the button beside the text that is folded, or among the others."""
    shown = button("Show all", SHOW_ALL, card.name)
    if body and size(_whole(card)) > FOLDED_TEXT:
        body[-1]["accessory"] = shown
    elif foot and len(foot[-1]["elements"]) < limits.ACTIONS:
        foot[-1]["elements"].append(shown)
    else:
        foot.append({"type": "actions", "elements": [shown]})


def _facts(facts: Sequence[Fact], zone: ZoneInfo | None, *, open: bool, room: int) -> list[Block]:
    """Short facts side by side, long ones across, as far as there is room."""
    most = MOST_FACTS if open else MOST_FACTS // 2
    longest = PIECE if open else FOLDED_FACT
    fields: list[Block] = []
    across: list[Block] = []
    left = room
    for fact in facts[:most]:
        if blank(fact.value) or left < CUT_SHORT:
            continue
        label = f"*{short(fact.label, 100, zone)}*"
        fitting = min(longest, left, PIECE) - size(label)
        text = f"{label}\n{short(fact.value, fitting, zone)}"
        left -= size(text)
        if size(fact.value) <= SHORT_FACT:
            fields.append(mrkdwn(text))
        else:
            across.append(section(text))
    tables: list[Block] = [
        {"type": "section", "fields": fields[at : at + limits.FIELDS]}
        for at in range(0, len(fields), limits.FIELDS)
    ]
    return [*tables, *across]
