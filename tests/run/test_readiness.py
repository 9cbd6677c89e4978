"""Readiness of the store: it is slow, or what may go is kept waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from pathlib import Path

import pytest

from bot.readiness import OVERDUE_AFTER, StoreLate, StoreProbe, pool_reasons
from db.errors import StoreBusy
from db.store import Reading, Store
from scheduler.courier import NotDelivered
from scheduler.tick import tick
from tests.factories import at, create_running_force, set_clock
from tests.support.fake_platform import FakePlatform
from tests.support.until import until


class Hanging:
    """A store whose reads wait until they are let go."""

    def __init__(self, store: Store) -> None:
        self.go = threading.Event()
        self.looks = 0
        self.store = copy(store)
        vars(self.store)["read"] = self._read
        self._whole = store

    @contextmanager
    def _read(self) -> Iterator[Reading]:
        self.looks += 1
        self.go.wait(60)
        with self._whole.read() as reading:
            yield reading


def busy(store: Store) -> Store:
    """The store, which cannot be read."""

    @contextmanager
    def read() -> Iterator[Reading]:
        raise StoreBusy()
        yield

    other = copy(store)
    vars(other)["read"] = read
    return other


def test_a_store_in_which_nothing_waits_is_ready(store: Store) -> None:
    assert StoreProbe(lambda: [store], timeout=60).reasons() == []


def test_a_store_that_hangs_is_a_reason_asked_once_and_well_again_after_it(store: Store) -> None:
    hanging = Hanging(store)
    probe = StoreProbe(lambda: [hanging.store], timeout=0.02)
    for _ in range(3):
        (reason,) = probe.reasons()
        assert reason.startswith("The store has not answered for ")
    assert hanging.looks == 1
    with pytest.raises(StoreLate):
        probe.health()
    hanging.go.set()
    until(lambda: probe.reasons() == [])


def test_a_store_that_cannot_be_read_says_why(store: Store) -> None:
    assert StoreProbe(lambda: [busy(store)], timeout=60).reasons() == [StoreBusy().sentence]


def test_a_store_that_cannot_be_used_is_a_reason_without_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "duly.db"
    path.write_text("no database at all, but a text that is long enough " * 40)
    broken = Store(f"sqlite:///{path}")
    probe = StoreProbe(lambda: [broken], timeout=60)
    assert probe.reasons() == ["The store cannot be used; the log says why."]
    (record,) = (r for r in caplog.records if r.message == "store not read")
    assert str(path) in record.__dict__["reason"]
    broken.close()


def test_what_may_go_and_waits_too_long_is_a_reason(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    probe = StoreProbe(lambda: [store], timeout=60)
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    morning = at(2023, 3, 31, 9)
    set_clock(store, morning)
    tick(store, face)
    set_clock(store, morning + OVERDUE_AFTER)
    assert probe.reasons() == []
    set_clock(store, morning + OVERDUE_AFTER + timedelta(minutes=1))
    assert probe.reasons() == ["Something that is due has not been delivered for 16 minutes."]
    tick(store, face)
    assert probe.reasons() == []


def test_a_pool_whose_threads_are_all_stuck_is_a_reason() -> None:
    async def probed() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        go = threading.Event()
        stuck = loop.run_in_executor(None, go.wait, 60)
        assert await pool_reasons(timeout=0.05) == [
            "Every thread that answers commands has been busy for a while; nothing moves."
        ]
        go.set()
        await stuck
        assert await pool_reasons() == []

    asyncio.run(probed())
