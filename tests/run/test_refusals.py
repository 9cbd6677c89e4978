"""Refusals of `duly run` to start, and the one line it then says."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import on_loopback
from db.clock import PretendedClock
from db.store import Store
from tests.cli.conftest import Duly, duly, folder
from tests.factories import START, TEST
from tests.run.process import environment
from tests.slack.fake import FakeSlack

__all__ = ["duly", "folder"]

RUN = "import sys; from bot.cli import main; sys.argv[1:] = ['run']; main()"
REAL = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET", "API_URL", "CLIENT_ID"):
        monkeypatch.delenv(f"SLACK_{name}", raising=False)
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID", "DEVELOPMENT"):
        monkeypatch.delenv(f"TEAMS_{name}", raising=False)


def test_with_nothing_configured_it_says_so_and_how(duly: Duly, folder: Path) -> None:
    ran = duly("run")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    for words in ("No platform is configured", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGN"):
        assert words in ran.err
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("SLACK_BOT_TOKEN", "set SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN is not"),
        ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN is not"),
    ],
)
def test_half_a_configuration_names_the_other_half(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, given: str, wanted: str
) -> None:
    monkeypatch.setenv(given, "x-1")
    ran = duly("run")
    assert ran.status == 1
    assert wanted in ran.err


@pytest.mark.parametrize("kind", ["pretended", "demonstration"])
def test_a_store_that_is_not_real_is_kept_from_slack_with_the_cure(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    store = Store(f"sqlite:///{folder}/duly.db")
    with store.write(TEST) as writing:
        writing.set_mark("kind", kind)
    store.close()
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    ran = duly("run")
    assert ran.status == 1
    assert ran.err.count("\n") == 1
    assert "import the records into a new store" in ran.err


def test_a_store_that_is_not_real_invites_no_workspace(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{folder}/duly.db")
    with store.write(TEST) as writing:
        writing.set_mark("kind", "pretended")
    store.close()
    monkeypatch.setenv("DULY_TOKEN_KEY", duly("slack", "key").out.strip())
    monkeypatch.setenv("SLACK_CLIENT_ID", "1")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "2")
    ran = duly("slack", "invite")
    assert (ran.status, ran.out) == (1, "")
    assert "import the records into a new store" in ran.err


def test_a_pretended_clock_is_kept_from_slack_and_marks_nothing(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{folder}/duly.db")
    store.prepare()
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    ran = duly("run", "--at", "2023-01-03")
    assert ran.status == 1
    assert "new store" in ran.err
    with store.read() as reading:
        assert reading.mark("kind") is None
    store.close()


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:3100/api/", True),
        ("http://127.9.9.9/api/", True),
        ("http://[::1]:1/api/", True),
        ("http://localhost/api/", True),
        ("https://slack.com/api/", False),
        ("https://localhost.example.org/api/", False),
        ("https://127.0.0.1.example.org/api/", False),
        ("https://user@127.0.0.1@slack.com/api/", False),
    ],
)
def test_only_this_machine_s_own_addresses_are_on_loopback(url: str, own: bool) -> None:
    assert on_loopback(url) is own


def test_an_address_of_the_web_api_that_is_none_is_named(
    duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "slack.com")
    ran = duly("run")
    assert ran.status == 1
    assert ran.err.startswith("duly: SLACK_API_URL is 'slack.com'")


def test_claims_shorter_than_four_seconds_are_refused(
    duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_CLAIM_SECONDS", "3.9")
    ran = duly("run")
    assert ran.status == 1
    assert "DULY_CLAIM_SECONDS" in ran.err


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/duly.db", PretendedClock(START))
    store.prepare()
    store.close()
    with FakeSlack() as slack, socket.create_server(("127.0.0.1", 0)) as taken:
        variables = {
            "SLACK_BOT_TOKEN": "xoxb-pretended",
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api,
            "DULY_PORT": str(taken.getsockname()[1]),
        }
        ran = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from bot.cli import main; sys.argv[1:] = ['run']; main()",
            ],
            cwd=tmp_path,
            env=environment(tmp_path, **variables),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 1
    assert "DULY_PORT" in ran.stderr.splitlines()[-1]
