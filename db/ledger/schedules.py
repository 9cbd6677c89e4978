"""Queries of the schedule: the subjects whose reminders are to be planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlalchemy import bindparam, func, literal_column, union_all
from sqlmodel import col, select

from db import tables as t
from db.mapping import readable
from db.transaction import Reading, Writing
from governance.states import RecommendationState


class DueSubject(NamedTuple):
    """A subject that is to be planned, from where on."""

    subject: str
    planned_through: datetime


_FAILED = col(t.Schedule.failures) > literal_column("0")
"""Written out, as the index of the few that failed has it."""
_NOT_SET_ASIDE = (
    col(t.Schedule.organisation) == bindparam("organisation"),
    col(t.Schedule.set_aside_at).is_(None),
)
_COLUMNS = (col(t.Schedule.subject), col(t.Schedule.planned_through))
# What failed before the clock was set back has its next try too far ahead.
_DUE = union_all(
    sql.select(*_COLUMNS).where(
        *_NOT_SET_ASIDE, col(t.Schedule.next_remind_at) <= bindparam("now")
    ),
    sql.select(*_COLUMNS).where(
        *_NOT_SET_ASIDE, _FAILED, col(t.Schedule.next_remind_at) > bindparam("too_far")
    ),
)


def _exists(*failed: Any) -> sql.Select[Any]:
    """A condition: anything is due now, or `failed` holds of one that failed.

    It selects the earliest moment of all, for which Postgres keeps its plan; a condition on a
    moment it plans each time anew, which takes the longest.
    """
    ahead = col(t.Schedule.next_remind_at)
    earliest = sql.select(sql.func.min(ahead)).where(*_NOT_SET_ASIDE, ahead.is_not(None))
    others: sql.Select[Any] = sql.select(literal_column("1")).where(
        *_NOT_SET_ASIDE, _FAILED, *failed
    )
    return sql.select(sql.or_(earliest.scalar_subquery() <= bindparam("now"), sql.exists(others)))


# Built once: they run in every tick, and nearly always there is nothing.
_IS_DUE = _exists(col(t.Schedule.next_remind_at) > bindparam("too_far"))
_IS_BEHIND = _exists()
_ADVANCE = (
    sql.update(t.Schedule)
    .where(
        col(t.Schedule.organisation) == bindparam("key"),
        col(t.Schedule.subject) == bindparam("name"),
    )
    .values(
        planned_through=bindparam("through"),
        next_remind_at=bindparam("next"),
        failures=literal_column("0"),
    )
)


def due(writing: Writing, too_far: datetime) -> list[DueSubject]:
    """The subjects to be planned now; a next try after `too_far` was put off by a clock that was
    ahead, and is due too."""
    values = {"organisation": writing.key, "now": writing.now, "too_far": too_far}
    writing.session.flush()
    connection = writing.session.connection()
    if not connection.execute(_IS_DUE, values).scalar_one():
        return []
    return [DueSubject(*row) for row in connection.execute(_DUE, values)]


def is_behind(writing: Writing) -> bool:
    """True while something due up to now is not in the ledger yet, and may still come into it."""
    writing.session.flush()
    values = {"organisation": writing.key, "now": writing.now}
    return bool(writing.session.connection().execute(_IS_BEHIND, values).scalar_one())


def advance(writing: Writing, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note each subject (`name`) as planned `through` a moment, and due again at `next`."""
    if rows:
        values = [{"key": writing.key, **row} for row in rows]
        writing.session.connection().execute(_ADVANCE, values)


def schedule_of(writing: Writing, subject: str) -> t.Schedule:
    """A subject's row, as it is in the store now."""
    return writing.session.get_one(t.Schedule, (writing.key, subject), populate_existing=True)


def next_due(reading: Reading) -> datetime | None:
    """The earliest moment at which any subject is due."""
    return reading.session.exec(
        select(t.Schedule.next_remind_at)
        .where(
            t.Schedule.organisation == reading.key,
            col(t.Schedule.next_remind_at).is_not(None),
            col(t.Schedule.set_aside_at).is_(None),
        )
        .order_by(col(t.Schedule.next_remind_at))
        .limit(1)
    ).first()


def count_due(reading: Reading) -> int:
    """The number of subjects to be planned now."""
    return reading.session.exec(
        select(func.count())
        .select_from(t.Schedule)
        .where(
            t.Schedule.organisation == reading.key,
            col(t.Schedule.next_remind_at) <= reading.now,
            col(t.Schedule.set_aside_at).is_(None),
        )
    ).one()


def set_aside(reading: Reading) -> list[str]:
    """The subjects whose planning failed too often."""
    return list(
        reading.session.exec(
            select(t.Schedule.subject).where(
                t.Schedule.organisation == reading.key, col(t.Schedule.set_aside_at).is_not(None)
            )
        )
    )


def open_recommendations(reading: Reading) -> list[RecommendationState]:
    """Every open recommendation as the rules see it; unreadable rows are left out."""
    statement = reading.select(t.Recommendation).where(col(t.Recommendation.closure).is_(None))
    rows = reading.all(statement.order_by(col(t.Recommendation.id)))
    return [state for row in rows if (state := readable(row)) is not None]
