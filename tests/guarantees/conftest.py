"""A force on a machine whose clock the test sets."""

from __future__ import annotations

import pytest

from db.store import Store
from scheduler.tick import tick
from tests.factories import apply, at
from tests.support.clocks import MachineClock
from tests.support.fake_platform import FakePlatform


@pytest.fixture
def now(store: Store) -> MachineClock:
    """A force with nobody's reminder due, on Friday 31 March 2023 at 10:00 by the machine."""
    apply(store)
    clock = MachineClock(at(2023, 3, 31, 10))
    store.clock = clock
    tick(store, FakePlatform())
    return clock
