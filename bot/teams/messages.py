"""Replies as Teams messages: one Adaptive Card that shows all, and a summary in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.chat.message_state import Standing
from bot.chat.replies import around
from bot.chat.text import clean, cut
from bot.teams import limits
from bot.teams.cards import card_body, compact_body, line_body
from bot.teams.elements import (
    Json,
    Rendering,
    actions,
    adaptive,
    attached,
    container,
    headed,
    line,
    prose,
    run,
)
from messages.reply import Button, Card, Reply

FULL_CARDS = 3
"""More than these in one answer are shown on a few lines each."""
SUMMARY = 200
ROOMS = (20_000, 12_000, 6_000, 3_000, 1_500, 600)
"""Characters of text that are tried, until the message is small enough."""


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
        if limits.fits(message(card, "")):
            break
    return card


def reply_message(reply: Reply, *, also: Sequence[Json] = ()) -> Json:
    return message(reply_card(reply, also=also), reply.text)


def _body(reply: Reply, rendering: Rendering, room: int) -> list[Json]:
    if not reply.cards and not reply.lines:
        return [*headed(cut(reply.text, room)), *_foot(reply, rendering)]
    head, tail = around(reply)
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
