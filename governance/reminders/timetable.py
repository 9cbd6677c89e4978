"""When a subject's reminders fall. Pure: a schedule and a moment in, slots out.

A slot is a moment at which a rule wants to speak about a subject; `rows` decides to whom, and
whether there is anything to say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from operator import attrgetter

from governance.calendar import MORNING, WorkingCalendar, local_time, working_calendar
from governance.dates import say_date, say_day
from governance.directory import Board, Directory
from governance.meetings import Meeting, said_move
from governance.meetings import upcoming as upcoming_meetings
from governance.reminders.model import Schedule, SubjectState
from governance.reminders.rules import (
    BOARD_RULES,
    BY_RULE,
    DEADLINE_RULES,
    WEEKLY_RULES,
    Move,
    RuleSettings,
    settings,
    variants,
)
from governance.states import RecommendationState, ReportState
from governance.statute import last_day
from governance.words import Rule

WEEK = timedelta(days=7)
NEVER = datetime.min.replace(tzinfo=UTC)
_AT = attrgetter("at")


@dataclass(frozen=True)
class Slot:
    """A rule speaks at `at`. `offset` is its days before (deadline) or after (overdue) a date."""

    at: datetime
    settings: RuleSettings
    occurrence: str
    tell: Callable[[], str]
    """Says why it falls then; a walk passes many slots whose words nobody reads."""
    about: date | None = None
    offset: int = 0
    meeting: Meeting | None = None
    caught_up: bool = False
    """Its moment was past when the meeting was moved; `at` is the first it can be made good."""

    @property
    def rule(self) -> Rule:
        return self.settings.rule

    @cached_property
    def why(self) -> str:
        return self.tell()

    @cached_property
    def days(self) -> int | None:
        return (self.about - self.at.date()).days if self.about else None


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment strictly after `after` at which the subject has a slot; None for never."""
    found = next_slots(schedule, after)
    return found[0].at if found else None


def next_slots(schedule: Schedule, after: datetime) -> list[Slot]:
    """All slots that share the first moment strictly after `after`."""
    return next(walk(schedule, after), [])


def walk(schedule: Schedule, after: datetime) -> Iterator[list[Slot]]:
    """The slots of each moment strictly after `after`, moment by moment, mostly without end."""
    directory, subject = schedule.directory, schedule.subject
    floor = max(after, settled_at(schedule))
    own = _deciding(directory, subject)
    while True:
        # What falls due together has been looked at together: its next moment is worked out once.
        asked = (own, floor)
        slots: list[Slot] | None = directory.worked_out.get(asked) if own is not None else None
        if slots is None:
            slots = _first(_ahead(schedule, floor), floor)
            if own is not None:
                directory.worked_out[asked] = slots
        if not slots:
            return
        floor = slots[0].at
        yield list(slots)


def _first(ahead: Sequence[Slot], floor: datetime) -> list[Slot]:
    """Those of slots in order that share the first moment strictly after `floor`."""
    first = bisect_right(ahead, floor, key=_AT)
    if first == len(ahead):
        return []
    end = bisect_right(ahead, ahead[first].at, lo=first, key=_AT)
    return list(ahead[first:end])


def _deciding(
    directory: Directory, subject: SubjectState
) -> tuple[str | None, int | None, date, int] | None:
    """All of a recommendation that decides when its reminders fall; None of the other subjects."""
    if not isinstance(subject, RecommendationState):
        return None
    if subject.deadline is None or not subject.wants_action:
        return None
    own = subject.id if subject.id in directory.overrides.recommendations else None
    board = subject.board or directory.default_board
    return board, own, subject.deadline, subject.deadline_version


def go_live_moment(directory: Directory) -> datetime | None:
    """09:00 on the day of `go_live`, when the starting lists are sent."""
    if directory.go_live is None:
        return None
    return local_time(directory.go_live, MORNING, directory.zone)


def settled_at(schedule: Schedule) -> datetime:
    """The moment up to which nothing is ever sent: what fell due until a recommendation was
    imported, its deadline set, its board first applied or `go_live` reached stays unsent."""
    directory, subject = schedule.directory, schedule.subject
    if isinstance(subject, Directory):
        return NEVER  # each listed recommendation carries its own moment of import (see rows)
    settled = go_live_moment(directory) or NEVER
    own: tuple[datetime | None, datetime | None]
    match subject:
        case RecommendationState():
            own = (subject.imported_at, subject.deadline_set_at)
        case ReportState():
            own = (subject.imported_at, subject.published_set_at)
        case Board():
            own = (subject.applied_at, None)
    for moment in own:
        if moment is not None and moment > settled:
            settled = moment
    return settled


def _ahead(schedule: Schedule, after: datetime) -> Sequence[Slot]:
    """Enough slots, in order, to contain every one at the first moment after `after`."""
    found: Iterable[Slot]
    match schedule.subject:
        case RecommendationState() as recommendation:
            return _of_recommendation(schedule.directory, recommendation, after)
        case ReportState() as report:
            found = _of_report(schedule.directory, report)
        case Board() as board:
            found = _of_board(schedule.directory, board, after)
        case Directory() as directory:
            found = _of_organisation(directory, after)
    return sorted(found, key=_AT)


def _of_recommendation(
    directory: Directory, subject: RecommendationState, after: datetime
) -> Sequence[Slot]:
    """Many share a deadline, and the rules for it: their slots are worked out once."""
    deciding = _deciding(directory, subject)
    if deciding is None or subject.deadline is None:
        return ()
    board, own, deadline, version = deciding
    weeks = max(0, (after.astimezone(directory.zone).date() - deadline).days // 7)
    asked = ("slots", *deciding, weeks)
    known: list[Slot] | None = directory.worked_out.get(asked)
    if known is None:
        found = _of_deadline(directory, board, own, deadline, version, weeks)
        known = directory.worked_out[asked] = sorted(found, key=_AT)
    return known


def _of_deadline(
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


def _of_report(directory: Directory, subject: ReportState) -> Iterator[Slot]:
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


def _of_board(directory: Directory, board: Board, after: datetime) -> Iterator[Slot]:
    """Slots of the meetings ahead. A later meeting's slots are later, rule by rule, so the first
    meeting all of whose slots are ahead is the last that matters; not so one that was moved,
    which may be caught up on after a later one is asked for."""
    lines = [line for r in BOARD_RULES for line in variants(directory, r, board=board.key)]
    if not lines:
        return
    for meeting in upcoming_meetings(board, directory, after):
        nominal = [b for line in lines if (b := _before(directory, board, line, meeting))]
        slots = [s for slot in nominal if (s := _as_moved(directory, board, slot))]
        yield from slots
        moved = meeting.original in board.changed
        if slots and not moved and all(s.at > after for s in slots):
            return


def moment_of(
    directory: Directory, board: Board, meeting: Meeting, rule: Rule, occurrence: str
) -> datetime | None:
    """When a board's reminder of this key falls, as things stand; None when it never does."""
    for line in variants(directory, rule, board=board.key):
        slot = _before(directory, board, line, meeting)
        if slot is not None and slot.occurrence == occurrence:
            moved = _as_moved(directory, board, slot)
            return moved.at if moved else None
    return None


def _as_moved(directory: Directory, board: Board, slot: Slot) -> Slot | None:
    """A slot of a meeting that may have been moved, cancelled or put back.

    What is past by then is made good in the next working hours, if the meeting has not begun;
    the ledger knows what was sent. None when there is nothing to make good.
    """
    meeting = slot.meeting
    assert meeting is not None
    changed = board.changed.get(meeting.original)
    settled = settled_at(Schedule(directory, board))
    if changed is None or changed <= settled or slot.at > changed:
        return slot
    local = changed.astimezone(directory.zone)
    at = working_calendar(directory.nation).next_hours(local)
    if not slot.settings.catches_up or at >= meeting.start:
        return None
    if slot.at <= settled:
        # What fell due before Duly began stays unsent, unless only the move has put it there.
        first = replace(meeting, start=meeting.original.replace(tzinfo=directory.zone))
        before = _before(directory, board, slot.settings, first)
        if before is None or before.at <= settled:
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
        when = _count(line.minutes, "minute")
    else:
        count = line.working_days or 0
        day = working_calendar(directory.nation).add(meeting.day, -count)
        at = local_time(day, line.at, directory.zone)
        when = _count(count, "working day")
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


def _of_organisation(directory: Directory, after: datetime) -> Iterator[Slot]:
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
    when = f"{_count(offset, 'day')} before" if offset else "On the day of"
    return f"{when} {what}, {say_date(due)}{_because(day, due - timedelta(days=offset))}"


def _after_words(day: date, due: date, offset: int | None) -> str:
    if offset is None:
        return f"The first working day after the deadline of {say_date(due)}"
    moved = _because(day, due + timedelta(days=offset))
    return f"{_count(offset, 'day')} after the deadline of {say_date(due)}{moved}"


def _meeting_words(when: str, board: Board, meeting: Meeting) -> str:
    moved = f", {said_move(meeting)}" if meeting.moved else ""
    return f"{when} before the {board.name} of {say_day(meeting.day)}{moved}"


def _caught_up_words(nominal: Callable[[], str], meeting: Meeting, day: date) -> str:
    done = "" if meeting.moved else ", put back"
    return f"{nominal()}{done} on {say_date(day)}, when that was past"


def _weekly_words(day: date, nominal: date) -> str:
    return f"The weekly list{_because(day, nominal)}"


def _because(day: date, nominal: date) -> str:
    """Why a reminder falls on another day than counted."""
    return f" (moved from {say_day(nominal)}, not a working day)" if day != nominal else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
