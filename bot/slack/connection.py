"""A connection to Slack for one event loop: its HTTP session, and a cache of addresses.

A post on a connection that is open already takes a tenth of the processor's time of one that is
opened for it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.channel_history import Call, Lookback
from db.ledger.destinations import addresses
from db.store import Store
from governance.directory import Directory

CONNECTIONS = 256
IDLE = 5.0
"""Seconds for which a connection is kept that nobody uses: less than servers do."""
FRESH = 10.0
"""Seconds for which holds what was read of the store, and what Slack said of a channel."""

log = logging.getLogger("bot.slack.courier")


@dataclass(frozen=True)
class AddressBook:
    """The directory, and where each of its people and channels is reached as far as is known."""

    directory: Directory
    addresses: dict[str, dict[str, Any]]


class SlackConnection:
    """A client with its session and its caches. Made on the event loop that it belongs to."""

    def __init__(
        self, store: Store, platform: str, api: str, timeout: float, history: Call
    ) -> None:
        """`history` asks Slack what was said in a channel, as Lookback calls it."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE),
        )
        self.client = AsyncWebClient(
            base_url=api, session=self._session, retry_handlers=[], logger=log
        )
        self.lookback = Lookback(history)
        self._store = store
        self._platform = platform
        self._book: asyncio.Task[AddressBook] | None = None
        self._read = 0.0
        self._channels: dict[str, tuple[float, str]] = {}

    async def close(self) -> None:
        await self._session.close()

    async def book(self) -> AddressBook:
        """Read once for all posts that are in flight, and again after a while."""
        failed = self._book is not None and self._book.done() and self._book.exception()
        if self._book is None or failed or monotonic() - self._read > FRESH:
            self._read = monotonic()
            self._book = asyncio.create_task(asyncio.to_thread(self._read_book))
        return await asyncio.shield(self._book)

    def forget_book(self) -> None:
        """Read it anew: an address was kept meanwhile."""
        self._book = None

    def checked_channel(self, name: str) -> str | None:
        """The id of a channel of which Slack said just now that it may be posted to."""
        at, id = self._channels.get(name, (0.0, None))
        return id if id is not None and monotonic() - at < FRESH else None

    def keep_channel(self, name: str, id: str) -> None:
        self._channels[name] = monotonic(), id

    def _read_book(self) -> AddressBook:
        with self._store.read() as reading:
            return AddressBook(reading.directory, addresses(reading, self._platform))
