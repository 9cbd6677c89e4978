"""What every answer needs and what seldom changes: the directory, and the reports by name.

A store keeps what it read last for as long as its mark says that nothing of it has changed. The
mark is set in the very transaction that changes something, and read in the one that asks, so
that several processes on one store agree.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from db import tables as t
from db.backend import Backend, driver
from db.directory import load_directory
from db.errors import StoreUnusable
from governance.directory import Directory

_MADE_OF = (
    t.Board, t.MeetingChange, t.Post, t.Tenure, t.Person, t.Absence, t.Report,
)  # fmt: skip
"""And of the organisation's own row."""


@dataclass(frozen=True)
class Named:
    """A report by what tells it from others, without its long texts."""

    id: int
    title: str
    title_key: str
    force: str
    force_key: str


@dataclass(frozen=True)
class Known:
    """What an organisation was at one moment, and still is while its mark is `version`."""

    organisation: t.Organisation
    directory: Directory
    reports: dict[int, Named]
    version: str | None


class Keeper:
    """Keeps what is known of a store's organisations, and reads one anew when its mark changed.

    `wanted` is as in `chosen`.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kept: dict[str | int | None, Known] = {}

    def kept(self, connection: Any, wanted: str | int | None) -> Known | None:
        """What is kept, if it still holds as the driver's connection sees the store."""
        kept = self._kept.get(wanted)
        if kept is None or self._version(connection, kept.organisation) != kept.version:
            return None
        return kept

    def known(self, session: Session, wanted: str | int | None) -> Known:
        """What is known, as it is in the session's transaction. Raises what `chosen` raises."""
        connection = driver(session)
        kept = self.kept(connection, wanted)
        if kept is None:
            organisation = chosen(session, wanted)
            directory = load_directory(session, organisation)
            assert organisation.id is not None
            reports = named_reports(session, organisation.id)
            session.expunge(organisation)  # it outlives the session, for every reader alike
            kept = Known(organisation, directory, reports, self._version(connection, organisation))
            self._kept[wanted] = kept
        return kept

    def _version(self, connection: Any, organisation: t.Organisation) -> str | None:
        """The mark's value as the driver's connection sees it; None where nothing set it yet."""
        return self._backend.mark(connection, _mark(organisation.id))


class Watch:
    """Notes the organisations of which a session's transaction touches what is kept."""

    def __init__(self, session: Session) -> None:
        self.touched: set[int] = set()
        event.listen(session, "after_flush", self._note)

    def _note(self, session: Session, _: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, _MADE_OF):
                self.touched.add(row.organisation)
            elif isinstance(row, t.Organisation) and row.id is not None:
                self.touched.add(row.id)


def changed(organisation: int) -> t.Mark:
    """The mark that tells every process to read anew. Its value was never there before, not even
    in a store that stood at the same place."""
    return t.Mark(key=_mark(organisation), value=uuid.uuid4().hex)


def _mark(organisation: int | None) -> str:
    return f"known:{organisation}"


def chosen(session: Session, wanted: str | int | None) -> t.Organisation:
    """The organisation with this key or number; with None the one the store was founded with (the
    built-in `local` until a file is applied). Raises StoreUnusable where there is none such."""
    if wanted is None:
        return session.exec(select(t.Organisation).order_by(col(t.Organisation.id)).limit(1)).one()
    column = t.Organisation.id if isinstance(wanted, int) else t.Organisation.key
    found = session.exec(select(t.Organisation).where(column == wanted)).first()
    if found is None:
        raise StoreUnusable(f"This store holds nothing of an organisation {wanted}.")
    return found


def named_reports(session: Session, organisation: int) -> dict[int, Named]:
    """Every report of an organisation by its id."""
    columns = (
        col(t.Report.id),
        col(t.Report.title),
        col(t.Report.title_key),
        col(t.Report.force),
        col(t.Report.force_key),
    )
    asked = session.connection().execute(
        select_columns(*columns)
        .where(col(t.Report.organisation) == organisation)
        .order_by(columns[0])
    )
    return {id: Named(id, *names) for id, *names in asked if id is not None}
