"""Members of a platform: who is refused, the log of refusals, and the cache of what it says."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from db.store import Store
from governance.errors import DulyError

T = TypeVar("T")

FRESH = timedelta(minutes=10)
"""The platform is asked again about a member after it: so long a guest may keep their rights."""
STALE = timedelta(hours=1)
"""The age to which a member's entry is used while the platform does not answer, so that an outage
does not lock everybody out."""
LOG_INTERVAL = timedelta(hours=1)
"""Between two lines of the access log about the same person and reason."""
LOOKUP_SECONDS = 1.2
"""Time-out of a call that asks the platform about a member or a channel."""

log = logging.getLogger("duly.access")


class AccessDenied(DulyError):
    """Somebody Duly does not answer; the sentence says why."""


class AccessLog:
    """Logger of refusals: one line a person, reason and hour, however often they try."""

    def __init__(self, face: str) -> None:
        self._face = face
        self._logged: dict[tuple[str, str, str], datetime] = {}

    def refused(self, user: str, team: str, why: str, at: datetime) -> None:
        key = (user, team, why)
        last = self._logged.get(key)
        if last is not None and at - last < LOG_INTERVAL:
            return
        if len(self._logged) > 1000:
            self._logged = {k: v for k, v in self._logged.items() if at - v < LOG_INTERVAL}
        self._logged[key] = at
        extra = {"face": self._face, "user": user, "team": team, "reason": why}
        log.warning("refused", extra=extra)


class PlatformCache(Generic[T]):
    """Cache of what a platform says, by id; a stale entry serves where it does not answer."""

    def __init__(self, store: Store, fresh: timedelta, stale: timedelta = timedelta(0)) -> None:
        self._clock = store.clock
        self._fresh, self._stale = fresh, stale
        self._entries: dict[str, tuple[T, datetime]] = {}
        self.generation = 0
        """Number of the times that something was dropped: an answer to a question that was asked
        before the last of them may be out of date."""

    def fresh(self, id: str, within: timedelta | None = None) -> T | None:
        """The entry, where it is younger than `within`, by default than the cache's `fresh`."""
        return self._younger(id, self._fresh if within is None else within)

    def stale(self, id: str) -> T | None:
        """The entry, where it may still serve though the platform does not answer."""
        return self._younger(id, self._stale)

    def put(self, id: str, value: T, generation: int | None = None) -> T:
        """Keep an entry; not one that was asked for in an earlier `generation`."""
        if generation in (None, self.generation):
            self._entries[id] = (value, self._clock.machine())
        return value

    def forget(self, id: str) -> None:
        self.generation += 1
        self._entries.pop(id, None)

    def clear(self) -> None:
        self.generation += 1
        self._entries.clear()

    def _younger(self, id: str, age: timedelta) -> T | None:
        value, read_at = self._entries.get(id, (None, None))
        return value if read_at is not None and self._clock.machine() - read_at < age else None
