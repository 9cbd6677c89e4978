"""Bindings of boards' channels to the ids of a platform's channels.

A board's channel is bound to its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.chat.members import PlatformCache
from db.errors import StoreBusy
from db.ledger.destinations import bind, channel_bound_to, destination
from db.store import Actor, Reading, Store

CACHED_FOR = timedelta(minutes=10)
"""A platform is asked for its channels again after it, unless an event says they changed."""


@dataclass(frozen=True)
class ChatChannel:
    """The channel of a request. `name` is the board's channel as the organisation file has it,
    else the channel's own name or id, each with its #; None in a direct message."""

    id: str = ""
    name: str | None = None
    shared: bool = False
    """With another organisation; so is one of which the platform says nothing."""

    @property
    def open(self) -> bool:
        """True where an answer may be shown to everybody."""
        return self.name is not None and not self.shared


class ChannelBindings:
    """Resolves the channels of one platform, and binds those that are a board's."""

    def __init__(self, store: Store, platform: str) -> None:
        self._store = store
        self._platform = platform
        self._bound: PlatformCache[tuple[str, Any]] = PlatformCache(store, CACHED_FOR)
        """The key and the service address of channels by id, to save a look into the store."""

    async def resolve(
        self, id: str, name: str, address: Mapping[str, Any], *, shared: bool, closed: bool = False
    ) -> ChatChannel:
        """The channel with this id and name, bound to `address` where it is a board's.

        Neither a `shared` channel is bound nor a `closed` one, to which nothing is posted.
        """
        served_at = address.get("service_url")
        if (cached := self._bound.fresh(id)) is not None and cached[1] == served_at:
            return ChatChannel(id, cached[0], shared)
        with self._store.read() as reading:
            bound = channel_bound_to(reading, self._platform, id)
            key = board_channel(reading, name)
            taken = key is not None and destination(reading, self._platform, key) is not None
        if bound is not None:
            if bound.address.get("service_url") == served_at:
                self._bound.put(id, (bound.key, served_at))
            elif not shared:
                await self._bind_soon(bound.key, address)  # Teams serves it elsewhere now
            return ChatChannel(id, bound.key, shared)
        if key is None:
            return ChatChannel(id, f"#{name or id}", shared)
        if taken:  # another channel was this board's before this one took its name
            return ChatChannel(id, f"#{id}", shared)
        if shared or closed or await self._bind_soon(key, address):
            return ChatChannel(id, key, shared)
        return ChatChannel(id, f"#{id}", shared)

    def forget(self) -> None:
        """Look into the store again: an event says that channels changed."""
        self._bound.clear()

    async def bind(self, key: str, address: Mapping[str, Any]) -> bool:
        """Bind a board's channel; False where another channel was faster. Raises StoreBusy."""

        def write() -> bool:
            with self._store.write(Actor(self._platform, self._platform)) as writing:
                return bind(writing, self._platform, key, address)

        bound = await asyncio.to_thread(write)
        if bound:
            self._bound.put(str(address["channel"]), (key, address.get("service_url")))
        return bound

    async def _bind_soon(self, key: str, address: Mapping[str, Any]) -> bool:
        """As `bind`; where the store is busy, it is bound when somebody asks there again."""
        try:
            return await self.bind(key, address)
        except StoreBusy:
            return True


def board_channel(reading: Reading, name: str) -> str | None:
    """The board's channel that is called `name`, as the organisation file has it."""
    for board in reading.directory.boards.values():
        if board.channel and name and board.channel.lstrip("#").casefold() == name.casefold():
            return f"#{board.channel.lstrip('#')}"
    return None
