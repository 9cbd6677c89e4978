"""What Duly makes is for its owner's eyes only, and `duly doctor` tells of what is not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.logs import log_incident, log_to_file
from db.store import Store
from tests.cli.conftest import Duly
from tests.factories import TEST


@pytest.fixture(autouse=True)
def _lax_umask() -> Iterator[None]:
    """The umask of most machines, under which a new file is readable by everybody."""
    former = os.umask(0o022)
    yield
    os.umask(former)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def files_check(duly: Duly) -> str | None:
    """The words of `duly doctor` about its files, if it has any."""
    for check in duly("doctor", "--json").json["checks"]:
        if check["name"] == "files":
            assert not check["ok"]
            return f"{check['text']} {check['cure']}"
    return None


def test_a_store_and_what_sqlite_keeps_beside_it_are_made_for_their_owner(folder: Path) -> None:
    store = Store(f"sqlite:///{folder}/duly.db")
    with store.write(TEST) as writing:
        writing.set_mark("one", "two")
    assert modes(folder) == {"duly.db": 0o600, "duly.db-wal": 0o600, "duly.db-shm": 0o600}
    store.close()


def test_a_store_behind_a_link_is_made_for_its_owner_too(folder: Path) -> None:
    (folder / "duly.db").symlink_to(folder / "there.db")
    store = Store(f"sqlite:///{folder}/duly.db")
    store.prepare()
    store.close()
    assert modes(folder)["there.db"] == 0o600


def test_backups_exports_restored_stores_and_logs_are_made_for_their_owner(
    duly: Duly, folder: Path
) -> None:
    assert duly("backup", "copy.db").status == 1  # there is no store yet
    duly("say", "boards")
    assert duly("backup", "copy.db").status == 0
    assert duly("restore", "copy.db", "--db", "sqlite:///restored.db").status == 0
    assert duly("export", "-o", "export.json").status == 0
    assert duly("export", "--format", "csv", "-o", "export.csv").status == 0
    log_to_file(folder / "duly.log")
    log_incident(ValueError("one"))
    made = modes(folder)
    assert {"copy.db", "duly.db", "restored.db", "export.json", "export.csv", "duly.log"} <= set(
        made
    )
    assert set(made.values()) == {0o600}


def test_what_is_there_already_keeps_its_mode(duly: Duly, folder: Path) -> None:
    duly("say", "boards")
    for name in ("duly.db", "export.json"):
        (folder / name).touch()
        (folder / name).chmod(0o640)
    assert duly("export", "-o", "export.json").status == 0
    assert modes(folder)["duly.db"] == modes(folder)["export.json"] == 0o640


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o604, 0o602])
@pytest.mark.parametrize("name", ["duly.db", "duly.log", ".env"])
def test_doctor_tells_of_a_file_that_others_may_read(
    duly: Duly, folder: Path, name: str, mode: int
) -> None:
    duly("say", "boards")
    assert files_check(duly) is None
    (folder / name).touch()
    (folder / name).chmod(mode)
    words = files_check(duly)
    assert words is not None
    assert words.startswith(f"Everybody on this machine may read or change {name}")
    assert f"Take that away: chmod 600 {name}" in words
    assert modes(folder)[name] == mode
