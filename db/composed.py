"""A statement composed once and given to the driver as it is, where it is asked in every tick or
for hundreds of rows: SQLAlchemy's care would take longer than the answer, each time anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Compiled, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from db.backend import driver

_Kept = Callable[[Any], Any]
"""A value as the database keeps it."""


class Composed:
    """A statement with named parameters, composed once for each kind of database.

    `compose` makes it; `columns` are those that an insert or update names.
    """

    def __init__(
        self, compose: Callable[[Dialect], Executable], columns: Iterable[str] | None = None
    ) -> None:
        self._compose = compose
        self._columns = list(columns) if columns is not None else None
        self._texts: dict[str, _Text] = {}

    def holds(self, session: Session, values: Mapping[str, Any]) -> bool:
        """Whether the one condition that it selects holds (nor does an unknown one), asked of the
        driver's own connection."""
        text = self._text(session)
        (found,) = driver(session).execute(text.said, text.given([values])[0]).fetchone()
        return bool(found)

    def each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
        """Carry it out for each of the rows; gives how many rows of the store it changed."""
        if not rows:
            return 0
        text = self._text(session)
        done = session.connection().exec_driver_sql(
            text.said, text.given(rows), execution_options={"preserve_rowcount": True}
        )
        return done.rowcount

    def _text(self, session: Session) -> _Text:
        dialect = session.get_bind().dialect
        found = self._texts.get(dialect.name)
        if found is None:
            statement: Any = self._compose(dialect)
            compiled = statement.compile(dialect=dialect, column_keys=self._columns)
            found = self._texts[dialect.name] = _Text(compiled, dialect)
        return found


class _Text:
    """The statement as one kind of database has it."""

    def __init__(self, compiled: Compiled, dialect: Dialect) -> None:
        self.said = str(compiled)
        said: Any = compiled
        self._by_place = said.positiontup is not None
        names: list[str] = said.positiontup or list(said.binds)
        self._own = {name: [bind.value] for name, bind in said.binds.items() if not bind.required}
        self._names = [(name, self._kept(said.binds[name].type, dialect)) for name in names]

    @staticmethod
    def _kept(kind: TypeEngine[Any], dialect: Dialect) -> _Kept | None:
        return kind.dialect_impl(dialect).bind_processor(dialect)

    def given(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Each row's values as the driver takes them: by place, or by name.

        Rows share many a value, such as the moment at which they were planned.
        """
        columns: list[Sequence[Any]] = []
        for name, keep in self._names:
            values = [row[name] for row in rows] if name in rows[0] else self._own[name] * len(rows)
            if keep is not None:
                different = {id(value): value for value in values}
                kept = {which: keep(value) for which, value in different.items()}
                values = [kept[id(value)] for value in values]
            columns.append(values)
        by_place = zip(*columns, strict=True)
        if self._by_place:
            return list(by_place)
        names = [name for name, _ in self._names]
        return [dict(zip(names, values, strict=True)) for values in by_place]
