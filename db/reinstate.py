"""What was withdrawn before it was sent, or failed, and is wanted after all: the reminders of a
change that is taken back, or of a meeting that takes place at another time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import col

from db import tables as t
from db.store import Writing
from governance.meetings import meetings
from governance.reminders import moment_of
from governance.subject import Subject, SubjectKind
from governance.words import Rule

LONG_AGO = datetime.min.replace(tzinfo=UTC)
WITHDRAWN = "withdrawn_at"
"""In a reminder's detail: when it was withdrawn, so that an undo can have it sent after all."""


def restore(writing: Writing, since: datetime, about: str, *, meeting: str | None = None) -> None:
    """Have sent after all what was withdrawn at or after `since` because of a change undone now.

    `about` is the subject of the change: a recommendation, or a board, of which only the meeting
    with the original start `meeting` may be meant. What is still needless is
    skipped again by the next pass.
    """
    subject = Subject(about)
    asked = writing.select(t.Reminder).where(t.Reminder.state == "skipped")
    for row in writing.all(asked):
        said = row.detail.get(WITHDRAWN)
        if said is None or datetime.fromisoformat(said) < since:
            continue
        if subject.kind == SubjectKind.BOARD:
            original = row.occurrence.partition("/")[0]
            concerned = row.board == subject.id and meeting in (None, original)
        else:
            listed = subject.kind == SubjectKind.RECOMMENDATION and subject.number in row.items
            concerned = listed or row.subject == about
        if concerned:
            row.state, row.reason = "planned", None
            row.detail = {k: v for k, v in row.detail.items() if k != WITHDRAWN}
            writing.session.add(row)
    writing.session.flush()


def forget_failed(writing: Writing, board: str, original: str) -> None:
    """Let what could not be delivered about a meeting be planned for where the meeting is now: in
    the ledger it would stand in the way of its like. What has no moment any more stays."""
    known = writing.directory.boards.get(board)
    if known is None:
        return
    start = datetime.fromisoformat(original)
    day = known.moved.get(start, start).date()
    on_day = meetings(known, writing.directory, day, day)
    meeting = next((m for m in on_day if m.original == start), None)
    if meeting is None:
        return
    asked = writing.select(t.Reminder).where(
        t.Reminder.state == "failed",
        t.Reminder.subject == Subject.board(board),
        col(t.Reminder.occurrence).startswith(original, autoescape=True),
    )
    for row in writing.all(asked):
        moment = moment_of(writing.directory, known, meeting, Rule(row.rule), row.occurrence)
        if moment is None or moment < writing.now:
            continue
        message = writing.session.get(t.Message, row.message_id) if row.message_id else None
        writing.delete(row)
        others = writing.select(t.Reminder).where(t.Reminder.message_id == row.message_id)
        if message is not None and writing.first(others.limit(1)) is None:
            writing.delete(message)
