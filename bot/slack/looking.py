"""Looking back: whether a message that was never answered stands in its channel all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from scheduler.errors import NotDelivered
from scheduler.model import Letter

EVENT_TYPE = "duly_message"
PAGE = 200
PAGES = 5
"""How far back a message is looked for: 1,000 messages of one channel."""
EARLIER = timedelta(days=1)
"""A message is looked for from so long before it was gathered: clocks differ, and are set."""
FRESH = 1.0
"""Seconds for which a channel's history, once read, serves for other messages of the channel."""
TOO_MUCH = "More was said there since than Duly can look through."

Call = Callable[..., Mapping[str, Any]]
Pages = Iterator[Mapping[str, str]]


class Lookback:
    """One channel's history at a time: read once for all that is looked for in it just now."""

    def __init__(self, call: Call) -> None:
        """`call` asks Slack: a method and its values; raises NotDelivered."""
        self._call = call
        self._channel = ""
        self._since: datetime | None = None
        self._read = 0.0
        self._keys: dict[str, str] = {}
        self._pages: Pages = iter(())

    def find(self, channel: str, letter: Letter) -> str | None:
        """The letter's ts, or None when it was not posted. Raises NotDelivered, for good where
        the history does not go back far enough to say."""
        self._open(channel, letter.since)
        if letter.key in self._keys:
            return self._keys[letter.key]
        try:
            for page in self._pages:
                self._keys.update(page)
                if letter.key in page:
                    return page[letter.key]
        except NotDelivered:
            self._channel = ""
            raise
        return None

    def _open(self, channel: str, since: datetime | None) -> None:
        """Begin at the channel's end, unless it was just read, as far back as `since`."""
        reaches = self._since is None or (since is not None and since >= self._since)
        if channel == self._channel and reaches and monotonic() - self._read < FRESH:
            return
        self._channel, self._since, self._read = channel, since, monotonic()
        self._keys, self._pages = {}, self._history(channel, since)

    def _history(self, channel: str, since: datetime | None) -> Pages:
        """The keys of Duly's messages there with their ts, page by page, the newest first."""
        oldest = str((since - EARLIER).timestamp()) if since is not None else "0"
        cursor = ""
        for _ in range(PAGES):
            told = self._call(
                "conversations.history",
                channel=channel,
                include_all_metadata=True,
                oldest=oldest,
                limit=PAGE,
                cursor=cursor,
            )
            yield dict(_keys(told.get("messages") or ()))
            cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise NotDelivered(TOO_MUCH, for_good=True)


def _keys(messages: Any) -> Iterator[tuple[str, str]]:
    for message in messages:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == EVENT_TYPE and "key" in payload:
            yield str(payload["key"]), str(message["ts"])
