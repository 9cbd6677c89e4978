"""What a running process tells whoever watches it: metrics, and a sign of life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.chat.face_group import Connection
from bot.heartbeat_ping import SignOfLife
from bot.readiness import StoreWatch
from bot.settings import Settings
from scheduler.watching import Witness

if TYPE_CHECKING:
    from bot.metrics import Metrics, Server


class Watch:
    """As much of it as the settings ask for. Raises CannotListen where the metrics' port is taken.

    `connections` gives those of every face.
    """

    def __init__(
        self,
        settings: Settings,
        stores: StoreWatch,
        connections: Callable[[], Sequence[Connection]],
    ) -> None:
        self.where = ""
        """Where the metrics are, as it is said after where Duly is."""
        self._metrics: Metrics | None = None
        self._server: Server | None = None
        url = settings.heartbeat_url
        self._sign = SignOfLife(url) if url is not None else None
        if settings.metrics_port is not None:
            # Imported here: most run without.
            from bot.metrics import Metrics

            host = settings.metrics_host
            self._metrics = Metrics(stores, connections)
            self._server = self._metrics.serve(host, settings.metrics_port)
            named = f"[{host}]" if ":" in host else host
            self.where = f", its metrics at http://{named}:{self._server.port}/metrics"

    @property
    def witness(self) -> Witness | None:
        return self._metrics

    def ticked(self, ok: bool, seconds: float) -> None:
        """A tick has ended, and took so long."""
        if self._sign is not None:
            self._sign.ticked(ok)
        if self._metrics is not None:
            self._metrics.ticked(ok, seconds)

    def served(self, app: FastAPI) -> ASGIApp:
        """The app, with its answers counted where anything is."""
        return app if self._metrics is None else self._metrics.counting(app)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
