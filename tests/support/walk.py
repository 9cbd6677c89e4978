"""Every reminder of a subject, moment after moment, by the pure rules."""

from __future__ import annotations

from datetime import datetime

from governance.directory import Directory
from governance.reminders import Row, Schedule, Snapshot, SubjectState, next_moment, rows_at
from governance.states import RecommendationState
from tests.factories import START, at

END = at(2023, 12, 31)


def walk(
    directory: Directory,
    subject: SubjectState,
    listed: tuple[RecommendationState, ...] = (),
    *,
    after: datetime = START,
    until: datetime = END,
) -> list[Row]:
    """Every row about a subject after a moment, in order."""
    rows: list[Row] = []
    moment = next_moment(Schedule(directory, subject), after)
    while moment is not None and moment <= until:
        rows += rows_at(moment, Snapshot(directory, subject, listed))
        moment = next_moment(Schedule(directory, subject), moment)
    return rows
