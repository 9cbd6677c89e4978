"""The address that is asked for after a good tick, so that silence is noticed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.observability import HeartbeatPing
from bot.settings import Settings, load_settings
from governance.errors import BadConfiguration
from tests.support.until import until

WAIT_SECONDS = 60


class Listener:
    """A server that remembers who asked, and answers as it is told."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.status = 200
        self.hold: threading.Event | None = None
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener.paths.append(self.path)
                if listener.hold is not None:
                    listener.hold.wait(WAIT_SECONDS)
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/ping/secret"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    opened = Listener()
    yield opened
    opened.close()


class Seconds:
    """A clock that stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def tick(ping: HeartbeatPing, ok: bool = True) -> None:
    ping.ticked(ok)
    ping.wait(WAIT_SECONDS)


def test_it_is_asked_for_after_a_good_tick_at_most_once_a_minute(listener: Listener) -> None:
    clock = Seconds()
    ping = HeartbeatPing(listener.url, clock=clock)
    tick(ping, ok=False)
    assert listener.paths == []
    for _ in range(3):
        tick(ping)
    assert listener.paths == ["/ping/secret"]
    clock.now += 59
    tick(ping)
    assert len(listener.paths) == 1
    clock.now += 1
    tick(ping)
    assert len(listener.paths) == 2


def test_one_that_hangs_holds_up_no_tick_and_is_not_joined_by_another(listener: Listener) -> None:
    listener.hold = threading.Event()
    clock = Seconds()
    ping = HeartbeatPing(listener.url, timeout=WAIT_SECONDS, clock=clock)
    ping.ticked(True)
    until(lambda: len(listener.paths) == 1)
    clock.now += 120
    ping.ticked(True)  # returns, though the first has no answer yet
    assert len(listener.paths) == 1
    listener.hold.set()
    ping.wait(WAIT_SECONDS)
    tick(ping)
    assert len(listener.paths) == 2


def test_one_that_is_never_answered_is_given_up(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.hold = threading.Event()
    ping = HeartbeatPing(listener.url, timeout=0.05)
    tick(ping)
    listener.hold.set()
    assert "timed out" in vars(caplog.records[0])["reason"]


def test_trouble_is_logged_once_an_hour_without_the_address(
    listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.status = 500
    clock = Seconds()
    ping = HeartbeatPing(listener.url, clock=clock)
    for _ in range(60):
        tick(ping)
        clock.now += 60
    assert len(caplog.records) == 1
    tick(ping)
    assert len(caplog.records) == 2
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    assert "secret" not in " ".join(str(vars(record)) for record in caplog.records)


def test_a_server_that_is_not_there_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    ping = HeartbeatPing("http://127.0.0.1:9/ping")
    tick(ping)
    assert "refused" in vars(caplog.records[0])["reason"]


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/x", "file:///etc/passwd", "hc-ping.com/x", "https://a b/", "http://a:x/"],
)
def test_only_an_address_of_the_web_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DULY_HEARTBEAT_URL", url)
    with pytest.raises(BadConfiguration, match="DULY_HEARTBEAT_URL"):
        load_settings()
    assert Settings.model_fields["heartbeat_url"].default is None
