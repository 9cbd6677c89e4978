"""Relevance: the rule by which a reminder is still wanted, and an update still owed.

The scheduler asks when it sends, the reconcile pass while a reminder waits, and the Home tab when
it lists what a board waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.directory import Board, Directory
from governance.meetings import Meeting, meeting_from
from governance.reminders.model import Row
from governance.reminders.rules import BY_RULE, UPDATE_RULES, SettledBy, settings
from governance.reminders.slots import go_live_moment
from governance.states import RecommendationState, ReportState
from governance.subject import SubjectKind
from governance.words import Progress, Rule

LATE_AFTER = timedelta(minutes=10)
"""A reminder that is sent longer after its moment is late."""

BEFORE_GO_LIVE = "it fell due before go_live"
CANCELLED = "the meeting was cancelled"
BEGUN = "the meeting has begun"
SENT_BEFORE = "it was sent before the meeting was moved"
REASONS: Mapping[SettledBy, str] = {
    SettledBy.CLOSURE: "the recommendation was closed",
    SettledBy.CLAIM: "the recommendation was claimed complete",
    SettledBy.NO_CLAIM: "it is not claimed complete any more",
    SettledBy.UPDATE: "the update was given",
    SettledBy.OWNER: "somebody owns it now",
    SettledBy.NEW_DEADLINE: "the deadline was moved",
    SettledBy.RESPONSE: "the response was given",
}


@dataclass(frozen=True)
class Circumstances:
    """The state of the organisation at `now` that decides whether its reminders are wanted."""

    directory: Directory
    now: datetime
    recommendations: Mapping[int, RecommendationState]
    """By id; one that is missing counts as closed."""
    reports: Mapping[int, ReportState]


def unwanted(
    row: Row, circumstances: Circumstances, *, snoozed: bool = False, sent_before: bool = False
) -> str | None:
    """The reason for which a reminder is not sent after all; None while it is wanted.

    `snoozed`: its reader let it wait. `sent_before`: the same post was asked the same before the
    meeting was moved.
    """
    line = BY_RULE[row.rule]
    begins = go_live_moment(circumstances.directory)
    if begins is not None and row.at <= begins and row.rule is not Rule.STARTING_LIST:
        return BEFORE_GO_LIVE
    if line.about is SubjectKind.BOARD:
        meeting = meeting_of(row, circumstances.directory)
        if meeting is None:
            return CANCELLED
        waited = snoozed or circumstances.now - row.at > LATE_AFTER
        if waited and meeting.start <= circumstances.now:
            return BEGUN
        if sent_before:
            return SENT_BEFORE
    if SettledBy.RESPONSE in line.settled_by:
        report = circumstances.reports.get(row.report or 0)
        return REASONS[SettledBy.RESPONSE] if report is None or report.answered else None
    reasons = [settled(row, circumstances.recommendations.get(id)) for id in row.recommendation_ids]
    if not reasons or None in reasons:
        return None
    given = REASONS[SettledBy.UPDATE]
    return given if given in reasons else reasons[0]


def settled(row: Row, state: RecommendationState | None) -> str | None:
    """The reason for which a reminder need not name one of its recommendations any longer; None
    while it does. A recommendation that is gone is None, and counts as closed."""
    for event in BY_RULE[row.rule].settled_by:
        if event in REASONS and _has_happened(event, row, state):
            return REASONS[event if state is not None else SettledBy.CLOSURE]
    return None


def _has_happened(event: SettledBy, row: Row, state: RecommendationState | None) -> bool:
    if state is None:
        return True
    match event:
        case SettledBy.CLOSURE:
            return not state.is_open
        case SettledBy.CLAIM:
            return state.progress is Progress.COMPLETE
        case SettledBy.NO_CLAIM:
            return state.progress is not Progress.COMPLETE
        case SettledBy.UPDATE:
            return state.last_update_at is not None and state.last_update_at > row.at
        case SettledBy.OWNER:
            return bool(state.owner)
        case SettledBy.NEW_DEADLINE:
            return state.deadline != row.at.date() + timedelta(days=row.days or 0)
        case _:
            return False


def meeting_of(row: Row, directory: Directory) -> Meeting | None:
    """The meeting a board's reminder is about, where it is now; None when it was cancelled."""
    board = directory.boards.get(row.board) if row.board else None
    if board is None:
        return None
    return meeting_from(board, directory, original_start(row))


def original_start(row: Row) -> datetime:
    """The original start (naive, local) of a board reminder's meeting, which names it."""
    return datetime.fromisoformat(row.occurrence.partition("/")[0])


def owes_update(
    directory: Directory,
    board: Board,
    previous: Meeting | None,
    state: RecommendationState,
    rules: Iterable[Rule] = UPDATE_RULES,
) -> bool:
    """True if a board is owed an update of a recommendation before its next meeting.

    It is before that board, open and not claimed complete, one of `rules` is on for it, and it
    had no update since the `previous` meeting began.
    """
    concerned = directory.board_of(state.board)
    if not state.wants_action or concerned is None or concerned.key != board.key:
        return False
    updated = state.last_update_at
    if updated is not None and (previous is None or updated >= previous.start):
        return False
    return any(
        settings(directory, rule, board=state.board, recommendation=state.id).enabled
        for rule in rules
    )
