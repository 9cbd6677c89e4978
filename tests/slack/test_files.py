"""Files attached to messages: fetched by the proxy that every other call to Slack goes by."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot.slack.client import web_client
from bot.slack.files import Attachment, NoFile, download

FILE = Attachment("record.txt", "https://files.slack.com/files-pri/T01-F01/record.txt", 10)


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that lets nothing through: its address, and the hosts that it was asked for."""
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            hosts.append(self.path)
            self.send_error(403)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", hosts
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_a_file_is_fetched_by_the_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    async def fetch() -> bytes:
        return await download(web_client("xoxb-pretended", "https://slack.com/api/"), FILE)

    with proxy() as (url, hosts):
        monkeypatch.setenv(variable, url)
        with pytest.raises(NoFile, match="could not be fetched"):
            asyncio.run(fetch())
    assert hosts == ["files.slack.com:443"]
