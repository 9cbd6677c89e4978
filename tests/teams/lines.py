"""How Teams reaches the app: `POST /api/messages`, in this process or over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2 as httpx
from fastapi import FastAPI

from tests.slack.lines import Loop

Json = dict[str, Any]
JSON = {"content-type": "application/json"}
PATH = "/api/messages"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json = field(default_factory=dict)


class Line(Protocol):
    def deliver(self, activity: Json, headers: dict[str, str] | None = None) -> Answer: ...


class InProcess:
    """Requests handed to the ASGI app on a loop of its own."""

    def __init__(self, server: FastAPI, loop: Loop) -> None:
        self.server = server
        self.loop = loop

    def deliver(self, activity: Json, headers: dict[str, str] | None = None) -> Answer:
        return self.raw(json.dumps(activity).encode(), {**JSON, **(headers or {})})

    def raw(self, body: bytes, headers: dict[str, str], *, client: str = "127.0.0.1") -> Answer:
        """Any body with any headers, as a stranger could send them."""
        answer: Answer = self.loop.run(lambda: self._ask(body, headers, client))
        return answer

    async def _ask(self, body: bytes, headers: dict[str, str], client: str) -> Answer:
        sent = {"host": "127.0.0.1:8080", **headers}
        scope: Json = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": PATH,
            "raw_path": PATH.encode(),
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
            "client": (client, 5000),
            "server": ("127.0.0.1", 8080),
        }
        pieces = [{"type": "http.request", "body": body, "more_body": False}]
        told: list[Json] = []

        async def receive() -> Json:
            return pieces.pop(0) if pieces else {"type": "http.disconnect"}

        async def send(message: Json) -> None:
            told.append(message)

        await self.server(scope, receive, send)  # type: ignore[arg-type]
        text = b"".join(each.get("body", b"") for each in told)
        return _read(told[0]["status"], text.decode())


class Served:
    """Requests over HTTP to wherever the app listens."""

    def __init__(self, url: str) -> None:
        self.url = url

    def deliver(self, activity: Json, headers: dict[str, str] | None = None) -> Answer:
        told = httpx.post(
            f"{self.url}{PATH}", json=activity, headers=headers, timeout=30, trust_env=False
        )
        return _read(told.status_code, told.text)


def _read(status: int, text: str) -> Answer:
    return Answer(status, json.loads(text) if text.startswith("{") else {})
