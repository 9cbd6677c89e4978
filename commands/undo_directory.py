"""Taking back what was said of a meeting or of one's own absence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from db.meetings import set_meeting
from db.organisation.people import find_absence
from db.queries import history
from db.schedule import look_again_from
from db.store import Writing
from db.tables import Absence, History
from governance.dates import say_day
from governance.subject import Subject

MEETING = "meeting "
AWAY = "away "
_MOVED = "moved to "


def put_back_meetings(writing: Writing, change: History) -> str:
    """Let meetings stand as they did before a change, and plan the board again from before it."""
    board = Subject(change.subject).id
    told = []
    for field, (before, after) in change.changes.items():
        original = field.removeprefix(MEETING)
        moved_to = _moved_to(before, original)
        said = writing.organisation.file.get("meetings", {}).get(board, {}).get(original)
        known = said == {"moved_to": moved_to}
        set_meeting(
            writing,
            board,
            original,
            moved_to,
            source="file" if known else "chat",
            at=_since(writing, change, field, board),
        )
        told.append(_standing(writing, board, original, before, after))
    undone = {field: (after, before) for field, (before, after) in change.changes.items()}
    writing.note("undo", change.subject, undone, undoes=change.seq)
    look_again_from(writing.session, writing.key, change.subject, change.at)
    writing.replan(change.subject)
    return " ".join(told)


def put_back_absences(writing: Writing, change: History) -> str:
    """Let somebody be away as they were before a change."""
    person = Subject(change.subject).id
    told = []
    for field, (before, after) in change.changes.items():
        written = field.removeprefix(AWAY)
        start, end = (date.fromisoformat(part) for part in written.split(".."))
        known = find_absence(writing, person, start, end)
        if after and known is not None:
            writing.delete(known)
        if before and known is None:
            in_file = written in writing.organisation.file.get("away", {}).get(person, {})
            writing.add(
                Absence(
                    organisation=writing.key,
                    person=person,
                    starts=start,
                    ends=end,
                    source="file" if in_file else "chat",
                )
            )
        # What `back` shortened is told by the absence that stands again.
        if before or not any(was for was, _ in change.changes.values()):
            again = "You are away again" if before else "You are no longer away"
            told.append(f"{again} {say_span(start, end)}.")
    undone = {field: (after, before) for field, (before, after) in change.changes.items()}
    writing.note("undo", change.subject, undone, undoes=change.seq)
    writing.forget_directory()
    return " ".join(told)


def say_span(start: date, end: date) -> str:
    """When somebody is away: "on Tuesday 1 August 2023", "from … to …"."""
    if start == end:
        return f"on {say_day(start)}"
    return f"from {say_day(start)} to {say_day(end)}"


def _moved_to(became: str | None, original: str) -> str | None:
    if became is None:
        return original
    return became.removeprefix(_MOVED) if became.startswith(_MOVED) else None


def _since(writing: Writing, change: History, field: str, board: str) -> datetime | None:
    """Since when a meeting stood as it does again: its last change before that still stands.

    Else since the board came: nothing that fell due while it stood elsewhere is lost.
    """
    rows = history.of_subject(writing, change.subject, before=change.seq)
    undone = {row.undoes for row in rows if row.undoes is not None}
    standing = [
        row.at
        for row in rows
        if field in row.changes and row.undoes is None and row.seq not in undone
    ]
    found = writing.directory.boards.get(board)
    return max(standing, default=found.applied_at if found else None)


def _standing(writing: Writing, board: str, original: str, before: Any, after: Any) -> str:
    known = writing.directory.boards.get(board)
    name = known.name if known else board
    meant = datetime.fromisoformat(_moved_to(before, original) or original)
    when = f"{say_day(meant.date())}, {meant:%H:%M}"
    if before == "cancelled":
        return f"{name}: the meeting of {when} is cancelled again."
    left = _moved_to(after, original)
    if left is None:
        return f"{name}: the meeting of {when} takes place."
    was = datetime.fromisoformat(left)
    return f"{name}: {when} again, instead of {say_day(was.date())}, {was:%H:%M}."
