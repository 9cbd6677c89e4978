"""A board's channel that can no longer be posted to, and the one line about it."""

from __future__ import annotations

from db.ledger.destinations import stop
from db.store import Writing
from scheduler.notices import tell_secretary


def channel_changed(writing: Writing, platform: str, channel: str, why: str | None) -> None:
    """The channel with this id is not to be posted to, because of `why`; None: it is again.

    A channel that is no board's is nobody's concern. The secretary is told when it changes.
    """
    key = stop(writing, platform, channel, why)
    if key is None:
        return
    boards = [b.name for b in writing.directory.boards.values() if _named(b.channel) == key]
    for_whom = f" for the {' and the '.join(boards)}" if boards else ""
    if why:
        line = f"Nothing more is posted in {key}{for_whom}, because {why}."
    else:
        line = f"Duly posts in {key}{for_whom} again."
    tell_secretary(writing, f"channel/{key}/{writing.now.isoformat()}", line)


def _named(channel: str | None) -> str | None:
    return f"#{channel.lstrip('#')}" if channel else None
