"""Microsoft's local client for Teams on loopback, with `duly run` beside it.

It is no work of this project, and has no dialogs, no edits by others and no manifest:
`tests.teams.fake` has what it lacks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from bot.cli import invoke
from tests.run.process import ROOT, Running, running
from tests.support.ports import free_port
from tests.support.until import until

HERE = Path(__file__).parent / "local"
PROGRAM = HERE / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
RECORDS = ROOT / "samples" / "records"
ALEX = "00000000-0000-0000-0000-0000000000020"
"""The object id of the client's own person."""
PATIENCE = 60.0
Json = dict[str, Any]


def why_not() -> str | None:
    """The reason why it cannot be run here; None where it can, and always in CI."""
    if os.environ.get("CI") != "true" and shutil.which("node") is None:
        return "Microsoft's local client is run by node, which is not here"
    return None


@dataclass
class Playground:
    """The running client, the person in it, and Duly beside it."""

    url: str
    duly: Running
    config: Json

    @property
    def chat(self) -> str:
        found: str = self.config["personalChat"]["id"]
        return found

    def deliver(self, activity: Json) -> httpx.Response:
        """Post to Duly, as Teams would, an activity that the client cannot send by itself."""
        user = self.config["currentUser"]
        return httpx.post(
            f"{self.duly.url}/api/messages",
            json={
                "channelId": "msteams",
                "serviceUrl": f"{self.url}/_connector",
                "from": {name: user[name] for name in ("id", "name", "aadObjectId")},
                "recipient": self.config["bot"],
                "conversation": {
                    "id": self.chat,
                    "conversationType": "personal",
                    "tenantId": self.config["tenantId"],
                },
                **activity,
            },
            timeout=30,
            trust_env=False,
        )


@contextmanager
def playground(folder: Path, at: str) -> Iterator[Playground]:
    """The client with Duly, whose person is Jane of the sample organisation, at a moment."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    fill(folder, ALEX)
    variables = {
        "TEAMS_CLIENT_ID": "dev-bot",
        "TEAMS_DEVELOPMENT": "1",
        "DULY_TICK_SECONDS": "1",
    }
    with (
        running(folder, variables, "--at", at) as duly,
        (folder / "playground.log").open("w") as log,
    ):
        asked = ["start", "-e", f"{duly.url}/api/messages", "-c", "msteams", "-p", str(port)]
        asked += ["--su", f"{url}/_connector", "--disable-telemetry"]
        process = subprocess.Popen(
            ["node", str(PROGRAM), *asked], cwd=folder, stdout=log, stderr=log
        )
        try:
            yield Playground(url, duly, until(lambda: _config(url), "the client did not start"))
        finally:
            process.kill()
            process.wait(10)


def fill(folder: Path, object_id: str) -> None:
    """The sample organisation, Jane with this object id, and a record, in folder/duly.db."""
    text = (ROOT / "samples" / "organisation.yaml").read_text(encoding="utf-8")
    text, count = re.subn(
        r"({key: jane, name: )[^,}]+", rf"\1Alex Wilber, teams: {object_id}", text
    )
    assert count == 1
    (folder / "organisation.yaml").write_text(text, encoding="utf-8")
    store = ["--db", f"sqlite:///{folder}/duly.db"]
    for command in (
        ["apply", str(folder / "organisation.yaml"), *store, "--at", "2023-01-03"],
        ["import", str(RECORDS / "cumbria-vetting-2022.txt"), *store, "--at", "2023-01-03"],
        ["tick", *store, "--at", "2023-04-27T17:00"],
    ):
        assert invoke(command) == 0, command


def _config(url: str) -> Json | None:
    try:
        answer = httpx.get(f"{url}/_internal/v1/config", timeout=30, trust_env=False)
    except httpx.TransportError:
        return None
    found: Json = answer.json()["config"]
    return found
