"""Lines from Teams to the app: `POST /api/messages`, in this process or over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2 as httpx
from fastapi import FastAPI

from tests.slack.transports import Loop

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
        answer: Answer = self.loop.run(lambda: self._post(body, headers, client))
        return answer

    async def _post(self, body: bytes, headers: dict[str, str], client: str) -> Answer:
        transport = httpx.ASGITransport(app=self.server, client=(client, 5000))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8080"
        ) as connection:
            response = await connection.post(PATH, content=body, headers=headers)
        return _read(response)


class Served:
    """Requests over HTTP to wherever the app listens."""

    def __init__(self, url: str) -> None:
        self.url = url

    def deliver(self, activity: Json, headers: dict[str, str] | None = None) -> Answer:
        url = f"{self.url}{PATH}"
        return _read(httpx.post(url, json=activity, headers=headers, timeout=30, trust_env=False))


def _read(response: httpx.Response) -> Answer:
    is_json = response.text.startswith("{")
    return Answer(response.status_code, response.json() if is_json else {})
