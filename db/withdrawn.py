"""What was withdrawn before it was sent, and is wanted after all: the reminders of a change that
is taken back."""

from __future__ import annotations

from datetime import UTC, datetime

from db import tables as t
from db.store import Writing

LONG_AGO = datetime.min.replace(tzinfo=UTC)
WITHDRAWN = "withdrawn_at"
"""In a reminder's detail: when it was withdrawn, so that an undo can have it sent after all."""


def restore(writing: Writing, since: datetime, about: str, *, meeting: str | None = None) -> None:
    """Have sent after all what was withdrawn at or after `since` because of a change undone now.

    `about` is the subject of the change: a recommendation, or a board, of which only the meeting
    with the original start `meeting` may be meant. What is still needless is
    skipped again by the next pass.
    """
    kind, _, name = about.partition(":")
    asked = writing.select(t.Reminder).where(t.Reminder.state == "skipped")
    for row in writing.all(asked):
        said = row.detail.get(WITHDRAWN)
        if said is None or datetime.fromisoformat(said) < since:
            continue
        if kind == "board":
            original = row.occurrence.partition("/")[0]
            concerned = row.board == name and meeting in (None, original)
        else:
            listed = kind == "recommendation" and int(name) in row.items
            concerned = listed or row.subject == about
        if concerned:
            row.state, row.reason = "planned", None
            row.detail = {k: v for k, v in row.detail.items() if k != WITHDRAWN}
            writing.session.add(row)
    writing.session.flush()
