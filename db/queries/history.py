"""Queries of the history's rows, for undo and for what tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select

from db.store import Reading
from db.tables import History
from governance.subject import Subject


def of_subject(
    reading: Reading, subject: str, *, after: int = 0, before: int | None = None
) -> list[History]:
    """A subject's changes, the oldest first; those with a seq over `after`, and under `before`."""
    statement = reading.select(History).where(History.subject == subject, History.seq > after)
    if before is not None:
        statement = statement.where(History.seq < before)
    return reading.all(statement.order_by(col(History.seq)))


def numbered(reading: Reading, seq: int) -> History | None:
    """The change with this number."""
    return reading.first(reading.select(History).where(History.seq == seq))


def after(reading: Reading, seq: int) -> list[History]:
    """Every change behind the one with this seq, the oldest first."""
    statement = reading.select(History).where(History.seq > seq)
    return reading.all(statement.order_by(col(History.seq)))


def of_recommendations(reading: Reading, ids: Iterable[int]) -> dict[int, list[History]]:
    """The changes of recommendations, by their ids, the oldest first."""
    statement = reading.select(History).order_by(col(History.seq))
    subjects = [Subject.recommendation(id) for id in sorted(ids)]
    changes: dict[int, list[History]] = defaultdict(list)
    for change in reading.all_in(statement, History.subject, subjects):
        changes[Subject(change.subject).number].append(change)
    return changes


def fields_after(
    reading: Reading, seq: int, subjects: str
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The subject, action and changed fields of each change behind the one with this seq whose
    subject begins with `subjects`, the oldest first."""
    statement = select(History.subject, History.action, History.changes).where(
        History.organisation == reading.key,
        History.seq > seq,
        col(History.subject).startswith(subjects),
    )
    return list(reading.session.exec(statement.order_by(col(History.seq))))


def by_actor(reading: Reading, actor: str, since: datetime) -> list[History]:
    """An actor's changes at or after a moment, the latest first."""
    statement = reading.select(History).where(History.actor == actor, History.at >= since)
    return reading.all(statement.order_by(col(History.seq).desc()))


def taken_back(reading: Reading) -> set[int]:
    """The seqs of all changes that were undone."""
    statement = reading.select(History).where(col(History.undoes).is_not(None))
    return {row.undoes for row in reading.all(statement) if row.undoes is not None}


def standing(rows: Sequence[History]) -> list[History]:
    """Those of a subject's changes that are no undoing and that none of the others undoes."""
    undone = {row.undoes for row in rows if row.undoes is not None}
    return [row for row in rows if row.undoes is None and row.seq not in undone]


def last_seq(reading: Reading, moment: datetime) -> int:
    """The seq of the last change made by a moment, 0 where there is none."""
    statement = select(func.max(History.seq)).where(
        History.organisation == reading.key, History.at <= moment
    )
    return reading.session.exec(statement).one() or 0


def latest_moment(reading: Reading) -> datetime | None:
    """The latest moment of any change in the store, of whatever organisation."""
    return reading.session.exec(select(func.max(History.at))).one()
