"""What the words of reminders need, and the words themselves: rows of the ledger as messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from db import tables as t
from db.queries.agenda import Item, board_agenda, open_items
from db.store import Reading
from governance.meetings import Meeting, meetings
from governance.reminders import go_live_moment
from governance.reminders.rules import BY_RULE
from governance.reminders.timetable import CAUGHT_UP
from governance.statute import last_day
from governance.words import Progress, Rule
from messages.agenda import agenda_text
from messages.digest import Digest, Due, assigned_text, digest, starting_text
from scheduler.snooze import was_snoozed
from scheduler.views import recommendations

ABOUT_A_BOARD = frozenset(
    {
        Rule.BOARD_UPDATE_REQUEST,
        Rule.BOARD_CHASE,
        Rule.BOARD_AGENDA,
        Rule.BOARD_STARTING,
    }
)
ABOUT_A_DEADLINE = frozenset({Rule.DEADLINE, Rule.OVERDUE})
LISTS = frozenset(
    {Rule.BOARD_UPDATE_REQUEST, Rule.BOARD_CHASE, Rule.UNOWNED, Rule.AWAITING_SIGN_OFF}
)
"""The rules whose rows list what is wanted, and lose what is settled meanwhile."""
GIVEN = "the update was given"
LATE_AFTER = timedelta(minutes=10)
NOTHING: Mapping[str, str] = {}


def made_good(row: t.Reminder, zone: ZoneInfo) -> bool:
    """Whether a row falls when a moved meeting's reminder is made good, not at its rule's hour."""
    if row.rule not in CAUGHT_UP:
        return False
    return row.at.astimezone(zone).time() != BY_RULE[Rule(row.rule)].at


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
        self._known: dict[int, t.Recommendation] = {}

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
        board = self.directory.boards.get(row.board) if row.board else None
        if board is None:
            return None
        original = datetime.fromisoformat(row.occurrence.partition("/")[0])
        day = board.moved.get(original, original).date()
        found = meetings(board, self.directory, day, day)
        return next((m for m in found if m.original == original), None)

    def pointless(self, row: t.Reminder) -> str | None:
        """Why a reminder is not sent after all; None when it is."""
        begins = go_live_moment(self.directory)
        if begins is not None and row.at <= begins and row.rule != Rule.STARTING_LIST:
            return "it fell due before go_live"
        if row.rule in ABOUT_A_BOARD:
            meeting = self.meeting(row)
            if meeting is None:
                return "the meeting was cancelled"
            waited = was_snoozed(row) or self.reading.now - row.at > LATE_AFTER
            if waited and meeting.start <= self.reading.now:
                return "the meeting has begun"
            if self._was_sent(row, meeting):
                return "it was sent before the meeting was moved"
        if row.rule in LISTS and row.items:
            settled = [self.settled(row, id) for id in row.items]
            if all(settled):
                return GIVEN if GIVEN in settled else settled[0]
        if row.rule == Rule.STATUTORY_RESPONSE:
            report = self.reports.get(row.report_id)
            if report is None or report.answered is not None:
                return "the response was given"
        if row.rule in ABOUT_A_DEADLINE and row.recommendation_id is not None:
            item = self.items.get(row.recommendation_id)
            if item is None or item.closure is not None:
                return "the recommendation was closed"
            if item.progress is Progress.COMPLETE:
                return "the recommendation was claimed complete"
            if item.deadline != row.at.astimezone(self.directory.zone).date() + timedelta(
                days=row.days or 0
            ):
                return "the deadline was moved"
        return None

    def settled(self, row: t.Reminder, id: int) -> str | None:
        """Why one recommendation that a row lists is not told of after all; None when it is."""
        if row.rule not in LISTS:
            return None
        if id not in self._known:
            self._known |= recommendations(self.reading, row.items)
        one = self._known.get(id)
        if one is None or one.closure is not None:
            return "the recommendation was closed"
        complete = one.progress == Progress.COMPLETE
        if row.rule == Rule.UNOWNED:
            return "somebody owns it now" if one.owner else None
        if row.rule == Rule.AWAITING_SIGN_OFF:
            return None if complete else "it is not claimed complete any more"
        if one.last_update_at is not None and one.last_update_at > row.at:
            return GIVEN
        return "the recommendation was claimed complete" if complete else None

    def _was_sent(self, row: t.Reminder, meeting: Meeting) -> bool:
        """Whether the same was asked of the same post before the meeting was moved, where it
        reached somebody else who acts for it."""
        board = self.directory.boards[meeting.board]
        if meeting.original not in board.changed:
            return False
        asked = self.reading.select(t.Reminder).where(
            t.Reminder.rule == row.rule,
            t.Reminder.subject == row.subject,
            t.Reminder.occurrence == row.occurrence,
            t.Reminder.to == row.to,
            t.Reminder.state == "sent",
            t.Reminder.id != row.id,
            t.Reminder.at < row.at,
        )
        return self.reading.first(asked.limit(1)) is not None

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
