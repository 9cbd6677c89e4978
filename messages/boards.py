"""Boards, their meetings and what is coming, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from db.queries.agenda import Item
from governance.cadence_gaps import clock_gaps, left_out, rule_parts
from governance.dates import say_date, say_day
from governance.directory import Board, Cadence, Directory
from governance.meetings import Meeting
from messages.naming import item_name

NO_BOARDS = (
    "There are no boards yet: they come with the organisation file "
    "(`duly init` writes one to start from, `duly apply organisation.yaml` puts it in force)."
)
LISTED = 10
"""Most recommendations of one day that are named; the rest is counted."""

_WEEKDAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday",
    "FR": "Friday", "SA": "Saturday", "SU": "Sunday",
}  # fmt: skip
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_NTH = re.compile(r"\+?(-?\d)(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True)
class Statutory:
    """A report whose 56 days end soon, with no PCC response held."""

    title: str
    force: str
    day: date


def meeting_when(meeting: Meeting) -> str:
    """A meeting's day and hours: "Wednesday 3 May 2023, 10:00 to 11:30"."""
    return f"{say_day(meeting.day)}, {meeting.start:%H:%M} to {meeting.end:%H:%M}"


def meeting_notes(meeting: Meeting) -> str:
    """Notes on what is out of the ordinary: moved, a bank holiday. Empty when nothing is."""
    notes = []
    if meeting.moved:
        notes.append(f"moved from {say_day(meeting.original.date())}, {meeting.original:%H:%M}")
    if meeting.holiday:
        notes.append(f"a bank holiday: {meeting.holiday}")
    return "; ".join(notes)


def in_days(day: date, today: date) -> str:
    """The distance to a date: "today", "tomorrow", "in 5 days", "5 days ago"."""
    left = (day - today).days
    if left in (0, 1):
        return ("today", "tomorrow")[left]
    if left < 0:
        return "yesterday" if left == -1 else f"{-left} days ago"
    return f"in {left} days"


def cadence_words(cadence: Cadence) -> str:
    """A cadence in words, with what it leaves out: "on the first Tuesday of every month", "every
    4 weeks, but not in August"."""
    gaps = ", ".join(f"not in {gap}" for gap in left_out(cadence))
    return f"{_often(cadence)}, but {gaps}" if gaps else _often(cadence)


def _often(cadence: Cadence) -> str:
    if cadence.every_months is not None:
        return _every(str(cadence.every_months), "month")
    parts = rule_parts(cadence.rule)
    often = _every(parts.get("INTERVAL", "1"), _UNITS.get(parts.get("FREQ", ""), "time"))
    nth = _NTH.fullmatch(parts.get("BYDAY", ""))
    if nth and parts.get("FREQ") == "MONTHLY" and nth[1] in _ORDINALS:
        return f"on the {_ORDINALS[nth[1]]} {_WEEKDAYS[nth[2]]} of {often}"
    return often


def _every(count: str, unit: str) -> str:
    return f"every {unit}" if count == "1" else f"every {count} {unit}s"


def boards_text(
    coming: Sequence[tuple[Board, Meeting | None]], directory: Directory, today: date
) -> str:
    """Each board: how often, who, where, and its next meeting."""
    if not coming:
        return NO_BOARDS
    return "\n\n".join(_board(board, meeting, directory, today) for board, meeting in coming)


def _board(board: Board, meeting: Meeting | None, directory: Directory, today: date) -> str:
    default = ", the default board" if board.key == directory.default_board else ""
    lines = [f"{board.name} ({board.key}{default}): meets {cadence_words(board.cadence)}."]
    seats = [
        f"{seat} {_seat(post, directory, today)}"
        for seat, post in (("chair", board.chair), ("secretary", board.secretary))
        if post
    ]
    if board.channel:
        seats.append(f"channel {board.channel}")
    if seats:
        lines.append(_sentence(seats))
    lines += clock_gaps(board.cadence, directory.zone, today.year)
    if meeting is None:
        lines.append("No further meeting is planned.")
    else:
        lines.append(f"Next: {_meeting(meeting, today)}.")
    return "\n".join(lines)


def _sentence(parts: Sequence[str]) -> str:
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _seat(post: str, directory: Directory, day: date) -> str:
    holder = directory.holder(post, day)
    who = directory.person_name(holder) if holder else "vacant"
    return f"{directory.post_title(post)} ({who})"


def _meeting(meeting: Meeting, today: date) -> str:
    notes = meeting_notes(meeting)
    when = f"{meeting_when(meeting)}, {in_days(meeting.day, today)}"
    return f"{when} ({notes})" if notes else when


def next_text(
    meetings: Sequence[tuple[Board, Meeting]],
    due: Sequence[Item],
    statutory: Sequence[Statutory],
    directory: Directory,
    today: date,
    days: int,
) -> str:
    """A calendar of meetings, deadlines and statutory last days, each under its heading."""
    parts = [
        _titled(
            "Meetings",
            [
                f"{_meeting(meeting, today)}: {board.name} ({board.key})"
                for board, meeting in meetings
            ],
            "" if directory.boards else NO_BOARDS,
        ),
        _titled(
            f"Deadlines in the next {days} days",
            _due_lines(due, today),
            f"Deadlines in the next {days} days: none.",
        ),
        _titled(
            f"PCC responses due in the next {days} days",
            [
                f"{say_day(s.day)}, {in_days(s.day, today)}: the 56th day for "
                f"“{s.title}” ({s.force})"
                for s in statutory
            ],
            "",
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _titled(title: str, lines: Sequence[str], empty: str) -> str:
    return "\n".join([f"{title}:", *(f"• {line}" for line in lines)]) if lines else empty


def _due_lines(due: Sequence[Item], today: date) -> list[str]:
    lines = []
    for day, group in groupby((i for i in due if i.deadline), key=lambda i: i.deadline):
        assert day is not None
        items = list(group)
        named = ", ".join(item_name(i) for i in items[:LISTED])
        if len(items) > LISTED:
            named += f" and {len(items) - LISTED} more (say: due by {say_date(day)})"
        lines.append(f"{say_day(day)}, {in_days(day, today)}: {named}")
    return lines
