"""What waits to be posted, read without a session: a pass has thousands."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import NamedTuple

from db import tables as t
from db.store import Reading

WAITING = (
    'SELECT id, "key", destination, person, kind, CAST(day AS text), text, state, platform, '
    "platform_id, attempts, repeat, gathered_at, CAST(settled AS text), revision FROM message "
    "WHERE organisation = ? AND state = ? AND (claimed_until IS NULL OR claimed_until <= ?) "
    "AND (next_attempt_at IS NULL OR next_attempt_at <= ? OR next_attempt_at > ?) "
    "ORDER BY gathered_at, id"
)
"""The messages in a state that nobody has, and that may be attempted by a moment or have one that
is further off than any wait is; the oldest first."""


class Queued(NamedTuple):
    """A message as it was when it was read (`db.tables.Message`)."""

    id: int
    key: str
    destination: str
    person: str | None
    kind: str
    day: date
    text: str
    state: str
    platform: str | None
    platform_id: str | None
    attempts: int
    repeat: bool
    gathered_at: datetime
    settled: dict[str, str]
    revision: int


def waiting(
    reading: Reading, state: str, now: datetime, by: datetime, further: datetime
) -> list[Queued]:
    """What waits in `state`, as WAITING says."""
    found = []
    for row in reading.rows(WAITING, reading.key, state, now, by, further):
        *head, day, text, state, platform, there, attempts, repeat, gathered, settled, revision = (
            row
        )
        id, key, destination, person, kind = head
        at = reading.backend.moment(gathered)
        assert at is not None
        found.append(
            Queued(
                id, key, destination, person, kind, date.fromisoformat(day), text, state,
                platform, there, attempts, bool(repeat), at, told(settled), revision,
            )
        )  # fmt: skip
    return found


def queued(message: t.Message) -> Queued:
    return Queued(*(getattr(message, name) for name in Queued._fields))


def told(settled: str) -> dict[str, str]:
    """What became of a message's lines, from JSON."""
    found: dict[str, str] = json.loads(settled) if settled != "{}" else {}
    return found
