"""Slots: the moments of one rule's timetable, and why each falls then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial

from governance.calendar import MORNING, WorkingCalendar, last_day, local_time, working_calendar
from governance.dates import say_date, say_day
from governance.directory import Board, Directory
from governance.meetings import Meeting
from governance.reminders.model import Schedule
from governance.reminders.rules import (
    BY_RULE,
    DEADLINE_RULES,
    WEEKLY_RULES,
    Move,
    RuleSettings,
    settings,
    variants,
)
from governance.states import RecommendationState, ReportState
from governance.words import Rule

WEEK = timedelta(days=7)
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Slot:
    """One moment of a rule's timetable.

    `offset` is its days before (deadline) or after (overdue) a date.
    """

    at: datetime
    settings: RuleSettings
    occurrence: str
    tell: Callable[[], str]
    """Gives the reason; not called for the many slots of a walk whose words nobody reads."""
    about: date | None = None
    offset: int = 0
    meeting: Meeting | None = None
    caught_up: bool = False
    """Its moment was past when the meeting was moved; `at` is the first in working hours since."""

    @property
    def rule(self) -> Rule:
        return self.settings.rule

    @cached_property
    def why(self) -> str:
        return self.tell()

    @cached_property
    def days(self) -> int | None:
        return (self.about - self.at.date()).days if self.about else None


def go_live_moment(directory: Directory) -> datetime | None:
    """09:00 on the day of `go_live`, when the starting lists are sent."""
    if directory.go_live is None:
        return None
    return local_time(directory.go_live, MORNING, directory.zone)


def quiet_until(schedule: Schedule) -> datetime:
    """The moment up to which nothing is ever sent: what fell due until a recommendation was
    imported, its deadline set, its board first applied or `go_live` reached stays unsent."""
    directory, subject = schedule.directory, schedule.subject
    if isinstance(subject, Directory):
        return NEVER  # each listed recommendation carries its own moment of import (see rows)
    quiet = go_live_moment(directory) or NEVER
    own: tuple[datetime | None, datetime | None]
    match subject:
        case RecommendationState():
            own = (subject.imported_at, subject.deadline_set_at)
        case ReportState():
            own = (subject.imported_at, subject.published_set_at)
        case Board():
            own = (subject.applied_at, None)
    for moment in own:
        if moment is not None and moment > quiet:
            quiet = moment
    return quiet


def deadline_slots(
    directory: Directory,
    board: str | None,
    own: int | None,
    deadline: date,
    version: int,
    weeks: int,
) -> Iterator[Slot]:
    line, late = (settings(directory, r, board=board, recommendation=own) for r in DEADLINE_RULES)
    if line.enabled:
        yield from _countdown(directory, line, deadline, f"v{version}:", "the deadline")
    if late.enabled:
        yield from _since(directory, late, deadline, f"v{version}:", 7 * weeks)


def report_slots(directory: Directory, subject: ReportState) -> Iterator[Slot]:
    line = settings(directory, Rule.STATUTORY_RESPONSE)
    if subject.published is None or subject.answered or not line.enabled:
        return
    due = last_day(subject.published)
    yield from _countdown(
        directory, line, due, f"{subject.published}:", "the last day for the PCC's response"
    )


def _countdown(
    directory: Directory, line: RuleSettings, due: date, prefix: str, what: str
) -> Iterator[Slot]:
    """Days before a date, moved back to a working day; of two on one day the smaller is kept."""
    calendar = working_calendar(directory.nation)
    kept: dict[date, int] = {}
    for offset in sorted(line.days, reverse=True):
        kept[_moved(calendar, line, due - timedelta(days=offset))] = offset
    for day, offset in kept.items():
        yield Slot(
            at=local_time(day, line.at, directory.zone),
            settings=line,
            occurrence=f"{prefix}{offset}",
            tell=partial(_before_words, day, due, offset, what),
            about=due,
            offset=offset,
        )


def _since(
    directory: Directory, line: RuleSettings, due: date, prefix: str, since: int
) -> Iterator[Slot]:
    """The first working day after a date, then every so many days after it, without end: those
    that matter from `since` days after the date to a week later."""
    calendar = working_calendar(directory.nation)
    every = line.every or 7
    # A fortnight back: slots move forward, and of those that meet on a day the first is kept.
    step = max(1, (since - 14) // every)
    kept: dict[date, int] = {}
    for offset in [1, *((step + n) * every for n in range(28 // every + 4))]:
        day = _moved(calendar, line, due + timedelta(days=offset))
        kept.setdefault(day, offset)
    for day, offset in kept.items():
        first = offset == 1 and every != 1
        yield Slot(
            at=local_time(day, line.at, directory.zone),
            settings=line,
            occurrence=f"{prefix}{'first' if first else offset}",
            tell=partial(_after_words, day, due, None if first else offset),
            about=due,
            offset=offset,
        )


def weekly_slots(directory: Directory, after: datetime) -> Iterator[Slot]:
    """The weekly lists, and the starting lists on `go_live`."""
    calendar = working_calendar(directory.nation)
    started = go_live_moment(directory)
    if started is not None:
        yield Slot(
            started,
            BY_RULE[Rule.STARTING_LIST],
            str(directory.go_live),
            lambda: "The day reminders begin",
        )
    # Before `go_live` nothing else is sent; a fortnight back, since a list may move forward.
    floor = max(after, started) if started else after
    today = floor.astimezone(directory.zone).date()
    monday = today - timedelta(days=today.weekday()) - WEEK
    for rule in WEEKLY_RULES:
        # Whose word on it is "off" is left out of the list (see rows).
        weekly = next(iter(variants(directory, rule)), None)
        if weekly is None:
            continue
        for week in range(4):
            nominal = monday + week * WEEK + timedelta(days=weekly.weekday or 0)
            day = _moved(calendar, weekly, nominal)
            at = local_time(day, weekly.at, directory.zone)
            if at > floor:
                yield Slot(at, weekly, str(nominal), partial(_weekly_words, day, nominal))


def _moved(calendar: WorkingCalendar, line: RuleSettings, day: date) -> date:
    match line.move:
        case Move.BACK:
            return calendar.back(day)
        case Move.FORWARD:
            return calendar.forward(day)
        case Move.NEVER:
            return day


def _before_words(day: date, due: date, offset: int, what: str) -> str:
    when = f"{count_words(offset, 'day')} before" if offset else "On the day of"
    return f"{when} {what}, {say_date(due)}{_because(day, due - timedelta(days=offset))}"


def _after_words(day: date, due: date, offset: int | None) -> str:
    if offset is None:
        return f"The first working day after the deadline of {say_date(due)}"
    moved = _because(day, due + timedelta(days=offset))
    return f"{count_words(offset, 'day')} after the deadline of {say_date(due)}{moved}"


def _weekly_words(day: date, nominal: date) -> str:
    return f"The weekly list{_because(day, nominal)}"


def _because(day: date, nominal: date) -> str:
    """The reason for which a reminder falls on another day than counted."""
    return f" (moved from {say_day(nominal)}, not a working day)" if day != nominal else ""


def count_words(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
