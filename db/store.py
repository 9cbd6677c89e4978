"""The store at a URL: `Store.read()` opens a look at it, `Store.write()` a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from sqlalchemy.engine import URL, Engine
from sqlmodel import Session

from db.audit import history
from db.backend import BUSY_SECONDS, Backend, driver, read_address, without_password
from db.clock import Clock, SystemClock
from db.directory_cache import (
    DirectoryCache,
    TouchedOrganisations,
    choose_organisation,
    invalidation_mark,
)
from db.errors import StoreUnusable
from db.queries.search import SearchIndexer
from db.sqlite import Sqlite
from db.transaction import FOUNDING, Actor, Reading, Writing
from governance.directory import Directory

__all__ = ["DEFAULT_URL", "FOUNDING", "Actor", "Reading", "Store", "Writing", "open_backend"]

DEFAULT_URL = "sqlite:///duly.db"


class Store:
    """A store at a URL, created and migrated on first use."""

    def __init__(
        self,
        url: str | Backend = DEFAULT_URL,
        clock: Clock | None = None,
        organisation: str | int | None = None,
        audit_key: bytes | None = None,
    ) -> None:
        """`url` is an address, or a database that is open already. `organisation` is the key, or
        the number, of the one whose rows are seen; None for the only one, which is the one the
        store was founded with. `audit_key` seals the history."""
        self.audit_key = audit_key
        self.clock: Clock = clock or SystemClock()
        self.backend = open_backend(url) if isinstance(url, str) else url
        self._cache = DirectoryCache(self.backend)
        self.busy_timeout = BUSY_SECONDS
        """Seconds that a write waits for another; a command nobody chats with may have more."""
        self._ready = False
        self._organisation = organisation

    @property
    def url(self) -> URL:
        return self.backend.url

    @property
    def address(self) -> str:
        """The store's address as it may be shown, without a password."""
        return without_password(self.url.render_as_string())

    @property
    def file(self) -> Path | None:
        """The file of a store on SQLite."""
        name = self.url.database or ""
        own = self.url.get_backend_name() == "sqlite" and not name.startswith("file:")
        return Path(name) if own and name else None

    @property
    def engine(self) -> Engine:
        """For looking behind the door: schema, version, and tests that tamper."""
        return self.backend.writers

    def of(self, organisation: str | int) -> Store:
        """The same store as another of its organisations sees it."""
        other = copy(self)
        other._organisation = organisation
        return other

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A look at the store as it was at one moment, whatever is written meanwhile."""
        self.prepare()
        backend = self.backend
        with backend.translate_errors(), _session(backend.readers) as session:
            backend.begin_read(session)
            cached = self._cache.get(session, self._organisation)
            yield Reading(session, cached.organisation, self.clock, backend, cached)

    def directory(self) -> Directory:
        """The directory just now, for a question about nothing else."""
        self.prepare()
        with self.backend.translate_errors(), self.backend.looks.connect() as connection:
            cached = self._cache.peek(driver(connection), self._organisation)
        if cached is not None:
            return cached.directory
        with self.read() as reading:
            return reading.directory

    @contextmanager
    def write(self, actor: Actor, *, alone: bool = True) -> Iterator[Writing]:
        """One transaction: committed when the block ends, rolled back whole when it raises.

        The first one that changes anything under a pretended clock marks the store as pretended.
        Raises StoreBusy when another writer holds the organisation for longer than `busy_timeout`.
        With `alone` false, others like it may write at the same time, where the database can do
        that: each then keeps to rows that it has locked, and tells the history nothing.
        """
        self.prepare()
        backend = self.backend
        with backend.translate_errors(), _session(backend.writers) as session:
            connection = session.connection()
            timeout, wanted = self.busy_timeout, self._organisation
            backend.begin_write(driver(connection), timeout, wanted, alone=alone)
            begun = backend.changes(connection)
            history.use_key(session, self.audit_key)
            indexer, touched = SearchIndexer(session), TouchedOrganisations(session)
            organisation = choose_organisation(session, self._organisation)
            writing = Writing(session, organisation, self.clock, backend, actor)
            yield writing
            session.flush()
            indexer.refresh(writing)
            wrote = backend.changes(session.connection()) > begun
            if wrote:
                for key in touched.keys:
                    session.merge(invalidation_mark(key))
            if self.clock.pretended and wrote and writing.mark("kind") is None:
                writing.set_mark("kind", "pretended")
            session.flush()
            with backend.translate_commit_errors():
                session.commit()

    def prepare(self) -> None:
        """Create or migrate the store where it needs it; cheap when it does not."""
        if self._ready:
            return
        from db.migrate import prepare

        with self.backend.translate_errors():
            prepare(self.backend, self.clock)
        self._ready = True

    def close(self) -> None:
        self.backend.close()


def open_backend(url: str) -> Backend:
    """The database at an address; nothing is connected yet. Raises StoreUnusable."""
    parsed = read_address(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return Sqlite(parsed)
    if kind in ("postgresql", "postgres"):
        try:
            from db.postgres import Postgres
        except ImportError:
            raise StoreUnusable(
                "A store on Postgres needs psycopg: pip install duly[postgres]."
            ) from None
        return Postgres(parsed)
    raise StoreUnusable(
        f"Duly keeps its store in SQLite or Postgres, not in {kind}; write sqlite:///duly.db or "
        "postgresql+psycopg://USER:PASSWORD@HOST/NAME."
    )


def _session(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False)
