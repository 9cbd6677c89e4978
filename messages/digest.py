"""The words of reminders: one digest a person and day, and the short posts in channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from db.papers import Item
from governance.dates import say_date, say_day
from governance.directory import Directory
from governance.meetings import Meeting
from governance.words import Rule
from messages.agenda import named
from messages.recommendation import days_left, typed_item


@dataclass(frozen=True)
class Due:
    """One reminder as the words need it."""

    rule: Rule
    at: datetime
    """Aware, in the organisation's zone."""
    to: str
    """The post (or channel) that receives it."""
    late: bool = False
    items: tuple[Item, ...] = ()
    """The recommendation it is about, or those it lists."""
    meeting: Meeting | None = None
    report: str | None = None
    """A report's title and force, for the statutory clock."""
    about: date | None = None
    """The deadline, the meeting's date or the 56th day."""


SECTIONS: tuple[tuple[Rule, str], ...] = (
    (Rule.OVERDUE, "Overdue"),
    (Rule.DEADLINE, "Coming due"),
    (Rule.BOARD_CHASE, "Still wanted for the {board} of {day}: your update on"),
    (Rule.BOARD_UPDATE_REQUEST, "Wanted for the {board} of {day}: your update on"),
    (Rule.STATUTORY_RESPONSE, "The PCC's response is due by law (Police Act 1996, section 55)"),
    (Rule.AWAITING_SIGN_OFF, "Claimed complete, waiting for sign-off"),
    (Rule.UNOWNED, "Nobody owns these"),
    (Rule.STARTING_LIST, "Duly looks after these from today"),
)

WANTS_ANSWER = frozenset({Rule.OVERDUE, Rule.DEADLINE, Rule.BOARD_CHASE, Rule.BOARD_UPDATE_REQUEST})


def digest_text(person: str, day: date, dues: Sequence[Due], directory: Directory) -> str:
    """One person's reminders of one day. `person` is a person key."""
    name = directory.person_name(person).split()[0]
    count = sum(max(1, len(d.items)) for d in dues)
    parts = [f"{name}, {count} {'thing' if count == 1 else 'things'} for {say_day(day)}."]
    on_time = [d for d in dues if not d.late]
    for rule, title in SECTIONS:
        for heading, group in _by_meeting([d for d in on_time if d.rule is rule], title, directory):
            parts.append(
                _section(heading, [line for d in group for line in _lines(d, day, directory)])
            )
    late = sorted((d for d in dues if d.late), key=lambda d: d.at)
    if late:
        parts.append(
            _section("Late: these should have reached you before", _late(late, day, directory))
        )
    parts.append(_how_to_answer(dues))
    return "\n\n".join(p for p in parts if p)


def starting_text(meeting: Meeting, directory: Directory, *, late: bool) -> str:
    """The post in a board's channel shortly before it begins."""
    board = directory.boards[meeting.board].name
    today = "" if late else " today"
    return (
        f"The {board} begins at {meeting.start:%H:%M}{today}. Say /rec and a reference to look "
        f"one up, or /rec agenda {meeting.board} for the paper."
    )


def assigned_text(
    item: Item, directory: Directory, *, old: str | None, new: str, to_new: bool
) -> str:
    """What the old and the new owner are told when a recommendation changes hands."""
    due = f", due {say_date(item.deadline)}" if item.deadline else ""
    about = f"{named(item)}{due}, {item.report}"
    if to_new:
        before = f" It was with {directory.post_title(old)}." if old else ""
        return f"{directory.post_title(new)} now owns {about}.{before} {_say(item)}"
    here = directory.post_title(new)
    return f"{directory.post_title(old)} no longer owns {about}. It is with {here} now."


def _by_meeting(
    dues: Sequence[Due], title: str, directory: Directory
) -> list[tuple[str, list[Due]]]:
    """A section a board where the title names one, else one section; none when empty."""
    if not dues:
        return []
    groups: dict[str, list[Due]] = {}
    for due in dues:
        said = title
        if due.meeting is not None:
            said = title.format(
                board=directory.boards[due.meeting.board].name, day=say_day(due.meeting.day)
            )
        groups.setdefault(said, []).append(due)
    return list(groups.items())


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *(f"• {line}" for line in lines)])


def _lines(due: Due, day: date, directory: Directory) -> list[str]:
    if due.report is not None and due.about is not None:
        return [f"{due.report}: due {_due(due.about, day)}"]
    return [_line(item, due, day, directory) for item in due.items]


def _line(item: Item, due: Due, day: date, directory: Directory) -> str:
    parts = [named(item)]
    if item.deadline:
        parts.append(f"due {_due(item.deadline, day)}")
    else:
        parts.append("no date")
    if item.owner is None and due.rule is not Rule.UNOWNED:
        parts.append("no owner")
    elif item.owner is not None and item.owner != due.to:
        parts.append(f"owner {directory.post_title(item.owner)}")
    parts.append(item.report)
    return ", ".join(parts)


_LATE_WORDS: Mapping[Rule, str] = {
    Rule.OVERDUE: "overdue",
    Rule.DEADLINE: "coming due",
    Rule.BOARD_CHASE: "chase for the board",
    Rule.BOARD_UPDATE_REQUEST: "update wanted for the board",
    Rule.STATUTORY_RESPONSE: "response due by law",
    Rule.AWAITING_SIGN_OFF: "waiting for sign-off",
    Rule.UNOWNED: "nobody owns it",
    Rule.STARTING_LIST: "looked after from that day",
}


def _late(late: Sequence[Due], day: date, directory: Directory) -> list[str]:
    return [
        f"{line} ({_LATE_WORDS[due.rule]}, for {say_date(due.at.date())})"
        for due in late
        for line in _lines(due, day, directory)
    ]


def _due(due: date, day: date) -> str:
    """ "30 April 2023, 2 days left"; "today, 30 April 2023" on the day itself."""
    return f"today, {say_date(due)}" if due == day else f"{say_date(due)}, {days_left(due, day)}"


def _how_to_answer(dues: Sequence[Due]) -> str:
    """One example that can be typed as it stands, about something the person may answer."""
    first = next((item for d in dues if d.rule in WANTS_ANSWER for item in d.items), None)
    return _say(first) if first else ""


def _say(item: Item) -> str:
    return f"To answer: /rec {typed_item(item)} on track, then what has changed."
