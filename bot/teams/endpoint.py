"""`POST /api/messages`: authenticates requests, parses their activities, and dispatches them.

In production each request carries Microsoft's token (`bot.teams.token_check`). In development
there is none, and only this machine is listened to. Activities of another channel than Teams, which
a bot's registration may serve as well, are refused in both.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from bot.settings import on_loopback
from bot.teams import sdk
from bot.teams.activity import ActivityRefused, Json, not_implemented, parse_activity
from bot.teams.bot import TeamsBot
from bot.teams.card_action import on_card_action_execute
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed
from bot.teams.conversation_update import on_conversation_update
from bot.teams.dialogs import on_dialog_open, on_dialog_submit
from bot.teams.message_extension import (
    on_message_ext_open,
    on_message_ext_query,
    on_message_ext_submit,
)
from bot.teams.on_message import on_message
from bot.teams.settings import TeamsSettings
from bot.teams.token_check import CHANNEL_ID, TokenCheck

PATH = "/api/messages"
MAX_BYTES = 1_000_000
"""Teams sends at most a quarter of it."""
FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "x-original-host"})
"""Headers, beside X-Forwarded-…, that a proxy adds to a request that it hands on."""

Handle = Callable[[sdk.ActivityBase], Awaitable[Json | None]]

log = logging.getLogger("duly.teams")


async def dispatch(bot: TeamsBot, activity: sdk.ActivityBase) -> Json | None:
    """Hand an activity to its handler; gives the body of the response, which invokes alone have.
    Raises ActivityRefused for an invoke without a handler; CallFailed."""
    match activity:
        case sdk.MessageActivity():
            await on_message(bot, activity)
        case sdk.ConversationUpdateActivity() | sdk.InstalledActivity() | sdk.UninstalledActivity():
            await on_conversation_update(bot, activity)
        case sdk.AdaptiveCardInvokeActivity():
            return await on_card_action_execute(bot, activity)
        case sdk.TaskFetchInvokeActivity():
            return await on_dialog_open(bot, activity)
        case sdk.TaskSubmitInvokeActivity():
            return await on_dialog_submit(bot, activity)
        case sdk.MessageExtensionQueryInvokeActivity():
            return await on_message_ext_query(bot, activity)
        case sdk.MessageExtensionFetchTaskInvokeActivity():
            return await on_message_ext_open(bot, activity)
        case sdk.MessageExtensionSubmitActionInvokeActivity():
            return await on_message_ext_submit(bot, activity)
        case _ if activity.type == "invoke":
            raise not_implemented(str(getattr(activity, "name", "")))
    return None


class MessagingEndpoint:
    """The route at which Teams reaches Duly; only authenticated activities are handled."""

    def __init__(
        self, settings: TeamsSettings, handle: Handle, cloud: sdk.CloudEnvironment = sdk.PUBLIC
    ) -> None:
        assert settings.client_id is not None
        self._development = settings.development
        self._handle = handle
        self._tokens = TokenCheck(settings.client_id, cloud)

    def close(self) -> None:
        self._tokens.close()

    def route(self, server: FastAPI) -> None:
        server.add_route(PATH, self._messages, methods=["POST"])

    async def _messages(self, request: HttpRequest) -> Response:
        """Answer one request. An error is answered as one, so that Teams delivers again what may
        be answered later, and is in the log."""
        kind = "request"
        try:
            activity = parse_activity(await self._authenticated(request))
            kind = str(getattr(activity, "name", None) or activity.type)
            body = await self._handle(activity)
        except ActivityRefused as error:
            reason = str(error.__cause__ or error.sentence)
            log.warning("refused", extra={"face": PLATFORM, "reason": reason})
            return _error(error.sentence, error.status)
        except CallFailed as error:
            log.warning("not answered yet", extra={"face": PLATFORM, "reason": error.sentence})
            return _error("not answered yet", 500)
        except Exception:
            # The outermost place: Teams must hear that it went wrong, and so does the log.
            incident = uuid.uuid4().hex[:8]
            extra = {"face": PLATFORM, "what": kind, "incident": incident}
            log.exception("request failed", extra=extra)
            return _error(f"incident {incident}", 500)
        return Response() if body is None else JSONResponse(body)

    async def _authenticated(self, request: HttpRequest) -> Json:
        """The payload of a request that comes from Teams. Raises ActivityRefused."""
        content = await _content(request)
        authorization = request.headers.get("authorization", "")
        if not self._development and not authorization.startswith("Bearer "):
            raise ActivityRefused("The request carries no token.", 401)
        payload = _payload(request, content)
        service_url = payload.get("serviceUrl")
        # Without a service address the SDK would compare none with the token's.
        if not isinstance(service_url, str) or not service_url:
            raise ActivityRefused("The activity names no service address.", 401)
        if not self._development:
            await self._tokens.check(authorization.removeprefix("Bearer "), service_url)
        elif not _from_this_machine(request, service_url):
            raise ActivityRefused("The request does not come from this machine.", 401)
        if payload.get("channelId") != CHANNEL_ID:
            raise ActivityRefused("The activity comes from another channel than Teams.", 401)
        return payload


async def _content(request: HttpRequest) -> bytes:
    content = bytearray()
    try:
        async for piece in request.stream():
            content += piece
            if len(content) > MAX_BYTES:
                raise ActivityRefused("The request is too long.", 413)
    except ClientDisconnect:
        raise ActivityRefused("The request did not come whole.") from None
    return bytes(content)


def _payload(request: HttpRequest, content: bytes) -> Json:
    """The JSON object in a request. Raises ActivityRefused."""
    # A page in a browser can send any other type without asking first.
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content_type != "application/json":
        raise ActivityRefused("The request is not of type application/json.")
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        raise ActivityRefused("The request is no JSON.") from None
    if not isinstance(payload, dict) or not isinstance(payload.get("type"), str):
        raise ActivityRefused("The request is no activity: it has no type.")
    return payload


def _from_this_machine(request: HttpRequest, service_url: str) -> bool:
    """True for a request without a token that comes from this machine, and is answered there.

    A proxy here hands on requests of others, and says so in a header: then it is False.
    """
    if any(name in FORWARDED or name.startswith("x-forwarded") for name in request.headers):
        return False
    client = request.client.host if request.client is not None else ""
    address = request.headers.get("host", "")
    host = f"[{client}]" if ":" in client else client
    return all(on_loopback(url) for url in (f"http://{host}/", f"http://{address}/", service_url))


def _error(sentence: str, status: int) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status)
