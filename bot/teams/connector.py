"""Calls to Teams' connector, by which a bot writes, edits, and asks who and where.

Microsoft's SDK gives the client and its tokens; it repeats nothing. Each call is one attempt,
except that `answering` waits a moment and tries again where Teams is busy.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from bot.teams.errors import CallFailed
from bot.teams.sdk import (
    AppTokenProvider,
    Client,
    ClientCredentials,
    ClientOptions,
    TokenManager,
    TokenProtocol,
)
from bot.teams.settings import TeamsSettings

Json = dict[str, Any]
T = TypeVar("T")

TIMEOUT = 4.0
"""Seconds for one call with its token while somebody waits: an answer is due within ten."""
WHOLE = 6.0
"""Seconds for one call with what is tried again."""
BUSY = frozenset({412, 429, 502, 503, 504})
"""What may pass: Microsoft's own list of what to try again, and 503."""
PERHAPS_DONE = frozenset({500, 502, 503, 504})
"""Failures on the way, after which a message may be there all the same."""
LOOKUP_SECONDS = 1.2
"""Seconds for a look-up of who somebody is, or what a channel is, while they wait for an answer."""
TRIES = 3
PATIENCE = 2.0
"""Seconds that one wait may take while somebody waits for an answer."""

log = logging.getLogger(__name__)


class AppTokens:
    """The SDK's tokens of the app, in the one tenant it belongs to, kept until they run out.

    They are fetched in threads of their own, as long as Microsoft lets each wait: no event loop
    that ends waits for them.
    """

    def __init__(self, settings: TeamsSettings) -> None:
        secret = settings.client_secret
        credentials = ClientCredentials(
            client_id=settings.client_id or "",
            client_secret=secret.get_secret_value() if secret is not None else "",
            tenant_id=settings.tenant_id,
        )
        self._provider = AppTokenProvider(TokenManager(credentials))
        self._threads = ThreadPoolExecutor(4, "teams-token")

    async def get(self) -> TokenProtocol | None:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: asyncio.run(self._provider.get_app_token())
        )


class Connector:
    """One client. It belongs to one event loop."""

    def __init__(
        self,
        settings: TeamsSettings,
        *,
        timeout: float = TIMEOUT,
        tokens: AppTokens | None = None,
    ) -> None:
        """`tokens` are those of another connector, which share what was fetched."""
        self._timeout = timeout
        self._client = Client(ClientOptions(timeout=timeout))
        # The SDK has every call written out, with the chats of whoever was written to.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._tokens = None if settings.development else tokens or AppTokens(settings)

    async def close(self) -> None:
        await self._client.http.aclose()

    async def token(self) -> str | None:
        """The token that calls are made with; None in development. Raises CallFailed."""
        if self._tokens is None:
            return None
        try:
            found = await self._tokens.get()
        except (ValueError, OSError) as error:  # requests' own errors are OSErrors
            raise CallFailed(f"Microsoft gives no token: {error}") from error
        return str(found) if found is not None else None

    async def post(self, service_url: str, conversation: str, activity: Json) -> str:
        """Write in a conversation; gives the message's id. Raises CallFailed."""
        url = f"{_conversations(service_url)}/{_part(conversation)}/activities"
        told = await self._send("POST", url, activity, changes=True)
        return str(told.get("id") or "")

    async def edit(self, service_url: str, conversation: str, id: str, activity: Json) -> None:
        """Show a message anew where it stands. Raises CallFailed."""
        url = f"{_conversations(service_url)}/{_part(conversation)}/activities/{_part(id)}"
        await self._send("PUT", url, {**activity, "id": id})

    async def open(self, service_url: str, *, bot: str, user: str, tenant: str) -> str:
        """The personal chat with somebody. Raises CallFailed, with 403 where Duly is not
        installed for them."""
        asked = {
            "isGroup": False,
            "bot": {"id": bot},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        told = await self._send("POST", _conversations(service_url), asked)
        return str(told["id"])

    async def member(self, service_url: str, conversation: str, user: str) -> Json:
        """What Teams says of somebody in a conversation. Raises CallFailed."""
        base = conversation.partition(";")[0]
        url = f"{_conversations(service_url)}/{_part(base)}/members/{_part(user)}"
        return await self._send("GET", url)

    async def channels(self, service_url: str, team: str) -> list[Json]:
        """A team's channels, each with id, name (the General one has none) and type. Raises
        CallFailed."""
        told = await self._send("GET", f"{_root(service_url)}/v3/teams/{_part(team)}/conversations")
        return list(told.get("conversations") or ())

    async def _send(
        self, method: str, url: str, body: Json | None = None, *, changes: bool = False
    ) -> Json:
        sending = False
        try:
            # The client's own time-out is for each part of an answer, of which there may be many.
            async with asyncio.timeout(self._timeout):
                token = await self.token()
                sending = True
                answer = await self._client.request(method, url, json=body, token=token)
        except TimeoutError as error:
            why = (
                "Teams did not answer in time." if sending else "Microsoft gives no token in time."
            )
            raise CallFailed(why, perhaps_done=changes and sending) from error
        except httpx.HTTPStatusError as error:
            raise _refused(error.response, changes) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise CallFailed("Teams could not be reached.") from error
        except httpx.TimeoutException as error:
            raise CallFailed("Teams did not answer in time.", perhaps_done=changes) from error
        except httpx.HTTPError as error:
            raise CallFailed("Teams could not be reached.", perhaps_done=changes) from error
        told = answer.json() if answer.content else {}
        return told if isinstance(told, dict) else {}


async def lookup(call: Coroutine[Any, Any, T]) -> T:
    """The result of a look-up while somebody waits for an answer. Raises CallFailed."""
    try:
        return await asyncio.wait_for(call, LOOKUP_SECONDS)
    except TimeoutError as error:
        raise CallFailed("Teams did not answer in time.") from error


async def answering(call: Callable[[], Awaitable[T]]) -> T:
    """A call while somebody waits for its answer: where Teams is busy, again in a moment. An
    answer that stands there twice does less harm than none. Raises CallFailed."""
    try:
        async with asyncio.timeout(WHOLE):
            return await _again(call)
    except TimeoutError as error:
        raise CallFailed("Teams did not answer in time.", perhaps_done=True) from error


async def _again(call: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(TRIES - 1):
        try:
            return await call()
        except CallFailed as error:
            if error.status not in BUSY:
                raise
            wait = error.retry_after or 0.3 * 2**attempt * (1 + random.random())  # noqa: S311
            if wait > PATIENCE:
                raise
            await asyncio.sleep(wait)
    return await call()


def _root(service_url: str) -> str:
    return service_url.rstrip("/")


def _conversations(service_url: str) -> str:
    return f"{_root(service_url)}/v3/conversations"


def _part(id: str) -> str:
    """An id as one part of a path."""
    return quote(id, safe=":@;=!$&'()*+,")


def _refused(answer: httpx.Response, changes: bool) -> CallFailed:
    try:
        told: Any = answer.json()
    except ValueError:
        told = {}
    problem = told.get("error") if isinstance(told, Mapping) else None
    found = problem if isinstance(problem, Mapping) else {}
    code = str(found.get("code") or "")
    said = str(found.get("message") or "").strip().rstrip(".")
    return CallFailed(
        f"Teams answers {answer.status_code}{f' ({code})' if code else ''}"
        + (f": {said}." if said else "."),
        status=answer.status_code,
        code=code,
        retry_after=_seconds(answer.headers.get("retry-after")),
        perhaps_done=changes and answer.status_code in PERHAPS_DONE,
    )


def _seconds(said: str | None) -> float | None:
    try:
        return max(0.0, float(said)) if said is not None else None
    except ValueError:
        return None
