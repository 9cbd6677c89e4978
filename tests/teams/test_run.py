"""`duly run` in Teams, in a process of its own; what it does not start with; and `duly doctor`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.doctor.teams import check_teams
from bot.settings import Settings
from bot.teams.settings import TeamsSettings
from db.clock import PretendedClock
from db.store import Store
from scheduler.ticking import run_to
from tests.cli.conftest import Duly, duly, folder
from tests.factories import START, TEST, add_recommendation, add_report, apply, at, force_file
from tests.run.process import ROOT, Running, running
from tests.slack.fake import FakeSlack
from tests.support.until import until
from tests.teams import screen
from tests.teams.fake import TENANT, FakeTeams, Message
from tests.teams.keys import KeySet
from tests.teams.lines import Served
from tests.teams.world import World, object_id

__all__ = ["duly", "folder"]

ORGANISATION = ROOT / "samples" / "organisation.yaml"
DEVELOPMENT = {"TEAMS_CLIENT_ID": "dev-bot", "TEAMS_DEVELOPMENT": "1"}
REAL = {
    "TEAMS_CLIENT_ID": "d0170000-0000-4000-8000-00000000000b",
    "TEAMS_CLIENT_SECRET": "pretended",
    "TEAMS_TENANT_ID": TENANT,
}


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("SLACK_", "TEAMS_", "DULY_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def teams() -> Iterator[FakeTeams]:
    with FakeTeams() as found:
        yield found


@pytest.fixture(scope="module")
def serving(
    teams: FakeTeams, tmp_path_factory: pytest.TempPathFactory, empty_store: Path
) -> Iterator[Running]:
    """Slack and Teams at once, on a small force, a moment before Jane's next digest."""
    place = tmp_path_factory.mktemp("run")
    path = shutil.copy(empty_store, place / "duly.db")
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    people = f"people:\n  - {{key: jane, name: Jane Doe, teams: {object_id('jane')}}}\n"
    apply(store, force_file(people))
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 3, 30, 9))
    store.close()
    with FakeSlack() as slack:
        variables = {
            **DEVELOPMENT,
            "SLACK_BOT_TOKEN": "xoxb-pretended",
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api,
        }
        with running(place, variables, "--at", "2023-03-31T08:59:55") as process:
            yield process


def test_slack_and_teams_are_one_process_and_a_reminder_arrives_by_itself(
    serving: Running, teams: FakeTeams
) -> None:
    assert "in Teams at /api/messages and on Slack by HTTP" in serving.said
    world = World(teams, Served(serving.url))
    jane = world.person("jane")
    assert jane.say("rec 24087").status == 200
    assert "#24087" in jane.read()
    until(lambda: any("Snooze" in labels(message) for message in jane.chat.messages))
    assert serving.end() < 10


def labels(message: Message) -> list[str]:
    return [button.label for button in screen.buttons(message.card or {})]


def test_without_teams_it_is_not_imported(tmp_path: Path) -> None:
    told = (
        "import sys\n"
        "from bot.platforms import load_platforms, open_faces\n"
        "from bot.settings import load_settings\n"
        "from db.store import Store\n"
        "store = Store('sqlite:///duly.db')\n"
        "open_faces(store, load_settings(), load_platforms())\n"
        "print('|'.join(sys.modules))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", told],
        check=True, capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)}
        | {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"},
    )  # fmt: skip
    found = set(ran.stdout.splitlines()[-1].split("|")) - {"bot.teams", "bot.teams.settings"}
    assert "slack_bolt" in found
    assert not {m for m in found if m.startswith(("microsoft_teams", "bot.teams", "msal"))}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_development_refuses_an_address_that_others_reach(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    for name, value in {**DEVELOPMENT, "DULY_HOST": host}.items():
        monkeypatch.setenv(name, value)
    ran = duly("run")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "TEAMS_DEVELOPMENT=1" in ran.err
    assert host in ran.err


@pytest.mark.parametrize("left_out", list(REAL))
def test_half_a_configuration_names_the_other_half(
    duly: Duly, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    for name, value in REAL.items():
        if name != left_out:
            monkeypatch.setenv(name, value)
    ran = duly("run")
    assert ran.status == 1
    assert f"{left_out} is not set" in ran.err


def test_a_pretended_store_is_kept_from_teams(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{folder}/duly.db")
    with store.write(TEST) as writing:
        writing.set_mark("kind", "pretended")
    store.close()
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    ran = duly("run")
    assert ran.status == 1
    assert "which Teams must not hear from: import the records into a new store" in ran.err


def test_doctor_complains_about_development(
    duly: Duly, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in DEVELOPMENT.items():
        monkeypatch.setenv(name, value)
    assert duly("apply", str(ORGANISATION)).status == 0
    ran = duly("doctor")
    assert ran.status == 1
    assert "platform: Teams on this machine." in ran.out
    assert "WRONG  Teams development: TEAMS_DEVELOPMENT=1" in ran.out


def test_doctor_says_whether_microsofts_keys_can_be_read_and_who_was_met(world: World) -> None:
    settings = TeamsSettings(
        client_id=REAL["TEAMS_CLIENT_ID"], client_secret=SecretStr("x"), tenant_id=TENANT
    )
    world.person("jane").say("help")
    store = world.store
    with KeySet() as keys, store.read() as reading:
        checks = {
            c.name: c
            for c in check_teams(reading, Settings(), settings, keys.cloud, token=lambda _: None)
        }
    assert checks["Teams keys"].ok
    assert checks["Teams token"].ok
    assert not checks["Teams people"].ok
    assert "Kit Barrow" in checks["Teams people"].text
    assert "Jane Doe" not in checks["Teams people"].text
    assert not checks["Teams channel"].ok
    with store.read() as reading:
        gone = {
            c.name: c
            for c in check_teams(reading, Settings(), settings, keys.cloud, token=lambda _: None)
        }
    assert not gone["Teams keys"].ok
