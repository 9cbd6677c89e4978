"""Channels in which Duly is asked: a board's own, another one, a group chat, a personal chat.

A board's channel is bound by its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from bot.chat.channel_binding import CACHED_FOR, ChannelBindings, ChatChannel, board_channel
from bot.chat.members import PlatformCache
from bot.teams.activity import CHANNEL, PERSONAL, Json, channel_id, conversation_type, team_id
from bot.teams.connector import CallFailed, Connector, lookup
from bot.teams.sdk import ActivityBase
from db.store import Actor, Store

PLATFORM = "teams"
ACTOR = Actor(PLATFORM, PLATFORM)
GENERAL = "General"
"""The channel of each team for which Teams gives no name."""

log = logging.getLogger(__name__)


class TeamsChannels:
    """Resolves activities to channels, with a cache of what Teams says of each team's."""

    def __init__(self, store: Store, connector: Connector, *, development: bool = False) -> None:
        self._store = store
        self._connector = connector
        self._development = development
        self._bindings = ChannelBindings(store, PLATFORM)
        self._cache: PlatformCache[Mapping[str, Json]] = PlatformCache(store, CACHED_FOR)
        """The channels of each team, by id, as Teams gave them."""

    async def find(self, activity: ActivityBase) -> ChatChannel:
        """The channel that an activity comes from."""
        id, kind = channel_id(activity), conversation_type(activity)
        if kind == PERSONAL:
            return ChatChannel()
        if kind != CHANNEL or not id:
            # Teams does not say of which organisation those in a group or meeting chat are.
            return ChatChannel(name=f"#{activity.conversation.id}", shared=True)
        info = await self._channel(activity)
        shared = info is None or info.get("type") == "shared"
        name, address = _name(info or {}, activity), _address(activity, id)
        return await self._bindings.resolve(id, name, address, shared=shared)

    async def keep_boards_channels(self, activity: ActivityBase) -> None:
        """Bind the boards' channels of a team to which Duly was added, or that changed."""
        self.forget(team_id(activity))
        for info in await self._channels(activity) or ():
            id = str(info.get("id") or "")
            with self._store.read() as reading:
                key = board_channel(reading, str(info.get("name") or GENERAL))
            if key is not None and id and info.get("type") != "shared":
                await self._bindings.bind(key, _address(activity, id))

    def forget(self, team: str) -> None:
        """Drop a team's channels from the cache: an event says that they changed."""
        self._cache.forget(team)
        self._bindings.forget()

    async def _channel(self, activity: ActivityBase) -> Json | None:
        """Id, name and type of the channel an activity is from; None where Teams says nothing."""
        id = channel_id(activity)
        return next((i for i in await self._channels(activity) or () if i.get("id") == id), None)

    async def _channels(self, activity: ActivityBase) -> Iterable[Json] | None:
        id, team = channel_id(activity), team_id(activity)
        cached = self._cache.fresh(team)
        if cached is not None and (not id or id in cached):
            return cached.values()
        try:
            infos = await lookup(self._connector.channels(activity.service_url or "", team))
        except CallFailed as error:
            log.info("channels not told", extra={"team": team, "reason": str(error)})
            if self._development and error.status:
                return [activity.channel.model_dump()] if activity.channel is not None else ()
            return None
        return self._cache.put(team, {str(info.get("id")): info for info in infos}).values()


def _address(activity: ActivityBase, channel: str) -> Json:
    """The address of one of the channels of the activity's team."""
    team, service_url = team_id(activity), activity.service_url or ""
    return {"channel": channel, "team": team, "service_url": service_url}


def _name(info: Json, activity: ActivityBase) -> str:
    named = activity.channel.name if activity.channel is not None else None
    return str(info.get("name") or named or (GENERAL if info else ""))
