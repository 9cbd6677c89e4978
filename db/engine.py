"""Opening SQLite the way Duly wants it, and its complaints in the words a user reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import NullPool, Pool, QueuePool
from sqlmodel import Session, create_engine

from db.errors import StoreBusy, StoreUnusable

BUSY_SECONDS = 1.5
"""How long a writer waits for another before it says that the store is busy."""

BATCH_SECONDS = 30.0
"""How long `apply` and `import` wait on the command line, several of which may start at once."""

READERS = 4
"""How many connections stay open for the next look; more are opened when more look at once."""


def checked_address(url: str) -> URL:
    """A store's address; raises StoreUnusable for what is none, or none that Duly can use."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnusable(
            f"{url!r} is not a store's address; write sqlite:///duly.db, for example."
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise StoreUnusable(
            f"A store on {parsed.get_backend_name()} is not supported yet; name a file, "
            "sqlite:///duly.db for example."
        )
    return parsed


def open_writers(url: URL) -> Engine:
    """A connection for each write, which sees foreign keys and waits for another writer."""
    return _open(
        url,
        NullPool,
        "foreign_keys=ON",
        "synchronous=FULL",  # "Duly noted." is true even when the power fails
    )


def open_readers(url: URL) -> Engine:
    """Connections that only read, kept open from one look to the next: opening one, and reading
    the tables' layout anew, takes longer than most answers."""
    pragmas = ("foreign_keys=ON", "query_only=ON")
    return _open(url, QueuePool, *pragmas, pool_size=READERS, max_overflow=-1)


def _open(url: URL, pool: type[Pool], *pragmas: str, **more: Any) -> Engine:
    opened = create_engine(
        url,
        poolclass=pool,
        hide_parameters=True,  # a failed statement is logged, what people wrote is not
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **more,
    )

    @event.listens_for(opened, "connect")
    def settings(connection: Any, _: Any) -> None:
        # Transactions are begun by us (BEGIN IMMEDIATE), never behind our back by the driver.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return opened


def driver(within: Session | Connection) -> Any:
    """The driver's own connection, for what is asked so often that SQLAlchemy's care would take
    longer than SQLite's answer."""
    connection = within.connection() if isinstance(within, Session) else within
    return connection.connection.dbapi_connection


@contextmanager
def told_plainly(url: URL) -> Iterator[None]:
    """Turn the driver's complaints into sentences."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        said = str(getattr(error, "orig", error))
        if "locked" in said or "busy" in said:
            raise StoreBusy() from error
        if "readonly" in said:
            raise StoreUnusable(
                f"The store {_name(url)} is read-only; nothing was saved."
            ) from error
        if "unable to open" in said:
            raise StoreUnusable(
                f"The store {_name(url)} cannot be opened or created; check who may write there."
            ) from error
        raise StoreUnusable(f"The store {_name(url)} cannot be used: {said}.") from error
    except (DatabaseError, sqlite3.DatabaseError) as error:
        if "not a database" in str(getattr(error, "orig", error)):
            raise StoreUnusable(
                f"{_name(url)} is not a Duly store; name another with --db."
            ) from error
        raise


def _name(url: URL) -> str:
    """A store as its user knows it: the file."""
    return (url.database or "").removeprefix("file:")
