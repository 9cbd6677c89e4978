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
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.serving import LAST_SECONDS, CannotListen, listen
from tests.support.until import until

START = "from bot.demo import serve; serve('sqlite:///duly-demo.db', port=0, tick_seconds=0.2)"


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
        match = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert match, line + process.stdout.read()
        yield match[0], process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def test_it_answers_is_ready_ticks_and_ends_quietly_when_asked(
    address: tuple[str, subprocess.Popen[str]],
) -> None:
    url, process = address
    assert _get(f"{url}/healthz") == (200, '{"ok":true}')
    until(lambda: _ready(url))
    assert "Staffordshire Police" in _get(f"{url}/direct/jane")[1]
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert time.monotonic() - begun < LAST_SECONDS  # of itself, not by the last resort


def test_an_address_in_use_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}.*DULY_PORT"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_this_machines_is_told_in_a_sentence() -> None:
    with pytest.raises(CannotListen, match="DULY_HOST"):
        listen("no such host", 0)


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
    status, body = _get(f"{url}/readyz")
    answer = json.loads(body)
    assert (status == 200) == answer["ready"] == (not answer["reasons"])
    return bool(answer["ready"])
