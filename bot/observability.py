"""Observability of a running process: its metrics, and a heartbeat ping."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.chat.face_group import Connection
from bot.readiness import StoreProbe
from bot.settings import Settings
from scheduler.watching import Witness

if TYPE_CHECKING:
    from bot.metrics import Metrics, MetricsServer

PING_SECONDS = 60.0
"""Least time between two pings."""
PING_TIMEOUT = 5.0
WARN_SECONDS = 60 * 60.0
"""Least time between two warnings in the log."""

log = logging.getLogger("duly.heartbeat_ping")


class HeartbeatPing:
    """Pings a URL after a good tick, at most once a minute, so that its owner notices silence.

    For services such as healthchecks.io, which alert when they have not been pinged for a while.
    Each ping is a GET in a thread of its own, and nothing waits for its answer.
    """

    def __init__(
        self, url: str, *, timeout: float = PING_TIMEOUT, clock: Callable[[], float] = monotonic
    ) -> None:
        self._url = url
        self._timeout = timeout
        self._clock = clock
        self._pinged: float | None = None
        self._warned: float | None = None
        self._thread: threading.Thread | None = None

    def ticked(self, ok: bool) -> None:
        """A tick has ended; returns at once."""
        now = self._clock()
        if not ok or (self._pinged is not None and now - self._pinged < PING_SECONDS):
            return
        if self._thread is not None and self._thread.is_alive():
            return
        self._pinged = now
        self._thread = threading.Thread(target=self._ping, name="heartbeat ping", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for the ping on its way, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _ping(self) -> None:
        # settings take http and https only
        request = Request(self._url, headers={"User-Agent": "Duly"})  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout) as response:  # noqa: S310
                response.read(1)
        except (OSError, HTTPException, ValueError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        now = self._clock()
        if self._warned is not None and now - self._warned < WARN_SECONDS:
            return
        self._warned = now
        # The address itself is as good as a password to whoever reads it.
        host = urlsplit(self._url).hostname
        log.warning("heartbeat ping failed", extra={"host": host, "reason": str(error)})


class Observability:
    """As much as the settings ask for. Raises CannotListen where the metrics' port is taken.

    `connections` gives those of every face.
    """

    def __init__(
        self,
        settings: Settings,
        probe: StoreProbe,
        connections: Callable[[], Sequence[Connection]],
    ) -> None:
        self.where = ""
        """The address of the metrics, as it is printed after Duly's own."""
        self._metrics: Metrics | None = None
        self._server: MetricsServer | None = None
        url = settings.heartbeat_url
        self._ping = HeartbeatPing(url) if url is not None else None
        if settings.metrics_port is not None:
            # Imported here: most run without.
            from bot.metrics import Metrics

            host = settings.metrics_host
            self._metrics = Metrics(probe, connections)
            self._server = self._metrics.serve(host, settings.metrics_port)
            named = f"[{host}]" if ":" in host else host
            self.where = f", its metrics at http://{named}:{self._server.port}/metrics"

    @property
    def witness(self) -> Witness | None:
        return self._metrics

    def ticked(self, ok: bool, seconds: float) -> None:
        """Note the end of a tick, which took so many seconds."""
        if self._ping is not None:
            self._ping.ticked(ok)
        if self._metrics is not None:
            self._metrics.ticked(ok, seconds)

    def served(self, app: FastAPI) -> ASGIApp:
        """The app, with its answers counted where there are metrics."""
        return app if self._metrics is None else self._metrics.counting(app)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
