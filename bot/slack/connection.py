"""A line to Slack for as long as one event loop lasts: connections, and what is known meanwhile.

A post on a connection that is open already takes a tenth of the processor's time of one that is
opened for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from db.destinations import addresses
from db.store import Store
from governance.directory import Directory

CONNECTIONS = 256
IDLE = 5.0
"""Seconds for which a connection is kept that nobody uses: less than servers do."""
FRESH = 10.0
"""Seconds for which holds what was read of the store, and what Slack said of a channel."""

log = logging.getLogger("bot.slack.courier")


@dataclass(frozen=True)
class Book:
    """Who is who, and where each is reached as far as is known."""

    directory: Directory
    addresses: dict[str, dict[str, Any]]


class Line:
    """Made on the loop that it lasts as long as."""

    def __init__(self, store: Store, platform: str, client: AsyncWebClient) -> None:
        self.client = client
        self._store = store
        self._platform = platform
        self._book: asyncio.Task[Book] | None = None
        self._read = 0.0
        self._looked: dict[str, tuple[float, str]] = {}

    async def book(self) -> Book:
        """Read once for all that is in hand, and again after a while."""
        failed = self._book is not None and self._book.done() and self._book.exception()
        if self._book is None or failed or monotonic() - self._read > FRESH:
            self._read = monotonic()
            self._book = asyncio.create_task(asyncio.to_thread(self._opened))
        return await asyncio.shield(self._book)

    def forget(self) -> None:
        """Read it anew: an address was kept meanwhile."""
        self._book = None

    def looked(self, channel: str) -> str | None:
        """The id of a channel of which Slack said just now that it may be posted to."""
        at, id = self._looked.get(channel, (0.0, None))
        return id if id is not None and monotonic() - at < FRESH else None

    def look(self, channel: str, id: str) -> None:
        self._looked[channel] = monotonic(), id

    def _opened(self) -> Book:
        with self._store.read() as reading:
            return Book(reading.directory, addresses(reading, self._platform))


class Lines:
    """One line for each event loop."""

    def __init__(self, store: Store, platform: str, token: str, api: str, timeout: float) -> None:
        self.token = token
        self._store = store
        self._platform = platform
        self._api = api
        self._timeout = timeout
        self._open: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[Line, AsyncIterator[None]]
        ] = WeakKeyDictionary()

    async def here(self) -> Line:
        """The line of the loop that is running; it is closed when that ends."""
        loop = asyncio.get_running_loop()
        found = self._open.get(loop)
        if found is not None:
            found[0].client.token = self.token
            return found[0]
        session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE),
        )
        client = AsyncWebClient(
            token=self.token, base_url=self._api, session=session, retry_handlers=[], logger=log
        )
        line, lasting = Line(self._store, self._platform, client), _lasting(session)
        self._open[loop] = line, lasting
        await anext(lasting)
        return line


async def _lasting(session: aiohttp.ClientSession) -> AsyncIterator[None]:
    """A loop ends its generators when it is closed, and so this session."""
    async with session:
        yield
