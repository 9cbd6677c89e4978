"""Visibility of a reply: the whole channel during its board's meeting, otherwise one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from commands.request import Request
from db.store import Reading
from governance.meetings import meetings
from messages.reply import Reply, Visibility


def with_visibility(reading: Reading, request: Request, reply: Reply) -> Reply:
    """The reply with its final visibility.

    A handler marks a reply that a channel may see; only here is decided whether this channel may
    now. A refusal, a choice or a form is always private.
    """
    if reply.visibility is Visibility.PRIVATE:
        return reply
    shown = reply.ok and _in_meeting(reading, request)
    return replace(reply, visibility=Visibility.CHANNEL if shown else Visibility.PRIVATE)


def _in_meeting(reading: Reading, request: Request) -> bool:
    """True in a board's own channel from a meeting's start until its `minutes` later.

    Never where the channel is shared with another organisation.
    """
    if request.shared or not request.channel:
        return False
    name = request.channel.lstrip("#").casefold()
    yesterday = reading.today - timedelta(days=1)
    return any(
        meeting.start <= reading.now < meeting.start + timedelta(minutes=board.minutes)
        for board in reading.directory.boards.values()
        if board.channel and board.channel.lstrip("#").casefold() == name
        for meeting in meetings(board, reading.directory, yesterday, reading.today)
    )
