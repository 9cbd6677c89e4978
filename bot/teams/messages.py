"""Replies and letters as Teams messages: one Adaptive Card, and a summary in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.chat.message_state import MessageState
from bot.chat.text import blank, clean, cut
from bot.teams.cards import card_body, compact_body, line_body
from bot.teams.elements import (
    Json,
    Rendering,
    action,
    actions,
    adaptive_card,
    attachment,
    container,
    fits,
    fits_button,
    formatted,
    paragraphs,
    rich_text,
    text_run,
)
from messages.digest import Digest, DigestLine
from messages.reply import Button, Card, Reply
from scheduler.courier import Letter

FULL_CARDS = 3
"""More than these in one answer are shown on a few lines each."""
SUMMARY = 200
ROOMS = (20_000, 12_000, 6_000, 3_000, 1_500, 600)
"""Characters of text that are tried, until the message is small enough."""
LINE = 400
MORE = "… and {count} more: say mine"
_COMMAND = re.compile(r"/rec (?=and a reference|agenda )")
"""Slack's command in the scheduler's words, which in a channel of Teams is a mention."""


def message(card: Json, text: str) -> Json:
    """A message with one card; a notification shows the beginning of `text`."""
    summary = cut(" ".join(clean(text).split()), SUMMARY) or "Duly"
    return {"type": "message", "summary": summary, "attachments": [attachment(card)]}


def text_message(text: str) -> Json:
    """A message of Duly's own words, without buttons."""
    return message(adaptive_card(formatted(text), text), text)


def reply_message(reply: Reply) -> Json:
    """A reply as a message."""
    return message(reply_card(reply), reply.text)


def reply_card(reply: Reply) -> Json:
    """A reply as one card."""
    rendering = Rendering(MessageState.of(reply))
    return _fitting(lambda room: adaptive_card(_body(reply, rendering, room), reply.text))


def letter_message(letter: Letter) -> Json:
    """A letter of the scheduler as a message."""
    text = _COMMAND.sub("@Duly ", letter.text)
    if letter.digest is None:
        card = _fitting(lambda room: adaptive_card(_notice(cut(text, room)), text))
    else:
        card = _digest(letter.digest)
    return message(card, text)


def _fitting(build: Callable[[int], Json]) -> Json:
    """The card with the most room for its texts that is small enough for Teams."""
    card: Json = {}
    for room in ROOMS:
        card = build(room)
        if fits(message(card, "")):
            break
    return card


def _body(reply: Reply, rendering: Rendering, room: int) -> list[Json]:
    if not reply.cards and not reply.lines:
        return [*formatted(cut(reply.text, room)), *_foot(reply, rendering)]
    head, tail = reply.around
    body = formatted(cut(head, room // 2)) if head else []
    if reply.cards:
        body += _cards(reply.cards, rendering, room)
    else:
        body += [line_body(line, rendering) for line in reply.lines]
    body += paragraphs(cut(tail, 1000), isSubtle=True)
    return [*body, *_foot(reply, rendering)]


def _foot(reply: Reply, rendering: Rendering) -> list[Json]:
    """The reply's own buttons, and one that opens its form."""
    buttons = list(reply.buttons)
    if reply.form is not None:
        form = reply.form
        opens = Button(f"{form.title}…", f"{form.name} {form.target}", "primary", opens_form=True)
        buttons.append(opens)
    return actions(buttons, rendering)


def _cards(cards: tuple[Card, ...], rendering: Rendering, room: int) -> list[Json]:
    """Each card in full while they are few; on a few lines each when they are many."""
    full = len(cards) <= FULL_CARDS
    count = len(cards) if full else max(5, room // 400)
    elements = []
    for place, card in enumerate(cards[:count]):
        body = (
            card_body(card, rendering, place=place, room=room // len(cards))
            if full
            else compact_body(card, rendering)
        )
        elements.append(container(body, separator=place > 0, spacing="Medium"))
    if len(cards) > count:
        rest = f"… and {len(cards) - count} more: ask for them by their numbers, a few at a time."
        elements.append(rich_text(text_run(rest, isSubtle=True)))
    return elements


def _notice(text: str) -> list[Json]:
    """A board's paper or a notice: its first line as a heading where it is one."""
    first, _, rest = text.partition("\n")
    if rest.strip() and 0 < len(first.strip()) <= 150 and not first.endswith("."):
        heading = text_run(first.strip(), weight="Bolder", size="Medium")
        return [rich_text(heading), *formatted(rest)]
    return formatted(text)


def _digest(digest: Digest) -> Json:
    """Update and Snooze under each line while all have room so, else fewer lines with them."""
    count = sum(len(section.lines) for section in digest.sections)
    card: Json = {}
    for pressable, shown in ((count, count), (count // 2, count), (10, 120), (10, 60)):
        card = adaptive_card(_digest_body(digest, pressable, shown), digest.text)
        if fits(message(card, "")):
            break
    return card


def _digest_body(digest: Digest, pressable: int, shown: int) -> list[Json]:
    """The first `shown` lines, of which the first `pressable` have buttons."""
    rendering = Rendering()
    body = formatted(digest.opening)
    number = 0
    for section in digest.sections:
        title = text_run(cut(section.title, LINE), weight="Bolder")
        body.append(rich_text(title, spacing="Medium"))
        for line in section.lines:
            number += 1
            if number <= shown:
                body += _digest_line(line, rendering, buttons=number <= pressable)
    if number > shown:
        body.append(rich_text(text_run(MORE.format(count=number - shown), isSubtle=True)))
    closing = digest.closing.replace("/rec ", "")
    small = [] if blank(closing) else paragraphs(cut(closing, 1000), isSubtle=True)
    return [*body, *small]


def _digest_line(line: DigestLine, rendering: Rendering, *, buttons: bool) -> list[Json]:
    """A line with its buttons; a settled one is struck through, with what became of it."""
    text = cut(" ".join(line.text.split()), LINE)
    if line.settled is not None:
        struck = text_run(f"{text} ", strikethrough=True, isSubtle=True)
        outcome = text_run(cut(line.settled, LINE))
        return [rich_text(text_run("✓ "), struck, outcome, spacing="Small")]
    bullet, target = text_run(f"• {text}"), line.target
    if not (buttons and target and fits_button(f"snooze {target}")):
        return [rich_text(bullet, spacing="Small")]
    update = action(Button("Update…", f"update {target}", opens_form=True), rendering)
    snooze = action(Button("Snooze", f"snooze {target}"), rendering)
    row = {"type": "ActionSet", "actions": [update, snooze], "spacing": "Small"}
    # Below the line: beside it Teams folds the second one into a "…" that nobody knows for Snooze.
    return [rich_text(bullet), row]
