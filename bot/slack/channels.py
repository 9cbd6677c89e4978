"""Channels: a direct message, a board's channel, another one, or one shared with outsiders.

A board's channel is bound to its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.channel_binding import CACHED_FOR, ChannelBindings, ChatChannel
from bot.chat.members import LOOKUP_SECONDS, PlatformCache
from bot.slack.client import UNREACHED, why
from db.store import Actor, Store

PLATFORM = "slack"
JUST_NOW = timedelta(minutes=1)
"""The age of a cached answer that will do before something is shown to a whole channel."""
SHARED_FLAGS = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared", "pending_shared")
ACTOR = Actor("slack", "slack")
ARCHIVED = "the channel is archived"
SHARED = "the channel is shared with another organisation"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _ChannelInfo:
    """The answer of conversations.info, cached."""

    name: str
    direct: bool
    shared: bool
    archived: bool


class SlackChannels:
    """A cache of conversations.info, and the binding of boards' channels to their ids."""

    def __init__(
        self, store: Store, client: AsyncWebClient, patience: float = LOOKUP_SECONDS
    ) -> None:
        """`patience`: the time-out of conversations.info in seconds."""
        self._client = client
        self._patience = patience
        self._bindings = ChannelBindings(store, PLATFORM)
        self._cache: PlatformCache[_ChannelInfo] = PlatformCache(store, CACHED_FOR)

    async def find(self, id: str | None) -> ChatChannel:
        """The channel with this id, bound to its board on the way where it has one."""
        if not id:
            return ChatChannel()
        if id.startswith("D"):
            # Only the bot's own are direct messages with it; in another one, between people, it
            # can post nothing and gets nothing but commands, which are answered privately.
            return ChatChannel(id)
        info = await self._info(id, CACHED_FOR)
        if info is None:
            return ChatChannel(id, f"#{id}", shared=True)
        if info.direct:
            return ChatChannel(id, f"#{id}", shared=info.shared)
        return await self._bindings.resolve(
            id, info.name, {"channel": id}, shared=info.shared, closed=info.archived
        )

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
        self._cache.forget(id)
        self._bindings.forget()

    async def _info(self, id: str, within: timedelta) -> _ChannelInfo | None:
        if (cached := self._cache.fresh(id, within)) is not None:
            return cached
        try:
            call = self._client.conversations_info(channel=id)
            response = await asyncio.wait_for(call, self._patience)
        except UNREACHED as error:
            log.info("conversations.info failed", extra={"channel": id, "reason": why(error)})
            return None
        channel: Mapping[str, Any] = response["channel"]
        info = _ChannelInfo(
            name=str(channel.get("name") or id),
            direct=bool(channel.get("is_im") or channel.get("is_mpim")),
            shared=any(channel.get(flag) for flag in SHARED_FLAGS),
            archived=bool(channel.get("is_archived")),
        )
        return self._cache.put(id, info)
