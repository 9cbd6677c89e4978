"""Letters: a gathered message with its reminders, as a platform delivers it."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from db import tables as t
from db.ledger import reminders
from db.ledger.messages import LedgerMessage
from db.mapping import readable, reminder_row, report_state
from db.queries.agenda import Item, board_agenda, open_items
from db.queries.lookup import all_reports, by_ids
from db.store import Reading
from governance.calendar import last_day
from governance.meetings import Meeting
from governance.reminders.relevance import Circumstances, meeting_of, settled, unwanted
from governance.words import Rule
from messages.agenda import agenda_text
from messages.digest import Digest, Due, assigned_text, digest, starting_text
from scheduler.courier import Letter
from scheduler.snooze import was_snoozed

IDENTITY = 8
MAYBE_TWICE = "This may have reached you already."
NOTHING: Mapping[str, str] = {}


def line_key(row: t.Reminder, recommendation: int) -> str:
    """The key of one recommendation in one of a message's reminders, in the message's `settled`."""
    return f"{row.id}:{recommendation}"


class LetterWriter:
    """Writes the reminders of a pass as text, and says which are still wanted.

    All that they need is read once.
    """

    def __init__(self, reading: Reading, rows: Sequence[t.Reminder]) -> None:
        self.reading = reading
        self.directory = reading.directory
        self.today: date = reading.today
        self.reports = all_reports(reading) if rows else {}
        self.items: dict[int, Item] = {i.id: i for i in open_items(reading)} if rows else {}
        named = {id for row in rows for id in reminders.named_in(row)}
        states = (readable(one) for one in by_ids(reading, named).values())
        self.circumstances = Circumstances(
            self.directory,
            reading.now,
            {state.id: state for state in states if state is not None},
            {id: report_state(report) for id, report in self.reports.items()},
        )

    def due(self, row: t.Reminder, settled: Mapping[str, str] = NOTHING) -> Due:
        """A row of the ledger as its text needs it; `settled` as its message has it."""
        named = reminders.named_in(row)
        report = self.reports.get(row.report_id) if row.report_id else None
        published = report.published if report else None
        return Due(
            rule=Rule(row.rule),
            at=row.at.astimezone(self.directory.zone),
            to=row.to,
            late=row.late,
            items=tuple(self.items[i] for i in named if i in self.items),
            meeting=self.meeting(row),
            report=f"{report.title}, {report.force}" if report else None,
            about=last_day(published) if published else None,
            settled={i: settled[place] for i in named if (place := line_key(row, i)) in settled},
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
        """True where the post was sent the same before the meeting was moved, though perhaps to
        somebody else who acts for it."""
        if meeting is None:
            return False
        board = self.directory.boards[meeting.board]
        if meeting.original not in board.changed:
            return False
        return reminders.was_sent_before(self.reading, row)

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
            detail = first.detail
            return assigned_text(
                self.due(first).items[0],
                self.directory,
                old=detail.get("old"),
                new=detail["new"],
                to_new=detail.get("told") == "new",
            )
        meeting = self.meeting(first)
        assert meeting is not None  # cancelled ones were skipped
        if first.rule == Rule.BOARD_STARTING:
            return starting_text(meeting, self.directory, late=first.late)
        board = self.directory.boards[meeting.board]
        return agenda_text(board_agenda(self.reading, board, meeting), self.directory)


def letter(
    writer: LetterWriter, message: t.Message | LedgerMessage, rows: Sequence[t.Reminder]
) -> Letter:
    """A message that is just gathered, or a digest as it is now, from its rows."""
    digest = None
    text = message.text
    if message.kind == "digest" and rows:
        digest = writer.digest(message.destination, rows, message.day, message.settled)
        if message.repeat:
            digest = replace(digest, opening=f"{MAYBE_TWICE} {digest.opening}")
        text = digest.text
    else:
        text = text or writer.text(message.kind, rows)
        if message.repeat and not text.startswith(MAYBE_TWICE):
            text = f"{MAYBE_TWICE}\n\n{text}"
    pretended = writer.reading.clock.pretended
    return Letter(
        key=message.key,
        destination=message.destination,
        person=message.person,
        kind=message.kind,
        day=message.day,
        text=text,
        digest=digest,
        repeat=message.repeat,
        since=None if pretended else message.gathered_at,
        holds=tuple(sorted(identity(row) for row in rows)),
    )


def identity(row: t.Reminder) -> str:
    """A reminder's unique key in IDENTITY characters, the same in any copy of the store, where its
    number and its message may be others."""
    key = "|".join((row.rule, row.subject, row.occurrence, row.recipient))
    return urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[: IDENTITY * 3 // 4]).decode()


def letters(reading: Reading, messages: Sequence[t.Message | LedgerMessage]) -> dict[int, Letter]:
    """The letters of messages that were gathered before, by the messages' ids."""
    rows: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in reminders.in_messages(reading, [m.id for m in messages if m.id is not None]):
        rows[row.message_id].append(row)
    digests = [m.id for m in messages if m.kind == "digest"]
    writer = LetterWriter(reading, [row for id in digests for row in rows[id]])
    return {m.id: letter(writer, m, rows[m.id]) for m in messages if m.id is not None}
