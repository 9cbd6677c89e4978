"""Socket Mode: Slack's requests over websockets that Duly opens, several of them.

A socket that falls silent is noticed by its missing pong; one that still answers pings but has
brought nothing for long is renewed, since Slack has been seen to forget a socket without closing
it. When Slack announces that it will close one, the next is opened first.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chat.face_group import Connection
from bot.logs import log_incident
from bot.slack.channels import PLATFORM
from bot.slack.client import retry_after, why

SOCKETS = 2
"""Slack closes each from time to time; the other takes over. It allows 10 in all replicas."""
PING_SECONDS = 10.0
"""A socket is pinged so often, and is dead when half of this passes without a pong."""
HELLO_SECONDS = 10.0
"""Slack greets a new socket within this."""
QUIET_SECONDS = 15 * 60.0
"""A socket that brought nothing for so long, more or less, is renewed."""
LEAVE_SECONDS = 15.0
"""After Slack's warning it closes a socket within about 10 s."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds between two attempts to open a socket; each failure doubles them."""
SHORT_SECONDS = 1.0
"""A socket that Slack sends away sooner than this is not replaced at once."""
REMEMBERED_SECONDS = 60.0
"""An envelope that comes again within this gets the answer of the first."""
FINISH_SECONDS = 3.0
"""What is in hand when the process ends may take so long."""

Json = dict[str, Any]

log = logging.getLogger("duly.slack.socket")


class _Unopened(Exception):
    """Slack did not open, or did not keep, a socket; the text says why."""

    def __init__(self, cause: str, wait: float = 0) -> None:
        super().__init__(cause)
        self.wait = wait


@dataclass
class _Line:
    """One place among the sockets; its socket changes, the place stays."""

    number: int
    open: aiohttp.ClientWebSocketResponse | None = None
    trouble: str | None = None
    failures: int = 0
    heard: float | None = None
    """By `monotonic`, when Slack last sent anything here."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class SocketMode:
    """Keeps `count` sockets open and hands what they bring to `app`."""

    def __init__(
        self,
        app: AsyncApp,
        token: str,
        *,
        count: int = SOCKETS,
        ping_seconds: float = PING_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._app = app
        self._token = token
        self._ping = ping_seconds
        self._quiet = quiet_seconds
        self._lines = [_Line(number) for number in range(1, count + 1)]
        self._http: aiohttp.ClientSession | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._answers: dict[str, asyncio.Task[BoltResponse]] = {}
        self._stopping = False

    def start(self) -> None:
        """Begin to open the sockets; does not wait for them."""
        self._http = aiohttp.ClientSession(trust_env=True)
        for line in self._lines:
            self._begin(line)

    async def stop(self) -> None:
        """Finish what is in hand, then close the sockets."""
        self._stopping = True
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=FINISH_SECONDS)
        ending = [*self._keeping, *self._in_hand, *(t for line in self._lines for t in line.tasks)]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    @property
    def open(self) -> int:
        """How many sockets are open now."""
        return sum(line.open is not None and not line.open.closed for line in self._lines)

    def reasons(self) -> list[str]:
        """Why Socket Mode is not ready; nothing while one socket is open."""
        if self.open:
            return []
        trouble = next((line.trouble for line in self._lines if line.trouble), None)
        return [f"No socket to Slack is open: {trouble or 'the first is on its way'}."]

    def connections(self) -> list[Connection]:
        """Each place among the sockets, and since when Slack sent nothing there."""
        now = monotonic()
        return [
            Connection(
                platform=PLATFORM,
                name=str(line.number),
                up=line.open is not None and not line.open.closed,
                silent=None if line.heard is None else now - line.heard,
            )
            for line in self._lines
        ]

    def _begin(self, line: _Line) -> None:
        task = asyncio.create_task(self._keep(line))
        self._keeping.add(task)

        def ended(done: asyncio.Task[None]) -> None:
            self._keeping.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                line.trouble = f"incident {log_incident(error)} is in the log"
                if not self._stopping:
                    asyncio.get_running_loop().call_later(LONGEST_WAIT, self._again, line)

        task.add_done_callback(ended)

    def _again(self, line: _Line) -> None:
        if not self._stopping:
            self._begin(line)

    async def _keep(self, line: _Line) -> None:
        """Open a socket on this line again and again, the next one before the last is closed."""
        while True:
            begun = monotonic()
            leaving = asyncio.Event()
            session = asyncio.create_task(self._session(line, leaving))
            line.tasks.add(session)
            session.add_done_callback(line.tasks.discard)
            left = asyncio.create_task(leaving.wait())
            await asyncio.wait({session, left}, return_when=asyncio.FIRST_COMPLETED)
            left.cancel()
            if not session.done():
                session.add_done_callback(_let_go)
                if monotonic() - begun < SHORT_SECONDS:
                    await asyncio.sleep(SHORT_SECONDS)  # one that Slack sends away at once
                continue
            try:
                await session
            except _Unopened as error:
                line.trouble = str(error)
                line.failures += 1
                wait = min(FIRST_WAIT * 2 ** (line.failures - 1), LONGEST_WAIT)
                log.warning("socket lost", extra={"socket": line.number, "reason": str(error)})
                # chance only spreads the attempts; nothing secret hangs on it
                await asyncio.sleep(max(error.wait, wait * random.uniform(0.75, 1.25)))  # noqa: S311

    async def _session(self, line: _Line, leaving: asyncio.Event) -> None:
        """One socket, from opening to close. Raises _Unopened unless it was renewed on purpose."""
        assert self._http is not None
        url = await self._address()
        try:
            async with self._http.ws_connect(
                url,
                heartbeat=self._ping,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                max_msg_size=16 * 1024 * 1024,
            ) as socket:
                try:
                    await self._greeted(socket)
                    line.open, line.trouble, line.failures = socket, None, 0
                    line.heard = monotonic()
                    log.info("socket open", extra={"socket": line.number})
                    await self._listen(line, socket, leaving)
                finally:
                    if line.open is socket:
                        line.open = None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _Unopened(f"the connection failed ({why(error)})") from error

    async def _address(self) -> str:
        try:
            opened = await self._app.client.apps_connections_open(app_token=self._token)
        except SlackApiError as error:
            raise _Unopened(
                f"Slack answered apps.connections.open with {why(error)}", retry_after(error)
            ) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _Unopened(f"Slack cannot be reached ({why(error)})") from error
        return str(opened["url"])

    async def _greeted(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async with asyncio.timeout(HELLO_SECONDS):
            first = await socket.receive()
        told = _message(first.data) if first.type is aiohttp.WSMsgType.TEXT else None
        if told is None or told.get("type") != "hello":
            raise _Unopened(f"Slack did not greet a new socket ({first.type.name.lower()})")

    async def _listen(
        self,
        line: _Line,
        socket: aiohttp.ClientWebSocketResponse,
        leaving: asyncio.Event,
    ) -> None:
        """Hand on what comes, until the socket is closed, silent, or has been quiet for long."""
        while True:
            quiet = self._quiet * random.uniform(0.75, 1.25)  # noqa: S311  # not both at once
            try:
                # Not receive's own time-out, which begins again with each pong.
                async with asyncio.timeout(LEAVE_SECONDS if leaving.is_set() else quiet):
                    message = await socket.receive()
            except TimeoutError:
                return
            if message.type is not aiohttp.WSMsgType.TEXT:
                if leaving.is_set():
                    return
                error = socket.exception()
                cause = why(error) if error is not None else "Slack closed it"
                raise _Unopened(f"a socket was lost ({cause})")
            line.heard = monotonic()
            told = _message(message.data)
            if told is None:
                log.warning("not understood", extra={"socket": line.number})
            elif told.get("type") == "disconnect":
                if told.get("reason") == "link_disabled":
                    raise _Unopened("Socket Mode is switched off on the app's page at Slack")
                leaving.set()
            elif told.get("envelope_id"):
                task = asyncio.create_task(self._answer(socket, told))
                self._in_hand.add(task)
                task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_incident(error)

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, told: Json) -> None:
        """Answer one envelope; what failed is not acknowledged, so that Slack knows of it."""
        response = await asyncio.shield(self._response(told))
        if response.status != 200:
            return
        answer: Json = {"envelope_id": told["envelope_id"]}
        if response.body and told.get("accepts_response_payload", True):
            answer["payload"] = _message(response.body) or {"text": response.body}
        for one in (socket, *(line.open for line in self._lines)):
            if one is None or one.closed:
                continue
            try:
                await one.send_str(json.dumps(answer))
            except ConnectionError:
                continue
            return
        log.warning("no socket left for an answer", extra={"envelope": told["envelope_id"]})

    def _response(self, told: Json) -> asyncio.Task[BoltResponse]:
        """The app's answer, one for an envelope however often it is delivered."""
        id = str(told["envelope_id"])
        known = self._answers.get(id)
        if known is None:
            known = asyncio.create_task(self._dispatched(told))
            self._answers[id] = known
            asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._answers.pop, id, None)
        return known

    async def _dispatched(self, told: Json) -> BoltResponse:
        request = SocketModeRequest.from_dict(told)
        if request is None:
            return BoltResponse(status=400)
        response: BoltResponse = await run_async_bolt_app(self._app, request)
        return response


def _message(text: str) -> Json | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _let_go(session: asyncio.Task[None]) -> None:
    """How a socket ended that was already replaced is of no interest, unless it is a surprise."""
    if session.cancelled() or (error := session.exception()) is None:
        return
    if not isinstance(error, _Unopened):
        log_incident(error)
