"""The one door to the store: `Store.read()` and `Store.write()`.

A `Reading` sees one organisation and nothing else. A `Writing` is one transaction: every change
goes through `Writing.change` or `Writing.note`, which put who, when, from what, to what and
through which face into the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, Engine
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db import directory_cache, schedule
from db.audit import history
from db.backend import BUSY_SECONDS, Backend, driver, in_chunks, open_backend
from db.clock import Clock, SystemClock
from db.directory import load_directory
from db.directory_cache import Keeper, Known, Named, chosen, named_reports
from db.queries import search
from db.statements import PRETENDED, Statements
from db.tables import History, Mark, Organisation, Recommendation
from governance.directory import Directory

DEFAULT_URL = "sqlite:///duly.db"
FIRST = 1
"""The number of the organisation that a store is founded with."""

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Actor:
    """Who changes something, through which face."""

    person: str
    face: str


class Reading:
    """One organisation's rows, at one moment of the field clock."""

    def __init__(
        self,
        session: Session,
        organisation: Organisation,
        clock: Clock,
        backend: Backend,
        known: Known | None = None,
    ) -> None:
        self.session = session
        self.backend = backend
        self.organisation = organisation
        self.clock = clock
        self.now: datetime = clock.now()
        self._known = known

    @property
    def key(self) -> int:
        assert self.organisation.id is not None
        return self.organisation.id

    @cached_property
    def directory(self) -> Directory:
        if self._known is not None:
            return self._known.directory
        return load_directory(self.session, self.organisation)

    @property
    def reports(self) -> dict[int, Named]:
        """Every report by its id, in the order in which they came."""
        if self._known is not None:
            return self._known.reports
        self.session.flush()
        return named_reports(self.session, self.key)

    @cached_property
    def today(self) -> date:
        """The local date at the organisation's place."""
        return self.now.astimezone(self.directory.zone).date()

    def select(self, table: type[Row]) -> SelectOfScalar[Row]:
        """A select of this organisation's rows of `table`; nothing crosses organisations."""
        # every table has its organisation's number; their common base does not name it
        return select(table).where(table.organisation == self.key)  # type: ignore[attr-defined]

    def all(self, statement: SelectOfScalar[Row]) -> list[Row]:
        return list(self.session.exec(statement).all())

    def all_in(
        self, statement: SelectOfScalar[Row], column: Any, values: Iterable[Any]
    ) -> list[Row]:
        """The statement's rows whose `column` is one of `values`, of which there may be thousands;
        they come in the order of `values`' chunks, and within one in the statement's order."""
        return [
            row
            for part in in_chunks(list(values))
            for row in self.all(statement.where(col(column).in_(part)))
        ]

    def first(self, statement: SelectOfScalar[Row]) -> Row | None:
        return self.session.exec(statement).first()

    def recommendation(self, id: int) -> Recommendation:
        found = self.first(self.select(Recommendation).where(Recommendation.id == id))
        if found is None:
            raise KeyError(id)
        return found

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a plain statement with a ? for each value finds, as the driver gives it."""
        done = self.backend.run(driver(self.session), statement, values)
        found: list[tuple[Any, ...]] = done.fetchall()
        return found

    def mark(self, key: str) -> str | None:
        """What the store, or for this organisation alone its scheduler, has noted of itself."""
        found = self.session.get(Mark, self._mark(key))
        return found.value if found else None

    def _mark(self, key: str) -> str:
        """What a store is holds for all in it; of the rest each organisation has its own, the one
        it was founded with under the bare name."""
        return key if key == "kind" or self.key == FIRST else f"{key}/{self.key}"


class Writing(Reading):
    """A `Reading` that changes things, in one transaction."""

    def __init__(
        self,
        session: Session,
        organisation: Organisation,
        clock: Clock,
        backend: Backend,
        actor: Actor,
    ) -> None:
        super().__init__(session, organisation, clock, backend)
        self.actor = actor
        self._tip: history.Tip | None = None
        event.listen(session, "after_soft_rollback", self._forget_tip)

    def add(self, row: Row) -> Row:
        """A new row, with its database key filled in; `note` or `change` tells the history."""
        self.session.add(row)
        self.session.flush()
        return row

    def delete(self, row: SQLModel) -> None:
        self.session.delete(row)
        self.session.flush()

    def forget_directory(self) -> None:
        """Read the directory afresh: a post, person, board or absence has changed."""
        self.__dict__.pop("directory", None)
        self.__dict__.pop("today", None)

    def change(
        self,
        row: SQLModel,
        action: str,
        fields: dict[str, Any],
        *,
        note: str = "",
        undoes: int | None = None,
        replan: bool = True,
        extra: dict[str, tuple[Any, Any]] | None = None,
    ) -> History | None:
        """Set `fields` on `row`, write what changed into the history, replan the subject.

        Gives the history row, or None when nothing differed and there is neither `note` nor
        `extra` (changes to tell that are no column of `row`).
        """
        before = {name: getattr(row, name) for name in fields}
        changes = {n: (before[n], v) for n, v in fields.items() if before[n] != v} | (extra or {})
        if not changes and not note:
            return None
        for name, value in fields.items():
            setattr(row, name, value)
        if isinstance(row, Recommendation):
            row.updated_at = self.now
        self.session.add(row)
        subject = schedule.subject_of(row)
        told = self.note(action, subject, changes, note=note, undoes=undoes)
        if replan:
            self.replan(subject)
        return told

    def note(
        self,
        action: str,
        subject: str,
        changes: dict[str, tuple[Any, Any]] | None = None,
        *,
        note: str = "",
        undoes: int | None = None,
    ) -> History:
        """Append one row to the history."""
        if self._tip is None:
            self._tip = history.tip(self.session, self.key)
        row = history.append(
            self.session,
            self._tip,
            organisation=self.key,
            at=self.now,
            recorded_at=self.clock.machine(),
            actor=self.actor.person,
            face=self.actor.face,
            action=action,
            subject=subject,
            changes=changes or {},
            note=note,
            undoes=undoes,
        )
        self._tip = history.Tip(row.seq, row.hash)
        return row

    def _forget_tip(self, *_: object) -> None:
        """What a savepoint took back is no longer the end of the chain."""
        self._tip = None

    def replan(self, *subjects: str) -> None:
        """Set when each subject is next looked at: the next moment after `planned_through`."""
        schedule.replan(self.session, self.key, self.directory, self.now, subjects)

    def replan_all(self) -> None:
        """After a change to the directory: every subject of the organisation."""
        self.forget_directory()
        schedule.replan_all(self.session, self.key, self.directory, self.now)

    def set_mark(self, key: str, value: str) -> None:
        self.session.merge(Mark(key=self._mark(key), value=value))


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
        self._keeper = Keeper(self.backend)
        self.patience = BUSY_SECONDS
        """How many seconds a write waits for another; a command nobody chats with may have more."""
        self._ready = False
        self._organisation = organisation
        self._number: int | None = None

    @property
    def url(self) -> URL:
        return self.backend.url

    @property
    def engine(self) -> Engine:
        """For looking behind the door: schema, version, and tests that tamper."""
        return self.backend.writers

    def of(self, organisation: str | int) -> Store:
        """The same store as another of its organisations sees it."""
        other = copy(self)
        other._organisation = organisation
        other._number = None
        return other

    @contextmanager
    def read(self) -> Iterator[Reading]:
        """A look at the store as it was at one moment, whatever is written meanwhile."""
        self.prepare()
        backend = self.backend
        with backend.translate_errors(), _session(backend.readers) as session:
            backend.begin_read(session)
            found = self._keeper.known(session, self._organisation)
            yield Reading(session, found.organisation, self.clock, backend, found)

    def directory(self) -> Directory:
        """Who is who just now, for a question about nothing else."""
        self.prepare()
        with self.backend.translate_errors(), self.backend.looks.connect() as connection:
            kept = self._keeper.kept(driver(connection), self._organisation)
        if kept is not None:
            return kept.directory
        with self.read() as reading:
            return reading.directory

    @contextmanager
    def write(self, actor: Actor, *, alone: bool = True) -> Iterator[Writing]:
        """One transaction: committed when the block ends, rolled back whole when it raises.

        The first one that changes anything under a pretended clock marks the store as pretended.
        Raises StoreBusy when another writer holds the organisation for longer than `patience`.
        With `alone` false, others like it may write at the same time, where the database can do
        that: each then keeps to rows that it has locked, and tells the history nothing.
        """
        self.prepare()
        backend = self.backend
        with backend.translate_errors(), _session(backend.writers) as session:
            connection = session.connection()
            patience, wanted = self.patience, self._organisation
            backend.begin_write(driver(connection), patience, wanted, alone=alone)
            begun = backend.changes(connection)
            history.use_key(session, self.audit_key)
            words, kept = search.Watch(session), directory_cache.Watch(session)
            organisation = chosen(session, self._organisation)
            writing = Writing(session, organisation, self.clock, backend, actor)
            yield writing
            session.flush()
            words.refresh(writing)
            wrote = backend.changes(session.connection()) > begun
            if wrote:
                for touched in kept.touched:
                    session.merge(directory_cache.changed(touched))
            if self.clock.pretended and wrote and writing.mark("kind") is None:
                writing.set_mark("kind", "pretended")
            session.flush()
            with backend.translate_commit_errors():
                session.commit()

    @contextmanager
    def statements(self) -> Iterator[Statements]:
        """As `write` with `alone` false, for statements about rows that the history and the
        search know nothing of: the ledger's and the destinations'. Without a session it takes a
        fraction of the time, which is what many messages at once are waiting for."""
        self.prepare()
        backend, clock = self.backend, self.clock
        if self._number is None:
            with self.read() as reading:
                self._number = reading.key
        with backend.translate_errors(), closing(backend.writers.raw_connection()) as pooled:
            connection = pooled.dbapi_connection
            backend.begin_write(connection, self.patience, self._number, alone=False)
            hand = Statements(backend, connection, self._number, clock)
            yield hand
            if hand.wrote and clock.pretended and backend.mark(connection, "kind") is None:
                hand.change(PRETENDED)
            with backend.translate_commit_errors():
                pooled.commit()

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


def _session(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False)
