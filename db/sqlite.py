"""A store in an SQLite file: one writer at a time, readers that see one moment (WAL), FTS5."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, create_engine

from db.backend import (
    BUSY_SECONDS,
    COLUMNS,
    CREATION_SECONDS,
    READERS,
    WEIGHTS,
    SearchTerm,
    driver,
)
from db.errors import StatementTimeout, StoreBusy, StoreUnusable
from db.private_file import create_private

DURABLE = "FULL"
"""SQLite's synchronous mode: "Duly noted." is true even when the power fails."""
PRAGMAS = ["foreign_keys=ON"]
"""Pragmas of every connection."""
PROGRESS_STEPS = 2_000
"""Steps of SQLite's virtual machine between two looks at a time limit."""


class Sqlite:
    """The `Backend` of a file."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.name = (url.database or "").removeprefix("file:")
        # Connections are kept open from one use to the next: opening one, and reading the tables'
        # layout anew, takes longer than most answers, and closing the last writes out the WAL.
        self.writers = _open(url, 1, *PRAGMAS, f"synchronous={DURABLE}")
        self.readers = self.looks = _open(url, READERS, *PRAGMAS, "query_only=ON")

    def begin_read(self, session: Session) -> None:
        driver(session).execute("BEGIN")

    def begin_write(
        self,
        connection: Any,
        timeout: float,
        organisation: str | int | None,  # noqa: ARG002
        *,
        alone: bool,  # noqa: ARG002
    ) -> None:
        """The lock is the file's, whichever organisation's rows are to be changed."""
        connection.execute(f"PRAGMA busy_timeout={int(timeout * 1000)}")
        connection.execute("BEGIN IMMEDIATE")

    def changes(self, connection: Connection) -> int:
        made: int = driver(connection).total_changes
        return made

    def mark(self, connection: Any, key: str) -> str | None:
        row = connection.execute("SELECT value FROM mark WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, sqlite3.OperationalError) as error:
            message = str(getattr(error, "orig", error))
            if "locked" in message or "busy" in message:
                raise StoreBusy() from error
            if _is_full(error):
                raise StoreUnusable(
                    f"There is no room left on the disk of the store {self.name}; "
                    "nothing was saved."
                ) from error
            if "readonly" in message:
                raise StoreUnusable(
                    f"The store {self.name} is read-only; nothing was saved."
                ) from error
            if "unable to open" in message:
                raise StoreUnusable(
                    f"The store {self.name} cannot be opened or created; check who may write there."
                ) from error
            raise StoreUnusable(f"The store {self.name} cannot be used: {message}.") from error
        except (DatabaseError, sqlite3.DatabaseError) as error:
            if "not a database" in str(getattr(error, "orig", error)):
                raise StoreUnusable(
                    f"{self.name} is not a Duly store; name another with --db."
                ) from error
            raise

    def translate_commit_errors(self) -> AbstractContextManager[None]:
        return self.translate_errors()

    def check_place(self) -> None:
        """Checked before SQLite says it in less helpful words.

        A new store's file is created here, for nobody but its owner to read: SQLite would give it
        the mode that the umask leaves, and gives `-wal` and `-shm` the mode of the file itself.
        """
        database = self.url.database or ""
        if database.startswith("file:"):
            return
        if database in ("", ":memory:"):
            raise StoreUnusable("A store needs a file; write sqlite:///duly.db, for example.")
        place = Path(database)
        if place.is_dir():
            raise StoreUnusable(f"{place} is a folder; name a file in it, such as {place}/duly.db.")
        if not place.parent.is_dir():
            raise StoreUnusable(f"The folder {place.parent} does not exist; create it first.")
        create_private(place)

    def lock_for_creation(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(CREATION_SECONDS * 1000)}")
        # Only the change to WAL ignores the busy timeout; it lasts, so it is made once, here.
        give_up = time.monotonic() + CREATION_SECONDS
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
                break
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def index_words(
        self,
        connection: Connection,
        organisation: int,
        gone: Iterable[int],
        rows: Mapping[int, Sequence[str]],
    ) -> None:
        connection.execute(
            text("DELETE FROM search WHERE rowid = :id"), [{"id": id} for id in gone]
        )
        if not rows:
            return
        names = ", ".join(COLUMNS)
        values = ", ".join(f":{name}" for name in COLUMNS)
        # only COLUMNS, our own names, are put into the statement
        connection.execute(
            text(f"INSERT INTO search (rowid, organisation, {names}) VALUES (:id, :org, {values})"),  # noqa: S608
            [
                {"id": id, "org": organisation} | dict(zip(COLUMNS, words, strict=True))
                for id, words in rows.items()
            ],
        )

    def matching(
        self, connection: Connection, organisation: int, terms: Sequence[SearchTerm]
    ) -> list[int]:
        each = (
            " OR ".join(f'"{word}"{"*" if term.prefix else ""}' for word in term.spellings)
            for term in terms
        )
        # the first column, which has no words, is the organisation
        weights = ", ".join(str(WEIGHTS[name]) for name in COLUMNS)
        rows = connection.execute(
            text(
                "SELECT rowid FROM search WHERE search MATCH :query AND organisation = :org "  # noqa: S608
                f"ORDER BY bm25(search, 0.0, {weights}), rowid"
            ),
            {"query": " AND ".join(f"({spellings})" for spellings in each), "org": organisation},
        )
        return [row.rowid for row in rows]

    def vocabulary(self, connection: Connection, organisation: int) -> list[str]:  # noqa: ARG002
        """The index keeps one for all its organisations."""
        rows = connection.execute(text("SELECT term FROM search_vocabulary ORDER BY term"))
        return [row.term for row in rows]

    @contextmanager
    def time_limit(self, connection: Connection, seconds: float) -> Iterator[None]:
        """By SQLite's progress handler, which ends a statement by being true."""
        give_up = time.monotonic() + seconds
        held = driver(connection)
        held.set_progress_handler(lambda: time.monotonic() > give_up, PROGRESS_STEPS)
        try:
            yield
        except OperationalError as error:
            if "interrupted" in str(error.orig):
                raise StatementTimeout() from error
            raise
        finally:
            held.set_progress_handler(None, 0)

    def server_time(self, _connection: Connection) -> None:
        return None

    def close(self) -> None:
        self.readers.dispose()
        self.writers.dispose()


def _is_full(error: BaseException | None) -> bool:
    """True where a full disk is among the error's causes: SQLite then rolls the whole transaction
    back, and a rollback to a savepoint only reports that there is none."""
    while error is not None:
        if "is full" in str(error):
            return True
        error = error.__context__
    return False


def _open(url: URL, kept: int, *pragmas: str) -> Engine:
    opened = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=kept,
        max_overflow=-1,
        hide_parameters=True,  # a failed statement is logged, what people wrote is not
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(opened, "connect")
    def settings(connection: Any, _: Any) -> None:
        # Transactions are begun by us (BEGIN IMMEDIATE), never behind our back by the driver.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return opened
