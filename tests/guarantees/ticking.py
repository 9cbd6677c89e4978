"""Processes that do nothing but tick, to be killed: `python -m tests.guarantees.ticking`.

The first one loads everything and says so; for each line of orders on its standard input it forks
one that ticks, and says its process id. So a new one is there within milliseconds. All of
them end when the input does.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from bot.slack.courier import SlackCourier
from bot.teams.courier import TeamsCourier
from bot.teams.settings import TeamsSettings
from db.clock import SystemClock
from db.store import Store
from governance.errors import DulyError
from scheduler.courier import Courier
from scheduler.tick import tick
from tests.slack.fake.workspace import TOKEN
from tests.teams.fake import TENANT

ROOT = Path(__file__).parents[2]
PAUSE = 0.1
SLACK, TEAMS = "slack", "teams"


@dataclass(frozen=True)
class Orders:
    """The orders of each process; all of them see the same field time."""

    url: str
    face: str
    address: str
    """Of the platform."""
    claim: float
    """Seconds."""
    first: str
    """The field time at `begun`, ISO 8601; it goes on to `last` within `seconds` and stays."""
    last: str
    begun: str
    seconds: float


class HurriedClock(SystemClock):
    """Field time that runs from one moment to another much faster than the machine's."""

    pretended = True

    def __init__(self, orders: Orders) -> None:
        self._first, self._last, self._begun = (
            datetime.fromisoformat(said) for said in (orders.first, orders.last, orders.begun)
        )
        self._speed = (self._last - self._first) / timedelta(seconds=orders.seconds)

    def now(self) -> datetime:
        gone = (self.machine() - self._begun) * self._speed
        return min(self._first + gone, self._last)


def courier_of(orders: Orders, store: Store, claim: timedelta) -> Courier:
    if orders.face == SLACK:
        return SlackCourier(store, TOKEN, api_url=orders.address, claim=claim)
    # Where a conversation is reached is in the store, as Teams told it.
    told = TeamsSettings(client_id="dev-bot", tenant_id=TENANT, development=True)
    return TeamsCourier(store, told, claim=claim)


def go_on_ticking(orders: Orders) -> None:
    """Tick again and again, whatever happens, as `duly run` does."""
    log = logging.getLogger("ticking")
    store = Store(orders.url, HurriedClock(orders))
    claim = timedelta(seconds=orders.claim)
    courier = courier_of(orders, store, claim)
    pause = Event()
    while not pause.wait(PAUSE):
        try:
            tick(store, courier, claim=claim)
        except DulyError as error:
            log.warning("tick failed: %s", error.sentence)


def _wait_for_orders() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    print("ready", flush=True)
    for line in sys.stdin:
        orders = Orders(**json.loads(line))
        child = os.fork()
        if not child:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # ends when its parent does
            go_on_ticking(orders)
        print(child, flush=True)


class Nursery:
    """The process that starts those that tick."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, orders: Orders) -> int:
        """The id of one more that ticks."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(orders)), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """A nursery that is ready; all that it started end when the block does."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n", log.read_text()
        yield Nursery(process)
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


if __name__ == "__main__":
    _wait_for_orders()
