"""The forecast: the same rules walked forward without writing, so that it equals what is sent."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from db.ledger.reminders import of_rules
from db.mapping import recommendation_state, report_state
from db.queries.lookup import all_recommendations, all_reports
from db.store import Reading
from governance.reminders import Row, Schedule, Snapshot, SubjectState, rows_of, walk
from governance.reminders.rules import BOARD_RULES, BY_RULE
from governance.states import RecommendationState
from scheduler.report import RowView, of_rows, order


def forecast(reading: Reading, start: date, end: date) -> list[RowView]:
    """Every reminder from `start` to `end` (local dates, both included), as things stand now.

    All rules apply, the moments of import and of each change included; only what was already
    sent is not looked at.
    """
    directory = reading.directory
    rows = all_recommendations(reading)
    states = [recommendation_state(row) for row in rows]
    subjects: list[SubjectState] = [
        *states,
        *(report_state(report) for report in all_reports(reading).values()),
        *directory.boards.values(),
        directory,
    ]
    first = datetime.combine(start, time.min, directory.zone) - timedelta(microseconds=1)
    last = datetime.combine(end, time.max, directory.zone)
    open_ones = [s for s in states if s.is_open]
    planned: list[Row] = []
    for subject in subjects:
        planned += _walk(Schedule(directory, subject), open_ones, first, last)
    planned = _not_sent_before(reading, planned)
    about = {row.id: row for row in rows if row.id is not None}
    views = of_rows((row for row in planned if BY_RULE[row.rule].forecast), about, directory)
    return sorted(views, key=order)


def _not_sent_before(reading: Reading, planned: list[Row]) -> list[Row]:
    """Leave out what was sent before its meeting was moved, as it is not sent again.

    What waits in the ledger falls at its new moment, unless that is past.
    """
    if not any(board.changed for board in reading.directory.boards.values()):
        return planned
    sent: dict[tuple[str, ...], list[tuple[datetime, bool]]] = defaultdict(list)
    for row in of_rules(reading, BOARD_RULES):
        waits = row.state in ("planned", "gathered", "held")
        for who in {row.recipient, row.to} if row.state == "sent" else {row.recipient}:
            sent[row.rule, row.subject, row.occurrence, who].append((row.at, waits))

    def again(row: Row) -> bool:
        return any(
            at < row.at and not (waits and row.at > reading.now)
            for who in {row.recipient, row.to}
            for at, waits in sent.get((row.rule.value, row.subject, row.occurrence, who), ())
        )

    return [row for row in planned if not again(row)]


def _walk(
    timetable: Schedule, listed: list[RecommendationState], first: datetime, last: datetime
) -> list[Row]:
    rows: list[Row] = []
    snapshot = Snapshot(timetable.directory, timetable.subject, listed)
    for slots in walk(timetable, first):
        if slots[0].at > last:
            break
        rows += rows_of(slots, snapshot)
    return rows
