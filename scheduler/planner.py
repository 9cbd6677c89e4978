"""Planning: every reminder that has fallen due goes into the ledger, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sql
from sqlalchemy import bindparam, literal_column, union_all
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import col, select

from db import tables as t
from db.composed import Composed
from db.mapping import readable
from db.schedule import governed
from db.store import Reading, Writing
from governance.directory import Board, Directory
from governance.reminders import Row, Schedule, Snapshot, SubjectState, rows_of, walk
from governance.states import RecommendationState
from governance.subject import Subject, SubjectKind
from messages.recommendation import typed
from scheduler.ledger import remember
from scheduler.notices import tell_secretary

log = logging.getLogger(__name__)

LISTING = (Board, Directory)
"""The subjects whose reminders list recommendations."""
SET_ASIDE_AFTER = 3
"""Failures after which a subject holds up nobody any longer."""
RETRY = timedelta(minutes=1)
"""Twice as long after the first failure, four times after the second: a digest that waits for it
is not late yet when the subject is set aside."""


_FAILED = col(t.Schedule.failures) > literal_column("0")
"""Written out, as the index of the few that failed has it."""
_OF_THEM = (
    col(t.Schedule.organisation) == bindparam("organisation"),
    col(t.Schedule.set_aside_at).is_(None),
)


def _due(*columns: Any) -> sql.CompoundSelect[Any]:
    """Of whatever is to be planned now: what is due, and what failed before the clock was set
    back, so that its next try is too far ahead."""
    return union_all(
        sql.select(*columns).where(*_OF_THEM, col(t.Schedule.next_remind_at) <= bindparam("now")),
        sql.select(*columns).where(
            *_OF_THEM, _FAILED, col(t.Schedule.next_remind_at) > bindparam("too_far")
        ),
    )


_DUE = _due(col(t.Schedule.subject), col(t.Schedule.planned_through))


def _is(*failed: Any) -> sql.Select[Any]:
    """Whether anything is due now, or `failed` holds of one that failed.

    The earliest moment of all is asked for, which Postgres plans for once and for good; for
    what is earlier than a moment it plans each time anew, and that takes the longest.
    """
    ahead = col(t.Schedule.next_remind_at)
    earliest = sql.select(sql.func.min(ahead)).where(*_OF_THEM, ahead.is_not(None))
    others: sql.Select[Any] = sql.select(literal_column("1")).where(*_OF_THEM, _FAILED, *failed)
    return sql.select(sql.or_(earliest.scalar_subquery() <= bindparam("now"), sql.exists(others)))


# Composed once: they are asked in every tick, and nearly always there is nothing.
_IS_DUE = Composed(lambda _: _is(col(t.Schedule.next_remind_at) > bindparam("too_far")))
_IS_BEHIND = Composed(lambda _: _is())
_GONE_ON = Composed(
    lambda _: (
        sql.update(t.Schedule)
        .where(
            col(t.Schedule.organisation) == bindparam("organisation"),
            col(t.Schedule.subject) == bindparam("name"),
        )
        .values(
            planned_through=bindparam("through"),
            next_remind_at=bindparam("next"),
            failures=literal_column("0"),
        )
    )
)


@dataclass
class _Known:
    """The open recommendations, read once a pass and only when a list needs them."""

    writing: Writing
    _open: list[RecommendationState] | None = field(default=None, init=False)

    @property
    def open(self) -> list[RecommendationState]:
        if self._open is None:
            asked = self.writing.select(t.Recommendation).where(
                col(t.Recommendation.closure).is_(None)
            )
            rows = self.writing.all(asked.order_by(col(t.Recommendation.id)))
            self._open = [state for row in rows if (state := readable(row)) is not None]
        return self._open


class _Due(NamedTuple):
    """A subject that is to be planned, from where on."""

    subject: str
    planned_through: datetime


class _Planned(NamedTuple):
    """What one subject's planning came to: its rows, and when it is next looked at."""

    due: _Due
    rows: Sequence[Row]
    next: datetime | None


def plan(writing: Writing) -> int:
    """Put everything due up to now into the ledger; gives how many rows were new.

    A subject whose planning fails is left as it was, tried again later, and set aside after
    three failures, of which the secretary is told.
    """
    too_far = writing.now + RETRY * 2**SET_ASIDE_AFTER
    asked = {"organisation": writing.key, "now": writing.now, "too_far": too_far}
    writing.session.flush()
    if not _IS_DUE.holds(writing.session, asked):
        return 0
    found = writing.session.connection().execute(_DUE, asked).all()
    due = [_Due(subject, through) for subject, through in found]
    subjects, known = _subjects(writing, due), _Known(writing)
    planned: list[_Planned] = []
    for one in due:
        try:
            subject = subjects[one.subject]()
            if subject is None:
                writing.delete(_schedule(writing, one))
            else:
                planned.append(_planned(writing, one, subject, known))
        except OperationalError:  # the store's trouble, and no subject's
            raise
        # Whatever is wrong with one subject must not keep anybody else's reminders back.
        except Exception as error:  # noqa: BLE001
            _failed(writing, one, error)
    return _kept(writing, planned)


def _schedule(writing: Writing, due: _Due) -> t.Schedule:
    return writing.session.get_one(t.Schedule, (writing.key, due.subject), populate_existing=True)


def _subjects(
    writing: Writing, due: Sequence[_Due]
) -> dict[str, Callable[[], SubjectState | None]]:
    """How to get each subject: they are read together, but one by one where one is unreadable."""

    def read(*names: str) -> dict[str, SubjectState]:
        return governed(writing.session, writing.key, writing.directory, names)

    def one(name: str) -> SubjectState | None:
        return read(name).get(name)

    names = [found.subject for found in due]
    try:
        found = read(*names)
    except ValueError:  # a row that says what no rule knows
        return {name: partial(one, name) for name in names}
    return {name: partial(found.get, name) for name in names}


def _planned(writing: Writing, due: _Due, subject: SubjectState, known: _Known) -> _Planned:
    """The rows after `planned_through` up to now, and the next moment after now."""
    directory = writing.directory
    listed = known.open if isinstance(subject, LISTING) else ()
    snapshot = Snapshot(directory, subject, listed)
    rows: list[Row] = []
    for slots in walk(Schedule(directory, subject), due.planned_through):
        if slots[0].at > writing.now:
            return _Planned(due, rows, slots[0].at)
        rows += rows_of(slots, snapshot)
    return _Planned(due, rows, None)


def _kept(writing: Writing, planned: Sequence[_Planned]) -> int:
    """Write what was planned, all at once; where the store refuses, subject by subject."""
    if not planned:
        return 0
    try:
        return _keep(writing, planned)
    except OperationalError:
        raise
    except SQLAlchemyError as error:
        if len(planned) == 1:
            _failed(writing, planned[0].due, error)
            return 0
    return sum(_kept(writing, [one]) for one in planned)


def _keep(writing: Writing, planned: Sequence[_Planned]) -> int:
    key, now = writing.key, writing.now
    with writing.session.begin_nested():
        new = remember(writing, [row for one in planned for row in one.rows])
        # Never back, however the clock is set: what was planned would be planned anew.
        _GONE_ON.each(
            writing.session,
            [
                {
                    "organisation": key,
                    "name": due.subject,
                    "through": max(due.planned_through, now),
                    "next": moment,
                }
                for due, _, moment in planned
            ],
        )
    return new


def _failed(writing: Writing, due: _Due, error: Exception) -> None:
    schedule = _schedule(writing, due)
    schedule.failures += 1
    schedule.next_remind_at = writing.now + RETRY * 2**schedule.failures
    if schedule.failures >= SET_ASIDE_AFTER:
        schedule.set_aside_at = writing.now
        tell_secretary(
            writing,
            f"set-aside/{schedule.subject}/{writing.now.isoformat()}",
            f"The reminders of {_said(writing, schedule.subject)} could not be planned and are "
            "set aside; whoever looks after Duly finds the reason in its log.",
        )
    writing.session.add(schedule)
    writing.session.flush()
    log.error(
        "planning failed",
        extra={
            "subject": schedule.subject,
            "failures": schedule.failures,
            "set_aside": schedule.set_aside_at is not None,
        },
        exc_info=error,
    )


def _said(writing: Writing, subject: str) -> str:
    """A subject as its reader knows it, from what can be read of it without its rules."""
    about = Subject(subject)
    if about.kind == SubjectKind.BOARD and about.id in writing.directory.boards:
        return f"the {writing.directory.boards[about.id].name}"
    if about.kind == SubjectKind.RECOMMENDATION:
        row = writing.session.get(t.Recommendation, about.number)
        return typed(writing, row) if row is not None else subject
    if about.kind == SubjectKind.REPORT:
        report = writing.session.get(t.Report, about.number)
        return f"“{report.title}”" if report is not None else subject
    return f"the {about.kind}"


def is_behind(writing: Writing) -> bool:
    """Whether something due up to now is not in the ledger yet, and may still come into it."""
    writing.session.flush()
    return _IS_BEHIND.holds(writing.session, {"organisation": writing.key, "now": writing.now})


def next_due(reading: Reading) -> datetime | None:
    """The earliest moment at which any subject wants to be looked at."""
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
