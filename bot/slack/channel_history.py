"""Channel history: what Duly posted to a channel, by the metadata of each message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from scheduler.courier import Letter, NotDelivered, Posted, Recalled
from scheduler.letters import IDENTITY

EVENT_TYPE = "duly_message"
MOST_HELD = 500
"""So many reminders a message names in its metadata, 4,000 characters; one with more names none."""
PAGE = 200
PAGES = 5
"""The most pages that are read to look for a message: 1,000 messages of one channel."""
EARLIER = timedelta(days=1)
"""A message is looked for from so long before it was gathered: clocks differ, and are set."""
FRESH = 1.0
"""Seconds for which a channel's history, once read, serves for other messages of the channel."""
TOO_MUCH = "More was said there since than Duly can look through."

Call = Callable[..., Awaitable[Mapping[str, Any]]]


def metadata(letter: Letter) -> dict[str, Any]:
    """A letter's message metadata, which nobody sees: its key, and its reminders' identities."""
    payload = {"key": letter.key}
    if letter.holds and len(letter.holds) <= MOST_HELD:
        payload["holds"] = "".join(letter.holds)
    return {"event_type": EVENT_TYPE, "event_payload": payload}


class Lookback:
    """One channel's history at a time: read once for all that is looked for in it just now.

    Who looks for something at one moment waits for each other. It belongs to one event loop.
    """

    def __init__(self, call: Call) -> None:
        """`call` asks Slack: a method and its values; raises NotDelivered."""
        self._call = call
        self._looking = asyncio.Lock()
        self._channel = ""
        self._since: datetime | None = None
        self._read = 0.0
        self._seen: list[Posted] = []
        self._more: AsyncIterator[list[Posted]] | None = None

    async def find(self, channel: str, letter: Letter) -> str | None:
        """The letter's "channel:ts", or None when it was not posted. Raises NotDelivered, for
        good where the history does not go back far enough to say."""
        async with self._looking:
            more = self._open(channel, letter.since)
            found = _of(letter, self._seen)
            try:
                while found is None and (page := await anext(more, None)) is not None:
                    self._seen += page
                    found = _of(letter, page)
            except NotDelivered:
                self._channel = ""
                raise
            return found

    async def recall(self, channel: str, since: datetime) -> Recalled:
        """All that was posted there since. Raises NotDelivered where nothing can be said."""
        posted: list[Posted] = []
        try:
            async for page in self._history(channel, since):
                posted += page
        except NotDelivered as error:
            if error.sentence != TOO_MUCH:
                raise
            return Recalled(tuple(posted), whole=False)
        return Recalled(tuple(posted), whole=True)

    def _open(self, channel: str, since: datetime | None) -> AsyncIterator[list[Posted]]:
        """Begin at the channel's end, unless it was just read, as far back as `since`."""
        reaches = self._since is None or (since is not None and since >= self._since)
        fresh = channel == self._channel and reaches and monotonic() - self._read < FRESH
        if self._more is not None and fresh:
            return self._more
        self._channel, self._since, self._read = channel, since, monotonic()
        self._seen = []
        self._more = self._history(channel, since - EARLIER if since is not None else None)
        return self._more

    async def _history(self, channel: str, since: datetime | None) -> AsyncIterator[list[Posted]]:
        """Duly's messages there, page by page, the newest first. Raises NotDelivered."""
        oldest = {"oldest": f"{since.timestamp():.6f}"} if since is not None else {}
        cursor = ""
        for _ in range(PAGES):
            told = await self._call(
                "conversations.history",
                channel=channel,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
                **oldest,
            )
            yield list(_posted(channel, told.get("messages") or ()))
            cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise NotDelivered(TOO_MUCH, for_good=True)


def _of(letter: Letter, posted: list[Posted]) -> str | None:
    """The id of a letter among these messages. A store that was restored may use a key again
    for other reminders."""
    for one in posted:
        same = not one.holds or not letter.holds or set(one.holds) & set(letter.holds)
        if one.key == letter.key and same:
            return one.platform_id
    return None


def _posted(channel: str, messages: Any) -> Iterator[Posted]:
    for message in messages:
        told = message.get("metadata") or {}
        payload = told.get("event_payload") or {}
        if told.get("event_type") == EVENT_TYPE:
            held = str(payload.get("holds", ""))
            yield Posted(
                key=str(payload.get("key", "")),
                platform_id=f"{channel}:{message['ts']}",
                at=datetime.fromtimestamp(float(message["ts"]), UTC),
                holds=tuple(held[at : at + IDENTITY] for at in range(0, len(held), IDENTITY)),
            )
