"""HTTP mode: everything Slack sends comes to one address, signed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import time

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

PATH = "/slack/events"
FRESH_SECONDS = 5 * 60
"""A request that was signed longer ago, or later than now by as much, is refused."""
BODY_LIMIT = 2 * 1024 * 1024
"""Bytes in one request: the largest view of 250 KB, encoded for a form, stays well below."""

Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(app: AsyncApp, secret: str) -> Endpoint:
    """What answers POST /slack/events: 401 to whatever `secret` has not signed just now.

    Nothing of a request is read before its signature is known to be Slack's.
    """
    verifier = SignatureVerifier(secret)

    async def events(request: Request) -> Response:
        signed = _signature(request.headers)
        if signed is None:
            return _refused()
        body = await _body(request)
        if body is None:
            return JSONResponse({"error": "too large"}, status_code=413)
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return _refused()
        if not verifier.is_valid(text, *signed):
            return _refused()
        try:
            asked = to_async_bolt_request(request, body)
        except ValueError:  # signed, and yet no JSON
            return JSONResponse({"error": "not understood"}, status_code=400)
        return to_starlette_response(await app.async_dispatch(asked))

    return events


def _signature(headers: Headers) -> tuple[str, str] | None:
    """The timestamp and the signature; None where they are missing, no such thing, or stale."""
    stamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        return None
    if abs(time() - int(stamp)) > FRESH_SECONDS:
        return None
    return (stamp, signature) if signature.isascii() and signature else None


async def _body(request: Request) -> bytes | None:
    """The whole body, None when it is over the limit."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > BODY_LIMIT:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _refused() -> Response:
    return JSONResponse({"error": "invalid request"}, status_code=401)
