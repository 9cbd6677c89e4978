"""One attempt after another: those that have to wait a moment are attempted again after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TypeVar

from db.clock import Clock
from db.errors import StoreAway, StoreBusy
from db.statements import Statements
from db.store import Actor, Store, Writing

ACTOR = Actor("scheduler", "scheduler")
PATIENCE = timedelta(seconds=3)
"""How long a pass waits for a destination to be free; a longer wait is for a later pass."""
WAITING = 20.0
"""Seconds for which a pass goes on waiting for one destination after another."""
BUSY_TRIES = 5
"""What a platform has taken is worth waiting for the store, each time as long as it allows."""

H = TypeVar("H")
T = TypeVar("T")


def in_turn(
    queue: Sequence[T],
    attempt: Callable[[T], datetime | None],
    clock: Clock,
    stopping: threading.Event,
) -> None:
    """Attempt each until `stopping`; `attempt` gives when to try again where that is soon."""
    end = monotonic() + WAITING
    left = list(queue)
    while left and not stopping.is_set():
        later: list[tuple[datetime, T]] = []
        for one in left:
            if stopping.is_set():
                return
            until = attempt(one)
            if until is not None and until - clock.machine() <= PATIENCE:
                later.append((until, one))
        if not later or monotonic() > end:
            return
        left = [one for _, one in later]
        wait = min(until for until, _ in later) - clock.machine()
        # However the clock is set meanwhile.
        stopping.wait(max(0.0, min(wait, PATIENCE).total_seconds()))


def patiently(store: Store, act: Callable[[Writing], T]) -> T:
    """One transaction about messages that it locks, beside others like it; a store that is busy
    or away is waited for. Raises StoreBusy and StoreAway in the end."""
    return _patiently(store, lambda: store.write(ACTOR, alone=False), act)


def at_a_stroke(store: Store, act: Callable[[Statements], T]) -> T:
    """As `patiently`, for statements alone."""
    return _patiently(store, store.statements, act)


def _patiently(
    store: Store, begun: Callable[[], AbstractContextManager[H]], act: Callable[[H], T]
) -> T:
    for _ in range(BUSY_TRIES - 1):
        try:
            with begun() as hand:
                return act(hand)
        except StoreBusy:
            continue
        except StoreAway:
            sleep(store.busy_timeout)
    with begun() as hand:
        return act(hand)
