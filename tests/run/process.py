"""`duly run` in a process of its own, on a free port, ended by its id."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from tests.slack.fake import FakeSlack

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60.0
"""Seconds: several of these may start at once on a busy machine."""
NOTHING = (
    "DATABASE_URL", "ORGANISATION", "HOST", "PORT", "TICK_SECONDS", "LOG",
    "METRICS_HOST", "METRICS_PORT", "HEARTBEAT_URL", "AUDIT_KEY",
)  # fmt: skip


@dataclass
class Running:
    """A process that serves, its address and its first line."""

    process: subprocess.Popen[str]
    url: str
    said: str
    log: Path

    def get(self, path: str) -> tuple[int, str]:
        answer = httpx.get(f"{self.url}{path}", timeout=10, trust_env=False)
        return answer.status_code, answer.text

    def reasons(self) -> list[str]:
        """The reasons why it is not ready; none when it is."""
        status, text = self.get("/readyz")
        body = json.loads(text)
        reasons: list[str] = body["reasons"]
        assert (status == 200) == body["ready"] == (not reasons)
        return reasons

    def end(self) -> float:
        """Ask it to end; gives how many seconds that took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0, self.log.read_text()
        return time.monotonic() - begun


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment with nothing of Duly's or Slack's in it but `variables`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SLACK_", "TEAMS_")) and name[5:] not in NOTHING
    }
    return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(folder), **variables}


def slack_environment(slack: FakeSlack) -> dict[str, str]:
    """Both transports on the fake."""
    return {
        "SLACK_BOT_TOKEN": next(iter(slack.teams.values())).token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api,
    }


@contextmanager
def running(folder: Path, variables: Mapping[str, str], *arguments: str) -> Iterator[Running]:
    """`duly run` with these variables, once it says where it is."""
    settings = {"DULY_PORT": "0", "DULY_TICK_SECONDS": "0.3", **variables}
    log = folder / "run.log"
    command = "import sys; from bot.cli import main; sys.argv[1:1] = ['run']; main()"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", command, *arguments],
            cwd=folder,
            env=environment(folder, **settings),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert match, line + log.read_text()
        yield Running(process, match[0], line, log)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
