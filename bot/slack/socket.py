"""Socket Mode: slack_sdk's client, several of them, each the spare of the others.

slack_sdk notices a socket whose pongs fail, and opens another. What it lacks is added here: a
socket that still answers pings but has brought nothing for long is renewed, since Slack has been
seen to forget one without closing it; when Slack announces that it will close a socket, the next
is opened first; an envelope that is delivered again gets the answer of the first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic, time
from typing import Any

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.face_group import Connection
from bot.logs import log_incident
from bot.slack.channels import PLATFORM
from bot.slack.client import UNREACHED, Json, quiet_logger, retry_after, why

SOCKETS = 2
"""Slack closes each from time to time; the other takes over. It allows 10 in all replicas."""
PING_SECONDS = 5.0
"""Between two pings; a socket is dead when half of this passes without a pong."""
CONNECT_SECONDS = 20.0
"""Time-out of one attempt to open a socket at an address; then another address is asked for."""
CLOSE_SECONDS = 1.0
"""Time-out of closing a socket whose other end may be gone."""
QUIET_SECONDS = 15 * 60.0
"""A socket that brought nothing for so long, more or less, is renewed."""
LEAVE_SECONDS = 15.0
"""After its warning Slack still sends to a socket for about 10 s."""
RENEW_SECONDS = 1.0
"""Pause before a socket is replaced, so that one which Slack sends away at once is no busy loop."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds between two attempts to get an address; each failure doubles them."""
REMEMBERED_SECONDS = 60.0
"""An envelope that comes again within this gets the answer of the first."""
FINISH_SECONDS = 3.0
"""Time for the envelopes in hand when the process ends."""


log = logging.getLogger("duly.slack.socket")


class SocketMode:
    """Keeps `count` sockets open and dispatches the envelopes they bring to `app`."""

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
        self._count = count
        self._ping = ping_seconds
        self._quiet = quiet_seconds
        self._sockets: dict[int, _Socket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._responses: dict[str, asyncio.Task[BoltResponse]] = {}

    def start(self) -> None:
        """Begin to open the sockets; does not wait for them."""
        for number in range(1, self._count + 1):
            self._sockets[number] = socket = self._socket(number)
            self._background(socket.open())
            self._background(self._renew_when_quiet(number))

    async def stop(self) -> None:
        """Finish what is in hand, then close the sockets."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=FINISH_SECONDS)
        ending = [*self._tasks, *self._in_hand]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        sockets, self._sockets = self._sockets, {}
        await asyncio.gather(*(socket.close() for socket in sockets.values()))

    @property
    def open(self) -> int:
        """The number of sockets that are open now."""
        return sum(socket.is_open for socket in self._sockets.values())

    def reasons(self) -> list[str]:
        """Reasons why Socket Mode is not ready; none while one socket is open."""
        if self.open:
            return []
        troubles = [socket.trouble for socket in self._sockets.values() if socket.trouble]
        trouble = troubles[0] if troubles else "the first is on its way"
        return [f"No socket to Slack is open: {trouble}."]

    def connections(self) -> list[Connection]:
        """Each socket, and since when Slack sent nothing there."""
        now = monotonic()
        return [
            Connection(
                platform=PLATFORM,
                name=str(number),
                up=socket.is_open,
                silent=None if socket.heard_at is None else now - socket.heard_at,
            )
            for number, socket in self._sockets.items()
        ]

    async def replace(self, socket: _Socket) -> None:
        """Open the next socket in the place of this one, and close it when Slack is done there."""
        if self._sockets.get(socket.number) is not socket:
            return  # it was replaced already
        self._sockets[socket.number] = new = self._socket(socket.number)
        new.heard_at, new.trouble = socket.heard_at, socket.trouble
        try:
            await asyncio.sleep(RENEW_SECONDS)
            socket.reconnects(False)
            await new.open()
            await asyncio.sleep(LEAVE_SECONDS)
        finally:
            await socket.close()

    def leave(self, socket: _Socket) -> None:
        """Slack is about to close this socket."""
        self._background(self.replace(socket))

    async def send(self, message: str, first: _Socket) -> None:
        """Send an answer down the socket that brought the envelope, else down any other."""
        for socket in (first, *self._sockets.values()):
            with suppress(ConnectionError):
                if await socket.send_if_open(message):
                    return
        log.warning("no socket left for an answer")

    async def respond(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answer one envelope; what failed is not acknowledged, so that Slack knows of it."""
        task = asyncio.current_task()
        assert task is not None
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        response = await asyncio.shield(self._response(request))
        await send_async_response(socket, request, response, time())

    def _response(self, request: SocketModeRequest) -> asyncio.Task[BoltResponse]:
        """The app's response, one for an envelope however often it is delivered."""
        id = request.envelope_id
        task = self._responses.get(id)
        if task is None:
            task = self._responses[id] = asyncio.create_task(run_async_bolt_app(self._app, request))
            asyncio.get_running_loop().call_later(REMEMBERED_SECONDS, self._responses.pop, id, None)
        return task

    def _socket(self, number: int) -> _Socket:
        return _Socket(self, number, self._app.client, self._token, self._ping)

    async def _renew_when_quiet(self, number: int) -> None:
        limit = self._quiet * (0.75 + 0.5 * number / self._count)  # not all at once
        while True:
            heard_at = self._sockets[number].heard_at
            silent = monotonic() - heard_at if heard_at is not None else 0
            if silent < limit:
                await asyncio.sleep(limit - silent)
            else:
                await self.replace(self._sockets[number])

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_incident(error)


class _Socket(SocketModeClient):
    """slack_sdk's client in one place among the sockets."""

    def __init__(
        self, sockets: SocketMode, number: int, client: AsyncWebClient, token: str, ping: float
    ) -> None:
        super().__init__(
            app_token=token,
            logger=quiet_logger("duly.slack.socket"),
            web_client=client,
            ping_interval=ping,
        )
        self.number = number
        self.trouble: str | None = None
        self.heard_at: float | None = None
        """By `monotonic`, when Slack last sent anything here."""
        self._sockets = sockets
        self.socket_mode_request_listeners.append(sockets.respond)

    async def open(self) -> None:
        """Connect; whatever goes wrong, slack_sdk's monitor tries again after the next ping."""
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        await self.connect_to_new_endpoint()

    @property
    def is_open(self) -> bool:
        session = self.current_session
        return session is not None and not session.closed

    def reconnects(self, enabled: bool) -> None:
        """Set that another socket is opened here when this one is lost."""
        self.default_auto_reconnect_enabled = self.auto_reconnect_enabled = enabled

    async def issue_new_wss_url(self) -> str:
        """The address of a new socket, asked for until Slack gives one."""
        wait = FIRST_WAIT
        while True:
            try:
                response = await self.web_client.apps_connections_open(app_token=self.app_token)
                return str(response["url"])
            except SlackApiError as error:
                self.trouble = f"Slack answered apps.connections.open with {why(error)}"
                pause = max(retry_after(error), wait)
            except UNREACHED as error:
                self.trouble, pause = f"Slack cannot be reached ({why(error)})", wait
            log.warning("socket lost", extra={"socket": self.number, "reason": self.trouble})
            await asyncio.sleep(pause)
            wait = min(wait * 2, LONGEST_WAIT)

    async def connect(self) -> None:
        """Open a socket. slack_sdk tries one address for ever, which is good for one socket: after
        a while another is asked for."""
        while not self.closed:
            if self.wss_uri is None:
                self.wss_uri = await self.issue_new_wss_url()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await super().connect()
                log.info("socket open", extra={"socket": self.number})
                return
            except TimeoutError:
                self.trouble = "the connection failed"
            finally:
                self.wss_uri = None

    async def disconnect(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await super().disconnect()

    async def send_message(self, message: str) -> None:
        await self._sockets.send(message, self)

    async def send_if_open(self, message: str) -> bool:
        """Raises ConnectionError where it was open and is lost."""
        session = self.current_session
        if session is None or session.closed:
            return False
        await session.send_str(message)
        return True

    async def run_message_listeners(self, message: Json, raw_message: str) -> None:
        self.heard_at = monotonic()
        if message.get("type") != "disconnect":
            self.trouble = None
            await super().run_message_listeners(message, raw_message)
        elif message.get("reason") == "link_disabled":
            self.trouble = "Socket Mode is switched off on the app's page at Slack"
            await self.disconnect()  # and tries again after the next ping
        else:
            self._sockets.leave(self)
