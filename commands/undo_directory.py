"""Undo of a meeting's change, or of a person's own absence."""

from __future__ import annotations

from datetime import date, datetime

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


def undo_meetings(writing: Writing, change: History) -> str:
    """Set meetings back as they were before a change; planning starts again before it.

    Gives a sentence for each.
    """
    board = Subject(change.subject).id
    sentences = []
    for field, (before, after) in change.changes.items():
        original = field.removeprefix(MEETING)
        moved_to = _moved_to(before, original)
        in_file = writing.organisation.file.get("meetings", {}).get(board, {}).get(original)
        set_meeting(
            writing,
            board,
            original,
            moved_to,
            source="file" if in_file == {"moved_to": moved_to} else "chat",
            at=_since(writing, change, field, board),
        )
        sentences.append(_meeting_sentence(writing, board, original, before, after))
    _note(writing, change)
    look_again_from(writing.session, writing.key, change.subject, change.at)
    writing.replan(change.subject)
    return " ".join(sentences)


def undo_absences(writing: Writing, change: History) -> str:
    """Set a person's absences back as they were before a change; gives a sentence for each."""
    person = Subject(change.subject).id
    sentences = []
    for field, (before, after) in change.changes.items():
        span = field.removeprefix(AWAY)
        start, end = (date.fromisoformat(day) for day in span.split(".."))
        absence = find_absence(writing, person, start, end)
        if after and absence is not None:
            writing.delete(absence)
        if before and absence is None:
            in_file = span in writing.organisation.file.get("away", {}).get(person, {})
            writing.add(
                Absence(
                    organisation=writing.key,
                    person=person,
                    starts=start,
                    ends=end,
                    source="file" if in_file else "chat",
                )
            )
        # An absence that `back` shortened has its sentence with the one that stands again.
        if before or not any(was for was, _ in change.changes.values()):
            again = "You are away again" if before else "You are no longer away"
            sentences.append(f"{again} {say_span(start, end)}.")
    _note(writing, change)
    writing.forget_directory()
    return " ".join(sentences)


def say_span(start: date, end: date) -> str:
    """The days of an absence: "on Tuesday 1 August 2023", "from … to …"."""
    if start == end:
        return f"on {say_day(start)}"
    return f"from {say_day(start)} to {say_day(end)}"


def _note(writing: Writing, change: History) -> None:
    """Write the undoing into the history."""
    reversed_pairs = {field: (after, before) for field, (before, after) in change.changes.items()}
    writing.note("undo", Subject(change.subject), reversed_pairs, undoes=change.seq)


def _moved_to(became: str | None, original: str) -> str | None:
    """The start of a meeting, out of the history's words for it; None for a cancelled one."""
    if became is None:
        return original
    return became.removeprefix(_MOVED) if became.startswith(_MOVED) else None


def _since(writing: Writing, change: History, field: str, board: str) -> datetime | None:
    """The moment since which a meeting stood as it does again: its last change that stands.

    Else the moment at which the board came: nothing that fell due while it stood elsewhere is
    lost.
    """
    earlier = history.of_subject(writing, change.subject, before=change.seq)
    moments = [row.at for row in history.standing(earlier) if field in row.changes]
    known = writing.directory.boards.get(board)
    return max(moments, default=known.applied_at if known else None)


def _meeting_sentence(
    writing: Writing, board: str, original: str, before: str | None, after: str | None
) -> str:
    known = writing.directory.boards.get(board)
    name = known.name if known else board
    start = datetime.fromisoformat(_moved_to(before, original) or original)
    when = f"{say_day(start.date())}, {start:%H:%M}"
    if before == "cancelled":
        return f"{name}: the meeting of {when} is cancelled again."
    left = _moved_to(after, original)
    if left is None:
        return f"{name}: the meeting of {when} takes place."
    was = datetime.fromisoformat(left)
    return f"{name}: {when} again, instead of {say_day(was.date())}, {was:%H:%M}."
