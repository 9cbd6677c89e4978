"""The schedule: the moment at which each subject is next planned, as the pure rules give it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, SQLModel, col, select

from db import tables as t
from db.backend import CHUNK
from db.mapping import OF_RECOMMENDATION, OF_REPORT, recommendation_of, report_state
from governance.directory import Directory
from governance.reminders import Schedule as Timetable
from governance.reminders import SubjectState, next_moment
from governance.reminders.rules import TABLE
from governance.subject import ORGANISATION, Subject, SubjectKind

WITH_REMINDERS = frozenset(line.about for line in TABLE)


def subject_of(row: SQLModel) -> Subject:
    """A row's subject; of any other table its name with the row's key or id."""
    if isinstance(row, t.Board):
        return Subject.board(row.key)
    if isinstance(row, t.MeetingChange):
        return Subject.board(row.board)
    if isinstance(row, t.Organisation):
        return ORGANISATION
    id = getattr(row, "key", None) or getattr(row, "id", "")
    return Subject.of(type(row).__name__.lower(), id)


def governed(
    session: Session, key: int, directory: Directory, subjects: Iterable[str]
) -> dict[str, SubjectState]:
    """The subjects as the rules see them; those without reminders, or gone, are left out."""
    named: dict[str, list[str]] = defaultdict(list)
    for subject in map(Subject, subjects):
        named[subject.kind].append(subject.id)
    states: dict[str, SubjectState] = {}
    if SubjectKind.ORGANISATION in named:
        states[ORGANISATION] = directory
    for name in named[SubjectKind.BOARD]:
        if name in directory.boards:
            states[Subject.board(name)] = directory.boards[name]
    for row in _numbered(session, key, t.Recommendation, named[SubjectKind.RECOMMENDATION]):
        states[Subject.recommendation(row[0])] = recommendation_of(row)
    for row in _numbered(session, key, t.Report, named[SubjectKind.REPORT]):
        states[Subject.report(row.id)] = report_state(row)
    return states


def _numbered(
    session: Session,
    key: int,
    table: type[t.Recommendation | t.Report],
    names: list[str],
) -> list[Any]:
    """The columns that the rules read, of the table's rows with these ids; of more than CHUNK ids
    the whole table is read."""
    ids = {int(name) for name in names}
    if not ids:
        return []
    few = len(ids) <= CHUNK
    values = {"organisation": key, "ids": list(ids)} if few else {"organisation": key}
    session.flush()
    rows = session.connection().execute(_statement(table, few), values)
    return [row for row in rows.all() if few or row.id in ids]


@cache
def _statement(table: type[t.Recommendation | t.Report], few: bool) -> sql.Select[Any]:
    """The statement of `_numbered`, built once: it runs in every tick with work."""
    columns = OF_RECOMMENDATION if table is t.Recommendation else OF_REPORT
    statement = sql.select(*columns).where(col(table.organisation) == sql.bindparam("organisation"))
    if few:
        some: sql.BindParameter[Any] = sql.bindparam("ids", expanding=True)
        statement = statement.where(col(table.id).in_(some))
    return statement


def replan(
    session: Session, key: int, directory: Directory, now: datetime, subjects: Iterable[str]
) -> None:
    """Set `next_remind_at` of each subject to the next moment after its `planned_through`.

    A subject without a row gets one, planned through now: what fell due before is never sent.
    """
    wanted = [s for s in dict.fromkeys(subjects) if Subject(s).kind in WITH_REMINDERS]
    if not wanted:
        return
    states = governed(session, key, directory, wanted)
    rows = select(t.Schedule).where(t.Schedule.organisation == key)
    if len(wanted) <= CHUNK:
        rows = rows.where(col(t.Schedule.subject).in_(wanted))
    existing = {row.subject: row for row in session.exec(rows)}
    for name in wanted:
        row = existing.get(name)
        subject = states.get(name)
        if subject is None:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = t.Schedule(organisation=key, subject=name, planned_through=now)
        waits = row.next_remind_at is not None and row.next_remind_at <= now
        if not (waits or row.failures):
            # As it stood until now nothing was due: what the change makes due in the past was
            # not wanted then.
            row.planned_through = max(row.planned_through, now)
        row.next_remind_at = next_moment(Timetable(directory, subject), row.planned_through)
        # What kept it from being planned may be what was changed; and who is not looked at again
        # must not be waited for.
        row.set_aside_at, row.failures = None, 0
        session.add(row)
    session.flush()


def replan_all(session: Session, key: int, directory: Directory, now: datetime) -> None:
    """Replan everything: the directory has changed under all subjects."""
    names: list[str] = [ORGANISATION, *(Subject.board(b) for b in directory.boards)]
    names += session.exec(select(t.Schedule.subject).where(t.Schedule.organisation == key)).all()
    for table in (t.Recommendation, t.Report):
        ids = session.exec(select(table.id).where(table.organisation == key)).all()
        names += [Subject.of(table.__name__.lower(), id) for id in ids]
    replan(session, key, directory, now, names)


def look_again_from(session: Session, key: int, subject: str, since: datetime) -> None:
    """Have a subject planned again from `since` on, by a change made then.

    What was planned meanwhile is in the ledger under its key, and is not planned twice.
    """
    row = session.get(t.Schedule, (key, subject))
    if row is not None:
        row.planned_through = min(row.planned_through, since - timedelta(microseconds=1))
        row.next_remind_at = since  # so that `replan` takes nothing since then for planned
        session.add(row)
        session.flush()


def turn_back(session: Session, key: int, now: datetime, last_tick: str | None) -> list[str]:
    """Let the organisation have been here from `now` on, where it was set up at a later moment.

    An organisation applied today and records imported under an earlier, pretended moment belong
    to one story, which begins at the earlier. Not once a tick has gone past `now`. Gives the
    subjects that are then to be replanned, with the directory read afresh.
    """
    if last_tick is not None and datetime.fromisoformat(last_tick) > now:
        return []
    organisation = session.get_one(t.Organisation, key)
    for name in ("created_at", "applied_at"):
        moment = getattr(organisation, name)
        if moment is not None and moment > now:
            setattr(organisation, name, now)
    for board in session.exec(
        select(t.Board).where(t.Board.organisation == key, t.Board.applied_at > now)
    ):
        board.applied_at = now
    for change in session.exec(
        select(t.MeetingChange).where(
            t.MeetingChange.organisation == key, col(t.MeetingChange.changed_at) > now
        )
    ):
        change.changed_at = now
    rows = session.exec(
        select(t.Schedule).where(t.Schedule.organisation == key, t.Schedule.planned_through > now)
    ).all()
    for row in rows:
        row.planned_through = row.next_remind_at = now  # so that `replan` looks at all since
    session.flush()
    return [row.subject for row in rows]
