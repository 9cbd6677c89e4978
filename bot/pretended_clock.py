"""Stores under the machine's clock, or under one that pretends the moment of `--at`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from db.clock import Clock, PretendedClock, SystemClock
from db.store import Store

BUILT_IN_ZONE = ZoneInfo("Europe/London")
"""The zone of a naive moment while no organisation says its own."""


def clock_at(at: datetime | None, *, running: bool = False) -> Clock:
    """A clock that pretends `at`, and goes on from there if `running`; else the machine's."""
    if at is None:
        return SystemClock()
    return PretendedClock(at if at.tzinfo else at.replace(tzinfo=BUILT_IN_ZONE), running=running)


def open_store(
    url: str, at: datetime | None, audit_key: bytes | None, *, running: bool = False
) -> Store:
    """The store at `url` under `clock_at(at)`; a naive `at` is in the organisation's zone.

    The clock is set before that zone is known, since a new store is founded at its moment.
    """
    store = Store(url, clock_at(at, running=running), audit_key=audit_key)
    if at is not None and at.tzinfo is None:
        set_clock(store, at)
    return store


def set_clock(store: Store, at: datetime) -> None:
    """Set a store's pretended clock to `at`; naive, it is in the organisation's zone."""
    assert isinstance(store.clock, PretendedClock)
    if at.tzinfo is None:
        with store.read() as reading:
            at = at.replace(tzinfo=reading.directory.zone)
    store.clock.set(at)
