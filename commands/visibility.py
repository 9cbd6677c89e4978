"""Who sees an answer: the channel during its board's meeting, otherwise the asker alone."""

from __future__ import annotations

from datetime import timedelta

from commands.request import Request
from db.store import Reading
from governance.meetings import meetings
from messages.reply import Visibility


def visibility(reading: Reading, request: Request) -> Visibility:
    """CHANNEL in a board's own channel from a meeting's start until its `minutes` later.

    Never where the channel is shared with another organisation.
    """
    if request.shared or not request.channel:
        return Visibility.PRIVATE
    directory = reading.directory
    said = request.channel.lstrip("#").casefold()
    yesterday = reading.today - timedelta(days=1)
    for board in directory.boards.values():
        if not board.channel or board.channel.lstrip("#").casefold() != said:
            continue
        for meeting in meetings(board, directory, yesterday, reading.today):
            if meeting.start <= reading.now < meeting.start + timedelta(minutes=board.minutes):
                return Visibility.CHANNEL
    return Visibility.PRIVATE
