"""A store in Postgres, for several processes at once: locks by organisation, tsvector.

Imported only where an address names Postgres: psycopg comes with the extra `postgres`.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlmodel import Session, create_engine

from db.backend import BUSY_SECONDS, COLUMNS, CREATION_SECONDS, READERS, WEIGHTS, SearchTerm
from db.errors import StatementTimeout, StoreAway, StoreBusy, StoreUnusable

LOCKS = 0x64756C79
"""The first key of Duly's advisory locks ("duly"); the second is an organisation's number, and 0
for whoever creates or migrates the store."""

MORE = 28
"""Connections that may be opened beyond those kept; a server has a hundred for all of us."""

SETTINGS = (
    f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}; "
    "SET timezone = 'UTC'; "
    # A machine that vanishes must not keep the others waiting for as long as TCP would.
    "SET idle_in_transaction_session_timeout = '60s'; "
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
)

LETTERS = {4.0: "A", 3.0: "B", 2.0: "C", 1.0: "D"}
"""A weight of db.backend.WEIGHTS as a tsvector writes it."""
LONGEST_WORD = 500
LARGEST = 900_000
"""A tsvector holds a megabyte, and a word of it 2 kB."""


class Postgres:
    """The `Backend` of a database on a server."""

    def __init__(self, url: URL) -> None:
        if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise StoreUnusable(
                f"Duly reaches Postgres by psycopg, not by {url.get_driver_name()}; "
                "write postgresql+psycopg://USER:PASSWORD@HOST/NAME."
            )
        self.url = url.set(drivername="postgresql+psycopg")
        self.name = f"{url.database} on {url.host or 'this machine'}"
        self.writers = _open(self.url, isolation_level="READ COMMITTED")
        # What an organisation is, what it has and who may see it have to be of one moment.
        self.readers = _open(self.url, isolation_level="REPEATABLE READ")
        self.looks: Engine = self.readers.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self.readers, "connect", _only_read)
        event.listen(self.writers, "after_cursor_execute", _count)
        # A store that is forgotten leaves no connection behind on the server.
        weakref.finalize(self, _close, self.readers, self.writers)

    def begin_read(self, session: Session) -> None:
        """The first question begins it, and the moment is that question's."""

    def begin_write(
        self,
        connection: Any,
        timeout: float,
        organisation: str | int | None,
        *,
        alone: bool,
    ) -> None:
        if timeout != BUSY_SECONDS:
            connection.execute(f"SET LOCAL lock_timeout = {int(timeout * 1000)}")
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        if organisation is None:
            which, key = "id = (SELECT min(id) FROM organisation)", None
        else:
            which = "id = %(key)s" if isinstance(organisation, int) else "key = %(key)s"
            key = organisation
        connection.execute(
            f"SELECT {lock}({LOCKS}, id) FROM organisation WHERE {which}",  # noqa: S608  our own words
            {"key": key},
        )

    def changes(self, connection: Connection) -> int:
        made: int = connection.info.get("changes", 0)
        return made

    def mark(self, connection: Any, key: str) -> str | None:
        row = connection.execute("SELECT value FROM mark WHERE key = %s", (key,)).fetchone()
        return row[0] if row else None

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            translated = self._translated(error)
            if translated is None:
                raise
            raise translated from error
        except NoneFree as error:
            raise StoreBusy() from error

    @contextmanager
    def translate_commit_errors(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            if isinstance(self._translated(error), StoreAway):
                raise StoreAway(
                    f"The connection to the store {self.name} was lost just as it was saving; "
                    "please look whether it did before you ask again."
                ) from error
            raise

    def check_place(self) -> None:
        if not self.url.database:
            raise StoreUnusable(
                "The store's address names no database; write "
                "postgresql+psycopg://USER:PASSWORD@HOST/NAME."
            )

    def lock_for_creation(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(CREATION_SECONDS * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCKS}, 0)")

    def index_words(
        self,
        connection: Connection,
        organisation: int,
        gone: Iterable[int],
        rows: Mapping[int, Sequence[str]],
    ) -> None:
        left = [{"id": id} for id in gone if id not in rows]
        if left:
            connection.execute(text("DELETE FROM search WHERE id = :id"), left)
        if rows:
            connection.execute(
                text(
                    "INSERT INTO search (id, organisation, words) "
                    "VALUES (:id, :organisation, CAST(:words AS tsvector)) "
                    "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
                ),
                [
                    {"id": id, "organisation": organisation, "words": _vector(words)}
                    for id, words in rows.items()
                ],
            )

    def matching(
        self, connection: Connection, organisation: int, terms: Sequence[SearchTerm]
    ) -> list[int]:
        weights = "{" + ",".join(str(weight / 4) for weight in sorted(LETTERS)) + "}"
        each = (
            " | ".join(
                f"'{word[:LONGEST_WORD]}'{':*' if term.prefix else ''}" for word in term.spellings
            )
            for term in terms
        )
        query = " & ".join(f"({spellings})" for spellings in each)
        rows = connection.execute(
            text(
                "SELECT id FROM search, CAST(:query AS tsquery) AS query "
                "WHERE words @@ query AND organisation = :organisation "
                "ORDER BY ts_rank(CAST(:weights AS real[]), words, query) DESC, id"
            ),
            {"query": query, "organisation": organisation, "weights": weights},
        )
        return [row.id for row in rows]

    def vocabulary(self, connection: Connection, organisation: int) -> list[str]:
        rows = connection.execute(
            text(
                "SELECT DISTINCT unnest(tsvector_to_array(words)) AS word FROM search "
                "WHERE organisation = :organisation ORDER BY word"
            ),
            {"organisation": organisation},
        )
        return [row.word for row in rows]

    @contextmanager
    def time_limit(self, connection: Connection, seconds: float) -> Iterator[None]:
        """By the server's statement_timeout, to the end of the transaction."""
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, psycopg.errors.QueryCanceled):
                raise StatementTimeout() from error
            raise
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    def server_time(self, connection: Connection) -> datetime | None:
        moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return moment

    def close(self) -> None:
        _close(self.readers, self.writers)

    def _translated(self, error: DBAPIError | psycopg.Error) -> StoreBusy | StoreUnusable | None:
        """The error in a user's words; None for one that only Duly itself can have caused."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, psycopg.Error):
            return None
        state = cause.sqlstate or ""
        if str(cause).startswith("invalid connection option"):
            return StoreUnusable(
                f"The address of the store {self.name} has an option that Postgres does not know."
            )
        if state in ("55P03", "40P01", "40001"):  # a lock not got in time, or got crosswise
            return StoreBusy()
        if state == "25006":
            return StoreUnusable(f"The store {self.name} is read-only; nothing was saved.")
        if state == "42501":
            return StoreUnusable(
                f"The user {self.url.username} may not do that in the store {self.name}; "
                "make it the database's owner."
            )
        if state[:2] == "53":
            return StoreUnusable(f"The server of the store {self.name} is full: {_last(cause)}.")
        if isinstance(cause, psycopg.OperationalError):
            return self._unreached(cause, state)
        if state[:2] == "08" or state in ("25P03", "57P05"):  # we kept it waiting too long
            return StoreAway(self._away())
        return None

    def _unreached(self, cause: psycopg.OperationalError, state: str) -> StoreUnusable:
        """The error for a connection that cannot be made, or was lost."""
        message = str(cause)
        user = self.url.username or "you"
        if "password authentication failed" in message or "no password supplied" in message:
            return StoreUnusable(
                f"The server of the store {self.name} does not take the password of {user}; "
                "put it right in DULY_DATABASE_URL or --db."
            )
        if "pg_hba.conf" in message or "authentication failed" in message:
            return StoreUnusable(
                f"The server of the store {self.name} does not let {user} in from here."
            )
        if "does not exist" in message:
            what = "user" if f'role "{self.url.username}"' in message else "database"
            which = self.url.username if what == "user" else self.url.database
            how = f"createuser {which}" if what == "user" else f"createdb {which}"
            return StoreUnusable(
                f"There is no {what} {which} on {self.url.host or 'this machine'}; "
                f"create it first ({how})."
            )
        if state[:3] == "57P" or "system is" in message:  # starting up, shutting down, in recovery
            return StoreAway(self._away())
        if "connection failed" in message or "timeout" in message or "resolve" in message:
            where = f"{self.url.host or 'this machine'}, port {self.url.port or 5432}"
            return StoreAway(
                f"The server of the store {self.url.database} does not answer ({where}); "
                "nothing was saved."
            )
        return StoreAway(self._away())

    def _away(self) -> str:
        return (
            f"The connection to the store {self.name} was lost; nothing was saved. "
            "Please try again in a moment."
        )


def _close(*engines: Engine) -> None:
    for engine in engines:
        engine.dispose()


def _open(url: URL, *, isolation_level: Any) -> Engine:
    usual: dict[str, Any] = {"connect_timeout": 3, "application_name": "duly"}
    opened = create_engine(
        url,
        isolation_level=isolation_level,
        pool_size=READERS,
        max_overflow=MORE,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,  # a server that was restarted is no news to who asks next
        hide_parameters=True,  # a failed statement is logged, what people wrote is not
        connect_args={name: value for name, value in usual.items() if name not in url.query},
    )
    event.listen(opened, "connect", _set_up)
    event.listen(opened, "before_cursor_execute", _without_nul, retval=True)
    return opened


def _set_up(connection: psycopg.Connection, _: Any) -> None:
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(SETTINGS)
    connection.autocommit = autocommit


def _only_read(connection: psycopg.Connection, _: Any) -> None:
    connection.read_only = True


def _count(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
    """Counts the rows that a connection changes; Postgres itself does not."""
    if cursor.rowcount > 0 and not statement.startswith("SELECT"):
        connection.info["changes"] = connection.info.get("changes", 0) + cursor.rowcount


def _without_nul(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any
) -> tuple[str, Any]:
    """Postgres keeps no text with the character 0, which people can send all the same."""
    if isinstance(parameters, dict):
        return statement, _shown(parameters)
    if isinstance(parameters, list):
        return statement, [_shown(one) for one in parameters]
    return statement, parameters


def _shown(parameters: dict[str, Any]) -> dict[str, Any]:
    odd = [n for n, value in parameters.items() if isinstance(value, str) and "\0" in value]
    if not odd:
        return parameters
    return parameters | {name: _printable(parameters[name]) for name in odd}


def _printable(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _vector(words: Sequence[str]) -> str:
    """The words of COLUMNS as a tsvector is written: 'word':place and weight. They are keys, so
    that none holds a quote."""
    lexemes: list[str] = []
    size = place = 0
    for column, text_key in zip(COLUMNS, words, strict=True):
        for word in text_key.split():
            place += 1
            lexemes.append(f"'{word[:LONGEST_WORD]}':{min(place, 16383)}{LETTERS[WEIGHTS[column]]}")
            size += len(lexemes[-1].encode())
            if size > LARGEST:
                return " ".join(lexemes)
    return " ".join(lexemes)


def _last(cause: psycopg.Error) -> str:
    return str(cause).strip().splitlines()[-1].rstrip(".")
