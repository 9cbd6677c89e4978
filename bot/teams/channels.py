"""Where something was asked: a personal chat, a board's channel, another one, a group chat.

A board's channel is known by its id once it was seen, so that a rename follows. Where to reach it
again is kept in the store.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.members import PATIENCE
from bot.teams.activity import CHANNEL, Json, Turn
from bot.teams.connector import Connector
from bot.teams.errors import CallFailed
from db.destinations import bind, channel_bound_to, destination
from db.errors import StoreBusy
from db.store import Actor, Reading, Store

PLATFORM = "teams"
ACTOR = Actor("teams", "teams")
FRESH = timedelta(minutes=10)
"""What Teams said of a team's channels holds so long."""
GENERAL = "General"
"""The channel of each team for which Teams gives no name."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where something was asked. `channel` is the board's channel as the file names it, else its
    name or id, each with its #; None in a personal chat."""

    channel: str | None = None
    shared: bool = False
    """With another organisation; so is one that Teams says nothing of."""

    @property
    def open(self) -> bool:
        """Whether an answer may be shown to everybody here."""
        return self.channel is not None and not self.shared


@dataclass(frozen=True)
class _Told:
    """A team's channels, by id."""

    channels: dict[str, Json]
    at: datetime


class Places:
    """Asks Teams what a channel is, and remembers it for a while."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        *,
        development: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        """`patience`: the seconds that Teams has to say what a channel is."""
        self._patience = patience
        self._development = development
        self._store = store
        self._connector = connector
        self._teams: dict[str, _Told] = {}

    async def place(self, turn: Turn) -> Place:
        """Where an activity comes from."""
        if turn.personal:
            return Place()
        if turn.kind != CHANNEL or not turn.channel:
            # Whoever is in a group or meeting chat, Teams does not say of which organisation.
            return Place(f"#{turn.conversation}", shared=True)
        id = turn.channel
        told = await self._channel(turn)
        shared = told is None or told.get("type") == "shared"
        with self._store.read() as reading:
            bound = channel_bound_to(reading, PLATFORM, id)
            name = _name(told or {}, turn)
            key = _boards_channel(reading, name)
            taken = key is not None and destination(reading, PLATFORM, key) is not None
        if bound is not None:
            if not shared and bound.address.get("service_url") != turn.service_url:
                await self._kept(bound.key, turn, id)  # Teams serves it elsewhere now
            return Place(bound.key, shared)
        if key is None:
            return Place(f"#{name or id}", shared)
        if taken:  # another channel was this board's before this one took its name
            return Place(f"#{id}", shared)
        if shared:
            return Place(key, shared)
        kept = await self._kept(key, turn, id)
        return Place(key if kept else f"#{id}", shared)

    async def met(self, turn: Turn) -> None:
        """Duly was added to a team: keep where its boards' channels are reached."""
        self.forget(turn.team)
        for told in await self._channels(turn) or ():
            id = str(told.get("id") or "")
            with self._store.read() as reading:
                key = _boards_channel(reading, str(told.get("name") or GENERAL))
            if key is not None and id and told.get("type") != "shared":
                await asyncio.to_thread(self._bind, key, turn, id)

    def forget(self, team: str) -> None:
        """Ask Teams anew about a team's channels: an event says that they changed."""
        self._teams.pop(team, None)

    async def _kept(self, key: str, turn: Turn, channel: str) -> bool:
        """As `_bind`; where the store is busy, it is kept when somebody asks there again."""
        try:
            return await asyncio.to_thread(self._bind, key, turn, channel)
        except StoreBusy:
            return True

    def _bind(self, key: str, turn: Turn, channel: str) -> bool:
        address = {"channel": channel, "team": turn.team, "service_url": turn.service_url}
        with self._store.write(ACTOR) as writing:
            return bind(writing, PLATFORM, key, address)

    async def _channel(self, turn: Turn) -> Json | None:
        """What Teams says of the channel an activity is from; None where it says nothing."""
        told = await self._channels(turn)
        return next((each for each in told or () if each.get("id") == turn.channel), None)

    async def _channels(self, turn: Turn) -> Iterable[Json] | None:
        now = self._store.clock.machine()
        known = self._teams.get(turn.team)
        fresh = known is not None and now - known.at < FRESH
        if known is not None and fresh and (not turn.channel or turn.channel in known.channels):
            return known.channels.values()
        asked = self._connector.channels(turn.service_url, turn.team)
        try:
            told = await asyncio.wait_for(asked, self._patience)
        except (CallFailed, TimeoutError) as error:
            log.info("channels not told", extra={"team": turn.team, "reason": str(error)})
            if self._development and isinstance(error, CallFailed) and error.status:
                return [turn.channel_told] if turn.channel else ()
            return None
        known = _Told({str(each.get("id")): each for each in told}, now)
        self._teams[turn.team] = known
        return known.channels.values()


def _name(told: Json, turn: Turn) -> str:
    return str(told.get("name") or turn.channel_name or (GENERAL if told else ""))


def _boards_channel(reading: Reading, name: str) -> str | None:
    """The channel of a board that is called `name`, as the organisation file has it."""
    for board in reading.directory.boards.values():
        if board.channel and name and board.channel.lstrip("#").casefold() == name.casefold():
            return f"#{board.channel.lstrip('#')}"
    return None
