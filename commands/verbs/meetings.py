"""Moving and cancelling a single meeting of a board."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time

from commands.changes import CommandRefused, undoable_reply
from commands.invocation import Context
from commands.registry import Act, Family
from commands.verbs.boards import named_board
from db.meetings import set_meeting
from db.store import Reading, Writing
from governance.calendar import working_calendar
from governance.dates import (
    MOST_WORDS,
    TypedDay,
    possible,
    say_date,
    say_day,
    take_typed_day,
)
from governance.directory import Board
from governance.meetings import Meeting, meetings, next_meeting
from governance.rights import Right
from governance.subject import Subject
from messages.boards import NO_BOARDS, meeting_when
from messages.reply import Button, Reply

FAMILY = Family("Meetings")
EXAMPLE = "meeting pib 3 May move to 4 May 14:00"
_ACT = re.compile(
    r"^(?:(?:at\s+)?(?P<time>\d{1,2}[:.]\d{2}(?:\s*[ap]m)?)\s+)?(?:is\s+)?(?P<act>moved?|cancel(?:led)?|restore)\b(?:\s+to\b)?[\s:]*(?P<rest>.*)$",
    re.I | re.S,
)
_TIME = re.compile(
    r"^(?:at\s+)?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>[ap]m)?$", re.I
)


@FAMILY.verb(
    "meeting",
    usage=(EXAMPLE, "meeting pib 3 May cancel", "meeting pib 3 May restore"),
    summary="move or cancel one meeting",
    right=Right.MEETINGS,
    detail=(
        "The secretary of the board. A date without a year is the nearest meeting; without a "
        "time, a moved meeting keeps its own. Its reminders follow its new start."
    ),
)
def meeting_(reading: Reading, context: Context) -> Reply | Act:
    if not reading.directory.boards:
        raise CommandRefused(NO_BOARDS)
    board, day, rest = _head(reading, context.rest)
    context.check(reading, board=board.key)
    match = _ACT.match(rest)
    if match is None:
        raise CommandRefused(f"Move it, cancel it or restore it? For example: {EXAMPLE}")
    what = match["act"].lower()[:6]
    meeting = _meeting(reading, board, day, match["time"], rest, restore=what == "restor")
    if isinstance(meeting, Reply):
        return meeting
    if meeting.start <= reading.now:
        raise CommandRefused(f"The meeting of {meeting_when(meeting)} has begun already.")
    if what == "cancel":
        return lambda writing: _set(writing, board, meeting, None)
    if what == "restor":
        return lambda writing: _set(writing, board, meeting, meeting.original)
    to = _target(match["rest"], meeting)
    if to == meeting.start.replace(tzinfo=None):
        raise CommandRefused(f"It is on {meeting_when(meeting)} already.")
    if to.replace(tzinfo=reading.directory.zone) <= reading.now:
        raise CommandRefused(f"{say_day(to.date())}, {to:%H:%M} is past already.")
    if other := _another_at(reading, board, meeting, to):
        raise CommandRefused(
            f"{board.name} meets on {meeting_when(other)} already; move it to another time, "
            f"or cancel one of the two."
        )
    return lambda writing: _set(writing, board, meeting, to)


def _head(reading: Reading, text: str) -> tuple[Board, TypedDay, str]:
    """The board and the day at the head of the text, and what follows them."""
    typed = text.split()
    for start in range(len(typed)):
        behind = start + MOST_WORDS
        taken = take_typed_day(" ".join(typed[start:behind]), reading.today)
        if taken is not None:
            words = " ".join(w for w in typed[:start] if w.lower() not in ("on", "of"))
            rest = " ".join([taken[1], *typed[behind:]]).strip()
            return named_board(reading, words), taken[0], rest
    raise CommandRefused(f"Which meeting? For example: {EXAMPLE}")


def _another_at(reading: Reading, board: Board, meeting: Meeting, to: datetime) -> Meeting | None:
    """Another meeting of the board that begins at the same time."""
    start = to.replace(tzinfo=reading.directory.zone)
    on_day = meetings(board, reading.directory, to.date(), to.date())
    return next((m for m in on_day if m.original != meeting.original and m.start == start), None)


def _meeting(
    reading: Reading, board: Board, day: TypedDay, at: str | None, rest: str, *, restore: bool
) -> Meeting | Reply:
    """The board's meeting on that day, by its present date or its original one.

    Without a year, the nearest. Of several that day the one that begins at `at`, else the answer
    is a choice that carries on with `rest`. `restore` looks among those moved or cancelled alone.
    Raises CommandRefused when the board does not meet then.
    """
    directory = reading.directory
    known = replace(board, moved={}, cancelled=frozenset()) if restore else board
    candidates: list[Meeting] = []
    for each in _days(day, reading.today):
        candidates += [
            m
            for m in meetings(known, directory, each, each)
            if not restore or m.original in board.moved or m.original in board.cancelled
        ]
        candidates += [
            m
            for original, to in ({} if restore else board.moved).items()
            if original.date() == each
            for m in meetings(board, directory, to.date(), to.date())
            if m.original == original
        ]
    if candidates:
        nearest = min(candidates, key=lambda m: abs(m.start - reading.now))
        same = {m.original: m for m in candidates if _named_day(m, day) == _named_day(nearest, day)}
        if at is not None:
            begins = _time(at, nearest.start.time())
            same = {o: m for o, m in same.items() if m.start.time() == begins}
        if len(same) == 1:
            return next(iter(same.values()))
        if same:
            return _which(board, list(same.values()), rest)
        raise CommandRefused(f"{board.name} meets on {meeting_when(nearest)}, not at {at}.")
    date_words = " ".join(filter(None, [str(day.day), month_name[day.month], str(day.year or "")]))
    if restore:
        raise CommandRefused(f"No meeting of {board.name} on {date_words} was moved or cancelled.")
    coming = next_meeting(board, directory, reading.now)
    hint = f" Its next meeting is on {meeting_when(coming)}." if coming else ""
    raise CommandRefused(f"{board.name} does not meet on {date_words}.{hint}")


def _named_day(meeting: Meeting, day: TypedDay) -> date:
    """The meeting's present date where the typed day is that, else its original date."""
    now = meeting.day
    here = (now.day, now.month) == (day.day, day.month)
    return now if here else meeting.original.date()


def _which(board: Board, same_day: list[Meeting], rest: str) -> Reply:
    """Several meetings on one day: each as the full command that is meant."""
    buttons = tuple(
        Button(
            f"{m.start:%H:%M}",
            f"meeting {board.key} {say_date(m.day)} {m.start:%H:%M} {rest}",
        )
        for m in sorted(same_day, key=lambda m: m.start)
    )
    lines = "\n".join(f"- {button.command}" for button in buttons)
    return Reply(
        f"{board.name} meets more than once then. Which one? Say:\n{lines}",
        ok=False,
        buttons=buttons,
    )


def _days(day: TypedDay, today: date) -> Iterable[date]:
    """The dates a typed day may mean: its own year, else last year, this and the next."""
    years = [day.year] if day.year is not None else [today.year - 1, today.year, today.year + 1]
    for year in years:
        on = possible(year, day.month, day.day)
        if on is not None:
            yield on


def _target(text: str, meeting: Meeting) -> datetime:
    """The new start, naive local; the date nearest to the meeting when no year is typed."""
    taken = take_typed_day(text, meeting.day)
    if taken is None:
        raise CommandRefused(f"To when? For example: {EXAMPLE}")
    typed, rest = taken
    days = list(_days(typed, meeting.day))
    if not days:
        raise CommandRefused("There is no such day.")
    day = min(days, key=lambda d: abs(d - meeting.day))
    return datetime.combine(day, _time(rest.strip(" ."), meeting.start.time()))


def _time(text: str, otherwise: time) -> time:
    if not text:
        return otherwise
    match = _TIME.match(text)
    hour, minute = (int(match["hour"]), int(match["minute"] or 0)) if match else (24, 0)
    half = (match["half"] or "").lower() if match else ""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59:
        raise CommandRefused(f"“{text}” is no time. For example: {EXAMPLE}")
    return time(hour, minute)


def _set(writing: Writing, board: Board, meeting: Meeting, to: datetime | None) -> Reply:
    """Move the meeting to `to`, which may be its original start, or cancel it (None)."""
    moved_to = to.isoformat(timespec="minutes") if to else None
    changed = set_meeting(writing, board.key, meeting.key, moved_to, source="chat")
    writing.note("meeting", Subject.board(board.key), {f"meeting {meeting.key}": changed})
    writing.replan(Subject.board(board.key))
    if to is None:
        return undoable_reply(
            writing,
            f"Duly noted. {board.name}: the meeting of {meeting_when(meeting)} is cancelled.",
        )
    text = f"Duly noted. {board.name}: {say_day(to.date())}, {to:%H:%M}"
    was = meeting.start.replace(tzinfo=None)
    if was != to:
        text += f", instead of {say_day(was.date())}, {was:%H:%M}"
    if holiday := working_calendar(writing.directory.nation).holiday(to.date()):
        text += f". Please note: {say_date(to.date())} is a bank holiday ({holiday})"
    return undoable_reply(writing, f"{text}.")
