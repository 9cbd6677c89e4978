from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from db.errors import StoreUnusable
from db.store import Store
from db.tables import Organisation
from tests.factories import TEST
from tests.support.backends import SQLITE


def name_of_organisation(url: str) -> str:
    with Store(url).read() as reading:
        return reading.organisation.key


@pytest.mark.slow
def test_several_processes_may_start_at_once_on_a_missing_store(new_address: str) -> None:
    url = new_address
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(name_of_organisation, [url] * 6, chunksize=2) == ["local"] * 6
    with Store(url).read() as reading:
        assert len(reading.session.exec(select(Organisation)).all()) == 1


@SQLITE
def test_a_new_store_keeps_a_write_ahead_log_and_foreign_keys(store: Store) -> None:
    with store.read() as reading:
        connection = reading.session.connection()
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def words(path: Path) -> None:
    path.write_text("These are the minutes of a meeting, not a database. " * 100)


def another(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE pigeons (ring TEXT)")
    other.close()


def newer(path: Path) -> None:
    Store(f"sqlite:///{path}").prepare()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9001'")
    raw.close()


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (words, "is not a Duly store"),
        (another, "a database of something else"),
        (newer, "written by a newer Duly (version 9001)"),
        (Path.mkdir, "is a folder"),
    ],
)
def test_what_is_no_store_of_this_duly_is_named_plainly(
    tmp_path: Path, made: Callable[[Path], None], told: str
) -> None:
    path = tmp_path / "thing"
    made(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreUnusable) as caught:
        Store(f"sqlite:///{path}").prepare()
    assert told in caught.value.sentence
    assert "thing" in caught.value.sentence or "9001" in caught.value.sentence
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match=r"nowhere does not exist"):
        Store(f"sqlite:///{tmp_path}/nowhere/duly.db").prepare()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_would_forget_everything_and_is_refused(url: str) -> None:
    with pytest.raises(StoreUnusable, match="needs a file"):
        Store(url).prepare()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("duly.db", "address"),
        ("mysql://x/y", "SQLite or Postgres"),
        ("postgresql+asyncpg://x/y", "by psycopg"),
    ],
)
def test_an_address_that_names_no_store_is_refused(url: str, told: str) -> None:
    with pytest.raises(StoreUnusable, match=told):
        Store(url)


def test_a_store_that_may_only_be_read_answers_but_takes_no_change(tmp_path: Path) -> None:
    path = tmp_path / "duly.db"
    Store(f"sqlite:///{path}").prepare()
    sealed = Store(f"sqlite:///file:{path}?mode=ro&uri=true")
    with sealed.read() as reading:
        assert reading.organisation.key == "local"
    with (
        pytest.raises(StoreUnusable, match="read-only"),
        sealed.write(TEST) as writing,
    ):
        writing.note("update", "recommendation:1", note="lost")
