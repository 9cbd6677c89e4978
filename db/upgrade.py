"""Creating and migrating a store. Alembic is imported only when there is something to do."""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from db.clock import Clock
from db.errors import StoreUnusable
from db.tables import Mark, Organisation, Person, Post, Schedule, Tenure

HEAD = "0001"
"""The newest migration; a test holds it to what Alembic says."""


def prepare(engine: Engine, clock: Clock) -> None:
    """Bring the store to this Duly's version, and give a new one its built-in organisation."""
    found = _version(engine)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreUnusable(
            f"This store was written by a newer Duly (version {found}); upgrade Duly to use it."
        )
    _migrate(engine)
    with Session(engine) as session:
        if session.exec(select(Organisation)).first() is None:
            _found(session, clock)
        session.commit()


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            if inspect(connection).get_table_names():
                raise StoreUnusable(
                    f"{engine.url.database} is a database of something else, not a Duly store."
                )
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine) -> None:
    from pathlib import Path

    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _found(session: Session, clock: Clock) -> None:
    """The built-in organisation: no boards, one administrator, to whom everything falls."""
    now = clock.now()
    organisation = Organisation(key="local", name="local", created_at=now)
    session.add(organisation)
    session.flush()
    assert organisation.id is not None
    key = organisation.id
    session.add(Post(organisation=key, key="administrator", title="Administrator", role="admin"))
    session.add(Person(organisation=key, key="local", name="Local administrator"))
    session.add(Tenure(organisation=key, post="administrator", person="local"))
    session.add(Schedule(organisation=key, subject="organisation", planned_through=now))
    if clock.pretended and session.get(Mark, "kind") is None:
        session.add(Mark(key="created", value=now.isoformat()))
