"""Client of Teams' connector, by which a bot writes, edits, and asks who and where.

Microsoft's SDK gives the HTTP client and the tokens; it repeats nothing. Each call is one attempt,
except that `with_retries` waits a moment and tries again where Teams is busy.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from bot.chat.members import LOOKUP_SECONDS
from bot.teams.activity import ConversationReference, Json
from bot.teams.sdk import (
    AppTokenProvider,
    Client,
    ClientCredentials,
    ClientOptions,
    TokenManager,
    TokenProtocol,
)
from bot.teams.settings import TeamsSettings
from governance.errors import DulyError

T = TypeVar("T")

CALL_SECONDS = 4.0
"""For one call with its token while somebody waits: an answer is due within ten."""
RETRIES_SECONDS = 6.0
"""For one call with its retries."""
BUSY = frozenset({412, 429, 502, 503, 504})
"""Statuses that may pass: Microsoft's own list of those to try again, and 503."""
PERHAPS_DONE = frozenset({500, 502, 503, 504})
"""Failures on the way, after which a message may be there all the same."""
ATTEMPTS = 3
MAX_WAIT = 2.0
"""Seconds between two attempts while somebody waits for an answer."""
_back_off = wait_exponential(multiplier=0.3, max=MAX_WAIT) + wait_random(0, 0.3)

log = logging.getLogger(__name__)


class CallFailed(DulyError):
    """A call that Teams did not do. `status` is its answer's, 0 where there was none."""

    def __init__(
        self,
        why: str,
        *,
        status: int = 0,
        code: str = "",
        retry_after: float | None = None,
        perhaps_done: bool = False,
    ) -> None:
        super().__init__(why)
        self.status = status
        self.code = code
        """Teams' own word for it: "ConversationNotFound"."""
        self.retry_after = retry_after
        """Seconds it asks to wait."""
        self.perhaps_done = perhaps_done
        """It may have been done all the same."""


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
        timeout: float = CALL_SECONDS,
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
            token = await self._tokens.get()
        except (ValueError, OSError) as error:  # requests' own errors are OSErrors
            raise CallFailed(f"Microsoft gives no token: {error}") from error
        return str(token) if token is not None else None

    async def post(self, where: ConversationReference, message: Json) -> str:
        """Post a message in a conversation; gives its id. Raises CallFailed."""
        body = await self._send("POST", f"{_url(where)}/activities", message, changes=True)
        return str(body.get("id") or "")

    async def edit(self, where: ConversationReference, id: str, message: Json) -> None:
        """Edit a message of a conversation. Raises CallFailed."""
        await self._send("PUT", f"{_url(where)}/activities/{_part(id)}", {**message, "id": id})

    async def open(self, service_url: str, *, bot: str, user: str, tenant: str) -> str:
        """Open the personal chat with somebody; gives its id. Raises CallFailed, with 403 where
        Duly is not installed for them."""
        request = {
            "isGroup": False,
            "bot": {"id": bot},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        body = await self._send("POST", f"{_root(service_url)}/v3/conversations", request)
        return str(body["id"])

    async def member(self, where: ConversationReference, account: str) -> Json:
        """Teams' description of somebody in a conversation. Raises CallFailed."""
        base = ConversationReference(where.conversation.partition(";")[0], where.service_url)
        return await self._send("GET", f"{_url(base)}/members/{_part(account)}")

    async def channels(self, service_url: str, team: str) -> list[Json]:
        """A team's channels, each with id, name (the General one has none) and type. Raises
        CallFailed."""
        body = await self._send("GET", f"{_root(service_url)}/v3/teams/{_part(team)}/conversations")
        return list(body.get("conversations") or ())

    async def _send(
        self, method: str, url: str, body: Json | None = None, *, changes: bool = False
    ) -> Json:
        sending = False
        try:
            # The client's own time-out is for each part of an answer, of which there may be many.
            async with asyncio.timeout(self._timeout):
                token = await self.token()
                sending = True
                response = await self._client.request(method, url, json=body, token=token)
        except TimeoutError as error:
            if not sending:
                raise CallFailed("Microsoft gives no token in time.") from error
            raise CallFailed("Teams did not answer in time.", perhaps_done=changes) from error
        except httpx.HTTPStatusError as error:
            raise _refused(error.response, changes) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise CallFailed("Teams could not be reached.") from error
        except httpx.TimeoutException as error:
            raise CallFailed("Teams did not answer in time.", perhaps_done=changes) from error
        except httpx.HTTPError as error:
            raise CallFailed("Teams could not be reached.", perhaps_done=changes) from error
        content = response.json() if response.content else {}
        return content if isinstance(content, dict) else {}


async def lookup(call: Coroutine[Any, Any, T]) -> T:
    """The result of a look-up while somebody waits for an answer. Raises CallFailed."""
    try:
        return await asyncio.wait_for(call, LOOKUP_SECONDS)
    except TimeoutError as error:
        raise CallFailed("Teams did not answer in time.") from error


async def with_retries(call: Callable[[], Awaitable[T]]) -> T:
    """The result of a call while somebody waits for its answer, repeated where Teams is busy. An
    answer that stands there twice does less harm than none. Raises CallFailed."""
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(ATTEMPTS),
        wait=_wait,
        reraise=True,
    )
    try:
        async with asyncio.timeout(RETRIES_SECONDS):
            return await retrying(call)
    except TimeoutError as error:
        raise CallFailed("Teams did not answer in time.", perhaps_done=True) from error


def _may_pass(error: BaseException) -> bool:
    """True for a refusal that is over before whoever waits has lost patience."""
    if not isinstance(error, CallFailed) or error.status not in BUSY:
        return False
    return error.retry_after is None or error.retry_after <= MAX_WAIT


def _wait(state: RetryCallState) -> float:
    """Seconds until the next attempt: those that Teams asks for, else an exponential back-off."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = error.retry_after if isinstance(error, CallFailed) else None
    return asked or _back_off(state)


def _root(service_url: str) -> str:
    return service_url.rstrip("/")


def _url(where: ConversationReference) -> str:
    return f"{_root(where.service_url)}/v3/conversations/{_part(where.conversation)}"


def _part(id: str) -> str:
    """An id as one part of a path."""
    return quote(id, safe=":@;=!$&'()*+,")


def _refused(response: httpx.Response, changes: bool) -> CallFailed:
    """The failure that a response with an error status is."""
    try:
        content = response.json()
    except ValueError:
        content = None
    problem = content.get("error") if isinstance(content, dict) else None
    if not isinstance(problem, dict):
        problem = {}
    code = str(problem.get("code") or "")
    told = str(problem.get("message") or "").strip().rstrip(".")
    sentence = f"Teams answers {response.status_code}{f' ({code})' if code else ''}"
    return CallFailed(
        f"{sentence}: {told}." if told else f"{sentence}.",
        status=response.status_code,
        code=code,
        retry_after=_seconds(response.headers.get("retry-after")),
        perhaps_done=changes and response.status_code in PERHAPS_DONE,
    )


def _seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After header, where it names any."""
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None
