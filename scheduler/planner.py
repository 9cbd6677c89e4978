"""Planning: every reminder that has fallen due goes into the ledger, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from db import tables as t
from db.schedule import governed
from db.states import recommendation_state
from db.store import Reading, Writing
from governance.directory import Board, Directory
from governance.reminders import Row, Schedule, Snapshot, Subject, next_moment, rows_at
from governance.states import RecommendationState

log = logging.getLogger(__name__)

SET_ASIDE_AFTER = 3
"""Failures after which a subject holds up nobody any longer."""
RETRY = timedelta(minutes=5)


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
            self._open = [recommendation_state(row) for row in rows]
        return self._open


def plan(writing: Writing) -> int:
    """Put everything due up to now into the ledger; gives how many rows were new.

    A subject whose planning fails is rolled back alone and tried again later; after three
    failures it is set aside.
    """
    due = writing.all(
        writing.select(t.Schedule).where(
            col(t.Schedule.next_remind_at) <= writing.now, col(t.Schedule.set_aside_at).is_(None)
        )
    )
    known = _Known(writing)
    subjects = governed(writing.session, writing.key, writing.directory, [s.subject for s in due])
    planned = 0
    for schedule in due:
        try:
            with writing.session.begin_nested():
                planned += _plan_subject(writing, schedule, subjects.get(schedule.subject), known)
        # Whatever is wrong with one subject must not keep anybody else's reminders back.
        except Exception as error:  # noqa: BLE001
            _failed(writing, schedule, error)
    return planned


def _plan_subject(
    writing: Writing, schedule: t.Schedule, subject: Subject | None, known: _Known
) -> int:
    directory = writing.directory
    if subject is None:
        writing.session.delete(schedule)
        return 0
    timetable = Schedule(directory, subject)
    listed = known.open if isinstance(subject, Board | Directory) else ()
    rows, moment = _due(timetable, listed, schedule.planned_through, writing.now)
    schedule.planned_through = writing.now
    schedule.next_remind_at = moment
    schedule.failures = 0
    writing.session.add(schedule)
    writing.session.flush()
    return sum(remember(writing, row) for row in rows)


def _due(
    timetable: Schedule,
    listed: Iterable[RecommendationState],
    after: datetime,
    now: datetime,
) -> tuple[list[Row], datetime | None]:
    """The rows after `after` up to `now`, and the next moment after `now`."""
    rows: list[Row] = []
    moment = next_moment(timetable, after)
    while moment is not None and moment <= now:
        rows += rows_at(moment, Snapshot(timetable.directory, timetable.subject, listed))
        moment = next_moment(timetable, moment)
    return rows, moment


def remember(writing: Writing, row: Row, detail: dict[str, str | None] | None = None) -> bool:
    """One row into the ledger under its unique key; False when it is there already."""
    said = asdict(row)
    values = {
        "organisation": writing.key,
        "recipient": row.recipient,
        "recommendation_id": said.pop("recommendation"),
        "report_id": said.pop("report"),
        "items": list(said.pop("items")),
        "state": "planned",
        "late": False,
        "planned_at": writing.now,
        "detail": detail or {},
        **said,
        "rule": row.rule.value,
    }
    postgres = writing.session.get_bind().dialect.name == "postgresql"
    # Imported here: they take long, and most commands plan nothing.
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if postgres else sqlite.insert
    statement = insert(t.Reminder).values(**values).on_conflict_do_nothing()
    return bool(writing.session.connection().execute(statement).rowcount)


def _failed(writing: Writing, schedule: t.Schedule, error: Exception) -> None:
    schedule.failures += 1
    schedule.next_remind_at = writing.now + RETRY * 2**schedule.failures
    if schedule.failures >= SET_ASIDE_AFTER:
        schedule.set_aside_at = writing.now
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
