"""Connections that never complete a request, and more of them than there is room for."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI, Request

from bot.http_limits import CONNECTIONS, LimitedProtocol, connection_limit
from bot.serving import add_probes, listen
from tests.run.process import running, slack_environment
from tests.slack.fake import FakeSlack
from tests.support.until import until

HALF_HEADERS = b"POST /slack/events HTTP/1.1\r\nHost: duly\r\nX-Slack-Sig"
HALF_BODY = (
    b"POST /slack/events HTTP/1.1\r\nHost: duly\r\nContent-Length: 90000\r\n"
    b"X-Slack-Request-Timestamp: 1\r\nX-Slack-Signature: v0=1\r\n\r\npayload="
)
SILENCE = b""
KINDS = [SILENCE, HALF_HEADERS, HALF_BODY]
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: duly\r\nConnection: close\r\n\r\n"
LIMIT = 8


class Tight(LimitedProtocol):
    """Limits that a test reaches."""

    limit = LIMIT
    request_seconds = 0.5


class Patient(LimitedProtocol):
    """Few connections, and all the time in the world."""

    limit = LIMIT
    request_seconds = 60


@contextmanager
def served(protocol: type[LimitedProtocol], release: threading.Event) -> Iterator[int]:
    """The port of a server with the probes; POST /wait is answered once `release` is set."""
    app = FastAPI()
    add_probes(app, list)

    @app.post("/slack/events")
    async def events(request: Request) -> int:
        return len(await request.body())

    @app.post("/wait")
    async def wait() -> str:
        while not release.is_set():
            await asyncio.sleep(0.01)
        return "done"

    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        release.set()
        server.should_exit = True
        thread.join(30)
        listening.close()


def connect(stack: ExitStack, port: int, content: bytes = b"") -> socket.socket:
    opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    opened.sendall(content)
    return opened


def read_all(opened: socket.socket) -> bytes:
    """What comes until the other side closes; a connection that it resets has ended too."""
    content = b""
    try:
        while piece := opened.recv(4096):
            content += piece
    except ConnectionResetError:
        pass
    return content


def health(port: int) -> bytes:
    with ExitStack() as stack:
        return read_all(connect(stack, port, HEALTH)).partition(b"\r\n")[0]


@pytest.mark.slow
def test_the_probe_of_a_running_duly_is_answered_beside_300_half_requests(tmp_path: Path) -> None:
    with FakeSlack() as slack, running(tmp_path, slack_environment(slack)) as process:
        port = int(process.url.rpartition(":")[2])
        with ExitStack() as stack:
            for number in range(300):
                connect(stack, port, KINDS[number % len(KINDS)])
            begun = time.monotonic()
            assert health(port) == b"HTTP/1.1 200 OK"
            assert time.monotonic() - begun < 5


@pytest.mark.parametrize("content", KINDS)
def test_a_request_that_does_not_come_whole_in_time_is_given_up(content: bytes) -> None:
    with served(Tight, threading.Event()) as port, ExitStack() as stack:
        opened = connect(stack, port, content)
        begun = time.monotonic()
        assert read_all(opened) == b""
        assert time.monotonic() - begun > Tight.request_seconds / 2


@pytest.mark.parametrize("dripped", [HALF_HEADERS, HALF_BODY])
def test_a_request_that_drips_has_no_more_time_than_another(dripped: bytes) -> None:
    with served(Tight, threading.Event()) as port, ExitStack() as stack:
        opened = connect(stack, port, dripped)
        opened.settimeout(0.1)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                opened.sendall(b"x")
                if not opened.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() < end


def test_a_second_request_on_one_connection_has_a_time_out_too() -> None:
    with served(Tight, threading.Event()) as port, ExitStack() as stack:
        opened = connect(stack, port, b"GET /healthz HTTP/1.1\r\nHost: duly\r\n\r\n" + HALF_HEADERS)
        assert read_all(opened).count(b"HTTP/1.1 200 OK") == 1


def test_an_answer_that_takes_longer_than_the_time_out_is_waited_for() -> None:
    release = threading.Event()
    with served(Tight, release) as port, ExitStack() as stack:
        opened = connect(stack, port, b"POST /wait HTTP/1.1\r\nHost: duly\r\n\r\n")
        time.sleep(Tight.request_seconds * 2)
        release.set()
        assert b'"done"' in read_all(opened)


@pytest.mark.parametrize("content", KINDS)
def test_a_newcomer_takes_the_place_of_whoever_waited_longest(content: bytes) -> None:
    with served(Patient, threading.Event()) as port, ExitStack() as stack:
        waiting = [connect(stack, port, content) for _ in range(LIMIT)]
        time.sleep(0.2)
        assert health(port) == b"HTTP/1.1 200 OK"
        assert read_all(waiting[0]) == b""
        waiting[-1].settimeout(0.2)
        with pytest.raises(TimeoutError):
            waiting[-1].recv(1)


def test_where_every_connection_is_being_answered_the_probe_alone_is_let_in() -> None:
    release = threading.Event()
    with served(Patient, release) as port, ExitStack() as stack:
        asked = b"POST /wait HTTP/1.1\r\nHost: duly\r\nConnection: close\r\n\r\n"
        busy = [connect(stack, port, asked) for _ in range(LIMIT)]
        time.sleep(0.2)
        assert health(port) == b"HTTP/1.1 200 OK"
        refused = read_all(connect(stack, port, asked))
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in refused
        release.set()
        assert all(b'"done"' in read_all(opened) for opened in busy)
        until(lambda: read_all(connect(stack, port, asked)).startswith(b"HTTP/1.1 200 "))


@pytest.mark.parametrize(
    ("files", "limit"), [(256, 128), (1024, CONNECTIONS), (20_000, CONNECTIONS), (-1, CONNECTIONS)]
)
def test_no_more_connections_are_taken_than_half_of_the_files_that_may_be_open(
    files: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert connection_limit() == limit
