"""Socket Mode: the connections an app holds, and what Slack sends down them."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack.fake.model import Json

MOST = 10
WAIT_SECONDS = 10.0


@dataclass(eq=False)
class Link:
    """One connection; `mute` makes it die silently: open, and nothing more comes of it."""

    socket: web.WebSocketResponse
    mute: bool = False
    received: list[Json] = field(default_factory=list)


class Sockets:
    """Every connection of the app; an envelope goes to any one of them."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.links: list[Link] = []
        self.opened = 0
        """Number of the connections there have been."""
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)
        self._turn = 0
        self._waiting: dict[str, Future[Json]] = {}
        self._changed = threading.Condition()

    def ticket(self, base: str) -> str:
        """The address of one connection, good once."""
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return f"{base.replace('http', 'ws', 1)}/link?ticket={ticket}&app_id=A0DULY"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        opened = web.WebSocketResponse(autoping=False)
        await opened.prepare(request)
        if len(self.links) >= MOST:
            await opened.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await opened.close()
            return opened
        link = Link(opened)
        await opened.send_json(
            {
                "type": "hello",
                "num_connections": len(self.links) + 1,
                "connection_info": {"app_id": "A0DULY"},
                "debug_info": {"host": "fake", "approximate_connection_time": 18_060},
            }
        )
        with self._changed:
            self.links.append(link)
            self.opened += 1
            self._changed.notify_all()
        try:
            async for message in opened:
                if link.mute:
                    continue
                if message.type is WSMsgType.PING:
                    await opened.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._heard(link, message.data)
        finally:
            with self._changed:
                self.links.remove(link)
                self._changed.notify_all()
        return opened

    def _heard(self, link: Link, text: str) -> None:
        if not text.startswith("{"):
            return  # some clients send a ping as text
        said = json.loads(text)
        link.received.append(said)
        waiting = self._waiting.pop(said.get("envelope_id", ""), None)
        if waiting is not None:
            waiting.set_result(said.get("payload") or {})

    async def close(self) -> None:
        for link in list(self.links):
            await link.socket.close()

    # From the test's thread

    def wait_for(self, count: int, seconds: float = WAIT_SECONDS) -> None:
        """Until so many connections are open. Raises AssertionError."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.links) >= count, seconds)
        assert enough, f"{len(self.links)} of {count} connections are open"

    def wait_for_another(self, than: int, seconds: float = WAIT_SECONDS) -> None:
        """Until there have been more connections than `than`. Raises AssertionError."""
        with self._changed:
            enough = self._changed.wait_for(lambda: self.opened > than, seconds)
        assert enough, "no new connection was opened"

    def send(self, kind: str, payload: Json, seconds: float, **told: Any) -> Json:
        """An envelope down one of the connections; gives what came with its ack.

        Raises TimeoutError when nothing acknowledged it in time.
        """
        id = f"envelope-{next(self._numbers)}"
        waiting: Future[Json] = Future()
        self._waiting[id] = waiting
        envelope = {"type": kind, "envelope_id": id, "payload": payload,
                    "accepts_response_payload": kind != "events_api", **told}  # fmt: skip
        with self._changed:
            assert self.links, "no connection is open"
            link = self.links[self._turn % len(self.links)]
            self._turn += 1
        self._do(link.socket.send_json(envelope))
        return waiting.result(seconds)

    def warn(self, reason: str = "refresh_requested") -> None:
        """Tell the oldest connection that it will be cut ("warning", "link_disabled" …)."""
        self._do(self.links[0].socket.send_json({"type": "disconnect", "reason": reason}))

    def cut(self) -> None:
        """End the oldest connection."""
        self._do(self.links[0].socket.close())

    def silence(self) -> None:
        """Let every connection die silently: open, unanswered, without a word."""
        for link in self.links:
            link.mute = True

    def _do(self, work: Any) -> None:
        assert self.loop is not None
        asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT_SECONDS)
