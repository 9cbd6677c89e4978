"""HTTP mode: the endpoint to which Slack posts everything, signed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.slack.payloads import MalformedPayload, check_request

PATH = "/slack/events"
BODY_LIMIT = 2 * 1024 * 1024
"""Bytes in one request: the largest view of 250 KB, encoded for a form, stays well below."""

log = logging.getLogger("duly.slack")

Endpoint = Callable[[Request], Awaitable[Response]]


def endpoint(app: AsyncApp, secret: str) -> Endpoint:
    """The handler of POST /slack/events: 401 to whatever `secret` has not signed within five
    minutes of now. The signature is checked here and nowhere else.
    """
    verifier = SignatureVerifier(secret)

    async def events(request: Request) -> Response:
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        # What the verifier cannot read; nothing of such a request is read.
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
            return _unsigned()
        if not (signature.isascii() and signature):
            return _unsigned()
        body = await _read_body(request)
        if body is None:
            return JSONResponse({"error": "too large"}, status_code=413)
        try:
            if not verifier.is_valid(body.decode(), timestamp, signature):
                return _unsigned()
        except UnicodeDecodeError:
            return _unsigned()
        try:
            check_request(body.decode(), request.headers.get("content-type", ""))
        except MalformedPayload as error:
            log.warning("refused", extra={"face": "slack", "reason": error.sentence})
            return JSONResponse({"error": error.sentence}, status_code=400)
        bolt_request = to_async_bolt_request(request, body)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    return events


async def _read_body(request: Request) -> bytes | None:
    """The whole body, None when it is over the limit."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def _unsigned() -> Response:
    return JSONResponse({"error": "invalid request"}, status_code=401)
