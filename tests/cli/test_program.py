"""Every command: its help, its status, and one line for each failure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.main import get_group

from bot.cli.program import app
from tests.cli.conftest import Duly

ROOT = Path(__file__).parents[2]
COMMANDS = [
    ("demo",), ("say",), ("chat",), ("import",), ("export",), ("tick",), ("forecast",),
    ("apply",), ("init",), ("admin", "add"), ("db", "upgrade"), ("audit", "verify"),
    ("run",), ("doctor",), ("slack", "invite"), ("slack", "key"),
    ("audit", "seal"), ("audit", "rekey"), ("ledger",), ("ledger", "retry"), ("backup",),
    ("restore",), ("teams", "package"),
]  # fmt: skip


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")


def test_these_are_all_the_commands() -> None:
    assert set(get_group(app).commands) == {command[0] for command in COMMANDS}


def test_the_version_is_that_of_what_is_installed(duly: Duly) -> None:
    ran = duly("--version")
    assert (ran.status, ran.out, ran.err) == (0, f"duly {version('duly')}\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_can_pretend_a_moment(
    duly: Duly, command: tuple[str, ...]
) -> None:
    ran = duly(*command, "--help")
    assert ran.status == 0
    assert ran.err == ""
    assert "--at MOMENT" in ran.out
    assert command in (("init",), ("slack", "key"), ("teams", "package")) or "--db URL" in ran.out


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] in
    {"say", "import", "export", "tick", "forecast", "apply", "audit", "ledger"}
    and c[1:] not in (("seal",), ("rekey",))], ids=" ".join)  # fmt: skip
def test_every_command_that_prints_data_prints_json(duly: Duly, command: tuple[str, ...]) -> None:
    assert "--json" in duly(*command, "--help").out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("db",),
        ("import",),
        ("say",),
        ("say", "24087", "--jsno"),
        ("say", "24087", "--at", "tomorrow"),
        ("say", "24087", "--at", "2023-02-30"),
        ("say", "24087", "--at", "0001-01-01"),
        ("forecast", "--from", "2023-01-01"),
        ("forecast", "--from", "1 Jan", "--to", "2023-01-02"),
        ("forecast", "--from", "2023-01-02", "--to", "2023-01-01"),
        ("export", "--format", "xml"),
        ("export", "--format", "csv", "--json"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line_on_standard_error_and_status_2(
    duly: Duly, folder: Path, arguments: tuple[str, ...]
) -> None:
    ran = duly(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert one_line(ran.err)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://here/duly", "sqlite:///no/such/folder/duly.db"]
)
def test_a_store_that_cannot_be_used_is_one_line_and_status_1(duly: Duly, url: str) -> None:
    ran = duly("export", "--db", url)
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)


def test_a_file_that_is_no_store_is_one_line_and_left_alone(duly: Duly, folder: Path) -> None:
    (folder / "notes.db").write_text("these are my notes\n" * 100)
    ran = duly("export", "--db", "sqlite:///notes.db")
    assert (ran.status, ran.out) == (1, "")
    assert one_line(ran.err)
    assert (folder / "notes.db").read_text() == "these are my notes\n" * 100


def test_the_store_is_the_one_the_environment_names(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_DATABASE_URL", "sqlite:///named.db")
    duly("db", "upgrade")
    assert (folder / "named.db").exists()
    assert not (folder / "duly.db").exists()


def test_the_option_beats_the_environment(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_DATABASE_URL", "sqlite:///named.db")
    duly("db", "upgrade", "--db", "sqlite:///said.db")
    assert (folder / "said.db").exists()
    assert not (folder / "named.db").exists()


def test_a_setting_that_cannot_be_used_is_named(
    duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_PORT", "eighty")
    ran = duly("export")
    assert ran.status == 1
    assert one_line(ran.err)
    assert "DULY_PORT" in ran.err
    assert "eighty" in ran.err


def test_an_unexpected_error_is_one_line_with_an_incident_that_the_log_holds(
    folder: Path,
) -> None:
    broken = (
        "import sys; import bot.cli.db as db\n"
        "from bot.cli import main\n"
        "class Broken:\n"
        "    def __enter__(self): raise ZeroDivisionError('nobody saw this coming')\n"
        "    def __exit__(self, *_): ...\n"
        "db.opened = lambda *_: Broken()\n"
        "sys.argv = ['duly', 'db', 'upgrade']\n"
        "main()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, env=environment, check=False
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert one_line(ran.stderr)
    incident = re.search(r"incident ([0-9a-f]{8})", ran.stderr)
    assert incident is not None
    log = (folder / "duly.log").read_text()
    assert incident[1] in log
    assert "nobody saw this coming" in log
    assert "Traceback" not in ran.stderr


def test_output_that_nobody_reads_to_its_end_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -c 'from bot.cli import main; main()' export | true"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment, check=False
    )
    assert ran.stderr == ""
