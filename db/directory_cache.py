"""Cache of an organisation's directory and report names, shared by every reading of a store.

What was read last is used for as long as the organisation's mark in the store has the value that
it had then. The mark is changed in the very transaction that changes the directory, and read in
the one that asks, so that several processes on one store agree.
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
from db.errors import StoreUnusable
from db.mapping import load_directory
from governance.directory import Directory

_CACHED_TABLES = (
    t.Board, t.MeetingChange, t.Post, t.Tenure, t.Person, t.Identity, t.Absence,
    t.Report,
)  # fmt: skip
"""Tables whose rows invalidate the cache when they change, beside the organisation's own row."""


@dataclass(frozen=True)
class ReportName:
    """A report's id, title and force, without its long texts."""

    id: int
    title: str
    title_key: str
    force: str
    force_key: str


@dataclass(frozen=True)
class CachedOrganisation:
    """An organisation's row, directory and reports, valid while its mark is `version`."""

    organisation: t.Organisation
    directory: Directory
    reports: dict[int, ReportName]
    version: str | None


class DirectoryCache:
    """A store's cached organisations; `wanted` is as in `choose_organisation`."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._cached: dict[str | int | None, CachedOrganisation] = {}

    def peek(self, connection: Any, wanted: str | int | None) -> CachedOrganisation | None:
        """The cached organisation if it is still valid on the driver's connection, else None."""
        cached = self._cached.get(wanted)
        if cached is None or self._version(connection, cached.organisation) != cached.version:
            return None
        return cached

    def get(self, session: Session, wanted: str | int | None) -> CachedOrganisation:
        """The organisation as it is in the session's transaction, read anew where it changed.

        Raises StoreUnusable as `choose_organisation` does.
        """
        connection = driver(session)
        cached = self.peek(connection, wanted)
        if cached is None:
            organisation = choose_organisation(session, wanted)
            directory = load_directory(session, organisation)
            assert organisation.id is not None
            reports = report_names(session, organisation.id)
            session.expunge(organisation)  # it outlives the session, for every reader alike
            version = self._version(connection, organisation)
            cached = CachedOrganisation(organisation, directory, reports, version)
            self._cached[wanted] = cached
        return cached

    def _version(self, connection: Any, organisation: t.Organisation) -> str | None:
        """The mark's value as the driver's connection sees it; None where nothing set it yet."""
        return self._backend.mark(connection, _mark(organisation.id))


class TouchedOrganisations:
    """Collects the `keys` of organisations whose cached rows a session's flushes change."""

    def __init__(self, session: Session) -> None:
        self.keys: set[int] = set()
        event.listen(session, "after_flush", self._collect)

    def _collect(self, session: Session, _: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, _CACHED_TABLES):
                self.keys.add(row.organisation)
            elif isinstance(row, t.Organisation) and row.id is not None:
                self.keys.add(row.id)


def invalidation_mark(organisation: int) -> t.Mark:
    """The mark that has every process read an organisation anew. Its value was never there before,
    not even in a store that stood at the same place."""
    return t.Mark(key=_mark(organisation), value=uuid.uuid4().hex)


def _mark(organisation: int | None) -> str:
    return f"known:{organisation}"


def choose_organisation(session: Session, wanted: str | int | None) -> t.Organisation:
    """The organisation with this key or number; with None the one the store was founded with (the
    built-in `local` until a file is applied). Raises StoreUnusable where there is none such."""
    if wanted is None:
        return session.exec(select(t.Organisation).order_by(col(t.Organisation.id)).limit(1)).one()
    column = t.Organisation.id if isinstance(wanted, int) else t.Organisation.key
    organisation = session.exec(select(t.Organisation).where(column == wanted)).first()
    if organisation is None:
        raise StoreUnusable(f"This store holds nothing of an organisation {wanted}.")
    return organisation


def report_names(session: Session, organisation: int) -> dict[int, ReportName]:
    """Every report's names, by its id, in the order in which they came."""
    columns = (
        col(t.Report.id),
        col(t.Report.title),
        col(t.Report.title_key),
        col(t.Report.force),
        col(t.Report.force_key),
    )
    rows = session.connection().execute(
        select_columns(*columns)
        .where(col(t.Report.organisation) == organisation)
        .order_by(columns[0])
    )
    return {id: ReportName(id, *names) for id, *names in rows if id is not None}
