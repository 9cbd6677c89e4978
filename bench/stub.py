"""A stub of Slack for `bench.delivery`: it takes every post, and notes when it came and where to.

`python -m bench.stub PORT MILLISECONDS`; what it noted is at /noted, as JSON. It reads HTTP by
itself, since a server that took as long for a post as its sender would measure itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import parse_qs

noted: list[tuple[float, str, str]] = []
"""Moment of arrival (monotonic seconds), the channel, and the message's key."""


class Connection(asyncio.Protocol):
    """One connection, on which one request comes after another is answered."""

    delay = 0.0

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, ended, body = self._read.partition(b"\r\n\r\n")
        if not ended:
            return
        length = 0
        for line in head.lower().split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name == b"content-length":
                length = int(value)
        if len(body) < length:
            return
        self._read = b""
        path = head.split(b" ", 2)[1].decode()
        if path == "/noted":
            self._answer(noted)
        else:
            told = answer(path.removeprefix("/api/"), body, time.monotonic())
            asyncio.get_running_loop().call_later(self.delay, self._answer, told)

    def _answer(self, told: object) -> None:
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        self._transport.write(f"{head}\r\n\r\n".encode() + body)


def answer(method: str, body: bytes, come: float) -> dict[str, object]:
    """Slack's answer."""
    if method == "chat.postMessage":
        said = json.loads(body)
        noted.append((come, said["channel"], said["metadata"]["event_payload"]["key"]))
        return {"ok": True, "channel": said["channel"], "ts": f"{come:.6f}"}
    if method == "conversations.info":
        (channel,) = parse_qs(body.decode())["channel"]
        return {"ok": True, "channel": {"id": channel, "name": "room", "is_member": True}}
    return {"ok": False, "error": "unknown_method"}


async def main() -> None:
    port, Connection.delay = int(sys.argv[1]), float(sys.argv[2]) / 1000
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
