"""`duly init`, `apply`, `admin`, `audit` and `db`, as their user runs them."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Duly

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "organisation.yaml"


def test_init_writes_a_file_that_apply_takes_and_never_overwrites_one(
    duly: Duly, folder: Path
) -> None:
    assert duly("init").status == 0
    assert duly("apply", "organisation.yaml").status == 0
    (folder / "organisation.yaml").write_text("mine")
    ran = duly("init")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert (folder / "organisation.yaml").read_text() == "mine"


def test_applying_twice_changes_nothing_the_second_time(duly: Duly) -> None:
    assert duly("apply", SAMPLE, "--json").json["changes"] != []
    assert duly("apply", SAMPLE, "--json").json == {"changes": [], "warnings": []}
    assert duly("apply", SAMPLE).out == "Nothing to change.\n"


@pytest.mark.parametrize("words", [None, b"\xff\xfe\x00", b"force: [", b"posts: []\n"])
def test_a_file_that_cannot_be_applied_is_one_line(
    duly: Duly, folder: Path, words: bytes | None
) -> None:
    if words is not None:
        (folder / "organisation.yaml").write_bytes(words)
    ran = duly("apply", "organisation.yaml")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert "organisation.yaml" in ran.err


def test_an_administrator_may_do_what_somebody_without_a_post_may_not(
    duly: Duly, sample_records: Path
) -> None:
    duly("apply", SAMPLE, "--at", "2023-01-03")
    duly("import", sample_records / "cumbria-vetting-2022.txt", "--at", "2023-01-03")
    words = ("say", "--as", "casey", "position 24087 being progressed", "--at", "2023-01-04")
    assert duly(*words).status == 1
    assert duly("admin", "add", "casey", "--at", "2023-01-04").status == 0
    assert duly(*words).status == 0
    again = duly("admin", "add", "casey", "--at", "2023-01-04")
    assert (again.status, "already" in again.out) == (0, True)


def test_an_administrator_outlives_the_next_apply(duly: Duly, folder: Path) -> None:
    duly("apply", SAMPLE)
    duly("admin", "add", "casey")
    text = SAMPLE.read_text(encoding="utf-8").replace("Jane Doe", "Jane Roe")
    (folder / "organisation.yaml").write_text(text, encoding="utf-8")
    assert duly("apply", "organisation.yaml").status == 0
    assert "already" in duly("admin", "add", "casey").out


def test_what_cannot_be_a_key_is_refused(duly: Duly) -> None:
    ran = duly("admin", "add", "Casey Jones")
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)


def test_an_edited_history_is_noticed(duly: Duly, folder: Path) -> None:
    duly("apply", SAMPLE)
    whole = duly("audit", "verify")
    assert whole.status == 0
    assert re.search(r"\b[0-9a-f]{64}\b", whole.out)

    with sqlite3.connect(folder / "duly.db") as store:
        guards = store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in guards:
            store.execute(f'DROP TRIGGER "{name}"')
        store.execute("UPDATE history SET actor = 'nobody' WHERE seq = 2")
    store.close()

    ran = duly("audit", "verify", "--json")
    assert ran.status == 1
    assert ran.json["ok"] is False
    assert len(ran.json["problems"]) == 1
    assert "2" in ran.json["problems"][0]


def test_upgrade_creates_the_store(duly: Duly, folder: Path) -> None:
    assert duly("db", "upgrade").status == 0
    assert (folder / "duly.db").exists()
    assert duly("db", "upgrade").out.count("\n") == 1
