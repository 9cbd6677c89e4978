"""Slots of a board: before each meeting, where it was moved as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from governance.calendar import local_time, working_calendar
from governance.dates import say_date, say_day
from governance.directory import Board, Directory
from governance.meetings import Meeting, said_move
from governance.meetings import upcoming as upcoming_meetings
from governance.reminders.model import Schedule
from governance.reminders.rules import BOARD_RULES, RuleSettings, settings, variants
from governance.reminders.slots import Slot, count_words, quiet_until
from governance.words import Rule


def board_slots(directory: Directory, board: Board, after: datetime) -> Iterator[Slot]:
    """Slots of the meetings ahead, up to the last meeting that can have one at the first moment.

    Rule by rule a later meeting's slots are no earlier, but they may share a moment: two sessions a
    day do, and two meetings with a bank holiday between them. So they end with a meeting all of
    whose slots are later than the first moment; not with one that was moved, as it may be caught
    up on after a later one is asked for.
    """
    lines = [line for r in BOARD_RULES for line in variants(directory, r, board=board.key)]
    if not lines:
        return
    first: datetime | None = None
    for meeting in upcoming_meetings(board, directory, after):
        nominal = [b for line in lines if (b := _before(directory, board, line, meeting))]
        slots = [s for slot in nominal if (s := _as_moved(directory, board, slot))]
        yield from slots
        ahead = [s.at for s in slots if s.at > after]
        later = first is not None and all(s.at > first for s in slots)
        if slots and later and meeting.original not in board.changed:
            return
        if ahead:
            first = min(ahead) if first is None else min(first, *ahead)


def moment_of(
    directory: Directory, board: Board, meeting: Meeting, rule: Rule, occurrence: str
) -> datetime | None:
    """The moment at which a board's reminder of this key falls, as things stand; None for never."""
    for line in variants(directory, rule, board=board.key):
        slot = _before(directory, board, line, meeting)
        if slot is not None and slot.occurrence == occurrence:
            moved = _as_moved(directory, board, slot)
            return moved.at if moved else None
    return None


def _as_moved(directory: Directory, board: Board, slot: Slot) -> Slot | None:
    """A slot of a meeting that may have been moved, cancelled or put back.

    A moment that was past by then becomes the next in working hours, if the meeting has not
    begun; the ledger prevents a repeat. None when nothing is to be sent.
    """
    meeting = slot.meeting
    assert meeting is not None
    changed = board.changed.get(meeting.original)
    quiet = quiet_until(Schedule(directory, board))
    if changed is None or changed <= quiet or slot.at > changed:
        return slot
    local = changed.astimezone(directory.zone)
    at = working_calendar(directory.nation).next_hours(local)
    if not slot.settings.catches_up or at >= meeting.start:
        return None
    if slot.at <= quiet:
        # What fell due before Duly began stays unsent, unless only the move has put it there.
        first = replace(meeting, start=meeting.original.replace(tzinfo=directory.zone))
        before = _before(directory, board, slot.settings, first)
        if before is None or before.at <= quiet:
            return None
    tell = partial(_caught_up_words, slot.tell, meeting, local.date())
    return replace(slot, at=at, tell=tell, caught_up=True)


def _before(
    directory: Directory, board: Board, line: RuleSettings, meeting: Meeting
) -> Slot | None:
    """One rule before one meeting; None when an override would put it after the start."""
    own = settings(directory, line.rule, board=board.key)
    # A recommendation asked for at another time than the rest has a key of its own.
    apart = "" if line.working_days == own.working_days else f"/{line.working_days}"
    if line.minutes is not None:
        start = meeting.start.astimezone(UTC) - timedelta(minutes=line.minutes)
        at = start.astimezone(directory.zone)
        when = count_words(line.minutes, "minute")
    else:
        count = line.working_days or 0
        day = working_calendar(directory.nation).add(meeting.day, -count)
        at = local_time(day, line.at, directory.zone)
        when = count_words(count, "working day")
    if at >= meeting.start:
        return None
    return Slot(
        at=at,
        settings=line,
        occurrence=f"{meeting.key}{apart}",
        tell=partial(_meeting_words, when, board, meeting),
        about=meeting.day,
        meeting=meeting,
    )


def _meeting_words(when: str, board: Board, meeting: Meeting) -> str:
    moved = f", {said_move(meeting)}" if meeting.moved else ""
    return f"{when} before the {board.name} of {say_day(meeting.day)}{moved}"


def _caught_up_words(nominal: Callable[[], str], meeting: Meeting, day: date) -> str:
    done = "" if meeting.moved else ", put back"
    return f"{nominal()}{done} on {say_date(day)}, when that was past"
