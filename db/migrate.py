"""Creation and migration of a store. Alembic is imported only when there is something to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session, select

from db.backend import Backend
from db.clock import Clock
from db.directory_cache import invalidation_mark
from db.errors import StoreUnusable
from db.tables import Organisation, Person, Post, Schedule, Tenure

HEAD = "0003"
"""The newest migration; a test holds it to what Alembic says."""


def prepare(backend: Backend, clock: Clock) -> None:
    """Bring the store to this Duly's version, and give a new one its built-in organisation.

    Safe when several processes start at once: whoever gets the write lock does the work, the
    others wait for it and find it done. Raises StoreUnusable, with the reason, for what is no
    store of this Duly.
    """
    backend.check_place()
    with backend.writers.connect() as connection:
        if _version(connection) == HEAD:
            return
    with backend.writers.connect() as connection:
        backend.lock_for_creation(connection)
        if _version(connection) != HEAD:
            _migrate(connection)
            with Session(connection, join_transaction_mode="rollback_only") as session:
                _add_builtin(session, clock)
        connection.commit()


def _version(connection: Connection) -> str | None:
    """The store's version, None for an empty database; raises for what is none of ours."""
    names = set(inspect(connection).get_table_names())
    if not names:
        return None
    if not {"alembic_version", "organisation", "recommendation", "history"} <= names:
        raise StoreUnusable(
            f"{connection.engine.url.database} is a database of something else, not a Duly "
            "store; name another with --db."
        )
    version: str = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if version > HEAD:
        raise StoreUnusable(
            f"This store was written by a newer Duly (version {version}); upgrade Duly to use it."
        )
    return version


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_compared(_: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """False for the search index and its parts, which Alembic is not to compare with the tables."""
    extra = kind == "table" and reflected and other is None
    return not (extra and name is not None and name.startswith("search"))


def _add_builtin(session: Session, clock: Clock) -> None:
    """Adds the built-in organisation: no boards, one administrator, to whom everything falls.

    It dates from the machine's time even under a pretended clock: a question that merely creates
    the store must leave no trace of the moment it pretended.
    """
    if session.exec(select(Organisation)).first() is not None:
        return
    now = clock.machine()
    organisation = Organisation(key="local", name="local", created_at=now)
    session.add(organisation)
    session.flush()
    assert organisation.id is not None
    key = organisation.id
    session.add(Post(organisation=key, key="administrator", title="Administrator", role="admin"))
    session.add(Person(organisation=key, key="local", name="Local administrator"))
    session.add(Tenure(organisation=key, post="administrator", person="local"))
    session.add(Schedule(organisation=key, subject="organisation", planned_through=now))
    session.add(invalidation_mark(key))
    session.flush()
