"""Where something was asked: a direct message, a board's channel, another one, a shared one.

A board's channel is known by its id once it was seen, so that a rename follows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.members import PATIENCE
from bot.slack.client import UNREACHED, why
from db.destinations import bind, channel_bound_to, destination
from db.store import Actor, Reading, Store

PLATFORM = "slack"
FRESH = timedelta(minutes=10)
"""What Slack said of a channel holds so long, unless an event says that it changed."""
_SHARED = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared", "pending_shared")
ACTOR = Actor("slack", "slack")
ARCHIVED = "the channel is archived"
SHARED = "the channel is shared with another organisation"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where something was asked. `channel` is the board's channel as the file names it, else the
    channel's own name, each with its #; None in a direct message."""

    id: str
    channel: str | None = None
    shared: bool = False
    """With another organisation; so is one that Slack says nothing of."""

    @property
    def open(self) -> bool:
        """Whether an answer may be shown to everybody here."""
        return self.channel is not None and not self.shared


@dataclass(frozen=True)
class _Told:
    name: str
    direct: bool
    shared: bool
    archived: bool
    at: datetime


class Channels:
    """Asks Slack what a channel is, and remembers it for a while."""

    def __init__(self, store: Store, client: AsyncWebClient, patience: float = PATIENCE) -> None:
        """`patience`: the seconds that Slack has to say what a channel is."""
        self._store = store
        self._client = client
        self._patience = patience
        self._told: dict[str, _Told] = {}

    async def place(self, id: str | None, *, within: timedelta = FRESH) -> Place:
        """What the channel with this id is, as Slack said no longer ago than `within`."""
        if not id:
            return Place("")
        if id.startswith("D"):
            # Only the bot's own are direct messages with it; in another one, between people, it
            # can post nothing and is asked nothing but commands, which are answered privately.
            return Place(id)
        told = await self._ask(id, within)
        if told is None:
            return Place(id, f"#{id}", shared=True)
        if told.direct:
            return Place(id, f"#{id}", shared=told.shared)
        with self._store.read() as reading:
            bound = channel_bound_to(reading, PLATFORM, id)
            if bound is not None:
                return Place(id, bound.key, told.shared)
            name = _boards_channel(reading, told.name)
            taken = name is not None and destination(reading, PLATFORM, name) is not None
        if name is None:
            return Place(id, f"#{told.name}", told.shared)
        if taken:  # another channel was this board's before this one took its name
            return Place(id, f"#{id}", told.shared)
        if told.shared or told.archived:
            return Place(id, name, told.shared)
        bound_now = await asyncio.to_thread(self._bind, name, id)
        return Place(id, name if bound_now else f"#{id}", told.shared)

    async def closed_to_posts(self, id: str) -> str | None:
        """Why nothing is to be posted in a channel, as Slack says now; None where it may."""
        told = await self._ask(id, timedelta(0))
        if told is None or told.archived:
            return ARCHIVED
        return SHARED if told.shared else None

    def forget(self, id: str) -> None:
        """Ask Slack anew about a channel: an event says that it changed."""
        self._told.pop(id, None)

    def _bind(self, name: str, id: str) -> bool:
        with self._store.write(ACTOR) as writing:
            return bind(writing, PLATFORM, name, {"channel": id})

    async def _ask(self, id: str, within: timedelta) -> _Told | None:
        now = self._store.clock.machine()
        known = self._told.get(id)
        if known is not None and now - known.at < within:
            return known
        try:
            asked = self._client.conversations_info(channel=id)
            told = await asyncio.wait_for(asked, self._patience)
        except UNREACHED as error:
            log.info("conversations.info failed", extra={"channel": id, "reason": why(error)})
            return None
        found: Mapping[str, Any] = told["channel"]
        known = _Told(
            name=str(found.get("name") or id),
            direct=bool(found.get("is_im") or found.get("is_mpim")),
            shared=any(found.get(flag) for flag in _SHARED),
            archived=bool(found.get("is_archived")),
            at=now,
        )
        self._told[id] = known
        return known


def _boards_channel(reading: Reading, name: str) -> str | None:
    """The channel of a board that is called `name`, as the organisation file has it."""
    for board in reading.directory.boards.values():
        if board.channel and board.channel.lstrip("#").casefold() == name.casefold():
            return board.channel if board.channel.startswith("#") else f"#{board.channel}"
    return None
