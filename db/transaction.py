"""Transactions on one organisation's rows: `Reading` looks at them, `Writing` changes them.

A `Reading` sees one organisation and nothing else. A `Writing` is one transaction: every change
goes through `Writing.change` or `Writing.note`, which append who, when, from what, to what and
through which face to the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import event, inspect
from sqlmodel import Session, SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from db import schedule
from db.audit import history
from db.backend import Backend, in_chunks
from db.clock import Clock
from db.directory_cache import CachedOrganisation, ReportName, report_names
from db.mapping import load_directory
from db.tables import History, Mark, Organisation, Recommendation
from governance.directory import Directory

FOUNDING = 1
"""The number of the organisation that a store is founded with."""

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class Actor:
    """The author of a change: a person's key, and the face (chat, page, command line) they used."""

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
        cached: CachedOrganisation | None = None,
    ) -> None:
        self.session = session
        self.backend = backend
        self.organisation = organisation
        self.clock = clock
        self.now: datetime = clock.now()
        self._cached = cached

    @property
    def key(self) -> int:
        assert self.organisation.id is not None
        return self.organisation.id

    @cached_property
    def directory(self) -> Directory:
        if self._cached is not None:
            return self._cached.directory
        return load_directory(self.session, self.organisation)

    @property
    def reports(self) -> dict[int, ReportName]:
        """Every report by its id, in the order in which they came."""
        if self._cached is not None:
            return self._cached.reports
        self.session.flush()
        return report_names(self.session, self.key)

    @cached_property
    def today(self) -> date:
        """The local date at the organisation's place."""
        return self.now.astimezone(self.directory.zone).date()

    def select(self, table: type[Row]) -> SelectOfScalar[Row]:
        """A select of this organisation's rows of `table`; nothing crosses organisations."""
        return select(table).where(inspect(table).c.organisation == self.key)

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

    def find(self, table: type[Row], id: int) -> Row | None:
        """The organisation's row of `table` with this id."""
        return self.first(self.select(table).where(inspect(table).c.id == id))

    def recommendation(self, id: int) -> Recommendation:
        row = self.find(Recommendation, id)
        if row is None:
            raise KeyError(id)
        return row

    def mark(self, key: str) -> str | None:
        """A note of the store about itself, or of this organisation's scheduler."""
        mark = self.session.get(Mark, self._mark(key))
        return mark.value if mark else None

    def _mark(self, key: str) -> str:
        """The key of a note: `kind` is the whole store's; of the rest each organisation has its
        own, the founding one under the bare name."""
        return key if key == "kind" or self.key == FOUNDING else f"{key}/{self.key}"


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
        self.first_change: int | None = None
        """The number of this transaction's first change; None before it has made one."""
        event.listen(session, "after_soft_rollback", self._forget_tip)

    def add(self, row: Row) -> Row:
        """A new row, with its database key filled in; `note` or `change` tells the history."""
        self.session.add(row)
        self.session.flush()
        return row

    def insert_new(self, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows whose unique key no other has, in one statement; gives their number."""
        if not rows:
            return 0
        # Imported here: they take long, and most commands insert nothing so.
        from sqlalchemy.dialects import postgresql, sqlite

        connection = self.session.connection()
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        result = connection.execute(
            insert(table).on_conflict_do_nothing(),
            rows,
            execution_options={"preserve_rowcount": True},
        )
        return result.rowcount

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
        change = self.note(action, subject, changes, note=note, undoes=undoes)
        if replan:
            self.replan(subject)
        return change

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
        self.first_change = self.first_change or row.seq
        return row

    def _forget_tip(self, *_: object) -> None:
        """Reads the end of the chain anew after a savepoint was rolled back."""
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
