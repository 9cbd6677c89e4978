"""Undo of an act of one's own: the fields of its history rows get their old values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date
from sqlmodel import SQLModel

from commands.undo_directory import undo_absences, undo_meetings
from commands.undoable import NothingToUndo, check_right
from db import extensions
from db.mapping import recommendation_state
from db.queries import history, lookup
from db.reinstate import reinstate
from db.schedule import look_again_from, subject_of
from db.store import Writing
from db.tables import History, Moment, Recommendation, Report, Update
from governance.dates import say_moment
from governance.progress import check_open
from governance.subject import Subject, SubjectKind
from messages.history import ACTIONS, change_words
from messages.naming import name_of
from scheduler.notices import assigned
from scheduler.snooze import set_snooze

_NEEDS_OPEN = ("update", "assign", "extend", "ask extension")
"""Actions that a closed recommendation refuses; it refuses their undoing too."""

_NO_COLUMNS = ("update", "together", "extension", "extension_request", "snooze")
"""Names in a history row's changes that are no column of the row that was changed."""

_REPORTED = (
    "progress", "closure", "deadline", "owner", "inspectorate_position",
    "board", "published", "answered",
)  # fmt: skip
"""The fields that the answer names."""

_DIRECTORY: Mapping[str, Callable[[Writing, History], str]] = {
    SubjectKind.BOARD: undo_meetings,
    SubjectKind.PERSON: undo_absences,
}
"""Changes of the directory, which have rules of their own."""


@dataclass(frozen=True)
class Undone:
    """The outcome of an undo: a sentence, and the recommendations it was about."""

    rows: Sequence[Recommendation]
    text: str


def undo_act(writing: Writing, person: str | None, act: Sequence[History]) -> Undone:
    """Undo an act of `person` (see `commands.undoable`), by the rights of now.

    An act on several recommendations is undone whole. Both stay in the history. A change that
    somebody has built on since is refused. Raises NothingToUndo, NotAllowed, or Closed.
    """
    for change in act:
        if change.action == "import":
            continue  # a deadline that the act dated; the act itself is checked
        check_right(writing, person, change, _changed_row(writing, change))
    for change in act:
        _check_untouched(writing, change)
    sentences, rows = ["Undone."], []
    for change in act:
        if undo_change := _DIRECTORY.get(Subject(change.subject).kind):
            sentences.append(undo_change(writing, change))
            reinstate(writing, change.at, Subject(change.subject))
            continue
        row = _changed_row(writing, change)
        assert row is not None
        _undo(writing, change, row)
        sentences.append(_sentence(writing, change, row))
        if isinstance(row, Recommendation):
            rows.append(row)
    return Undone(rows, " ".join(sentences))


def _check_untouched(writing: Writing, change: History) -> None:
    """Raises NothingToUndo where a later change of the same fields still stands."""
    later = history.of_subject(writing, change.subject, after=change.seq)
    for row in history.standing(later):
        if change.action == "extend" and extensions.is_correction(row):
            continue  # the deadline falls back to the corrected one
        if (set(row.changes) & set(change.changes)) - {"together"}:
            who = writing.directory.person_name(row.actor)
            raise NothingToUndo(
                f"{who} has changed it since "
                f"({say_moment(row.at, writing.directory.zone)}), so it cannot be undone; "
                "say what is right now instead."
            )


def _undo(writing: Writing, change: History, row: Recommendation | Report) -> None:
    """Set the changed row's fields back, and all that went with them."""
    fields = {
        name: _column_value(row, name, before)
        for name, (before, _) in change.changes.items()
        if name not in _NO_COLUMNS
    }
    owner = None
    if isinstance(row, Recommendation):
        owner = row.owner
        fields |= _undo_beside(writing, change, row)
    extensions.take_back(writing, change)
    extra = {n: (pair[1], pair[0]) for n, pair in change.changes.items() if n in _NO_COLUMNS}
    writing.change(row, "undo", fields, undoes=change.seq, replan=False, extra=extra)
    subject = subject_of(row)
    # Planning starts again before the change, so that nothing which it silenced meanwhile is
    # lost. A reminder that was sent meanwhile has its key in the ledger, and is not sent again.
    look_again_from(writing.session, writing.key, subject, change.at)
    writing.replan(subject)
    reinstate(writing, change.at, subject)
    if isinstance(row, Recommendation) and row.owner and row.owner != owner:
        assigned(writing, row, owner, row.owner)


def _undo_beside(writing: Writing, change: History, row: Recommendation) -> dict[str, Any]:
    """Undo the update or the snooze that a change wrote; gives the fields which that sets back."""
    if change.action in _NEEDS_OPEN:
        check_open(recommendation_state(row))
    if "snooze" in change.changes:
        before = change.changes["snooze"][0]
        set_snooze(writing, change.actor, row, date.fromisoformat(before) if before else None)
    if change.action == "extend":
        return extensions.deadline_before(writing, row, change)
    if "update" not in change.changes:
        return {}
    update = writing.find(Update, change.changes["update"][1])
    if update is not None:
        update.undone = True
        writing.add(update)
    latest = lookup.latest_update(writing, row.id)
    return {"last_update_at": latest.at if latest else None}


def _changed_row(writing: Writing, change: History) -> Recommendation | Report | None:
    """The row that a change set fields of; None for a change of the directory."""
    subject = Subject(change.subject)
    row: Recommendation | Report | None
    if subject.kind == SubjectKind.RECOMMENDATION:
        row = writing.find(Recommendation, subject.number)
    elif subject.kind == SubjectKind.REPORT:
        row = writing.find(Report, subject.number)
    else:
        return None
    if row is None:
        raise NothingToUndo("What you changed is no longer here.")
    return row


def _column_value(row: SQLModel, name: str, before: Any) -> Any:
    """A value of the history (JSON) as the column holds it."""
    # every row here is a table's, which SQLModel's own type does not tell
    column = type(row).__table__.c[name].type  # type: ignore[attr-defined]
    if isinstance(before, str) and isinstance(column, Moment):
        return datetime.fromisoformat(before)
    if isinstance(before, str) and isinstance(column, Date):
        return date.fromisoformat(before)
    return before


def _sentence(writing: Writing, change: History, row: Recommendation | Report) -> str:
    """A sentence that says what stands again: "#24087: progress at risk → on track."."""
    if isinstance(row, Recommendation):
        name = name_of(writing, row)
    else:
        name = f"“{row.title}” ({row.force})"
    words = [
        text
        for field, (_, after) in change.changes.items()
        if field in _REPORTED
        and (text := change_words(field, after, getattr(row, field), writing.directory))
    ]
    what = "; ".join(words) or f"the {ACTIONS.get(change.action, change.action)} is taken back"
    return f"{name}: {what}."
