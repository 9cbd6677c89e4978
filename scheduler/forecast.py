"""The forecast: the same rules walked forward without writing. What is forecast is what is sent."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlmodel import col

from db import tables as t
from db.states import recommendation_state, report_state
from db.store import Reading
from governance.reminders import Row, Schedule, Snapshot, Subject, next_moment, rows_at
from governance.states import RecommendationState
from governance.words import Rule
from scheduler.model import RowView
from scheduler.views import of_rows, order

NOT_FORECAST = (Rule.ASSIGNED, Rule.STARTING_LIST)


def forecast(reading: Reading, start: date, end: date) -> list[RowView]:
    """Every reminder from `start` to `end` (local dates, both included), as things stand now.

    All rules apply, the moments of import and of each change included; only what was already
    sent is not looked at.
    """
    directory = reading.directory
    asked = reading.select(t.Recommendation).order_by(col(t.Recommendation.id))
    rows = reading.all(asked)
    states = [recommendation_state(row) for row in rows]
    subjects: list[Subject] = [
        *states,
        *(report_state(r) for r in reading.all(reading.select(t.Report))),
        *directory.boards.values(),
        directory,
    ]
    first = datetime.combine(start, time.min, directory.zone) - timedelta(microseconds=1)
    last = datetime.combine(end, time.max, directory.zone)
    open_ones = [s for s in states if s.is_open]
    found: list[Row] = []
    for subject in subjects:
        found += _walk(Schedule(directory, subject), open_ones, first, last)
    about = {row.id: row for row in rows if row.id is not None}
    views = of_rows((r for r in found if r.rule not in NOT_FORECAST), about)
    return sorted(views, key=order)


def _walk(
    timetable: Schedule, listed: list[RecommendationState], first: datetime, last: datetime
) -> list[Row]:
    found: list[Row] = []
    snapshot = Snapshot(timetable.directory, timetable.subject, listed)
    moment = next_moment(timetable, first)
    while moment is not None and moment <= last:
        found += rows_at(moment, snapshot)
        moment = next_moment(timetable, moment)
    return found
