"""Plain statements on a driver's own connection, for what a session would take too long over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from db.backend import Backend
from db.clock import Clock

PRETENDED = "INSERT INTO mark (key, value) VALUES ('kind', 'pretended') ON CONFLICT DO NOTHING"


class Statements:
    """One transaction of plain statements about one organisation's rows, `key` its number.

    A statement has a ? for each value; moments are given as such, and read by `moment`.
    """

    def __init__(self, backend: Backend, connection: Any, key: int, clock: Clock) -> None:
        self._backend = backend
        self._connection = connection
        self.key = key
        self.now: datetime = clock.now()
        """The field clock's moment."""
        self.machine: datetime = clock.machine()
        self.wrote = False

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._run(statement, values).fetchall()
        return found

    def change(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Gives what the statement returns of the rows it changes."""
        done = self._run(statement, values)
        found: list[tuple[Any, ...]] = done.fetchall() if done.description else []
        self.wrote = self.wrote or bool(found) or done.rowcount > 0
        return found

    def lock(self, statement: str, *values: Any) -> None:
        """Lock rows, where the database locks any."""
        self._backend.lock(self._connection, statement, values)

    def moment(self, value: Any) -> datetime | None:
        return self._backend.moment(value)

    def _run(self, statement: str, values: Sequence[Any]) -> Any:
        return self._backend.run(self._connection, statement, values)
