"""When each subject is next looked at. The pure rules say when; this keeps it in the store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, SQLModel, select

from db import tables as t
from db.states import recommendation_state, report_state
from governance.directory import Directory
from governance.reminders import Schedule as Timetable
from governance.reminders import Subject, next_moment

ORGANISATION = "organisation"


def subject_of(row: SQLModel) -> str:
    """A row's subject key: "recommendation:12", "report:3", "board:pib", else its table's name."""
    if isinstance(row, t.Recommendation | t.Report):
        return f"{type(row).__name__.lower()}:{row.id}"
    if isinstance(row, t.Board):
        return f"board:{row.key}"
    if isinstance(row, t.MeetingChange):
        return f"board:{row.board}"
    if isinstance(row, t.Organisation):
        return ORGANISATION
    return f"{type(row).__name__.lower()}:{getattr(row, 'key', None) or getattr(row, 'id', '')}"


def governed(session: Session, key: int, directory: Directory, subject: str) -> Subject | None:
    """The subject as the rules see it; None when it has no reminders or is gone."""
    kind, _, name = subject.partition(":")
    if kind == ORGANISATION:
        return directory
    if kind == "board":
        return directory.boards.get(name)
    if kind == "recommendation":
        found = session.exec(
            select(t.Recommendation).where(
                t.Recommendation.organisation == key, t.Recommendation.id == int(name)
            )
        ).first()
        return recommendation_state(found) if found else None
    if kind == "report":
        report = session.exec(
            select(t.Report).where(t.Report.organisation == key, t.Report.id == int(name))
        ).first()
        return report_state(report) if report else None
    return None


def replan(
    session: Session, key: int, directory: Directory, now: datetime, subjects: Iterable[str]
) -> None:
    """Set `next_remind_at` of each subject to the next moment after its `planned_through`.

    A subject without a row gets one, planned through now: what fell due before is never sent.
    """
    for name in subjects:
        kind = name.partition(":")[0]
        if kind not in ("recommendation", "report", "board", ORGANISATION):
            continue
        row = session.get(t.Schedule, (key, name))
        subject = governed(session, key, directory, name)
        if subject is None:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = t.Schedule(organisation=key, subject=name, planned_through=now)
        row.next_remind_at = next_moment(Timetable(directory, subject), row.planned_through)
        session.add(row)
    session.flush()


def replan_all(session: Session, key: int, directory: Directory, now: datetime) -> None:
    """Replan everything: the directory has changed under all subjects."""
    names = [ORGANISATION, *(f"board:{b}" for b in directory.boards)]
    names += session.exec(select(t.Schedule.subject).where(t.Schedule.organisation == key)).all()
    for table in (t.Recommendation, t.Report):
        ids = session.exec(select(table.id).where(table.organisation == key)).all()
        names += [f"{table.__name__.lower()}:{id}" for id in ids]
    replan(session, key, directory, now, dict.fromkeys(names))
