"""The HTTP server of a process in the foreground: listening, probes, shutdown on a signal."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from bot.http_limits import HEALTH_PATH, LimitedProtocol
from bot.readiness import pool_reasons
from governance.errors import DulyError
from scheduler.ticking import IntervalTicker

GRACE_SECONDS = 8
"""Time for answers in hand once the process is asked to end."""
BACKLOG = 128
"""Visitors that wait to be let in; so many are let in at once, at most."""
LAST_SECONDS = 9.5
"""Time after which the process ends, whatever hangs: what it was about to send is still in the
ledger."""

log = logging.getLogger("duly.serving")


class CannotListen(DulyError):
    """The address is taken, or is not one of this machine's."""


def listen(host: str, port: int) -> socket.socket:
    """A socket at `host` and `port` (0 for any free one). Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it each answer's
    # body waits some 40 ms for whoever asked to acknowledge the headers.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)  # from here on a visitor waits instead of being turned away
    except OSError as error:
        listening.close()
        raise CannotListen(
            f"Duly cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}. "
            "Choose another address with DULY_HOST and DULY_PORT."
        ) from error
    return listening


class _Server(uvicorn.Server):
    """uvicorn that ends with status 0 on a signal, and sets `stopping` at once."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        former = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self._stopping.is_set():
            timer = threading.Timer(LAST_SECONDS, _exit_now)
            timer.daemon = True
            timer.start()
        self._stopping.set()
        super().handle_exit(sig, frame)


def _exit_now() -> None:
    """End the process: threads that wait for the network would keep Python alive."""
    log.warning("ended with work in hand")
    logging.shutdown()
    os._exit(0)


def add_probes(app: FastAPI, ready: Callable[[], list[str]]) -> None:
    """Route the probes: GET /healthz, answered as soon as anything is, and GET /readyz, which is
    503 with the reasons that `ready` gives, if any."""

    # On the event loop itself: the threads of other answers may all be busy.
    @app.get(HEALTH_PATH)
    async def healthz() -> JSONResponse:
        return JSONResponse({"ok": True})

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        # `ready` waits in a thread that is not of the pool which is probed
        reasons = [*await run_in_threadpool(ready), *await pool_reasons()]
        body = {"ready": not reasons, "reasons": reasons}
        return JSONResponse(body, status_code=503 if reasons else 200)


def serve(
    app: ASGIApp,
    listening: socket.socket,
    ticker: IntervalTicker,
    stopping: threading.Event,
    *,
    lifespan: bool = False,
) -> None:
    """Answer HTTP and tick until SIGTERM or Ctrl-C; `stopping` is set when that comes.

    With `lifespan` the app's own start and end are run, on the loop that serves it.
    """
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",  # nothing here speaks it, and its connections would be counted nowhere
        backlog=BACKLOG,
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
    ticker.start()
    try:
        _Server(config, stopping).run(sockets=[listening])
    finally:
        stopping.set()
        ticker.stop()
        listening.close()
