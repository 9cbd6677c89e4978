"""Limits of the HTTP server: a time-out for each request, and a number of connections.

uvicorn has neither a time-out for a request that does not come whole, nor a limit of connections
that lets the probe through (`limit_concurrency` refuses everything). So its protocol is given
both: whoever keeps a connection without completing a request gives it up for a newcomer.
"""

from __future__ import annotations

import asyncio
import resource
from operator import itemgetter
from typing import cast

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HEALTH_PATH = "/healthz"
REQUEST_SECONDS = 15.0
"""Time in which a request has to come whole, headers and body, counted from the connection or from
the answer before it; Slack and Teams take a fraction of a second."""
CONNECTIONS = 512
"""Connections at once, at most; fewer where the process may have few files open."""


def connection_limit() -> int:
    """CONNECTIONS, or half of the files that the process may have open: the store and the
    platforms need theirs."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONNECTIONS if files == resource.RLIM_INFINITY else max(1, min(CONNECTIONS, files // 2))


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with limits. Of more connections than `limit` the one that has been
    waiting for its request the longest is closed; where all have one that is being answered,
    whatever is not the probe gets 503."""

    limit = connection_limit()
    request_seconds = REQUEST_SECONDS

    _timer: asyncio.TimerHandle | None = None
    """Runs while the connection waits for a whole request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        if len(self.connections) > self.limit and not self._make_room():
            self.app = _probe_only(self.app)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Set the timer where a request is waited for, and stop it where one is being answered."""
        cycle = self.cycle
        if cycle is not None and not cycle.more_body and not cycle.response_complete:
            self._unwatch()
        elif self._timer is None and not self.transport.is_closing():
            self._timer = self.loop.call_later(self.request_seconds, self._give_up)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _make_room(self) -> bool:
        """Close the connection that has been waiting for its request the longest, if one is."""
        waiting = [
            (other._timer.when(), other)
            for other in self.connections
            if isinstance(other, LimitedProtocol) and other._timer is not None
        ]
        if not waiting:
            return False
        min(waiting, key=itemgetter(0))[1]._give_up()
        return True

    def _give_up(self) -> None:
        self._unwatch()
        self.connections.discard(self)  # it counts no longer, though it is closed a moment later
        self.transport.abort()


def _probe_only(app: ASGIApp) -> ASGIApp:
    """The app for a connection too many: the probe, and 503 for everything else."""
    busy = PlainTextResponse(
        "Duly has too many requests in hand.\n",
        status_code=503,
        headers={"Retry-After": "1", "Connection": "close"},
    )

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        crowded = scope["type"] == "http" and scope["path"] != HEALTH_PATH
        await (busy if crowded else app)(scope, receive, send)

    return answer
