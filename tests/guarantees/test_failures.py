"""Failures of the disk and the server under the store: nothing lost or doubled, and all told.

`make prove` says DULY_LOCK_SECONDS=30.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from commands.request import Request
from commands.router import answer
from db import tables as t
from db.backend import BUSY_SECONDS
from db.clock import PretendedClock
from db.errors import StoreAway, StoreBusy, StoreUnusable
from db.store import Store
from scheduler.tick import tick
from tests.factories import (
    add_message,
    add_recommendation,
    add_report,
    apply,
    at,
    ledger,
    message,
    set_clock,
)
from tests.support.fake_platform import FakePlatform
from tests.support.postgres import running_server

LOCK_SECONDS = float(os.environ.get("DULY_LOCK_SECONDS", "1"))
UPDATE = Request("24087 on track: " + "checks go live " * 250, person="jane", face="terminal")


@pytest.fixture
def force(store: Store) -> Store:
    apply(store)
    add_recommendation(store, "24087", add_report(store), deadline=at(2023, 4, 17).date())
    set_clock(store, at(2023, 4, 3, 8))
    tick(store, FakePlatform())
    return store


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """The store's file may not grow any more."""

    def no_more(connection: sqlite3.Connection, _: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(store.engine, "connect", no_more)
    store.engine.dispose()  # the connection that is kept has no such limit
    try:
        yield
    finally:
        event.remove(store.engine, "connect", no_more)
        store.engine.dispose()


def fill_up(store: Store) -> None:
    """Use the room that the file has inside, which SQLite takes first."""
    size = 1_000_000
    with full_disk(store):
        while size > 1:
            try:
                add_message(
                    store, f"filler {size} {time.monotonic_ns()}", state="sent", text="x" * size
                )
            except StoreUnusable:
                size //= 4


def test_a_full_disk_loses_and_doubles_nothing_and_is_told(force: Store) -> None:
    fill_up(force)
    set_clock(force, at(2023, 4, 3, 9))
    platform = FakePlatform()
    with full_disk(force):
        with pytest.raises(StoreUnusable, match="no room left on the disk"):
            tick(force, platform)
        told = answer(force, UPDATE)
        assert not told.ok
        assert "There is no room left on the disk" in told.text
    assert platform.letters == []
    with force.read() as reading:
        assert {s.failures for s in reading.all(reading.select(t.Schedule))} == {0}
    tick(force, platform)
    tick(force, platform)
    assert [letter.destination for letter in platform.letters] == ["jane"]
    assert {row.state for row in ledger(force)} <= {"sent", "skipped"}
    assert answer(force, UPDATE).ok


@contextmanager
def locked(store: Store, seconds: float) -> Iterator[threading.Event]:
    """Another process holds the store for so long; the event says that it let go."""
    other = sqlite3.connect(str(store.url.database), check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    free = threading.Event()

    def let_go() -> None:
        other.rollback()
        free.set()

    timer = threading.Timer(seconds, let_go)
    timer.start()
    try:
        yield free
    finally:
        timer.join()
        other.close()


def test_a_locked_store_loses_and_doubles_nothing_and_is_told_within_two_seconds(
    force: Store,
) -> None:
    assert BUSY_SECONDS < 2
    force.busy_timeout = 0.1
    set_clock(force, at(2023, 4, 3, 9))
    platform = FakePlatform()
    with locked(force, LOCK_SECONDS) as free:
        told = answer(force, UPDATE)
        assert told.text.startswith("Not saved, the store is busy")
        ticks = 0
        while not free.is_set():
            try:
                tick(force, platform)
            except StoreBusy:
                ticks += 1
        assert ticks > 0
    tick(force, platform)
    assert [letter.destination for letter in platform.letters] == ["jane"]
    assert {row.state for row in ledger(force)} <= {"sent", "skipped"}


def test_locked_after_a_post_the_store_is_waited_for_and_else_the_post_is_found(
    force: Store,
) -> None:
    force.busy_timeout = 0.05
    claim = timedelta(seconds=4)
    platform = FakePlatform()
    lock = locked(force, 1.5)
    add_message(force, "one")

    def posted_and_locked(letter: object) -> None:
        lock.__enter__()

    platform.posting = posted_and_locked
    with pytest.raises(StoreBusy):
        tick(force, platform, claim=claim)
    lock.__exit__(None, None, None)
    platform.posting = lambda letter: None
    assert platform.keys == ["one"]
    assert message(force, "one").state == "claimed"
    end = time.monotonic() + 60
    while message(force, "one").state != "sent":
        assert time.monotonic() < end
        tick(force, platform, claim=claim)
        time.sleep(0.1)
    assert platform.keys == ["one"]
    assert platform.looks == 1


def test_postgres_restarted_in_mid_run_loses_and_doubles_nothing(clock: PretendedClock) -> None:
    # The server ends with the thread that started it: this one outlives the pass.
    with running_server() as server, ThreadPoolExecutor(1) as lasting:
        store = Store(server.create("restarted"), clock)
        apply(store)
        for key in ("one", "two", "three"):
            add_message(store, key)
        platform = FakePlatform()

        def restart(_letter: object) -> None:
            platform.posting = lambda letter: None
            server.stop()
            lasting.submit(server.start).result()

        platform.posting = restart
        tick(store, platform)
        tick(store, platform)
        assert sorted(platform.keys) == ["one", "three", "two"]
        assert {message(store, key).state for key in platform.keys} == {"sent"}
        store.close()


def test_postgres_away_a_tick_fails_and_says_so(clock: PretendedClock) -> None:
    with running_server() as server:
        store = Store(server.create("away"), clock)
        apply(store)
        add_message(store, "one")
        server.stop()
        platform = FakePlatform()
        with pytest.raises(StoreAway):
            tick(store, platform)
        assert not answer(store, UPDATE).ok
        server.start()
        tick(store, platform)
        assert platform.keys == ["one"]
        store.close()
