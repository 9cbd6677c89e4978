"""The files that deploy Duly, held to the settings they set and to how the process behaves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy.engine import make_url

from bot.serving import LAST_SECONDS
from bot.settings import Settings
from bot.slack.settings import SlackSettings
from tests.run.test_observability import Listener, listener

__all__ = ["listener"]

ROOT = Path(__file__).parents[2]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "duly.service").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
EXAMPLES = ("duly.env.example", "postgres.env.example")
KNOWN = {
    f"{kind.model_config['env_prefix']}{name.upper()}"
    for kind in (Settings, SlackSettings)
    for name in kind.model_fields
}
DOC = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")


def environment_file(name: str) -> dict[str, str]:
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+)=(.*)$", text, re.M))


def unit() -> dict[str, list[str]]:
    """Each option of the unit with all that it is given."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT, re.M):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    "path",
    ["Containerfile", "compose.yaml", "deploy/duly.service", "docs/running.md"]
    + [f"deploy/{name}" for name in EXAMPLES],
)
def test_no_file_names_a_setting_that_there_is_not(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:DULY|SLACK)_[A-Z_]+\b", text))
    assert named - KNOWN == set()


def test_every_file_that_is_copied_or_read_is_there_or_has_an_example() -> None:
    wanted = {f for one in SERVICES.values() for f in [one["env_file"]]}
    assert wanted == {f"deploy/{name.removesuffix('.example')}" for name in EXAMPLES}
    assert "dockerfile" in COMPOSE["x-duly"]["build"]
    copied = re.findall(r"^COPY (?!--from)(.+) \./?$", CONTAINERFILE, re.M)
    assert copied == ["requirements-all.txt", "."]


def test_secrets_are_kept_out_of_the_repository_and_of_the_image() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"deploy/*.env", ".env"} <= set(ignored)
    sent = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line]
    assert sent[1] == "*"
    allowed = {line[1:] for line in sent if line.startswith("!")}
    packages = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}
    assert packages - {"tests", "bench"} <= allowed
    assert not allowed & {"tests", "deploy", ".git", ".env", "samples"}
    for name in EXAMPLES:
        for key, value in environment_file(name).items():
            secret = re.search("TOKEN|SECRET", key)
            assert not secret or value == "", key


def test_the_image_installs_by_hash_and_runs_as_nobody_in_particular() -> None:
    assert "--require-hashes -r requirements-all.txt" in CONTAINERFILE
    assert re.search(r"^USER 10001:10001$", CONTAINERFILE, re.M)
    assert CONTAINERFILE.count("FROM python:3.11-slim") == 2
    assert re.search(r"^ *DULY_HOST=0\.0\.0\.0", CONTAINERFILE, re.M)
    assert CONTAINERFILE.rstrip().endswith('ENTRYPOINT ["duly"]\nCMD ["run"]')


def health() -> list[str]:
    """The image's own check, by this Python."""
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", CONTAINERFILE, re.M)
    assert found
    command: list[str] = json.loads(found[1])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (404, False)])
def test_the_image_s_check_asks_whether_duly_answers_and_asks_no_proxy(
    listener: Listener, status: int, well: bool
) -> None:
    listener.status = status
    environment = {**os.environ, "DULY_PORT": str(listener.port), "http_proxy": "http://[::1]:9"}
    environment.pop("no_proxy")
    ran = subprocess.run(health(), env=environment, check=False, stderr=subprocess.DEVNULL)
    assert (ran.returncode == 0) is well
    assert listener.paths == ["/healthz"]


def test_the_image_s_check_is_not_content_with_silence() -> None:
    environment = {**os.environ, "DULY_PORT": "9"}
    ran = subprocess.run(health(), env=environment, check=False, stderr=subprocess.DEVNULL)
    assert ran.returncode != 0


def test_compose_runs_two_that_begin_once_one_has_migrated() -> None:
    assert set(SERVICES) == {"postgres", "migrate", "duly"}
    assert SERVICES["duly"]["deploy"]["replicas"] == 2
    assert SERVICES["duly"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["command"] == ["db", "upgrade"]
    image, _, version = SERVICES["postgres"]["image"].partition(":")
    assert image == "postgres"
    assert int(version) >= 15
    (volume,) = SERVICES["postgres"]["volumes"]
    assert volume.partition(":")[0] in COMPOSE["volumes"]
    assert "pg_isready" in SERVICES["postgres"]["healthcheck"]["test"][1]


def test_compose_s_two_passwords_and_names_are_one() -> None:
    url = environment_file("duly.env.example")["DULY_DATABASE_URL"]
    found = re.fullmatch(r"postgresql\+psycopg://(\w+):([\w-]+)@(\w+)/(\w+)", url)
    assert found
    user, password, host, name = found.groups()
    assert host in SERVICES
    given = SERVICES["postgres"]["environment"]
    assert (given["POSTGRES_USER"], given["POSTGRES_DB"]) == (user, name)
    assert environment_file("postgres.env.example")["POSTGRES_PASSWORD"] == password


def test_compose_publishes_on_this_machine_only_and_takes_every_right_away() -> None:
    ports = [port for one in SERVICES.values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    for name in ("migrate", "duly"):
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_whoever_ends_duly_waits_as_long_as_it_may_take() -> None:
    assert int(unit()["TimeoutStopSec"][0]) > LAST_SECONDS
    assert int(SERVICES["duly"]["stop_grace_period"].removesuffix("s")) > LAST_SECONDS


def test_the_unit_keeps_its_store_where_systemd_lets_it_write() -> None:
    options = unit()
    folder = f"/var/lib/{options['StateDirectory'][0]}"
    assert options["WorkingDirectory"] == [folder]
    set_here = dict(one.split("=", 1) for one in options["Environment"])
    store = make_url(set_here["DULY_DATABASE_URL"]).database
    assert store == f"{folder}/duly.db"
    assert options["Restart"] == ["always"]
    assert options["ExecStart"] == ["/opt/duly/bin/duly run"]
    assert options["EnvironmentFile"] == ["/etc/duly/duly.env"]
    for said in (options["ExecStart"][0].split()[0], "/etc/duly/duly.env", store):
        assert said in DOC


@pytest.mark.parametrize(
    "option",
    ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
     "CapabilityBoundingSet=", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX"],
)  # fmt: skip
def test_the_unit_takes_every_right_away_that_duly_needs_not(option: str) -> None:
    assert option in UNIT.splitlines()
