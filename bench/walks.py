"""Count of the own calls and files of one answer, one tick and one import.

`python -m bench.walks` prints a line a walk: how many calls of functions that are this
repository's own, and in how many of its files those lie; `--json` says the same as JSON, and
`--files` lists each walk's files with their calls.

A call is counted as Python's profiler has it: whenever the code of a function of the product is
entered, in whichever thread. That includes lambdas, properties, comprehensions and generator
expressions, and each time that a coroutine or a generator goes on after a wait. What the libraries
do is not counted, nor what dataclasses write for themselves, nor what stands in for Slack. Each
walk is made once before, so that neither imports nor what is read only once are counted.

The figures say nothing about time. On one version of Python and of the libraries they are the same
in each run, but for the tick: how many posts share a transaction depends on when the answers come,
which makes about one call in a hundred.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import datetime
from functools import cache
from io import StringIO
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from starlette.testclient import TestClient

from bench.load import USER, command
from bot.chat.face_group import FaceGroup
from bot.cli.import_ import import_files
from bot.run import create_app
from bot.slack.courier import SlackCourier
from bot.slack.face import SlackFace
from bot.slack.settings import SlackSettings
from db.clock import PretendedClock
from db.store import Store
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import apply
from tests.slack.fake import FakeSlack

ROOT = Path(__file__).parent.parent
PRODUCT = ("governance", "documents", "db", "messages", "scheduler", "commands", "bot")
"""The folders whose code is counted."""
RECORDS = ROOT / "samples" / "records"
ORGANISATION = ROOT / "samples" / "organisation.yaml"
RECORD = RECORDS / "cumbria-vetting-2022.txt"
ZONE = ZoneInfo("Europe/London")
START = datetime(2023, 1, 3, 9, tzinfo=ZONE)
BEFORE = datetime(2023, 5, 20, 9, tzinfo=ZONE)
WARM = datetime(2023, 5, 22, 10, tzinfo=ZONE)
COUNTED = datetime(2023, 5, 23, 9, tzinfo=ZONE)
"""A morning on which six people are sent one reminder each, in the sample organisation; all six
are also sent some on the day before."""
REMINDERS = 6
SETTLE_SECONDS = 0.5
"""Seconds in which work that is put off until after an answer is still counted with it."""


class Walk:
    """The own calls that are made while it is on."""

    def __init__(self) -> None:
        self._on = False
        self._met: list[CodeType] = []

    def listen(self) -> None:
        """Hear of every call in this thread and in each that is started from now on."""
        threading.setprofile(self._heard)
        sys.setprofile(self._heard)

    def deafen(self) -> None:
        """Hear of nothing more in this thread, nor in any that is started from now on."""
        sys.setprofile(None)
        threading.setprofile(None)

    @contextmanager
    def counting(self) -> Iterator[None]:
        self._met.clear()
        self._on = True
        try:
            yield
        finally:
            self._on = False

    def _heard(self, frame: FrameType, event: str, _: Any) -> None:
        if self._on and event == "call" and is_own(frame.f_code):
            self._met.append(frame.f_code)  # which is safe from several threads at once

    def files(self) -> Counter[str]:
        """Each own file that was walked through, and how many calls lay in it."""
        return Counter(str(Path(code.co_filename).relative_to(ROOT)) for code in self._met)


@cache
def is_own(code: CodeType) -> bool:
    """Test whether a function is the product's."""
    path = Path(code.co_filename)
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PRODUCT


# The walks


def ask(walk: Walk, folder: Path) -> None:
    """One `/rec 24087`, signed, over HTTP: from the server's app to its answer.

    Whoever asks is not in the organisation file, and so may look but is offered no act.
    """
    store = filled(folder / "ask.db")
    with FakeSlack() as slack:
        slack.add_user(USER, "Somebody")
        secret, api = SecretStr(slack.signing_secret), slack.api
        token = SecretStr(next(iter(slack.teams.values())).token)
        settings = SlackSettings(bot_token=token, signing_secret=secret, api_url=api)
        face = FaceGroup([SlackFace(store, settings)])
        with TestClient(create_app(face, face.reasons)) as client:
            until(lambda: not face.reasons())
            post_command(client, slack.signing_secret)
            time.sleep(SETTLE_SECONDS)
            with walk.counting():
                post_command(client, slack.signing_secret)
                time.sleep(SETTLE_SECONDS)
    store.close()


def post_command(client: TestClient, secret: str) -> None:
    head, _, body = command("24087", secret).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    told = client.post(first.split()[1], content=body, headers=headers)
    assert told.status_code == 200
    assert "#24087" in told.json()["text"], told.text


def send(walk: Walk, folder: Path) -> None:
    """One tick of the scheduler in which six people are sent a reminder each, in Slack."""
    store = filled(folder / "send.db")
    run_to(store, BEFORE)
    with FakeSlack() as slack:
        slack.stand_still()
        for user in people().values():
            slack.add_user(user, user)
        token = next(iter(slack.teams.values())).token
        courier = SlackCourier(store, token, api_url=slack.api)
        run_to(store, WARM, courier)
        assert isinstance(store.clock, PretendedClock)
        store.clock.set(COUNTED)
        slack.later(60)
        with walk.counting():
            report = tick(store, courier)
        assert len(report.messages) == REMINDERS, report
        assert sum(len(each.reminders) for each in report.messages) == REMINDERS
        assert report.waiting == 0
    store.close()


def take_in(walk: Walk, folder: Path) -> None:
    """`duly import` of one record, into a store that has the organisation and no record."""
    for name in ("warm", "counted"):
        path = folder / f"{name}.db"
        prepared(path).close()
        counting = walk.counting() if name == "counted" else nullcontext()
        with counting, redirect_stdout(StringIO()) as told:
            status = import_files([RECORD], db=f"sqlite:///{path}", at=START)
        assert status == 0
        assert RECORD.name in told.getvalue()


WALKS: dict[str, Callable[[Walk, Path], None]] = {
    "/rec 24087": ask,
    "a tick, 6 sent": send,
    "duly import": take_in,
}


# The stores


def prepared(path: Path) -> Store:
    """A store at `path` with the sample organisation, all of it known to Slack."""
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    store.prepare()
    text = ORGANISATION.read_text(encoding="utf-8")
    for key, user in people().items():
        assert f"{{key: {key}, name: " in text
        text = text.replace(f"{{key: {key}, name: ", f"{{key: {key}, slack: {user}, name: ")
    apply(store, text)
    return store


def filled(path: Path) -> Store:
    """A prepared store with the sample records."""
    store = prepared(path)
    with redirect_stdout(StringIO()):
        import_files(sorted(RECORDS.glob("*.txt")), db=f"sqlite:///{path}", at=START)
    return store


def people() -> dict[str, str]:
    """The Slack user ids of the sample organisation's people, by their keys."""
    keys = ("sam", "alex", "jane", "priya", "kit", "rowan", "robin", "nia", "theo", "morgan",
            "dana", "ellis", "lee", "quinn", "wren")  # fmt: skip
    return {key: f"U0{key.upper()}" for key in keys}


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the app is not ready after 10 seconds")
        time.sleep(0.02)


# What is printed


def walked() -> dict[str, Counter[str]]:
    """Each walk's own files and the calls in them."""
    found = {}
    walk = Walk()
    walk.listen()  # before any thread is started: one that runs already would not be heard
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, make in WALKS.items():
                make(walk, Path(folder))
                found[name] = walk.files()
    finally:
        walk.deafen()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.walks")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--files", action="store_true", help="with each file")
    chosen = parser.parse_args()
    found = walked()
    if chosen.json:
        told: dict[str, Any] = {
            name: {"calls": files.total(), "files": len(files)} for name, files in found.items()
        }
        if chosen.files:
            told = {n: one | {"by_file": dict(found[n].most_common())} for n, one in told.items()}
        print(json.dumps(told, indent=2))
        return
    for name, files in found.items():
        print(f"{name:16}{files.total():7,} own calls in {len(files):3} own files")
        for file, calls in files.most_common() if chosen.files else ():
            print(f"{'':16}{calls:7,} {file}")


if __name__ == "__main__":
    main()
