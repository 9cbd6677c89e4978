"""The process in the foreground: it answers, it ticks, and it ends when asked to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.serving import LAST_SECONDS, CannotListen, listen
from db.errors import StoreBusy
from scheduler.ticking import IntervalTicker

START = "from bot.demo import serve; serve('sqlite:///duly-demo.db', port=0, tick_seconds=0.2)"
WAIT_SECONDS = 60.0


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A demonstration in a process of its own, once it says where it is."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", START],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, line + process.stdout.read()
        yield found[0], process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def test_it_answers_is_ready_ticks_and_ends_quietly_when_asked(
    address: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = address
    assert _get(f"{url}/healthz") == (200, '{"ok":true}')
    _until(lambda: _ready(url))
    assert "Staffordshire Police" in _get(f"{url}/direct/jane")[1]
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert time.monotonic() - asked < LAST_SECONDS  # of itself, not by the last resort


def test_an_address_in_use_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}.*DULY_PORT"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_this_machines_is_told_in_a_sentence() -> None:
    with pytest.raises(CannotListen, match="DULY_HOST"):
        listen("no such host", 0)


def test_it_is_not_ready_before_the_first_tick_and_ready_after_it() -> None:
    ticks: list[int] = []
    ticker = IntervalTicker(lambda: ticks.append(1), 0.05)
    assert ticker.reasons() == ["The scheduler has not ticked yet."]
    ticker.start()
    _until(lambda: len(ticks) > 2)
    assert ticker.reasons() == []
    ticker.stop()


def test_a_tick_that_fails_is_a_reason_until_one_succeeds() -> None:
    troubles: list[Exception] = [StoreBusy(), ZeroDivisionError("secret")]
    reasons: list[str] = []

    def tick() -> None:
        reasons.extend(ticker.reasons())
        if troubles:
            raise troubles.pop(0)

    ticker = IntervalTicker(tick, 0.05)
    ticker.start()
    _until(lambda: ticker.reasons() == [])
    ticker.stop()
    assert any("the store is busy" in reason for reason in reasons)
    assert "The last tick failed; the log says why." in reasons
    assert "secret" not in " ".join(reasons)


def test_whoever_wants_to_know_hears_of_each_tick_whether_it_went_well_and_how_long_it_took() -> (
    None
):
    troubles: list[Exception] = [StoreBusy(), ZeroDivisionError()]
    told: list[tuple[bool, float]] = []

    def tick() -> None:
        if troubles:
            raise troubles.pop(0)

    ticker = IntervalTicker(tick, 0.05, ticked=lambda ok, seconds: told.append((ok, seconds)))
    ticker.start()
    _until(lambda: len(told) > 2)
    ticker.stop()
    assert [ok for ok, _ in told[:3]] == [False, False, True]
    assert all(seconds >= 0 for _, seconds in told)


def _get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    assert parts.hostname
    connection = HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _ready(url: str) -> bool:
    """True once it is ready; until then, it says why."""
    status, said = _get(f"{url}/readyz")
    told = json.loads(said)
    assert (status == 200) == told["ready"] == (not told["reasons"])
    return bool(told["ready"])


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
