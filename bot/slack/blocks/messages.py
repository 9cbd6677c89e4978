"""Replies and letters as Slack messages: `text` says it all, the blocks show it better."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.chat.replies import shared_by
from bot.slack.blocks import limits
from bot.slack.blocks.cards import action_of, card_blocks, compact_blocks, line_block
from bot.slack.blocks.elements import (
    FORM,
    ROOM,
    SHARE,
    UNFORMATTED,
    Block,
    actions,
    context,
    fits,
    headed,
    message_text,
    short,
)
from bot.slack.blocks.letters import letter_payload as letter_payload
from messages.reply import Button, Card, Reply, Visibility

FULL_CARDS = 3
"""More than these in one answer are shown on a few lines each."""
_MOST_BUTTONS = 70


def reply_payload(
    reply: Reply,
    *,
    zone: ZoneInfo,
    in_channel: bool,
    share: bool,
    open: bool = False,
    command: str = "",
) -> Block:
    """A reply as a message: {"text", "blocks", "response_type"}.

    `zone` is the force's, in which the reply's moments are written. `in_channel`: it was asked
    in a channel; `share` offers to show a private look-up there. `open` shows a card unfolded.
    `command` is what was asked, for sharing an answer that is no card. An answer of words alone
    that is too long for blocks has none: Slack then shows its text.
    """
    visible = reply.visibility is Visibility.CHANNEL
    payload: Block = {
        "text": message_text(reply.text),
        "response_type": "in_channel" if visible else "ephemeral",
    }
    offered = shared_by(reply, command) if share and in_channel and not visible else None
    blocks = reply_blocks(reply, zone=zone, open=open, share=offered)
    return payload | ({"blocks": blocks} if blocks else UNFORMATTED)


def reply_blocks(
    reply: Reply,
    *,
    zone: ZoneInfo,
    open: bool = False,
    share: str | None = None,
    most: int = limits.MESSAGE_BLOCKS,
) -> list[Block]:
    """A reply's blocks, at most `most`; `share` is the command that shows it in the channel.

    Empty when it is words alone and too long for them.
    """
    foot = _foot(reply, share)
    room = ROOM - limits.room(foot)
    if not reply.cards and not reply.lines:
        return [*headed(reply.text, zone), *foot] if fits(reply.text, zone, room) else []
    head, tail = reply.around
    blocks = headed(head, zone, min(3000, room // 3)) if head else []
    small = [context(short(tail, 1000, zone, own=True))] if tail else []
    room -= limits.room(blocks) + limits.room(small)
    left = most - len(blocks) - len(small) - len(foot)
    if reply.cards:
        blocks += _cards(reply.cards, zone, open=open, room=room, most=left)
    else:
        blocks += _lines(reply.lines, zone, room=room, most=left)
    return [*blocks, *small, *foot]


def _foot(reply: Reply, share: str | None) -> list[Block]:
    """The answer's own buttons: what it offers, its form, and sharing it."""
    offered = [(each, action_of(each)) for each in reply.buttons[:_MOST_BUTTONS]]
    if reply.form is not None:
        form = reply.form
        opens = Button(f"{form.title}…", f"{form.name} {form.target}", "primary", opens_form=True)
        offered.append((opens, FORM))
    if share is not None:
        offered.append((Button("Share in channel", share), SHARE))
    return actions(offered)


def _cards(
    cards: tuple[Card, ...], zone: ZoneInfo, *, open: bool, room: int, most: int
) -> list[Block]:
    """Each card in full while they are few; on a few lines each when they are many."""
    divider: Block = {"type": "divider"}
    full = len(cards) <= FULL_CARDS
    blocks: list[Block] = []
    for number, card in enumerate(cards):
        share = room // (len(cards) - number) if full else room
        shown = card_blocks(card, open=open, zone=zone, room=share) if full else []
        took = limits.room(shown)
        if not full or took > share or len(shown) >= most // len(cards):
            shown = compact_blocks(card, zone)
            took = limits.room(shown)
        if number and full:
            shown = [divider, *shown]
        if len(blocks) + len(shown) >= most or took > room - 100:
            return [*blocks, _more(len(cards) - number)]
        blocks += shown
        room -= took
    return blocks


def _lines(lines: tuple[Card, ...], zone: ZoneInfo, *, room: int, most: int) -> list[Block]:
    blocks: list[Block] = []
    for number, line in enumerate(lines):
        shown = line_block(line, zone)
        took = limits.room(shown)
        if len(blocks) + 1 >= most or took > room - 100:
            return [*blocks, _more(len(lines) - number)]
        blocks.append(shown)
        room -= took
    return blocks


def _more(count: int) -> Block:
    return context(f"… and {count} more: ask for them by their numbers, a few at a time.")
