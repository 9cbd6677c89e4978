"""Queries of the ledger's messages: the queue, row locks, and writes of many rows at once.

They are SQLAlchemy Core on both databases, without an object a row: a pass has thousands. SQLite
locks its whole file, so that it leaves FOR UPDATE out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlmodel import col

from db.backend import in_chunks
from db.tables import Message, Recommendation, Reminder
from db.transaction import Reading, Writing

LONGEST_WAIT = timedelta(minutes=30)
"""A wait that lies further off counts as over: the clock was set back since it was written."""
OVER = ("skipped", "sent")
"""The states that nothing follows."""
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


def gathered(reading: Reading) -> list[Message]:
    """The messages that nobody has begun to post."""
    return reading.all(reading.select(Message).where(Message.state == "gathered"))


def shown_digests(reading: Reading, since: datetime) -> list[Message]:
    """The digests that a platform shows and that were sent since a moment. Those being posted are
    among them: they may be there already, or be posted yet."""
    shown = and_(
        col(Message.state) == "sent",
        col(Message.sent_at) >= since,
        col(Message.platform) != "printed",
    )
    statement = reading.select(Message).where(
        col(Message.kind) == "digest", or_(shown, col(Message.state) == "claimed")
    )
    return reading.all(statement)


def counts(reading: Reading, states: Collection[str]) -> dict[str, int]:
    """The number of messages in each of these states."""
    statement = (
        select(col(Message.state), func.count())
        .where(col(Message.organisation) == reading.key, col(Message.state).in_(states))
        .group_by(col(Message.state))
    )
    rows = reading.session.connection().execute(statement)
    counted = {state: int(number) for state, number in rows}
    return {state: counted.get(state, 0) for state in states}


def oldest_gathered(reading: Reading, states: Collection[str]) -> datetime | None:
    """The moment at which the oldest of the messages in these states was gathered."""
    statement = select(func.min(col(Message.gathered_at))).where(
        col(Message.organisation) == reading.key, col(Message.state).in_(states)
    )
    return reading.session.connection().execute(statement).scalar_one()


def listed(reading: Reading, states: Collection[str], since: datetime) -> list[Message]:
    """The messages in these states, the oldest first; without states those that are not over, or
    were gathered since a moment."""
    statement = reading.select(Message).where(
        listed_where(col(Message.state), states, col(Message.gathered_at), since)
    )
    return reading.all(statement.order_by(col(Message.id)))


def by_ids(reading: Reading, ids: Iterable[int]) -> list[Message]:
    """The messages with these ids."""
    return reading.all_in(reading.select(Message), Message.id, ids)


def by_id(reading: Reading, id: int) -> Message | None:
    """One message."""
    return reading.first(reading.select(Message).where(Message.id == id))


def waiting_notice(writing: Writing, head: str) -> Message | None:
    """The latest message whose key begins with `head` and that was never attempted, locked: whoever
    claims it meanwhile reads it with what is added to it, or has it already without."""
    return writing.first(
        writing.select(Message)
        .where(
            col(Message.key).startswith(head, autoescape=True),
            Message.state == "gathered",
            Message.attempts == 0,
        )
        .order_by(col(Message.id).desc())
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def keyed(reading: Reading, key: str) -> Message | None:
    """The message with this key."""
    return reading.first(reading.select(Message).where(Message.key == key))


def digest_keys(reading: Reading, day: date) -> set[str]:
    """The keys of a day's digests."""
    statement = select(col(Message.key)).where(
        col(Message.organisation) == reading.key,
        col(Message.kind) == "digest",
        col(Message.day) == day,
    )
    return set(reading.session.connection().execute(statement).scalars())


def listed_where(
    state: Any, states: Collection[str], moment: Any, since: datetime
) -> ColumnElement[bool]:
    return state.in_(states) if states else or_(state.not_in(OVER), moment >= since)


def last_sent(reading: Reading, destination: str) -> int:
    """The id of the last message that reached `destination`, 0 for none."""
    statement = select(func.max(Message.id)).where(
        col(Message.organisation) == reading.key,
        col(Message.destination) == destination,
        col(Message.state) == "sent",
    )
    return int(reading.session.connection().execute(statement).scalar_one() or 0)


def newest_sent(reading: Reading, destination: str, most: int) -> list[Message]:
    """The newest messages that reached `destination`, oldest first."""
    newest = reading.all(
        reading.select(Message)
        .where(Message.destination == destination, Message.state == "sent")
        .order_by(col(Message.id).desc())
        .limit(most)
    )
    return newest[::-1]


def sent_to(reading: Reading) -> list[tuple[str, int]]:
    """The destination and the id of every message that was sent."""
    statement = select(col(Message.destination), col(Message.id)).where(
        col(Message.organisation) == reading.key, col(Message.state) == "sent"
    )
    return [(to, id) for to, id in reading.session.connection().execute(statement) if id]


def reminders_about(
    reading: Reading, recommendation: Recommendation
) -> list[tuple[Reminder, Message | None]]:
    """The reminders about a recommendation or that list it, each with the message it is in."""
    id = recommendation.id
    assert id is not None
    statement = reading.select(Reminder).where(
        or_(
            col(Reminder.recommendation_id) == id,
            cast(col(Reminder.items), String).contains(str(id)),
        )
    )
    rows = [
        row
        for row in reading.all(statement.order_by(col(Reminder.at), col(Reminder.id)))
        if row.recommendation_id == id or id in row.items
    ]
    ids = {row.message_id for row in rows if row.message_id is not None}
    messages = {m.id: m for m in reading.all_in(reading.select(Message), Message.id, ids)}
    return [(row, messages.get(row.message_id)) for row in rows]
