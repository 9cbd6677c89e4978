"""Queries of the ledger's messages: the queue, row locks, and writes of many rows at once.

They are SQLAlchemy Core on both databases, without an object a row: a pass has thousands. SQLite
locks its whole file, so that it leaves FOR UPDATE out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update
from sqlmodel import col

from db.backend import in_chunks
from db.tables import Message, Reminder
from db.transaction import Reading, Writing

LONGEST_WAIT = timedelta(minutes=30)
"""A wait that lies further off counts as over: the clock was set back since it was written."""
OPEN = ("gathered", "claimed")
"""The states of a message on its way: surely not posted, and perhaps posted."""


class LedgerMessage(NamedTuple):
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
    claimed_by: str | None
    claimed_until: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    repeat: bool
    gathered_at: datetime
    settled: dict[str, str]
    revision: int
    shown: int


_COLUMNS = [getattr(Message, name) for name in LedgerMessage._fields]


def due(organisation: int, state: str, now: datetime, by: datetime) -> Select[Any]:
    """The messages in a state that nobody has claimed and that may be attempted by a moment, the
    oldest first."""
    return (
        select(*_COLUMNS)
        .where(
            col(Message.organisation) == organisation,
            col(Message.state) == state,
            _passed(col(Message.claimed_until), now, now),
            _passed(col(Message.next_attempt_at), by, now),
        )
        .order_by(col(Message.gathered_at), col(Message.id))
    )


def _passed(moment: Any, by: datetime, now: datetime) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment <= by, moment > now + LONGEST_WAIT)


def queue(reading: Reading, states: Iterable[str], by: datetime) -> list[LedgerMessage]:
    """The messages in `states`, one state after another, that may be attempted by a moment of the
    machine's clock."""
    connection, now = reading.session.connection(), reading.clock.machine()
    return [
        LedgerMessage(*row)
        for state in states
        for row in connection.execute(due(reading.key, state, now, max(now, by)))
    ]


def outdated(reading: Reading, platforms: Collection[str]) -> list[LedgerMessage]:
    """The posted messages that these platforms do not show as they are now, the oldest first."""
    statement = (
        select(*_COLUMNS)
        .where(
            col(Message.organisation) == reading.key,
            col(Message.state) == "sent",
            col(Message.shown) != col(Message.revision),
            col(Message.platform).in_(platforms),
        )
        .order_by(col(Message.gathered_at), col(Message.id))
    )
    return [LedgerMessage(*row) for row in reading.session.connection().execute(statement)]


def backlog(reading: Reading) -> int:
    """The number of messages on their way."""
    statement = select(func.count()).where(
        col(Message.organisation) == reading.key, col(Message.state).in_(OPEN)
    )
    return int(reading.session.connection().execute(statement).scalar_one())


def unsent(reading: Reading) -> list[Message]:
    """The messages that were gathered and are not known to be sent."""
    states = ("gathered", "claimed", "held")
    return reading.all(reading.select(Message).where(col(Message.state).in_(states)))


def held(reading: Reading) -> list[Message]:
    """The messages that wait for a platform that reaches their reader, the oldest first."""
    statement = reading.select(Message).where(Message.state == "held")
    return reading.all(statement.order_by(col(Message.id)))


def lock(
    writing: Writing, ids: Iterable[int], *, skip_locked: bool = False
) -> dict[int, LedgerMessage]:
    """The messages as they are now, which nobody else changes until the transaction ends.

    They are locked in the order of their ids, so that two processes never wait for each other
    crosswise. With `skip_locked` those that somebody else has locked are left out.
    """
    statement = select(*_COLUMNS).order_by(col(Message.id)).with_for_update(skip_locked=skip_locked)
    rows = (
        LedgerMessage(*row)
        for part in in_chunks(sorted(set(ids)))
        for row in writing.session.connection().execute(
            statement.where(col(Message.id).in_(part), col(Message.organisation) == writing.key)
        )
    )
    return {row.id: row for row in rows}


def update_each(writing: Writing, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set columns of messages, each message's own; one statement for all with the same columns."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for id, values in changes.items():
        if values:
            named = {f"new_{name}": value for name, value in values.items()}
            alike[tuple(sorted(values))].append({"message_id": id, **named})
    for names, rows in alike.items():
        statement = (
            update(Message)
            .where(col(Message.id) == bindparam("message_id"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        writing.session.connection().execute(statement, rows)


def update_reminders(writing: Writing, states: Mapping[int, tuple[str, str | None]]) -> None:
    """Set the state and the reason of the reminders in messages, by the messages' ids."""
    alike: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for id, outcome in states.items():
        alike[outcome].append(id)
    for (state, reason), ids in alike.items():
        for part in in_chunks(sorted(ids)):
            writing.session.connection().execute(
                update(Reminder)
                .where(col(Reminder.message_id).in_(part))
                .values(state="gathered" if state == "claimed" else state, reason=reason)
            )


def settle(
    writing: Writing,
    messages: Iterable[int],
    *,
    state: str,
    reason: str | None = None,
    **columns: Any,
) -> None:
    """Move messages, and the reminders in them, to `state`; `columns` are the message's."""
    ids = list(messages)
    values = {"state": state, "reason": reason, **columns}
    update_each(writing, dict.fromkeys(ids, values))
    update_reminders(writing, dict.fromkeys(ids, (state, reason)))


def shorten_claims(writing: Writing, longest: datetime) -> None:
    """Let no claim last longer than until then."""
    writing.session.connection().execute(
        update(Message)
        .where(col(Message.organisation) == writing.key, col(Message.claimed_until) > longest)
        .values(claimed_until=longest)
    )
