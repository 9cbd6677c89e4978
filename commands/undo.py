"""Undo of a person's own last change: the fields of its history rows get their old values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Date
from sqlmodel import SQLModel

from commands.undo_directory import undo_absences, undo_meetings
from db import extensions
from db.importing.deadlines import SETTLED
from db.mapping import recommendation_state
from db.queries import history, lookup
from db.reinstate import reinstate
from db.schedule import look_again_from, subject_of
from db.store import Writing
from db.tables import History, Moment, Recommendation, Report, Update
from governance.dates import say_moment
from governance.errors import DulyError
from governance.progress import check_open
from governance.subject import Subject, SubjectKind
from messages.history import ACTIONS, change_words
from messages.naming import name_of
from scheduler.notices import assigned
from scheduler.snooze import set_snooze

UNDO_FOR = timedelta(minutes=15)

_NOT_UNDOABLE = ("undo", "import", "apply")
"""Actions that are no change by hand, though a person may have started them."""

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


class NothingToUndo(DulyError):
    """There is no own change young enough, or it cannot be undone any more."""


@dataclass(frozen=True)
class Undone:
    """The outcome of an undo: a sentence, and the recommendations it was about."""

    rows: Sequence[Recommendation]
    text: str


def undo_last(writing: Writing) -> Undone:
    """Undo the actor's own last change of the last 15 minutes of the field clock.

    An act on several recommendations is undone whole. Both stay in the history. A change that
    somebody has built on since is refused. Raises NothingToUndo, or Closed.
    """
    changes = _last_act(writing)
    for change in changes:
        _check_untouched(writing, change)
    sentences, rows = ["Undone."], []
    for change in changes:
        if undo_change := _DIRECTORY.get(Subject(change.subject).kind):
            sentences.append(undo_change(writing, change))
            reinstate(writing, change.at, Subject(change.subject))
            continue
        row = _undo(writing, change)
        sentences.append(_sentence(writing, change, row))
        if isinstance(row, Recommendation):
            rows.append(row)
    return Undone(rows, " ".join(sentences))


def _last_act(writing: Writing) -> list[History]:
    """The history rows of the actor's last act, the oldest first."""
    own = history.by_actor(writing, writing.actor.person, writing.now - UNDO_FOR)
    undone = history.taken_back(writing)
    changes = [c for c in own if c.action not in _NOT_UNDOABLE and c.seq not in undone]
    if not changes:
        raise NothingToUndo("You changed nothing in the last 15 minutes that could be undone.")
    last = changes[0]
    ids = last.changes.get("together", [None, []])[1]
    subjects = {last.subject, *map(Subject.recommendation, ids)}
    by_subject: dict[str, History] = {}
    for change in changes:
        if change is last or (change.subject in subjects and _same_act(change, last)):
            by_subject.setdefault(change.subject, change)
    act = sorted(by_subject.values(), key=lambda change: change.seq)
    return act + _dated_by(writing, last)


def _same_act(one: History, other: History) -> bool:
    """Several were changed at once: by the same action, at the same time, with the same list."""
    return (one.action, one.at, one.changes.get("together")) == (
        other.action,
        other.at,
        other.changes.get("together"),
    )


def _dated_by(writing: Writing, change: History) -> list[History]:
    """The deadlines that a report's publication dated, right behind it in the history."""
    if change.action != "published":
        return []
    later = history.after(writing, change.seq)
    return list(takewhile(lambda row: row.action == "import" and row.note == SETTLED, later))


def _check_untouched(writing: Writing, change: History) -> None:
    """Raises NothingToUndo where a later change of the same fields still stands."""
    later = history.of_subject(writing, change.subject, after=change.seq)
    for row in history.standing(later):
        if (set(row.changes) & set(change.changes)) - {"together"}:
            who = writing.directory.person_name(row.actor)
            raise NothingToUndo(
                f"{who} has changed it since "
                f"({say_moment(row.at, writing.directory.zone)}), so it cannot be undone; "
                "say what is right now instead."
            )


def _undo(writing: Writing, change: History) -> Recommendation | Report:
    """Set the changed row's fields back, and all that went with them; gives the row."""
    row = _changed_row(writing, change)
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
    return row


def _undo_beside(writing: Writing, change: History, row: Recommendation) -> dict[str, Any]:
    """Undo the update or the snooze that a change wrote; gives the fields which that sets back."""
    if change.action in _NEEDS_OPEN:
        check_open(recommendation_state(row))
    if "snooze" in change.changes:
        before = change.changes["snooze"][0]
        set_snooze(writing, change.actor, row, date.fromisoformat(before) if before else None)
    if "update" not in change.changes:
        return {}
    update = writing.find(Update, change.changes["update"][1])
    if update is not None:
        update.undone = True
        writing.add(update)
    latest = lookup.latest_update(writing, row.id)
    return {"last_update_at": latest.at if latest else None}


def _changed_row(writing: Writing, change: History) -> Recommendation | Report:
    subject = Subject(change.subject)
    if subject.kind not in (SubjectKind.RECOMMENDATION, SubjectKind.REPORT):
        raise NothingToUndo(
            f"Your last change ({ACTIONS.get(change.action, change.action)}) cannot be undone "
            "here; say the opposite instead."
        )
    row: Recommendation | Report | None
    if subject.kind == SubjectKind.RECOMMENDATION:
        row = writing.find(Recommendation, subject.number)
    else:
        row = writing.find(Report, subject.number)
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
        for field, (before, after) in change.changes.items()
        if field in _REPORTED and (text := change_words(field, after, before, writing.directory))
    ]
    what = "; ".join(words) or f"the {ACTIONS.get(change.action, change.action)} is taken back"
    return f"{name}: {what}."
