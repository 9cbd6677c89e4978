"""`POST /api/messages`: who may send an activity, and what is answered over HTTP.

In production each request carries Microsoft's token, checked by its SDK: key, issuer, audience,
expiry, and that it was made for the service address the activity names. In development there is
none, and only this machine is listened to.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response

from bot.settings import on_loopback
from bot.teams.activity import Turn
from bot.teams.sdk import PUBLIC, CloudEnvironment, TokenValidator
from bot.teams.settings import TeamsSettings

PATH = "/api/messages"
MOST_BYTES = 1_000_000
"""Teams sends at most a quarter of it."""

Json = dict[str, Any]
Handle = Callable[[Turn], Awaitable["Answered"]]

log = logging.getLogger("duly.teams")


class Answered:
    """What is answered to an activity: a status and, to an invoke, a body."""

    def __init__(self, body: Json | None = None, status: int = 200) -> None:
        self.body = body
        self.status = status


class Door:
    """Lets in what comes from Teams, and nothing else."""

    def __init__(self, settings: TeamsSettings, cloud: CloudEnvironment = PUBLIC) -> None:
        self._development = settings.development
        assert settings.client_id is not None
        self._tokens = TokenValidator.for_service(settings.client_id, cloud=cloud)
        # Microsoft's keys are fetched in it, never on the event loop.
        self._checking = ThreadPoolExecutor(2, "teams-tokens")

    def close(self) -> None:
        self._checking.shutdown(wait=False, cancel_futures=True)

    def route(self, server: FastAPI, handle: Handle) -> None:
        async def messages(request: HttpRequest) -> Response:
            return await self.answer(request, handle)

        server.add_route(PATH, messages, methods=["POST"])

    async def answer(self, request: HttpRequest, handle: Handle) -> Response:
        body = await _body(request)
        if body is None:
            return _error(413, "that is too long")
        authorization = request.headers.get("authorization", "")
        if not self._development and not authorization.startswith("Bearer "):
            return _error(401, "unauthorized")
        activity = _activity(request, body)
        if activity is None:
            return _error(400, "that is no activity")
        turn = Turn(activity)
        if self._development:
            if not _from_here(request, turn):
                log.warning("refused", extra={"face": "teams", "reason": "not on this machine"})
                return _error(401, "unauthorized")
        elif not await self._is_teams(authorization.removeprefix("Bearer "), turn):
            return _error(401, "unauthorized")
        answered = await handle(turn)
        if answered.body is None:
            return Response(status_code=answered.status)
        return JSONResponse(answered.body, status_code=answered.status)

    async def _is_teams(self, token: str, turn: Turn) -> bool:
        if not turn.service_url:
            return False  # the SDK would then not compare it
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._checking, self._check, token, turn.service_url)
        except jwt.PyJWTError as error:
            log.warning("refused", extra={"face": "teams", "reason": str(error)})
            return False
        return True

    def _check(self, token: str, service_url: str) -> None:
        claims = asyncio.run(self._tokens.validate_token(token, service_url))
        if "exp" not in claims:  # the SDK looks at it only where it is there
            raise jwt.MissingRequiredClaimError("exp")


async def _body(request: HttpRequest) -> bytes | None:
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > MOST_BYTES:
            return None
    return bytes(found)


def _activity(request: HttpRequest, body: bytes) -> Json | None:
    # A page in a browser can send any other kind without asking first.
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != "application/json":
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("type"), str) else None


def _from_here(request: HttpRequest, turn: Turn) -> bool:
    """Whether a request without a token comes from this machine, and is answered there."""
    client = request.client.host if request.client is not None else ""
    asked = request.headers.get("host", "")
    host = f"[{client}]" if ":" in client else client
    return all(
        on_loopback(url) for url in (f"http://{host}/", f"http://{asked}/", turn.service_url)
    )


def _error(status: int, what: str) -> JSONResponse:
    return JSONResponse({"error": what}, status_code=status)
