"""Gathering: planned reminders become messages, one digest a person and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import col, func, select

from db import tables as t
from db.papers import Item, agenda, items
from db.store import Reading, Writing
from governance.calendar import working_calendar
from governance.meetings import Meeting, meetings
from governance.statute import last_day
from governance.words import Progress, Rule
from messages.agenda import agenda_text
from messages.digest import Due, assigned_text, digest_text, starting_text

LATE_AFTER = timedelta(minutes=10)
ABOUT_A_BOARD = frozenset(
    {
        Rule.BOARD_UPDATE_REQUEST,
        Rule.BOARD_CHASE,
        Rule.BOARD_AGENDA,
        Rule.BOARD_STARTING,
    }
)
ABOUT_A_DEADLINE = frozenset({Rule.DEADLINE, Rule.OVERDUE})


@dataclass(frozen=True)
class _Ready:
    """A reminder that goes out now, with what its words need."""

    row: t.Reminder
    due: Due


def gather(writing: Writing) -> tuple[list[t.Message], list[t.Reminder]]:
    """Turn what is planned into messages; gives the new messages and the rows skipped.

    Late rows (more than 10 minutes after their moment) wait for working hours. A late board
    reminder whose meeting has begun, and one about something settled meanwhile, is skipped.
    """
    asked = writing.select(t.Reminder).where(t.Reminder.state == "planned")
    rows = writing.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
    rows = [row for row in rows if _may_go(writing, row)]
    words = _Words(writing, rows)
    skipped: list[t.Reminder] = []
    ready: dict[tuple[str, str], list[_Ready]] = defaultdict(list)
    for row in rows:
        reason = words.pointless(row)
        if reason is not None:
            row.state, row.reason = "skipped", reason
            writing.session.add(row)
            skipped.append(row)
            continue
        kind = _kind(row)
        # A digest gathers what falls to one person that day; everything else goes by itself.
        apart = "" if kind == "digest" else str(row.id)
        ready[(row.recipient, f"{kind}:{apart}")].append(_Ready(row, words.due(row)))
    found = [_message(writing, words, recipient, group) for (recipient, _), group in ready.items()]
    writing.session.flush()
    return found, skipped


def is_late(row: t.Reminder, now: datetime) -> bool:
    return now - row.at > LATE_AFTER


def _may_go(writing: Writing, row: t.Reminder) -> bool:
    """Late ones wait for 09:00–18:00 of a working day, but a notice is told at once."""
    row.late = is_late(row, writing.now)
    if not row.late or row.rule == Rule.ASSIGNED:
        return True
    directory = writing.directory
    return working_calendar(directory.nation).in_hours(writing.now.astimezone(directory.zone))


def _kind(row: t.Reminder) -> str:
    if row.rule == Rule.ASSIGNED:
        return "notice"
    return "digest" if row.person else "channel"


def _message(writing: Writing, words: _Words, recipient: str, group: list[_Ready]) -> t.Message:
    first = group[0].row
    kind = _kind(first)
    message = writing.add(
        t.Message(
            organisation=writing.key,
            key=_key(writing, recipient, kind, first, words.today),
            destination=recipient,
            person=first.person,
            kind=kind,
            day=words.today,
            text=words.text(kind, recipient, group),
            gathered_at=writing.now,
        )
    )
    for one in group:
        one.row.state, one.row.message_id = "gathered", message.id
        writing.session.add(one.row)
    return message


def _key(writing: Writing, recipient: str, kind: str, first: t.Reminder, today: date) -> str:
    """The message's name for good; a second digest on one day (late rows) is counted."""
    if kind != "digest":
        return f"{writing.key}/{recipient}/{kind}/{first.id}"
    asked = select(func.count()).where(
        t.Message.organisation == writing.key,
        t.Message.destination == recipient,
        t.Message.kind == kind,
        t.Message.day == today,
    )
    before = writing.session.exec(asked).one()
    return f"{writing.key}/{recipient}/{kind}/{today}/{before + 1}"


class _Words:
    """What the words of the pass's reminders need, read once."""

    def __init__(self, reading: Reading, rows: Sequence[t.Reminder]) -> None:
        self.reading = reading
        self.directory = reading.directory
        self.today: date = reading.today
        reports = reading.all(reading.select(t.Report)) if rows else []
        self.reports = {r.id: r for r in reports}
        self.items: dict[int, Item] = {i.id: i for i in items(reading)} if rows else {}

    def due(self, row: t.Reminder) -> Due:
        """A row of the ledger as its words need it."""
        listed = [row.recommendation_id] if row.recommendation_id else row.items
        report = self.reports.get(row.report_id) if row.report_id else None
        published = report.published if report else None
        return Due(
            rule=Rule(row.rule),
            at=row.at.astimezone(self.directory.zone),
            to=row.to,
            late=row.late,
            items=tuple(self.items[i] for i in listed if i in self.items),
            meeting=self.meeting(row),
            report=f"{report.title}, {report.force}" if report else None,
            about=last_day(published) if published else None,
        )

    def meeting(self, row: t.Reminder) -> Meeting | None:
        """The meeting a board reminder is about, where it is now; None when it was cancelled."""
        board = self.directory.boards.get(row.board) if row.board else None
        if board is None:
            return None
        original = datetime.fromisoformat(row.occurrence)
        day = board.moved.get(original, original).date()
        found = meetings(board, self.directory, day, day)
        return next((m for m in found if m.original == original), None)

    def pointless(self, row: t.Reminder) -> str | None:
        """Why a reminder is not sent after all; None when it is."""
        if row.rule in ABOUT_A_BOARD:
            meeting = self.meeting(row)
            if meeting is None:
                return "the meeting was cancelled"
            if row.late and meeting.start <= self.reading.now:
                return "the meeting has begun"
        if row.rule in ABOUT_A_DEADLINE and row.recommendation_id is not None:
            item = self.items.get(row.recommendation_id)
            if item is None or item.closure is not None:
                return "the recommendation was closed"
            if item.progress is Progress.COMPLETE:
                return "the recommendation was claimed complete"
        return None

    def text(self, kind: str, recipient: str, group: list[_Ready]) -> str:
        """The message's plain text."""
        first = group[0]
        if kind == "notice":
            said = first.row.detail
            return assigned_text(
                first.due.items[0],
                self.directory,
                old=said.get("old"),
                new=said["new"],
                to_new=said.get("told") == "new",
            )
        if kind == "channel" or first.row.rule in (Rule.BOARD_AGENDA, Rule.BOARD_STARTING):
            meeting = first.due.meeting
            assert meeting is not None  # cancelled ones were skipped
            if first.row.rule == Rule.BOARD_STARTING:
                return starting_text(meeting, self.directory, late=first.row.late)
            board = self.directory.boards[meeting.board]
            return agenda_text(agenda(self.reading, board, meeting), self.directory)
        return digest_text(recipient, self.today, [r.due for r in group], self.directory)
