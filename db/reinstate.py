"""Reinstated reminders: withdrawn or failed ones that are wanted after all, because a change was
undone or a meeting takes place at another time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import col

from db import tables as t
from db.store import Writing
from governance.meetings import meeting_from
from governance.reminders import moment_of
from governance.subject import Subject, SubjectKind
from governance.words import Rule

LONG_AGO = datetime.min.replace(tzinfo=UTC)
WITHDRAWN = "withdrawn_at"
"""In a reminder's detail: when it was withdrawn, so that an undo can have it sent after all."""


def reinstate(writing: Writing, since: datetime, about: str, *, meeting: str | None = None) -> None:
    """Plan again what was withdrawn at or after `since` because of a change that is undone now.

    `about` is the subject of the change: a recommendation, or a board, of which only the meeting
    with the original start `meeting` may be meant. The next pass skips again
    what is still needless.
    """
    subject = Subject(about)
    statement = writing.select(t.Reminder).where(t.Reminder.state == "skipped")
    for row in writing.all(statement):
        withdrawn = row.detail.get(WITHDRAWN)
        if withdrawn is None or datetime.fromisoformat(withdrawn) < since:
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
    """Delete the failed reminders of a meeting that was moved, so that they are planned anew: their
    keys are unique in the ledger. Those without a moment ahead stay."""
    described = writing.directory.boards.get(board)
    if described is None:
        return
    meeting = meeting_from(described, writing.directory, datetime.fromisoformat(original))
    if meeting is None:
        return
    statement = writing.select(t.Reminder).where(
        t.Reminder.state == "failed",
        t.Reminder.subject == Subject.board(board),
        col(t.Reminder.occurrence).startswith(original, autoescape=True),
    )
    for row in writing.all(statement):
        moment = moment_of(writing.directory, described, meeting, Rule(row.rule), row.occurrence)
        if moment is None or moment < writing.now:
            continue
        message = writing.session.get(t.Message, row.message_id) if row.message_id else None
        writing.delete(row)
        others = writing.select(t.Reminder).where(t.Reminder.message_id == row.message_id)
        if message is not None and writing.first(others.limit(1)) is None:
            writing.delete(message)
