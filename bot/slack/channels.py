"""Channels: a direct message, a board's channel, another one, or one shared with outsiders.

A board's channel is bound to its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.channel_binding import find_binding
from bot.chat.members import LOOKUP_SECONDS
from bot.slack.client import UNREACHED, why
from db.ledger.destinations import bind
from db.store import Actor, Store

PLATFORM = "slack"
FRESH = timedelta(minutes=10)
"""Cached answers of Slack's about a channel live so long, unless an event says it changed."""
JUST_NOW = timedelta(minutes=1)
"""The same before something is shown to a whole channel."""
SHARED_FLAGS = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared", "pending_shared")
ACTOR = Actor("slack", "slack")
ARCHIVED = "the channel is archived"
SHARED = "the channel is shared with another organisation"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlackChannel:
    """The channel of a request. `name` is the board's channel as the organisation file has it,
    else the channel's own name, each with its #; None in a direct message."""

    id: str
    name: str | None = None
    shared: bool = False
    """With another organisation; so is one that Slack says nothing of."""

    @property
    def open(self) -> bool:
        """An answer may be shown to everybody here."""
        return self.name is not None and not self.shared


@dataclass(frozen=True)
class _ChannelInfo:
    """The answer of conversations.info, cached."""

    name: str
    direct: bool
    shared: bool
    archived: bool
    read_at: datetime
    bound: str | None = None
    """The key it is bound to, which is for good."""


class SlackChannels:
    """A cache of conversations.info, and the binding of boards' channels to their ids."""

    def __init__(
        self, store: Store, client: AsyncWebClient, patience: float = LOOKUP_SECONDS
    ) -> None:
        """`patience`: the time-out of conversations.info in seconds."""
        self._store = store
        self._client = client
        self._patience = patience
        self._cache: dict[str, _ChannelInfo] = {}

    async def find(self, id: str | None) -> SlackChannel:
        """The channel with this id, bound to its board on the way where it has one."""
        if not id:
            return SlackChannel("")
        if id.startswith("D"):
            # Only the bot's own are direct messages with it; in another one, between people, it
            # can post nothing and gets nothing but commands, which are answered privately.
            return SlackChannel(id)
        info = await self._info(id, FRESH)
        if info is None:
            return SlackChannel(id, f"#{id}", shared=True)
        if info.direct:
            return SlackChannel(id, f"#{id}", shared=info.shared)
        if info.bound is not None:
            return SlackChannel(id, info.bound, info.shared)
        with self._store.read() as reading:
            binding = find_binding(reading, PLATFORM, id, info.name)
        if binding.address is not None:
            self._cache[id] = replace(info, bound=binding.name)
        may_bind = binding.free and not (info.shared or info.archived)
        if may_bind and not await asyncio.to_thread(self._bind, binding.name, id):
            return SlackChannel(id, f"#{id}", info.shared)
        return SlackChannel(id, binding.name, info.shared)

    async def is_shared(self, id: str, within: timedelta = JUST_NOW) -> bool:
        """Outsiders are in the channel, or may be, as Slack said no longer ago than `within`."""
        info = await self._info(id, within)
        return info is None or info.shared

    async def closed_to_posts(self, id: str) -> str | None:
        """The reason why nothing is to be posted in a channel, as Slack says now, or None."""
        info = await self._info(id, timedelta(0))
        if info is None or info.archived:
            return ARCHIVED
        return SHARED if info.shared else None

    def forget(self, id: str) -> None:
        """Drop a channel from the cache: an event says that it changed."""
        self._cache.pop(id, None)

    def _bind(self, name: str, id: str) -> bool:
        with self._store.write(ACTOR) as writing:
            return bind(writing, PLATFORM, name, {"channel": id})

    async def _info(self, id: str, within: timedelta) -> _ChannelInfo | None:
        now = self._store.clock.machine()
        cached = self._cache.get(id)
        if cached is not None and now - cached.read_at < within:
            return cached
        try:
            call = self._client.conversations_info(channel=id)
            response = await asyncio.wait_for(call, self._patience)
        except UNREACHED as error:
            log.info("conversations.info failed", extra={"channel": id, "reason": why(error)})
            return None
        channel: Mapping[str, Any] = response["channel"]
        info = self._cache[id] = _ChannelInfo(
            name=str(channel.get("name") or id),
            direct=bool(channel.get("is_im") or channel.get("is_mpim")),
            shared=any(channel.get(flag) for flag in SHARED_FLAGS),
            archived=bool(channel.get("is_archived")),
            read_at=now,
        )
        return info
