"""Taking back one's own last change: what a history row says was changed, put back as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import Date
from sqlmodel import SQLModel

from commands.undo_directory import put_back_absences, put_back_meetings
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

_NOT_BY_HAND = ("undo", "import", "apply")
"""What is no change by a person in chat, though that person may have started it."""

_NEEDS_OPEN = ("update", "assign", "extend", "ask extension")
"""What a closed recommendation refuses; it refuses the taking back of it too."""

_BESIDE = ("update", "together", "extension", "extension_request", "snooze")
"""Names in a history row's changes that are no column of what was changed."""

_DIRECTORY: Mapping[str, Callable[[Writing, History], str]] = {
    SubjectKind.BOARD: put_back_meetings,
    SubjectKind.PERSON: put_back_absences,
}
"""What is about no recommendation or report is put back by the directory's own rules."""


class NothingToUndo(DulyError):
    """There is no own change young enough, or it cannot be taken back any more."""


@dataclass(frozen=True)
class TakenBack:
    """What was put back, in words, and the recommendations it was about."""

    rows: Sequence[Recommendation]
    told: str


def take_back(writing: Writing) -> TakenBack:
    """Reverse the actor's own last change of the last 15 minutes of the field clock.

    An act on several recommendations is taken back whole. Both stay in the history. A change
    that somebody has built on since is refused. Raises NothingToUndo, or Closed.
    """
    changes = _last_act(writing)
    for change in changes:
        _check_untouched(writing, change)
    told, rows = [], []
    for change in changes:
        if apart := _DIRECTORY.get(Subject(change.subject).kind):
            told.append(apart(writing, change))
            reinstate(writing, change.at, change.subject)
            continue
        row = _put_back(writing, change)
        told.append(_told(writing, change, row))
        if isinstance(row, Recommendation):
            rows.append(row)
    return TakenBack(rows, " ".join(["Undone.", *told]))


def _last_act(writing: Writing) -> list[History]:
    """The history rows of the actor's last act, the oldest first."""
    own = history.by_actor(writing, writing.actor.person, writing.now - UNDO_FOR)
    undone = history.taken_back(writing)
    standing = [c for c in own if c.action not in _NOT_BY_HAND and c.seq not in undone]
    if not standing:
        raise NothingToUndo("You changed nothing in the last 15 minutes that could be undone.")
    last = standing[0]
    subjects = _together(last)
    found: dict[str, History] = {}
    for change in standing:
        same = (change.action, change.at, change.changes.get("together")) == (
            last.action,
            last.at,
            last.changes.get("together"),
        )
        if change is last or (same and change.subject in subjects):
            found.setdefault(change.subject, change)
    return sorted(found.values(), key=lambda change: change.seq) + _dated_by(writing, last)


def _dated_by(writing: Writing, change: History) -> list[History]:
    """The deadlines that a report's publication dated, right behind it in the history."""
    if change.action != "published":
        return []
    later = history.after(writing, change.seq)
    return list(takewhile(lambda row: row.action == "import" and row.note == SETTLED, later))


def _together(change: History) -> list[str]:
    """The subjects that were changed in the same act."""
    ids = change.changes.get("together", [None, []])[1]
    return [Subject.recommendation(id) for id in ids]


def _check_untouched(writing: Writing, change: History) -> None:
    """Raise when a later change of the same fields still stands."""
    later = history.of_subject(writing, change.subject, after=change.seq)
    undone = {row.undoes for row in later if row.undoes is not None}
    for row in later:
        if row.undoes is not None or row.seq in undone:
            continue
        if (set(row.changes) & set(change.changes)) - {"together"}:
            who = writing.directory.person_name(row.actor)
            raise NothingToUndo(
                f"{who} has changed it since "
                f"({say_moment(row.at, writing.directory.zone)}), so it cannot be undone; "
                "say what is right now instead."
            )


def _put_back(writing: Writing, change: History) -> SQLModel:
    row = _subject(writing, change)
    if isinstance(row, Recommendation) and change.action in _NEEDS_OPEN:
        check_open(recommendation_state(row))
    columns = {name: pair for name, pair in change.changes.items() if name not in _BESIDE}
    fields = {name: _value(row, name, before) for name, (before, _) in columns.items()}
    owner = row.owner if isinstance(row, Recommendation) else None
    if isinstance(row, Recommendation) and "update" in change.changes:
        _mark_undone(writing, change.changes["update"][1])
        fields["last_update_at"] = _last_update_at(writing, row)
    extensions.take_back(writing, change)
    if isinstance(row, Recommendation) and "snooze" in change.changes:
        before = change.changes["snooze"][0]
        set_snooze(writing, change.actor, row, date.fromisoformat(before) if before else None)
    beside = {n: (p[1], p[0]) for n, p in change.changes.items() if n in _BESIDE}
    writing.change(row, "undo", fields, undoes=change.seq, replan=False, extra=beside)
    _look_again_from(writing, subject_of(row), change.at)
    reinstate(writing, change.at, subject_of(row))
    if isinstance(row, Recommendation) and row.owner and row.owner != owner:
        assigned(writing, row, owner, row.owner)
    return row


def _subject(writing: Writing, change: History) -> SQLModel:
    subject = Subject(change.subject)
    table: type[Recommendation] | type[Report]
    if subject.kind == SubjectKind.RECOMMENDATION:
        table = Recommendation
    elif subject.kind == SubjectKind.REPORT:
        table = Report
    else:
        raise NothingToUndo(
            f"Your last change ({ACTIONS.get(change.action, change.action)}) cannot be undone "
            "here; say the opposite instead."
        )
    found = writing.find(table, subject.number)
    if found is None:
        raise NothingToUndo("What you changed is no longer here.")
    return found


def _value(row: SQLModel, name: str, before: Any) -> Any:
    """A value of the history (JSON) as the column holds it."""
    # every row here is a table's, which SQLModel's own type does not tell
    column = type(row).__table__.c[name].type  # type: ignore[attr-defined]
    if isinstance(before, str) and isinstance(column, Moment):
        return datetime.fromisoformat(before)
    if isinstance(before, str) and isinstance(column, Date):
        return date.fromisoformat(before)
    return before


def _mark_undone(writing: Writing, id: int) -> None:
    update = writing.find(Update, id)
    if update is not None:
        update.undone = True
        writing.add(update)


def _last_update_at(writing: Writing, row: Recommendation) -> datetime | None:
    left = lookup.latest_update(writing, row.id)
    return left.at if left else None


def _look_again_from(writing: Writing, subject: str, since: datetime) -> None:
    """Plan again from before the change: what it silenced meanwhile is not lost.

    What was sent meanwhile is in the ledger under its key, and is not sent again.
    """
    look_again_from(writing.session, writing.key, subject, since)
    writing.replan(subject)


def _report(row: SQLModel) -> str:
    assert isinstance(row, Report)
    return f"“{row.title}” ({row.force})"


def _told(writing: Writing, change: History, row: SQLModel) -> str:
    name = name_of(writing, row) if isinstance(row, Recommendation) else _report(row)
    words = [
        said
        for field, (before, after) in change.changes.items()
        if field in ("progress", "closure", "deadline", "owner", "inspectorate_position",
                     "board", "published", "answered")
        and (said := change_words(field, after, before, writing.directory))
    ]  # fmt: skip
    what = "; ".join(words) or f"the {ACTIONS.get(change.action, change.action)} is taken back"
    return f"{name}: {what}."
