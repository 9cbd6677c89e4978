"""The history of a recommendation: every change, and every reminder with its reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from commands.changes import find_targets, single
from commands.invocation import Context
from commands.registry import Family
from db.ledger.messages import reminders_about
from db.mapping import recommendation_state
from db.queries import history as changes
from db.queries import lookup
from db.schedule import subject_of
from db.store import Reading
from db.tables import Recommendation
from governance.directory import Board, Directory
from governance.reminders import Row, Schedule, Snapshot, next_moment, rows_at
from governance.states import RecommendationState
from governance.words import label
from messages.history import Coming, history_text, why_text
from messages.naming import name_of
from messages.recommendation import report_of
from messages.reply import Reply

FAMILY = Family("History")
HORIZON = timedelta(days=400)
"""The lookahead of `why` for the next reminder: further than any rule's longest gap."""


@FAMILY.look(
    "history",
    usage=("history 24087", "history 16 of Cumbria"),
    summary="show every change to it",
    slow=True,
    detail="Who, when, through which face, from what to what. What was undone is shown with it.",
)
def history(reading: Reading, context: Context) -> Reply:
    targets = find_targets(reading, context, "history 24087")
    if targets.problem is not None:
        return targets.problem
    row = single(targets, "history")
    rows = changes.of_subject(reading, subject_of(row))
    text = history_text(_heading(reading, row), rows, reading.directory)
    return Reply(text)


@FAMILY.look(
    "why",
    usage=("why 24087",),
    summary="show every reminder about it, and why",
    slow=True,
    detail="Planned, sent, held or skipped, each with its reason; and the next one that is coming.",
)
def why(reading: Reading, context: Context) -> Reply:
    targets = find_targets(reading, context, "why 24087")
    if targets.problem is not None:
        return targets.problem
    row = single(targets, "why")
    rows, coming = reminders_about(reading, row), _coming(reading, row)
    text = why_text(_heading(reading, row), rows, coming, reading.directory)
    return Reply(text)


def _heading(reading: Reading, row: Recommendation) -> str:
    report = report_of(reading, row)
    state = recommendation_state(row)
    name = name_of(reading, row)
    return f"{name} ({label(state.kind, state.number)}, {report.title})" if row.ref else name


def _coming(reading: Reading, row: Recommendation) -> Coming:
    """The next reminder that will be about it or list it, as things stand."""
    directory, state = reading.directory, recommendation_state(row)
    if not state.is_open:
        return Coming(None, "Nothing more will be sent: it is closed.")
    states = [recommendation_state(each) for each in lookup.by_numbers(reading, ())]
    subjects: list[RecommendationState | Board | Directory] = [state, directory]
    if (board := directory.board_of(state.board)) is not None:
        subjects.append(board)
    rows = [
        next_row
        for subject in subjects
        if (next_row := _next(directory, subject, state.id, states, reading.now)) is not None
    ]
    first = min(rows, key=lambda row: row.at, default=None)
    return Coming(first, "As things stand, nothing more will be sent.")


def _next(
    directory: Directory,
    subject: RecommendationState | Board | Directory,
    wanted: int,
    states: list[RecommendationState],
    now: datetime,
) -> Row | None:
    timetable, snapshot = Schedule(directory, subject), Snapshot(directory, subject, states)
    moment = next_moment(timetable, now)
    while moment is not None and moment <= now + HORIZON:
        for row in rows_at(moment, snapshot):
            if row.recommendation == wanted or wanted in row.items:
                return row
        moment = next_moment(timetable, moment)
    return None
