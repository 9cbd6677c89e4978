from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

import db.migrations
from db.migrate import HEAD, is_compared
from db.store import Store
from tests.factories import TEST
from tests.support.backends import POSTGRES, SQLITE


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    store.prepare()
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": is_compared, "compare_server_default": True}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_version_the_store_looks_for_is_alembics_newest() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(db.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


UPDATE = "UPDATE history SET actor = 'somebody else'"
DELETE = "DELETE FROM history"
COPIED = (
    "SELECT id + 7, organisation, seq, at, recorded_at, actor, face, action, subject, changes, "
    "note, undoes, previous, hash FROM history"
)


def assert_refused(store: Store, edit: str) -> None:
    with store.write(TEST) as writing:
        writing.note("import", "report:1", note="the first")
    with store.engine.connect() as connection, pytest.raises(IntegrityError, match="append-only"):
        connection.execute(text(edit))


@pytest.mark.parametrize("edit", [UPDATE, DELETE])
def test_the_history_cannot_be_edited(store: Store, edit: str) -> None:
    assert_refused(store, edit)


@SQLITE
@pytest.mark.parametrize(
    "edit",
    [
        "INSERT OR REPLACE INTO history SELECT * FROM history",
        f"INSERT OR REPLACE INTO history {COPIED}",
    ],
)
def test_nor_replaced(store: Store, edit: str) -> None:
    assert_refused(store, edit)


@POSTGRES
@pytest.mark.parametrize(
    "edit",
    [
        f"INSERT INTO history {COPIED} ON CONFLICT (organisation, seq) DO UPDATE SET actor = 'me'",
        "TRUNCATE history",
        "WITH gone AS (DELETE FROM history RETURNING *) SELECT count(*) FROM gone",
    ],
)
def test_nor_by_what_only_postgres_can_do(store: Store, edit: str) -> None:
    assert_refused(store, edit)
