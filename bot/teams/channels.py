"""Channels in which Duly is asked: a board's own, another one, a group chat, a personal chat.

A board's channel is bound by its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.channel_binding import board_channel, find_binding
from bot.teams.activity import CHANNEL, PERSONAL, Json, channel_id, conversation_type, team_id
from bot.teams.connector import Connector, lookup
from bot.teams.errors import CallFailed
from bot.teams.sdk import ActivityBase
from db.errors import StoreBusy
from db.ledger.destinations import bind
from db.store import Actor, Store

PLATFORM = "teams"
ACTOR = Actor("teams", "teams")
CACHED_FOR = timedelta(minutes=10)
"""A team's channels are asked for again after it."""
GENERAL = "General"
"""The channel of each team for which Teams gives no name."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamsChannel:
    """A conversation as the core names it."""

    name: str | None = None
    """A board's channel as the organisation file has it, else the channel's own name or id, each
    with its #; None in a personal chat."""
    shared: bool = False
    """With another organisation; so is one that Teams says nothing of."""

    @property
    def open(self) -> bool:
        """True where an answer may be shown to everybody."""
        return self.name is not None and not self.shared


@dataclass(frozen=True)
class _TeamChannels:
    """Channels of one team by id, as Teams gave them."""

    by_id: dict[str, Json]
    at: datetime


class TeamsChannels:
    """Resolves activities to channels, with a cache of what Teams says of each team's."""

    def __init__(self, store: Store, connector: Connector, *, development: bool = False) -> None:
        self._store = store
        self._connector = connector
        self._development = development
        self._cache: dict[str, _TeamChannels] = {}

    async def find(self, activity: ActivityBase) -> TeamsChannel:
        """The channel that an activity comes from."""
        id, kind = channel_id(activity), conversation_type(activity)
        if kind == PERSONAL:
            return TeamsChannel()
        if kind != CHANNEL or not id:
            # Teams does not say of which organisation those in a group or meeting chat are.
            return TeamsChannel(f"#{activity.conversation.id}", shared=True)
        info = await self._channel(activity)
        shared = info is None or info.get("type") == "shared"
        with self._store.read() as reading:
            binding = find_binding(reading, PLATFORM, id, _name(info or {}, activity))
        moved = binding.address is not None and (
            binding.address.get("service_url") != activity.service_url
        )
        if not shared and (moved or binding.free):
            kept = await self._keep(binding.name, activity, id)
            if binding.free and not kept:
                return TeamsChannel(f"#{id}", shared)
        return TeamsChannel(binding.name, shared)

    async def keep_boards_channels(self, activity: ActivityBase) -> None:
        """Bind the boards' channels of a team to which Duly was added, or that changed."""
        self.forget(team_id(activity))
        for info in await self._channels(activity) or ():
            id = str(info.get("id") or "")
            with self._store.read() as reading:
                key = board_channel(reading, str(info.get("name") or GENERAL))
            if key is not None and id and info.get("type") != "shared":
                await asyncio.to_thread(self._bind, key, activity, id)

    def forget(self, team: str) -> None:
        """Drop a team's channels from the cache: an event says that they changed."""
        self._cache.pop(team, None)

    async def _keep(self, key: str, activity: ActivityBase, channel: str) -> bool:
        """Bind it; where the store is busy, it is bound when somebody asks there again."""
        try:
            return await asyncio.to_thread(self._bind, key, activity, channel)
        except StoreBusy:
            return True

    def _bind(self, key: str, activity: ActivityBase, channel: str) -> bool:
        team, service_url = team_id(activity), activity.service_url or ""
        address = {"channel": channel, "team": team, "service_url": service_url}
        with self._store.write(ACTOR) as writing:
            return bind(writing, PLATFORM, key, address)

    async def _channel(self, activity: ActivityBase) -> Json | None:
        """Id, name and type of the channel an activity is from; None where Teams says nothing."""
        id = channel_id(activity)
        return next((i for i in await self._channels(activity) or () if i.get("id") == id), None)

    async def _channels(self, activity: ActivityBase) -> Iterable[Json] | None:
        now, id, team = self._store.clock.machine(), channel_id(activity), team_id(activity)
        cached = self._cache.get(team)
        fresh = cached is not None and now - cached.at < CACHED_FOR
        if cached is not None and fresh and (not id or id in cached.by_id):
            return cached.by_id.values()
        try:
            infos = await lookup(self._connector.channels(activity.service_url or "", team))
        except CallFailed as error:
            log.info("channels not told", extra={"team": team, "reason": str(error)})
            if self._development and error.status:
                return [activity.channel.model_dump()] if activity.channel is not None else ()
            return None
        self._cache[team] = _TeamChannels({str(info.get("id")): info for info in infos}, now)
        return self._cache[team].by_id.values()


def _name(info: Json, activity: ActivityBase) -> str:
    named = activity.channel.name if activity.channel is not None else None
    return str(info.get("name") or named or (GENERAL if info else ""))
