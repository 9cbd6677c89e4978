"""The npm package local-slack on loopback, `duly run` beside it, and people who use both.

local-slack is no work of this project, and kinder than Slack: `tests.slack.fake` keeps limits.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import httpx2 as httpx

from tests.run.process import Running, running
from tests.slack import screen
from tests.slack.fake.model import Json
from tests.slack.transports import INTERACTION, request
from tests.support.ports import free_port
from tests.support.until import until

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "local"
PROGRAM = HERE / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-pretended", "xapp-pretended", "pretended-secret"
BOT, APP, TEAM = "U0DULY", "A0DULY", "T0HOME"
GENERAL, PIB = "C0GENERAL", "C0PIB"
PEOPLE = {
    "jane": "Jane Doe",
    "alex": "Alex Example",
    "sam": "Sam Sample",
    "lee": "Lee Invented",
    "kit": "Kit Notreal",
}
LOCAL_SLACK_SECONDS = 30.0

Found = TypeVar("Found")


def why_not() -> str | None:
    """Reason why this platform has no local-slack; None where it has, and always in CI."""
    if os.environ.get("CI") == "true":
        return None
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return f"local-slack has no program for {platform.system()} on {platform.machine()}"
    if not PROGRAM.exists() and shutil.which("npm") is None:
        return "local-slack is installed by npm, which is not here"
    return None


def slack_id(person: str) -> str:
    return f"U0{person.upper()}"


@dataclass
class LocalSlack:
    """A running local-slack, and Duly's address for what it cannot send itself."""

    url: str
    duly: str = ""

    # A person's side

    def slash(self, person: str, text: str, channel: str = GENERAL) -> None:
        said = {"user": slack_id(person), "channel": channel, "command": "/rec", "text": text}
        self._post("command", said)

    def say(self, person: str, text: str, channel: str = GENERAL) -> Json:
        """A message; gives it as kept."""
        said = {"user": slack_id(person), "channel": channel, "text": text}
        message: Json = self._post("message", said)["message"]
        return message

    def press(self, person: str, label: str, message: Json) -> None:
        """Press a button of a message by its label."""
        self._post(
            "interact",
            {
                "user": slack_id(person),
                "channel": message["channel"],
                "messageTs": message["ts"],
                "action": _action(screen.button(message["blocks"], label)),
            },
        )

    def open_home(self, person: str) -> Json:
        """Open Duly's Home; gives the view once it is published."""
        self._post("open-home", {"user": slack_id(person)})
        return until(lambda: self.home(person), "Home")

    def submit(self, person: str, values: Mapping[str, str]) -> dict[str, str]:
        """Fill in the modal in sight, by block_id, and submit it; gives the errors."""
        view = until(lambda: self.modal, "a modal")
        left = dict(values)
        states: Json = {}
        for found in screen.inputs(view["blocks"]):
            state = screen.standing(found)
            if found.block_id in left:
                offered = found.element.get("options", [])
                state = screen.filled(found, left.pop(found.block_id), offered)
            states.setdefault(found.block_id, {})[found.action_id] = state
        assert not left, f"the form has no {sorted(left)}"
        said = {"t": "view_submit", "user": slack_id(person), "values": states}
        told = _awaited(self._ui(said))
        return dict(told["errors"]) if told["t"] == "view_errors" else {}

    def shortcut(self, person: str, callback_id: str, message: Json | None = None) -> None:
        """A shortcut, which local-slack does not have: signed and sent in its place, with the
        trigger of a command that did not use it."""
        self.slash(person, "help")
        payload: Json = {
            "type": "message_action" if message else "shortcut",
            "callback_id": callback_id,
            "trigger_id": self._trigger(),
            "team": {"id": TEAM, "domain": "sample"},
            "user": {"id": slack_id(person), "team_id": TEAM},
            "api_app_id": APP,
            "token": "unused",
        }
        if message is not None:
            payload |= {"message": message, "message_ts": message["ts"],
                        "channel": {"id": message["channel"], "name": "general"}}  # fmt: skip
        body, headers = request(INTERACTION, payload, SECRET, None)
        httpx.post(
            f"{self.duly}/slack/events", content=body, headers=headers, timeout=10, trust_env=False
        ).raise_for_status()

    # What is to be seen

    def messages(self, channel: str = GENERAL) -> list[Json]:
        found: list[Json] = self._get(f"messages/{channel}")["messages"]
        return found

    def told(self, *words: str, channel: str = GENERAL) -> Json:
        """Duly's latest message there once it has all the words."""

        def look() -> Json | None:
            mine = [m for m in self.messages(channel) if m.get("user") == BOT]
            return mine[-1] if mine and all(word in _all(mine[-1]) for word in words) else None

        try:
            return until(look, f"{words} in {channel}")
        except AssertionError as error:
            heard = [_all(message) for message in self.messages(channel)[-2:]]
            raise AssertionError(f"{error}; the last were {heard}") from None

    def direct(self, person: str) -> str | None:
        """The id of a person's direct messages with Duly, once there are any."""
        for channel in self.snapshot()["channels"]:
            if channel.get("is_im") and slack_id(person) in channel["members"]:
                return str(channel["id"])
        return None

    @property
    def modal(self) -> Json | None:
        """The modal in sight."""
        stack = self.snapshot()["modalStack"]
        return stack[-1] if stack else None

    def home(self, person: str) -> Json | None:
        """The view of a person's Home."""
        views = self.snapshot()["homeViews"].get(slack_id(person), {})
        return dict(views[APP]) if APP in views else None

    def snapshot(self) -> Json:
        """Everything the page would show."""
        return _awaited(self._ui(None))

    # How

    async def _ui(self, said: Json | None) -> Json:
        """Say something on the page's socket; gives what the modal then is, or all there is."""
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.ws_connect(f"{self.url}/ui") as ui,
        ):
            first = json.loads((await ui.receive(LOCAL_SLACK_SECONDS)).data)
            if said is None:
                return dict(first["state"])
            await ui.send_json(said)
            while True:
                told: Json = json.loads((await ui.receive(LOCAL_SLACK_SECONDS)).data)
                if told["t"] in ("view", "view_errors"):
                    return told

    def _trigger(self) -> str:
        """The trigger of the latest command."""
        for entry in reversed(self._get("log")["log"]):
            found = _within(entry, "trigger_id")
            if found:
                return found
        raise AssertionError("no trigger in the log")

    def _get(self, path: str) -> Json:
        answer: Json = httpx.get(f"{self.url}/_control/{path}", timeout=10, trust_env=False).json()
        return answer

    def _post(self, path: str, said: Json) -> Json:
        answer = httpx.post(
            f"{self.url}/_control/{path}", json=said, timeout=LOCAL_SLACK_SECONDS, trust_env=False
        )
        told: Json = answer.raise_for_status().json()
        return told


def _awaited(work: Coroutine[Any, Any, Json]) -> Json:
    """Wait for it in a thread of its own: Playwright has a loop in the test's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _action(found: screen.Found) -> Json:
    return {**found.element, "block_id": found.block_id, "action_ts": f"{time.time():.6f}"}


def _all(message: Json) -> str:
    return str(message["text"]) + "\n" + screen.words(message.get("blocks") or [])


def _within(value: object, name: str) -> str:
    """The value of `name` anywhere in a log's entry, JSON or form in a string among it."""
    if isinstance(value, dict):
        if isinstance(value.get(name), str):
            return str(value[name])
        return next((f for f in (_within(v, name) for v in value.values()) if f), "")
    if isinstance(value, str) and f"{name}=" in value:
        return str(httpx.QueryParams(value).get(name, ""))
    return ""


def config(mode: str, duly: str) -> str:
    """local-slack's own file; JSON is YAML."""
    everybody = [BOT, *map(slack_id, PEOPLE)]
    channels = (
        (GENERAL, "general"), (PIB, "people-intelligence-board"), ("C0GB", "governance-board")
    )  # fmt: skip
    return json.dumps(
        {
            "workspace": {"name": "Sample Police", "domain": "sample", "teamId": TEAM},
            "apps": [
                {
                    "appId": APP,
                    "botUserId": BOT,
                    "botName": "Duly",
                    "botToken": BOT_TOKEN,
                    "appToken": APP_TOKEN,
                    "signingSecret": SECRET,
                    "mode": mode,
                    "requestUrl": f"{duly}/slack/events",
                }
            ],
            "users": [
                {"id": slack_id(key), "name": key, "real_name": name, "tz": "Europe/London"}
                for key, name in PEOPLE.items()
            ],
            "channels": [{"id": id, "name": name, "members": everybody} for id, name in channels],
        }
    )


@contextmanager
def serving(folder: Path, mode: str) -> Iterator[LocalSlack]:
    """local-slack on a free port of 127.0.0.1, for a Duly on another. Mode: events or socket."""
    duly, port = f"http://127.0.0.1:{free_port()}", free_port()
    (folder / "config.json").write_text(config(mode, duly))
    log = folder / "local-slack.log"
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with log.open("w") as out:
        process = subprocess.Popen(
            [PROGRAM, "--config", folder / "config.json", "--port", str(port),
             "--base-host", "127.0.0.1", "--files-dir", folder],
            env={**kept, "HOME": str(folder), "BUN_OPTIONS": f"--preload={HERE / 'loopback.ts'}"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    found = LocalSlack(f"http://127.0.0.1:{port}", duly)
    try:

        def up() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return bool(found._get("state"))
            except httpx.TransportError:
                return False

        until(up, "local-slack")
        yield found
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def duly_on(slack: LocalSlack, folder: Path, at: str) -> Iterator[Running]:
    """`duly run` on a local-slack, its store in `folder`, once it is ready."""
    variables = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{slack.url}/api/",
        "DULY_PORT": slack.duly.rpartition(":")[2],
    }
    with running(folder, variables, "--at", at) as process:
        until(lambda: not process.reasons(), "Duly")
        yield process
