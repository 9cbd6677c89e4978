"""Transports from Slack to the app: signed requests, or envelopes down a socket."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx2 as httpx
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.routing import Route

from bot.slack.http import PATH, endpoint
from tests.slack.fake.model import Json
from tests.slack.fake.sockets import Sockets

ANSWER_SECONDS = 30.0
"""Seconds until no answer is expected any more. Slack waits for 3, which a busy machine that runs
tests may take; how quick an answer is, is measured by `make bench`."""
SLASH, EVENT, INTERACTION = "slash_commands", "events_api", "interactive"


class NotAnswered(Exception):
    """The app took longer than Slack waits."""


@dataclass(frozen=True)
class Answer:
    """The app's answer: over a socket, `status` is 200 for an ack."""

    status: int
    body: Json = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Retry:
    """A redelivery: the how-manieth, and why."""

    number: int
    reason: str = "timeout"


class Transport(Protocol):
    """A way of requests from Slack to the app."""

    def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        """Raises NotAnswered."""


def sign(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """Slack's headers for a body: the v0 HMAC over the time and it."""
    moment = str(int(time.time()) if at is None else at)
    said = f"v0:{moment}:{body}".encode()
    digest = hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={digest}"}


def request(kind: str, payload: Json, secret: str, retry: Retry | None) -> tuple[str, Headers]:
    """The body and headers of the signed request that carries a payload."""
    if kind == EVENT:
        body, content = json.dumps(payload), "application/json"
    else:
        fields = payload if kind == SLASH else {"payload": json.dumps(payload)}
        body, content = urlencode(fields), "application/x-www-form-urlencoded"
    headers = {**sign(secret, body), "Content-Type": content}
    if retry is not None:
        headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
    return body, headers


Headers = dict[str, str]


class Loop:
    """An event loop in a thread, for an app that lives in this process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="the-app")
        self._thread.start()

    def run(self, work: Callable[[], Awaitable[Any]], seconds: float = ANSWER_SECONDS) -> Any:
        """Await `work()` there. Raises NotAnswered."""

        async def made() -> Any:
            return await work()

        pending = asyncio.run_coroutine_threadsafe(made(), self._loop)
        try:
            return pending.result(seconds)
        except TooLate:
            pending.cancel()
            raise NotAnswered(f"no answer within {seconds:g} s") from None

    def close(self) -> None:
        """End what is still running there, and the thread."""
        self.run(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_default_executor()


class InProcess:
    """Signed requests to the endpoint of an AsyncApp on a loop of its own, without a server."""

    def __init__(self, app: AsyncApp, secret: str, loop: Loop) -> None:
        self.app = app
        self.secret = secret
        self.loop = loop
        server = Starlette(routes=[Route(PATH, endpoint(app, secret), methods=["POST"])])
        self._transport = httpx.ASGITransport(app=server)

    def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        body, headers = request(kind, payload, self.secret, retry)
        return self.raw(body, headers)

    def raw(self, body: str, headers: Headers) -> Answer:
        """Any body with any headers, as a stranger could send them."""
        raw = {name.encode(): value.encode() for name, value in headers.items()}

        async def post() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport) as client:
                return await client.post(f"http://duly{PATH}", content=body.encode(), headers=raw)

        answer = self.loop.run(post, ANSWER_SECONDS)
        return _read(answer.status_code, answer.text)


class Served:
    """Signed requests over HTTP to wherever the app listens."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret

    def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        body, headers = request(kind, payload, self.secret, retry)
        return self.raw(body, headers)

    def raw(self, body: str, headers: Headers) -> Answer:
        """Any body with any headers, as a stranger could send them."""
        try:
            answer = httpx.post(
                self.url, content=body.encode(), headers=headers, timeout=ANSWER_SECONDS,
                trust_env=False,
            )  # fmt: skip
        except httpx.TimeoutException:
            raise NotAnswered(f"no answer within {ANSWER_SECONDS:g} s") from None
        return _read(answer.status_code, answer.text)


class Socket:
    """Envelopes down the sockets that the app holds open."""

    def __init__(self, sockets: Sockets) -> None:
        self.sockets = sockets

    def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Answer:
        told: Json = {}
        if kind == EVENT:
            told = {"retry_attempt": retry.number if retry else 0,
                    "retry_reason": retry.reason if retry else ""}  # fmt: skip
        try:
            answer = Answer(200, self.sockets.send(kind, payload, ANSWER_SECONDS, **told))
        except (TooLate, TimeoutError):
            raise NotAnswered(f"no ack within {ANSWER_SECONDS:g} s") from None
        return answer


def _read(status: int, text: str) -> Answer:
    """A response; a body that is no JSON object is plain text, as Slack takes it."""
    if not text.startswith("{"):
        return Answer(status, {"text": text} if text else {}, text)
    return Answer(status, json.loads(text), text)
