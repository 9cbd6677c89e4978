"""Meetings of a board: its cadence, with what was moved and cancelled (DESIGN: boards)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from governance.calendar import working_calendar
from governance.dates import say_day
from governance.directory import Board, Cadence, Directory
from governance.errors import RuleError

BEGINNING, END = datetime.combine(date.min, time.min), datetime.combine(date.max, time.max)
"""Naive, local: before and after every meeting."""


@dataclass(frozen=True)
class Meeting:
    """One occurrence of a board, named by its original start (naive, local)."""

    board: str
    original: datetime
    start: datetime
    """Aware, in the organisation's zone; where it was moved to, if it was."""
    end: datetime
    nation: str
    cancelled: bool = False

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def moved(self) -> bool:
        return self.start.replace(tzinfo=None) != self.original

    @property
    def key(self) -> str:
        """The original start, which names the meeting for good: "2023-05-02T14:00"."""
        return self.original.isoformat(timespec="minutes")

    @property
    def holiday(self) -> str | None:
        """The bank holiday it falls on: it stands, is flagged, and only a person moves it."""
        return working_calendar(self.nation).holiday(self.day)


def said_move(meeting: Meeting) -> str:
    """From when it was moved: "moved from Wednesday 3 May 2023"; on one day, from which time."""
    if meeting.original.date() == meeting.day:
        return f"moved from {meeting.original:%H:%M} to {meeting.start:%H:%M}"
    return f"moved from {say_day(meeting.original.date())}"


def every_months_rule(first: datetime, months: int) -> str:
    """The recurrence rule of "every N months", which from the 29th on is each one's last day."""
    last_day = ";BYMONTHDAY=-1" if first.day > 28 else ""
    return f"FREQ=MONTHLY;INTERVAL={months}{last_day}"


@lru_cache(maxsize=256)
def occurrences(cadence: Cadence) -> rrule:
    """The cadence as a rule over naive local starts, the first on or after `first`.

    "Every N months" from the 29th, 30th or 31st means each month's last day.
    Raises RuleError for a rule that cannot be read.
    """
    text = cadence.rule
    if cadence.every_months is not None:
        text = every_months_rule(cadence.first, cadence.every_months)
    try:
        rule: Any = rrulestr(text or "", dtstart=cadence.first, cache=True)
    except (ValueError, TypeError, KeyError) as error:
        raise RuleError(f"{text!r} is no recurrence rule: {error}.") from error
    if not isinstance(rule, rrule):
        raise RuleError(f"{text!r} holds more than one rule; a board has one.")
    return rule


def check_occurrence(board: Board, original: datetime) -> None:
    """Raise RuleError, naming the nearest occurrence, unless the board meets at `original`."""
    rule = occurrences(board.cadence)
    after = rule.after(original, inc=True)
    if after == original:
        return
    around = [o for o in (rule.before(original), after) if o is not None]
    near = min(around, key=lambda o: abs(o - original), default=None)
    hint = f"; the nearest is {near.isoformat(timespec='minutes')}" if near else ""
    raise RuleError(
        f"{board.name} does not meet at {original.isoformat(timespec='minutes')}{hint}."
    )


def meetings(
    board: Board, directory: Directory, start: date, end: date, *, cancelled: bool = False
) -> list[Meeting]:
    """The meetings that take place from `start` to `end` (local dates, both included).

    With `cancelled`, those that would have taken place are among them, marked.
    """
    first, last = datetime.combine(start, time.min), datetime.combine(end, time.max)
    taking_place = [
        _meeting(board, directory, original)
        for original in takewhile(last.__ge__, _originals(board, first))
        if original not in board.moved and original not in board.cancelled
    ]
    taking_place += [
        _meeting(board, directory, original)
        for original, to in board.moved.items()
        if first <= to <= last and original not in board.cancelled
    ]
    if cancelled:
        taking_place += [
            _meeting(board, directory, o, cancelled=True)
            for o in board.cancelled
            if first <= o <= last
        ]
    return sorted(taking_place, key=lambda m: (m.start, m.original))


def upcoming(board: Board, directory: Directory, after: datetime) -> Iterator[Meeting]:
    """The meetings that start after a moment, in the order in which they take place."""
    local = _naive(after, directory.zone)
    moved = sorted(
        (_meeting(board, directory, o) for o in board.moved if o not in board.cancelled),
        key=lambda m: m.start,
    )
    moved = [m for m in moved if m.start > after]
    # A day's slack: at a clock change, wall time and moments disagree for an hour.
    for original in _originals(board, local - timedelta(days=1)):
        if original in board.moved or original in board.cancelled:
            continue
        meeting = _meeting(board, directory, original)
        while moved and moved[0].start <= meeting.start:
            yield moved.pop(0)
        if meeting.start > after:
            yield meeting
    yield from moved


def meeting_from(board: Board, directory: Directory, original: datetime) -> Meeting | None:
    """The meeting named by its original start, where it is now; None when it was cancelled."""
    day = board.moved.get(original, original).date()
    on_day = meetings(board, directory, day, day)
    return next((m for m in on_day if m.original == original), None)


def next_meeting(board: Board, directory: Directory, after: datetime) -> Meeting | None:
    """The next meeting that starts strictly after a moment."""
    return next(upcoming(board, directory, after), None)


def previous_meeting(board: Board, directory: Directory, before: datetime) -> Meeting | None:
    """The latest uncancelled meeting that started strictly before a moment, by actual start."""
    earlier = [
        m
        for original in board.moved
        if original not in board.cancelled
        and (m := _meeting(board, directory, original)).start < before
    ]
    for original in _originals_back(board, _naive(before, directory.zone) + timedelta(days=1)):
        if original not in board.moved and original not in board.cancelled:
            meeting = _meeting(board, directory, original)
            if meeting.start < before:
                earlier.append(meeting)
                break
    return max(earlier, key=lambda m: m.start, default=None)


def _spans(board: Board) -> list[tuple[rrule, datetime, datetime]]:
    """The cadences a board has had, oldest first: each holds after one moment, up to another."""
    spans = []
    after = BEGINNING
    for one in board.earlier:
        spans.append((occurrences(one.cadence), after, one.until))
        after = one.until
    return [*spans, (occurrences(board.cadence), after, END)]


def _originals(board: Board, start: datetime) -> Iterator[datetime]:
    """The original starts from `start` on, by the cadence that held at each."""
    for rule, after, until in _spans(board):
        if start <= until:
            held = rule.xafter(max(start, after), inc=start > after)
            yield from takewhile(until.__ge__, held)


def _originals_back(board: Board, end: datetime) -> Iterator[datetime]:
    """The original starts before `end`, the latest first, by the cadence that held at each."""
    for rule, after, until in reversed(_spans(board)):
        original = rule.before(end) if end <= until else rule.before(until, inc=True)
        while original is not None and original > after:
            yield original
            original = rule.before(original)


def _naive(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _meeting(
    board: Board, directory: Directory, original: datetime, *, cancelled: bool = False
) -> Meeting:
    start = board.moved.get(original, original).replace(tzinfo=directory.zone)
    end = (start.astimezone(UTC) + timedelta(minutes=board.minutes)).astimezone(directory.zone)
    return Meeting(board.key, original, start, end, directory.nation, cancelled)
