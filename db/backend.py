"""The protocol of a database: all that SQLite (`db.sqlite`) and Postgres (`db.postgres`) do
differently, such as beginning a transaction, waiting for a lock, searching for words and naming
errors. Nothing outside these modules asks which of the two it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from db.errors import StoreUnusable

T = TypeVar("T")

BUSY_SECONDS = 1.5
"""Lock timeout of a writer, after which the store counts as busy."""

BATCH_SECONDS = 30.0
"""Lock timeout of `apply` and `import` on the command line, several of which may start at once."""

CREATION_SECONDS = 30.0
"""Lock timeout while another process creates or migrates the store."""

READERS = 4
"""Size of the pool of reading connections; more are opened when more read at once."""

CHUNK = 500
"""Most values in one IN condition: databases limit the parameters of a statement."""

COLUMNS = ("label", "text", "points", "report", "updates", "owner")
"""Columns of the search index; a word in one weighs as much as in WEIGHTS."""
WEIGHTS = {"label": 4.0, "text": 4.0, "points": 3.0, "report": 2.0, "updates": 1.0, "owner": 2.0}


class SearchTerm(NamedTuple):
    """A word that is searched for: one of its spellings has to be there, or with `prefix` a word
    that begins with one."""

    spellings: Sequence[str]
    prefix: bool


class Backend(Protocol):
    """A store's database: its connections, and what only this kind of database can do."""

    url: URL
    name: str
    """The store as its user knows it, without a password."""
    writers: Engine
    readers: Engine
    looks: Engine
    """As `readers`, for a single question, which needs no transaction."""

    def begin_read(self, session: Session) -> None:
        """Begin a read-only transaction, which sees the store as it is at one moment."""

    def begin_write(
        self,
        connection: Any,
        timeout: float,
        organisation: str | int | None,
        *,
        alone: bool,
    ) -> None:
        """Begin a writing transaction on the driver's own connection, with the organisation's lock
        (`organisation` as in `choose_organisation`), for which it waits up to `timeout` seconds.
        What is read from then on is the latest. Raises StoreBusy.

        With `alone` false the lock is shared with other transactions begun so.
        """

    def changes(self, connection: Connection) -> int:
        """The number of rows changed on a connection; only differences mean something."""

    def mark(self, connection: Any, key: str) -> str | None:
        """A mark's value, asked of the driver's own connection: so often that SQLAlchemy's care
        would take longer than the answer."""

    def translate_errors(self) -> AbstractContextManager[None]:
        """Turn the driver's exceptions into StoreBusy and StoreUnusable."""

    def translate_commit_errors(self) -> AbstractContextManager[None]:
        """As `translate_errors`, around a commit: a lost connection leaves its outcome unknown."""

    def check_place(self) -> None:
        """Name the commonest mistakes in an address; raises StoreUnusable."""

    def lock_for_creation(self, connection: Connection) -> None:
        """Begin the transaction that creates or migrates the store, the only one to do so."""

    def index_words(
        self,
        connection: Connection,
        organisation: int,
        gone: Iterable[int],
        rows: Mapping[int, Sequence[str]],
    ) -> None:
        """Put what is found under each of COLUMNS into the search index, by recommendation id;
        `gone` (among which may be some of `rows`) are taken out of it first."""

    def matching(
        self, connection: Connection, organisation: int, terms: Sequence[SearchTerm]
    ) -> list[int]:
        """The ids of what holds every one of `terms`; best first."""

    def vocabulary(self, connection: Connection, organisation: int) -> list[str]:
        """Every word that can be found, and perhaps those of other organisations."""

    def time_limit(self, connection: Connection, seconds: float) -> AbstractContextManager[None]:
        """Within it each statement on the connection has so many seconds; raises
        StatementTimeout. Afterwards the connection's transaction may be of no more use."""

    def server_time(self, connection: Connection, /) -> datetime | None:
        """The time of the database server's own clock; None where there is no server."""

    def close(self) -> None:
        """Let go of every connection."""


def read_address(url: str) -> URL:
    """The address of a store. Raises StoreUnusable, without its password, where it is none."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        parsed = None
    if parsed is not None and parsed.get_backend_name() == "sqlite":
        wrong = bool(parsed.host or parsed.username)
    else:
        # A password with an unescaped : or @ in it reads as a host.
        wrong = parsed is None or "@" in (parsed.host or "")
    if parsed is None or wrong:
        raise StoreUnusable(
            f"{without_password(url)!r} is not a store's address; write sqlite:///duly.db, for "
            "example. In a password @ is written %40, : %3A and / %2F."
        )
    return parsed


def without_password(url: str) -> str:
    """An address, however wrongly written, fit to be shown: whatever may be a password is ***."""
    scheme, mark, rest = url.rpartition("://") if url.count("://") == 1 else ("", "", url)
    if scheme == "sqlite" and "@" not in rest:
        return re.sub(r"\?.*", "?***", url, flags=re.S)
    head, at, place = rest.rpartition("@")
    user, secret, _ = (head if at else rest).partition(":")
    if re.search("[=?]", user):
        user, secret = re.split("[=?]", user)[0], ":"
    place = re.sub(r"\?.*", "?***", place, flags=re.S)
    return f"{scheme}{mark}{user}{':***' if secret else ''}{at}{place if at else ''}"


def in_chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices of CHUNK values, each fit for the IN condition of one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def driver(within: Session | Connection) -> Any:
    """The driver's own connection."""
    connection = within.connection() if isinstance(within, Session) else within
    return connection.connection.dbapi_connection
