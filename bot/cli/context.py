"""Opens the store that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.logs import log_to_file
from bot.settings import load_settings
from db.clock import Clock, PretendedClock, SystemClock
from db.store import Store

BUILT_IN_ZONE = ZoneInfo("Europe/London")


@contextmanager
def opened(db: str | None, at: datetime | None) -> Iterator[Store]:
    """The store at `db`, or the one the settings name, at the moment `at` or now.

    A naive `at` is in the organisation's zone.
    """
    settings = load_settings()
    log_to_file(settings.log)
    store = _at_moment(db or settings.database_url, at, settings.audit_bytes)
    try:
        yield store
    finally:
        store.close()


def clock_at(at: datetime | None) -> Clock:
    """The clock that `at` pretends, naive in the built-in zone, or the machine's."""
    if at is None:
        return SystemClock()
    return PretendedClock(at if at.tzinfo else at.replace(tzinfo=BUILT_IN_ZONE))


def _at_moment(url: str, at: datetime | None, audit_key: bytes | None) -> Store:
    if at is None:
        return Store(url, audit_key=audit_key)
    # A new store is founded at the pretended moment, so the clock is set before the zone is known.
    clock = PretendedClock(at if at.tzinfo else at.replace(tzinfo=BUILT_IN_ZONE))
    store = Store(url, clock, audit_key=audit_key)
    if at.tzinfo is None:
        with store.read() as reading:
            clock.set(at.replace(tzinfo=reading.directory.zone))
    return store
