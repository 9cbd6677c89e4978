"""The timetable of a subject's reminders: a schedule and a moment in, slots out, without end.

`rows` decides who gets a reminder at a slot, and whether there is one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from operator import attrgetter

from governance.directory import Board, Directory
from governance.reminders.board_slots import board_slots
from governance.reminders.model import Schedule, SubjectState
from governance.reminders.slots import (
    Slot,
    deadline_slots,
    quiet_until,
    report_slots,
    weekly_slots,
)
from governance.states import RecommendationState, ReportState

_AT = attrgetter("at")


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment strictly after `after` at which the subject has a slot; None for never."""
    slots = next_slots(schedule, after)
    return slots[0].at if slots else None


def next_slots(schedule: Schedule, after: datetime) -> list[Slot]:
    """All slots that share the first moment strictly after `after`."""
    return next(walk(schedule, after), [])


def walk(schedule: Schedule, after: datetime) -> Iterator[list[Slot]]:
    """The slots of each moment strictly after `after`, moment by moment, mostly without end."""
    directory, subject = schedule.directory, schedule.subject
    floor = max(after, quiet_until(schedule))
    own = _deciding(directory, subject)
    while True:
        # Recommendations that fall due together share their next moment, which is cached.
        key = (own, floor)
        slots: list[Slot] | None = directory.worked_out.get(key) if own is not None else None
        if slots is None:
            slots = _first(_ahead(schedule, floor), floor)
            if own is not None:
                directory.worked_out[key] = slots
        if not slots:
            return
        floor = slots[0].at
        yield list(slots)


def _first(ahead: Sequence[Slot], floor: datetime) -> list[Slot]:
    """The slots, of some in order, that share the first moment strictly after `floor`."""
    first = bisect_right(ahead, floor, key=_AT)
    if first == len(ahead):
        return []
    end = bisect_right(ahead, ahead[first].at, lo=first, key=_AT)
    return list(ahead[first:end])


def _deciding(
    directory: Directory, subject: SubjectState
) -> tuple[str | None, int | None, date, int] | None:
    """The cache key of a recommendation's timetable: all that decides when its reminders fall.

    None for the other subjects, and for a recommendation without reminders.
    """
    if not isinstance(subject, RecommendationState):
        return None
    if subject.deadline is None or not subject.wants_action:
        return None
    own = subject.id if subject.id in directory.overrides.recommendations else None
    board = subject.board or directory.default_board
    return board, own, subject.deadline, subject.deadline_version


def _ahead(schedule: Schedule, after: datetime) -> Sequence[Slot]:
    """Enough slots, in order, to contain every one at the first moment after `after`."""
    slots: Iterable[Slot]
    match schedule.subject:
        case RecommendationState() as recommendation:
            return _of_recommendation(schedule.directory, recommendation, after)
        case ReportState() as report:
            slots = report_slots(schedule.directory, report)
        case Board() as board:
            slots = board_slots(schedule.directory, board, after)
        case Directory() as directory:
            slots = weekly_slots(directory, after)
    return sorted(slots, key=_AT)


def _of_recommendation(
    directory: Directory, subject: RecommendationState, after: datetime
) -> Sequence[Slot]:
    """Slots of one recommendation, cached by deadline and rules, which many share."""
    deciding = _deciding(directory, subject)
    if deciding is None or subject.deadline is None:
        return ()
    board, own, deadline, version = deciding
    weeks = max(0, (after.astimezone(directory.zone).date() - deadline).days // 7)
    key = ("slots", *deciding, weeks)
    cached: list[Slot] | None = directory.worked_out.get(key)
    if cached is None:
        slots = deadline_slots(directory, board, own, deadline, version, weeks)
        cached = directory.worked_out[key] = sorted(slots, key=_AT)
    return cached
