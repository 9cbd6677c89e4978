"""Staying up: one process in the foreground that answers HTTP and ticks the scheduler."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from starlette.types import ASGIApp

from governance.errors import DulyError

GRACE_SECONDS = 8
"""What is in hand is finished within this once the process is asked to end."""
SILENT_TICKS = 4
"""So many intervals without a tick, and the process is not ready."""
LEAST_SILENCE = timedelta(seconds=10)

log = logging.getLogger("duly.serving")


class CannotListen(DulyError):
    """The address is taken, or is not one of this machine's."""


def listen(host: str, port: int) -> socket.socket:
    """A socket at `host` and `port` (0 for any free one). Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
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

    def __init__(self, tick: Callable[[], object], seconds: float) -> None:
        self._tick = tick
        self._seconds = seconds
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
        try:
            self._tick()
        except DulyError as error:
            self._trouble = f"The last tick failed: {error.sentence}"
            log.warning("tick failed", extra={"reason": error.sentence})
            return
        self._last, self._trouble = datetime.now(UTC), None

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
        self._stopping.set()
        super().handle_exit(sig, frame)


def serve(
    app: ASGIApp, listening: socket.socket, heartbeat: Heartbeat, stopping: threading.Event
) -> None:
    """Answer HTTP and tick until SIGTERM or Ctrl-C; `stopping` is set when that comes."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # uvicorn's greeting would stand before our own line, which says what it is.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    heartbeat.start()
    try:
        _Server(config, stopping).run(sockets=[listening])
    finally:
        stopping.set()
        heartbeat.stop()
        listening.close()
