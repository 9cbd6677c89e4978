"""What the words of reminders need, and the words themselves: rows of the ledger as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from db import tables as t
from db.ledger.reminders import was_sent_before
from db.mapping import readable, reminder_row, report_state
from db.queries.agenda import Item, board_agenda, open_items
from db.store import Reading
from governance.meetings import Meeting
from governance.reminders.relevance import Circumstances, meeting_of, settled, unwanted
from governance.reminders.rules import BY_RULE
from governance.statute import last_day
from governance.words import Rule
from messages.agenda import agenda_text
from messages.digest import Digest, Due, assigned_text, digest, starting_text
from scheduler.snooze import was_snoozed
from scheduler.views import recommendations

NOTHING: Mapping[str, str] = {}


def made_good(row: t.Reminder, zone: ZoneInfo) -> bool:
    """Whether a row falls when a moved meeting's reminder is made good, not at its rule's hour."""
    line = BY_RULE[Rule(row.rule)]
    return line.catches_up and row.at.astimezone(zone).time() != line.at


def line(row: t.Reminder, recommendation: int) -> str:
    """How a message's `settled` names one recommendation in one of its reminders."""
    return f"{row.id}:{recommendation}"


class Words:
    """What the words of the pass's reminders need, read once."""

    def __init__(self, reading: Reading, rows: Sequence[t.Reminder]) -> None:
        self.reading = reading
        self.directory = reading.directory
        self.today: date = reading.today
        reports = reading.all(reading.select(t.Report)) if rows else []
        self.reports = {r.id: r for r in reports}
        self.items: dict[int, Item] = {i.id: i for i in open_items(reading)} if rows else {}
        listed = {id for row in rows for id in (row.recommendation_id, *row.items) if id}
        states = (readable(one) for one in recommendations(reading, listed).values())
        self.circumstances = Circumstances(
            self.directory,
            reading.now,
            {state.id: state for state in states if state is not None},
            {id: report_state(report) for id, report in self.reports.items() if id is not None},
        )

    def due(self, row: t.Reminder, settled: Mapping[str, str] = NOTHING) -> Due:
        """A row of the ledger as its words need it; `settled` as its message has it."""
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
            settled={i: settled[place] for i in listed if (place := line(row, i)) in settled},
        )

    def meeting(self, row: t.Reminder) -> Meeting | None:
        """The meeting a board reminder is about, where it is now; None when it was cancelled."""
        return meeting_of(reminder_row(row, self.directory.zone), self.directory)

    def unwanted(self, row: t.Reminder) -> str | None:
        """The reason for which a reminder is not sent after all; None while it is wanted."""
        planned = reminder_row(row, self.directory.zone)
        return unwanted(
            planned,
            self.circumstances,
            snoozed=was_snoozed(row),
            sent_before=self._was_sent(row, meeting_of(planned, self.directory)),
        )

    def settled(self, row: t.Reminder, id: int) -> str | None:
        """The reason for which a reminder need not name a recommendation that it lists."""
        state = self.circumstances.recommendations.get(id)
        return settled(reminder_row(row, self.directory.zone), state)

    def _was_sent(self, row: t.Reminder, meeting: Meeting | None) -> bool:
        """Whether the same was asked of the same post before the meeting was moved, where it
        reached somebody else who acts for it."""
        if meeting is None:
            return False
        board = self.directory.boards[meeting.board]
        if meeting.original not in board.changed:
            return False
        return was_sent_before(self.reading, row)

    def digest(
        self,
        recipient: str,
        rows: Sequence[t.Reminder],
        day: date,
        settled: Mapping[str, str] = NOTHING,
    ) -> Digest:
        """One person's digest of these rows, in each section the nearest deadline first."""
        places = {id: place for place, id in enumerate(self.items)}
        ordered = sorted(rows, key=lambda row: places.get(row.recommendation_id or 0, -1))
        dues = [self.due(row, settled) for row in ordered]
        return digest(recipient, day, dues, self.directory)

    def text(self, kind: str, rows: Sequence[t.Reminder]) -> str:
        """The plain text of a notice or of a channel's post."""
        first = rows[0]
        if kind == "notice":
            said = first.detail
            return assigned_text(
                self.due(first).items[0],
                self.directory,
                old=said.get("old"),
                new=said["new"],
                to_new=said.get("told") == "new",
            )
        meeting = self.meeting(first)
        assert meeting is not None  # cancelled ones were skipped
        if first.rule == Rule.BOARD_STARTING:
            return starting_text(meeting, self.directory, late=first.late)
        board = self.directory.boards[meeting.board]
        return agenda_text(board_agenda(self.reading, board, meeting), self.directory)
