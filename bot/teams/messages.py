"""Replies as Teams messages: one Adaptive Card that shows all, and a summary in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.chat.message_state import Standing
from bot.chat.text import blank, clean, cut
from bot.teams.cards import card_body, compact_body, line_body
from bot.teams.elements import (
    Json,
    Rendering,
    actions,
    adaptive,
    attached,
    button,
    container,
    fits,
    headed,
    line,
    prose,
    run,
    sayable,
)
from messages.digest import Digest, Line
from messages.reply import Button, Card, Reply
from scheduler.model import Letter

FULL_CARDS = 3
"""More than these in one answer are shown on a few lines each."""
SUMMARY = 200
ROOMS = (20_000, 12_000, 6_000, 3_000, 1_500, 600)
"""Characters of text that are tried, until the message is small enough."""
LINE = 400
MORE = "… and {count} more: say mine"
_COMMAND = re.compile(r"/rec (?=and a reference|agenda )")
"""How the scheduler's words call Duly, which in a channel is a mention here."""


def message(card: Json, text: str) -> Json:
    """A message with one card; `text` is what a notification says of it."""
    return {"type": "message", "summary": summary(text), "attachments": [attached(card)]}


def summary(text: str) -> str:
    """The first words of an answer on one line."""
    return cut(" ".join(clean(text).split()), SUMMARY) or "Duly"


def words(text: str) -> Json:
    """A message of Duly's own words, with nothing to press."""
    return message(adaptive(headed(text), text), text)


def reply_card(
    reply: Reply, rendering: Rendering | None = None, *, also: Sequence[Json] = ()
) -> Json:
    """A reply as one card; `also` are rows below it."""
    rendering = rendering or Rendering(Standing.of(reply))
    return fitting(
        lambda room: adaptive([*_body(reply, rendering, room), *also], reply.text), ROOMS
    )


def fitting(build: Callable[[int], Json], rooms: Sequence[int]) -> Json:
    """The card with the most room for its texts that is small enough for Teams."""
    card: Json = {}
    for room in rooms:
        card = build(room)
        if fits(message(card, "")):
            break
    return card


def reply_message(reply: Reply, *, also: Sequence[Json] = ()) -> Json:
    return message(reply_card(reply, also=also), reply.text)


def _body(reply: Reply, rendering: Rendering, room: int) -> list[Json]:
    if not reply.cards and not reply.lines:
        return [*headed(cut(reply.text, room)), *_foot(reply, rendering)]
    head, tail = reply.around
    body = headed(cut(head, room // 2)) if head else []
    if reply.cards:
        body += _cards(reply.cards, rendering, room)
    else:
        body += [line_body(each, rendering) for each in reply.lines]
    body += prose(cut(tail, 1000), isSubtle=True)
    return [*body, *_foot(reply, rendering)]


def _foot(reply: Reply, rendering: Rendering) -> list[Json]:
    """The answer's own buttons: what it offers, and its form."""
    offered = list(reply.buttons)
    if reply.form is not None:
        form = reply.form
        opens = Button(f"{form.title}…", f"{form.name} {form.target}", "primary", opens_form=True)
        offered.append(opens)
    return actions(offered, rendering)


def _cards(cards: tuple[Card, ...], rendering: Rendering, room: int) -> list[Json]:
    """Each card in full while they are few; on a few lines each when they are many."""
    full = len(cards) <= FULL_CARDS
    most = len(cards) if full else max(5, room // 400)
    found = []
    for place, card in enumerate(cards[:most]):
        shown = (
            card_body(card, rendering, place=place, room=room // len(cards))
            if full
            else compact_body(card, rendering)
        )
        found.append(container(shown, separator=place > 0, spacing="Medium"))
    if len(cards) > most:
        more = f"… and {len(cards) - most} more: ask for them by their numbers, a few at a time."
        found.append(line(run(more, isSubtle=True)))
    return found


def letter_message(letter: Letter) -> Json:
    """A letter as a message: its card, and its beginning for a notification."""
    text = _COMMAND.sub("@Duly ", letter.text)
    if letter.digest is None:
        card = fitting(lambda room: adaptive(_notice(cut(text, room)), text), ROOMS)
    else:
        card = _digest(letter.digest)
    return message(card, text)


def _notice(text: str) -> list[Json]:
    """A board's paper or a notice: its first line as a heading where it is one."""
    first, _, rest = text.partition("\n")
    if rest.strip() and 0 < len(first.strip()) <= 150 and not first.endswith("."):
        return [line(run(first.strip(), weight="Bolder", size="Medium")), *headed(rest)]
    return headed(text)


def _digest(digest: Digest) -> Json:
    """Update and Snooze under each line while all have room so, else fewer lines with them."""
    count = sum(len(section.lines) for section in digest.sections)
    card: Json = {}
    for pressable, shown in ((count, count), (count // 2, count), (10, 120), (10, 60)):
        card = adaptive(_sheet(digest, pressable, shown), digest.text)
        if fits(message(card, "")):
            break
    return card


def _sheet(digest: Digest, pressable: int, most: int) -> list[Json]:
    """The first `most` lines, of which the first `pressable` have buttons."""
    rendering = Rendering()
    body = headed(digest.opening)
    number = 0
    for section in digest.sections:
        body.append(line(run(cut(section.title, LINE), weight="Bolder"), spacing="Medium"))
        for each in section.lines:
            number += 1
            if number <= most:
                body += _digest_line(each, rendering, buttons=number <= pressable)
    if number > most:
        body.append(line(run(MORE.format(count=number - most), isSubtle=True)))
    closing = digest.closing.replace("/rec ", "")
    small = [] if blank(closing) else prose(cut(closing, 1000), isSubtle=True)
    return [*body, *small]


def _digest_line(each: Line, rendering: Rendering, *, buttons: bool) -> list[Json]:
    """A line; one that is settled is struck through, with what became of it."""
    text = cut(" ".join(each.text.split()), LINE)
    if each.settled is not None:
        done = run(f"{text} ", strikethrough=True, isSubtle=True)
        return [line(run("✓ "), done, run(cut(each.settled, LINE)), spacing="Small")]
    told = line(run(f"• {text}"))
    target = each.target
    if not (buttons and target and sayable(f"snooze {target}")):
        return [{**told, "spacing": "Small"}]
    update = button(Button("Update…", f"update {target}", opens_form=True), rendering)
    snooze = button(Button("Snooze", f"snooze {target}"), rendering)
    row = {"type": "ActionSet", "actions": [update, snooze], "spacing": "Small"}
    # Below the line: beside it Teams folds the second one into a "…" that nobody knows for Snooze.
    return [told, row]
