"""`duly backup` and `duly restore`, as their user runs them."""

from __future__ import annotations

import multiprocessing
import sqlite3
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from db.store import Store
from governance.subject import Subject
from tests.cli.conftest import Duly
from tests.factories import TEST

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "organisation.yaml"


@pytest.fixture
def filled(duly: Duly, folder: Path, sample_records: Path) -> Path:
    duly("apply", SAMPLE)
    duly("import", sample_records / "cumbria-vetting-2022.txt")
    return folder


def test_a_backup_is_a_whole_store_and_comes_back_as_it_was(duly: Duly, filled: Path) -> None:
    ran = duly("backup", "kept.db")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("kept.db written and checked: ")
    assert (filled / "kept.db").stat().st_mode & 0o077 == 0
    exported = duly("export").out
    (filled / "duly.db").unlink()
    back = duly("restore", "kept.db")
    assert (back.status, back.err) == (0, "")
    assert back.out.startswith("duly.db restored from kept.db, taken ")
    assert "as they were written" in back.out
    assert duly("export").out == exported
    assert duly("audit", "verify").status == 0
    assert sorted(p.name for p in filled.iterdir() if not p.name.startswith("duly.")) == ["kept.db"]


def _write_on(url: str, begun: Event, enough: Event) -> None:
    store = Store(url)
    store.busy_timeout = 30
    number = 0
    while not enough.is_set():
        number += 1
        with store.write(TEST) as writing:
            writing.note("update", Subject.recommendation(number), note="one")
            writing.note("update", Subject.recommendation(number), note="two")
        begun.set()
    store.close()


def test_a_backup_taken_while_others_write_holds_whole_changes_only(
    duly: Duly, filled: Path
) -> None:
    spawned = multiprocessing.get_context("spawn")
    begun, enough = spawned.Event(), spawned.Event()
    writers = [
        spawned.Process(target=_write_on, args=(f"sqlite:///{filled}/duly.db", begun, enough))
        for _ in range(2)
    ]
    for writer in writers:
        writer.start()
    try:
        assert begun.wait(60)
        for number in range(3):
            assert duly("backup", f"{number}.db").status == 0
    finally:
        enough.set()
        for writer in writers:
            writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    for number in range(3):
        assert duly("audit", "verify", "--db", f"sqlite:///{number}.db").status == 0
        with sqlite3.connect(filled / f"{number}.db") as kept:
            pairs = dict(kept.execute("SELECT note, count(*) FROM history GROUP BY note"))
        kept.close()
        assert pairs["one"] == pairs["two"] > 0


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("there.db", "there already"),
        ("duly.db", "the store itself"),
        ("nowhere/kept.db", "does not exist"),
        (".", "is a folder"),
    ],
)
def test_a_backup_goes_nowhere_where_it_would_harm(
    duly: Duly, filled: Path, file: str, words: str
) -> None:
    (filled / "there.db").write_text("mine")
    before = sorted(p.name for p in filled.iterdir())
    ran = duly("backup", file)
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert words in ran.err
    assert (filled / "there.db").read_text() == "mine"
    assert sorted(p.name for p in filled.iterdir()) == before


def test_there_is_nothing_to_back_up_where_there_is_no_store(duly: Duly, folder: Path) -> None:
    ran = duly("backup", "kept.db")
    assert (ran.status, ran.err) == (1, "duly: There is no store at duly.db.\n")
    assert not (folder / "duly.db").exists()


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_a_store_on_postgres_has_its_own_tools(duly: Duly, command: str, tool: str) -> None:
    ran = duly(command, "kept.db", "--db", "postgresql+psycopg://duly@127.0.0.1/duly")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert tool in ran.err


def test_a_store_that_is_there_is_never_overwritten(duly: Duly, filled: Path) -> None:
    duly("backup", "kept.db")
    before = (filled / "duly.db").read_bytes()
    ran = duly("restore", "kept.db")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "duly.db is there already" in ran.err
    assert (filled / "duly.db").read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "database", "newer", "cut", "absent"])
def test_what_is_no_store_of_this_duly_is_not_restored(duly: Duly, filled: Path, kind: str) -> None:
    duly("backup", "kept.db")
    kept = filled / "kept.db"
    if kind == "text":
        kept.write_text("not a database at all, but long enough to be looked at" * 40)
    elif kind == "database":
        kept.unlink()
        with sqlite3.connect(kept) as other:
            other.execute("CREATE TABLE recipe (name)")
        other.close()
    elif kind == "newer":
        with sqlite3.connect(kept) as other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.close()
    elif kind == "cut":
        kept.write_bytes(kept.read_bytes()[: kept.stat().st_size // 2])
    else:
        kept.unlink()
    ran = duly("restore", "kept.db", "--db", "sqlite:///new.db")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "kept.db" in ran.err
    assert [p.name for p in filled.iterdir() if "new" in p.name] == []


def test_an_edited_history_is_restored_only_when_that_is_wished(duly: Duly, filled: Path) -> None:
    duly("backup", "kept.db")
    with sqlite3.connect(filled / "kept.db") as kept:
        kept.execute("DROP TRIGGER history_no_update")
        kept.execute("UPDATE history SET actor = 'nobody' WHERE seq = 2")
    kept.close()
    ran = duly("restore", "kept.db", "--db", "sqlite:///new.db")
    assert (ran.status, ran.out) == (1, "")
    assert "Change 2 was edited" in ran.err
    wished = duly("restore", "kept.db", "--db", "sqlite:///new.db", "--unverified")
    assert wished.status == 0
    assert "NOT verified" in wished.out
    assert "Change 2 was edited" in wished.out


def test_a_keyed_store_is_restored_with_its_key(
    duly: Duly, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_AUDIT_KEY", "a key that only the operator has")
    duly("audit", "seal")
    duly("backup", "kept.db")
    assert duly("restore", "kept.db", "--db", "sqlite:///new.db").status == 0
    assert duly("audit", "verify", "--db", "sqlite:///new.db").status == 0
    monkeypatch.delenv("DULY_AUDIT_KEY")
    ran = duly("restore", "kept.db", "--db", "sqlite:///other.db")
    assert (ran.status, ran.out) == (1, "")
    assert "DULY_AUDIT_KEY" in ran.err


def test_the_audit_key_is_changed_by_who_has_both(
    duly: Duly, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_AUDIT_KEY", "the first key")
    duly("audit", "seal")
    monkeypatch.setenv("DULY_AUDIT_KEY", "the second key")
    ran = duly("audit", "rekey")
    assert (ran.status, ran.out) == (1, "")
    assert "DULY_AUDIT_KEY_OLD" in ran.err
    monkeypatch.setenv("DULY_AUDIT_KEY_OLD", "the first key")
    assert duly("audit", "rekey").status == 0
    assert "no history under another key" in duly("audit", "rekey").err
    monkeypatch.delenv("DULY_AUDIT_KEY_OLD")
    assert duly("audit", "verify").status == 0


def test_that_a_store_was_restored_is_told_in_its_history(duly: Duly, filled: Path) -> None:
    duly("backup", "kept.db")
    duly("restore", "kept.db", "--db", "sqlite:///new.db")
    with sqlite3.connect(filled / "new.db") as new:
        row = new.execute("SELECT action, face FROM history ORDER BY seq DESC LIMIT 1").fetchone()
    new.close()
    assert row == ("restore", "cli")


def test_a_copy_that_is_in_its_place_already_is_taken_over(duly: Duly, filled: Path) -> None:
    assert duly("restore").status == 2
    assert duly("restore", "kept.db", "--loaded").status == 2
    ran = duly("restore", "--loaded")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("duly.db restored from the copy there: ")
    store = Store("sqlite:///duly.db")
    with store.read() as reading:
        assert reading.mark("restored_at") is not None
    store.close()
