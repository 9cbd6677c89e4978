"""Staying up: one process in the foreground that answers HTTP and ticks the scheduler."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from governance.errors import DulyError

GRACE_SECONDS = 8
"""What is in hand is finished within this once the process is asked to end."""
LAST_SECONDS = 9.5
"""Whatever hangs then is left: what it was about to send is still in the ledger."""
SILENT_TICKS = 4
"""So many intervals without a tick, and the process is not ready."""
LEAST_SILENCE = timedelta(seconds=10)

log = logging.getLogger("duly.serving")


class CannotListen(DulyError):
    """The address is taken, or is not one of this machine's."""


def listen(host: str, port: int) -> socket.socket:
    """A socket at `host` and `port` (0 for any free one). Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it each answer's
    # body waits some 40 ms for whoever asked to acknowledge the headers.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(128)  # from here on a visitor waits instead of being turned away
    except OSError as error:
        found.close()
        raise CannotListen(
            f"Duly cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}. "
            "Choose another address with DULY_HOST and DULY_PORT."
        ) from error
    return found


class Heartbeat:
    """Ticks every `seconds`; a slow tick is not overtaken, and missed ones become one."""

    def __init__(
        self,
        tick: Callable[[], object],
        seconds: float,
        *,
        told: Callable[[bool, float], None] | None = None,
    ) -> None:
        """`told` hears after each tick whether it went well, and how many seconds it took."""
        self._tick = tick
        self._seconds = seconds
        self._told = told
        self._last: datetime | None = None
        self._trouble: str | None = None
        # The scheduler's own messages about each job run say nothing that `reasons` does not.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler: Any = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        self._scheduler.add_job(
            self._beat,
            "interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """End after the tick that is in hand."""
        self._scheduler.shutdown(wait=True)

    def reasons(self) -> list[str]:
        """Why the scheduler is not ready; nothing when it is."""
        if self._trouble:
            return [self._trouble]
        if self._last is None:
            return ["The scheduler has not ticked yet."]
        silence = datetime.now(UTC) - self._last
        if silence > max(timedelta(seconds=self._seconds * SILENT_TICKS), LEAST_SILENCE):
            return [f"The scheduler has not ticked for {silence.total_seconds():.0f} seconds."]
        return []

    def _beat(self) -> None:
        begun, ok = monotonic(), False
        try:
            self._tick()
            self._last, self._trouble, ok = datetime.now(UTC), None, True
        except DulyError as error:
            self._trouble = f"The last tick failed: {error.sentence}"
            log.warning("tick failed", extra={"reason": error.sentence})
        finally:
            if self._told is not None:
                self._told(ok, monotonic() - begun)

    def _failed(self, event: JobExecutionEvent) -> None:
        self._trouble = "The last tick failed; the log says why."
        log.error("tick failed", exc_info=event.exception)


class _Server(uvicorn.Server):
    """Ends quietly with status 0 when asked to, and says at once that it was asked."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        asked = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in asked}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self._stopping.is_set():
            last = threading.Timer(LAST_SECONDS, _leave)
            last.daemon = True
            last.start()
        self._stopping.set()
        super().handle_exit(sig, frame)


def _leave() -> None:
    """End now, whatever hangs: threads that wait for the network would keep Python alive."""
    log.warning("ended with work in hand")
    logging.shutdown()
    os._exit(0)


def add_probes(app: FastAPI, ready: Callable[[], list[str]]) -> None:
    """GET /healthz, which is answered as soon as anything is, and /readyz: 503 and the reasons
    that `ready` gives, if any."""

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse({"ok": True})

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        reasons = ready()
        body = {"ready": not reasons, "reasons": reasons}
        return JSONResponse(body, status_code=503 if reasons else 200)


def serve(
    app: ASGIApp,
    listening: socket.socket,
    heartbeat: Heartbeat,
    stopping: threading.Event,
    *,
    lifespan: bool = False,
) -> None:
    """Answer HTTP and tick until SIGTERM or Ctrl-C; `stopping` is set when that comes.

    With `lifespan` the app's own start and end are run, on the loop that serves it.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on" if lifespan else "off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # uvicorn's greeting would stand before our own line, which says what it is.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # What is loaded by now stays: without it each collection would look through all of it again,
    # which took a fifth of the time of an answer.
    gc.collect()
    gc.freeze()
    heartbeat.start()
    try:
        _Server(config, stopping).run(sockets=[listening])
    finally:
        stopping.set()
        heartbeat.stop()
        listening.close()
