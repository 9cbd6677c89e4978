"""Security middleware of the page: allowed hosts, origin, body limit, headers.

The page has no login: it is for the person at this machine. So nothing but this machine's own
names is answered (DNS rebinding), and every change carries its session's token, which another site
cannot know. Hosts are compared with their port, which starlette's TrustedHostMiddleware
leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
"""Bytes in one request: a long update is about 2 KB."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Answered under any name: a probe asks by address, and they tell nothing of the organisation."""


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """The Host headers that mean this machine: the loopback names, and the one configured."""
    names = {"127.0.0.1", "localhost", "[::1]"}
    if host.strip("0.:"):  # not 0.0.0.0 or ::, which mean "any" and are nobody's name
        names.add(f"[{host}]" if ":" in host else host.lower())
    with_port = {f"{name}:{port}" for name in names}
    return frozenset(with_port | names if port == 80 else with_port)


class SecurityMiddleware:
    """Refuses unknown hosts, cross-site posts and oversized bodies; sets the headers."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                response_headers.update(HEADERS)
                if not scope["path"].startswith("/static/"):
                    response_headers["Cache-Control"] = "no-store"
            await send(message)

        refused = self._refusal(scope, headers)
        if refused is not None:
            await refused(scope, receive, send_with_headers)
            return
        await self.app(scope, _limited(receive), send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        if scope["path"] in OPEN_PATHS:
            return None
        host = headers.get("host", "").lower()
        if host not in self.hosts:
            address = next(iter(sorted(self.hosts)))
            return PlainTextResponse(
                f"This page answers only at its own address, http://{address}, "
                "and not under another name.\n",
                status_code=421,
            )
        if scope["method"] in ("GET", "HEAD"):
            return None
        origin = headers.get("origin")
        if origin not in (None, "null") and urlsplit(origin).netloc.lower() != host:
            return _elsewhere()
        if origin == "null" or headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        ):
            return _elsewhere()
        return None


def _elsewhere() -> PlainTextResponse:
    return PlainTextResponse(
        "That was sent from another site, so nothing was done.\n", status_code=403
    )


def _limited(receive: Receive) -> Receive:
    """A `receive` that ends with status 413 once the body is over BODY_LIMIT."""
    size = 0

    async def receive_limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise HTTPException(
                413,
                f"That is more than {BODY_LIMIT // 1024} KB, which is the most this page takes at "
                "once; nothing was saved",
            )
        return message

    return receive_limited
