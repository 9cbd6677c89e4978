"""One meeting moved, cancelled or put back, remembered with the moment at which that was done."""

from __future__ import annotations

from datetime import datetime

from db import schedule
from db import tables as t
from db.reinstate import LONG_AGO, forget_failed, reinstate
from db.store import Writing
from governance.subject import Subject


def set_meeting(
    writing: Writing,
    board: str,
    original: str,
    moved_to: str | None,
    *,
    source: str,
    at: datetime | None = None,
) -> tuple[str | None, str | None]:
    """Move a meeting to `moved_to`, cancel it (None), or put it back (`original` itself).

    `original` names it: "2023-05-02T14:00". It stands so since `at`, now if left out. Gives what
    had become of it before and what has now, as the history has it ("moved to 2023-05-04T14:00",
    "cancelled", None where it stands where it first was); telling it, and replanning the board,
    is the caller's. The directory is forgotten. What was withdrawn because it was cancelled waits
    again where it takes place after all, and what failed is planned for where it is now.
    """
    row = writing.session.get(t.MeetingChange, (writing.key, board, original))
    before = _said(row) if row else None
    changed = row or t.MeetingChange(organisation=writing.key, board=board, original=original)
    changed.moved_to, changed.source = moved_to, source
    after = _said(changed)
    if before != after or row is None:
        changed.changed_at = at or writing.now
    writing.add(changed)
    writing.forget_directory()
    # What is past already falls due at this very moment, which may have been planned through.
    schedule.look_again_from(writing.session, writing.key, Subject.board(board), writing.now)
    if moved_to is not None:
        reinstate(writing, LONG_AGO, Subject.board(board), meeting=original)
        forget_failed(writing, board, original)
    return before, after


def forget_meeting(writing: Writing, board: str, original: str) -> str | None:
    """Forget a meeting of a board that is gone; gives what had become of it."""
    row = writing.session.get_one(t.MeetingChange, (writing.key, board, original))
    writing.delete(row)
    return _said(row)


def _said(row: t.MeetingChange) -> str | None:
    if row.moved_to is None:
        return "cancelled"
    return None if row.moved_to == row.original else f"moved to {row.moved_to}"
