"""Planning: every reminder that has fallen due goes into the ledger, once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import NamedTuple

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from db import tables as t
from db.ledger import reminders, schedules
from db.ledger.schedules import DueSubject
from db.schedule import governed
from db.store import Writing
from governance.directory import Board, Directory
from governance.reminders import Row, Schedule, Snapshot, SubjectState, rows_of, walk
from governance.states import RecommendationState
from governance.subject import Subject, SubjectKind
from messages.naming import name_of
from scheduler.notices import tell_secretary

log = logging.getLogger(__name__)

LISTING = (Board, Directory)
"""The subjects whose reminders list recommendations."""
SET_ASIDE_AFTER = 3
"""Failures after which a subject holds up nobody any longer."""
RETRY = timedelta(minutes=1)
"""Doubled with each failure: a digest that waits for it is not late yet when the subject is set
aside."""


class _Open:
    """The open recommendations, read once a pass and only when a list needs them."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    @cached_property
    def states(self) -> list[RecommendationState]:
        return schedules.open_recommendations(self._writing)


class _Planned(NamedTuple):
    """The rows of one subject's planning, and the moment at which it is due again."""

    due: DueSubject
    rows: Sequence[Row]
    next: datetime | None


def plan(writing: Writing) -> int:
    """Put everything due up to now into the ledger; gives how many rows were new.

    A subject whose planning fails is left as it was, tried again later, and set aside after
    three failures, of which the secretary is told.
    """
    due = schedules.due(writing, writing.now + RETRY * 2**SET_ASIDE_AFTER)
    if not due:
        return 0
    subjects, open_ones = _subjects(writing, due), _Open(writing)
    planned: list[_Planned] = []
    for one in due:
        try:
            state = subjects[one.subject]()
            if state is None:
                writing.delete(schedules.schedule_of(writing, one.subject))
            else:
                planned.append(_plan_subject(writing, one, state, open_ones))
        except OperationalError:  # the store's trouble, and no subject's
            raise
        # Whatever is wrong with one subject must not keep anybody else's reminders back.
        except Exception as error:  # noqa: BLE001
            _note_failure(writing, one, error)
    return _save(writing, planned)


def _subjects(
    writing: Writing, due: Sequence[DueSubject]
) -> dict[str, Callable[[], SubjectState | None]]:
    """A getter for each subject: they are read together, but one by one where one is unreadable."""

    def read(*names: str) -> dict[str, SubjectState]:
        return governed(writing.session, writing.key, writing.directory, names)

    def read_one(name: str) -> SubjectState | None:
        return read(name).get(name)

    names = [one.subject for one in due]
    try:
        states = read(*names)
    except ValueError:  # a row with a value that no rule knows
        return {name: partial(read_one, name) for name in names}
    return {name: partial(states.get, name) for name in names}


def _plan_subject(
    writing: Writing, due: DueSubject, state: SubjectState, open_ones: _Open
) -> _Planned:
    """The rows after `planned_through` up to now, and the next moment after now."""
    directory = writing.directory
    listed = open_ones.states if isinstance(state, LISTING) else ()
    snapshot = Snapshot(directory, state, listed)
    rows: list[Row] = []
    for slots in walk(Schedule(directory, state), due.planned_through):
        if slots[0].at > writing.now:
            return _Planned(due, rows, slots[0].at)
        rows += rows_of(slots, snapshot)
    return _Planned(due, rows, None)


def _save(writing: Writing, planned: Sequence[_Planned]) -> int:
    """Write what was planned, all at once; where the store refuses, subject by subject."""
    if not planned:
        return 0
    try:
        return _save_all(writing, planned)
    except OperationalError:
        raise
    except SQLAlchemyError as error:
        if len(planned) == 1:
            _note_failure(writing, planned[0].due, error)
            return 0
    return sum(_save(writing, [one]) for one in planned)


def _save_all(writing: Writing, planned: Sequence[_Planned]) -> int:
    with writing.session.begin_nested():
        new = reminders.insert_planned(writing, [row for one in planned for row in one.rows])
        # Never back, however the clock is set: what was planned would be planned anew.
        schedules.advance(
            writing,
            [
                {
                    "name": due.subject,
                    "through": max(due.planned_through, writing.now),
                    "next": moment,
                }
                for due, _, moment in planned
            ],
        )
    return new


def _note_failure(writing: Writing, due: DueSubject, error: Exception) -> None:
    schedule = schedules.schedule_of(writing, due.subject)
    schedule.failures += 1
    schedule.next_remind_at = writing.now + RETRY * 2**schedule.failures
    if schedule.failures >= SET_ASIDE_AFTER:
        schedule.set_aside_at = writing.now
        tell_secretary(
            writing,
            f"set-aside/{schedule.subject}/{writing.now.isoformat()}",
            f"The reminders of {_subject_name(writing, Subject(schedule.subject))} could not be "
            "planned and are set aside; whoever looks after Duly finds the reason in its log.",
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


def _subject_name(writing: Writing, subject: Subject) -> str:
    """A subject as its reader knows it, from what can be read of it without its rules."""
    if subject.kind == SubjectKind.BOARD and subject.id in writing.directory.boards:
        return f"the {writing.directory.boards[subject.id].name}"
    if subject.kind == SubjectKind.RECOMMENDATION:
        row = writing.session.get(t.Recommendation, subject.number)
        return name_of(writing, row) if row is not None else subject
    if subject.kind == SubjectKind.REPORT:
        report = writing.session.get(t.Report, subject.number)
        return f"“{report.title}”" if report is not None else subject
    return f"the {subject.kind}"
