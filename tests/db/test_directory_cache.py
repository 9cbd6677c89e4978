"""The cache of the directory, which is never out of date."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from db.clock import PretendedClock
from db.errors import StoreUnusable
from db.store import Store
from db.tables import Absence, Person, Post
from tests.factories import TEST, a_report
from tests.support.backends import SQLITE


@pytest.fixture
def other(store: Store, clock: PretendedClock) -> Store:
    """Another process on the same store."""
    store.prepare()
    return Store(store.url.render_as_string(), clock)


def test_a_directory_is_read_once_while_nothing_of_it_changes(store: Store) -> None:
    first = store.directory()
    with store.write(TEST) as writing:
        writing.set_mark("last_tick", "2023-01-09T09:00:00+00:00")
    with store.read() as reading:
        assert reading.directory is first
    assert store.directory() is first


def test_another_process_sees_a_new_person_with_its_next_question(
    store: Store, other: Store
) -> None:
    assert "jane" not in other.directory().people
    with store.write(TEST) as writing:
        writing.add(Person(organisation=writing.key, key="jane", name="Jane Doe"))
    assert other.directory().people["jane"].name == "Jane Doe"
    with other.read() as reading:
        assert reading.directory.people["jane"].name == "Jane Doe"


def test_a_change_and_a_removal_are_seen_like_something_new(store: Store, other: Store) -> None:
    with store.write(TEST) as writing:
        away = Absence(
            organisation=writing.key, person="local", starts=date(2023, 1, 1), ends=date(2023, 1, 2)
        )
        writing.add(away)
    assert other.directory().people["local"].is_away(date(2023, 1, 2))
    with store.write(TEST) as writing:
        found = writing.first(writing.select(Absence))
        assert found is not None
        writing.change(found, "away", {"ends": date(2023, 1, 1)})
    assert not other.directory().people["local"].is_away(date(2023, 1, 2))
    with store.write(TEST) as writing:
        found = writing.first(writing.select(Absence))
        assert found is not None
        writing.delete(found)
    assert other.directory().people["local"].away == ()


def test_what_was_rolled_back_is_never_known(store: Store, other: Store) -> None:
    def half_done() -> None:
        with store.write(TEST) as writing:
            writing.add(Person(organisation=writing.key, key="jane", name="Jane Doe"))
            assert "jane" in writing.directory.people
            assert "jane" not in other.directory().people
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half_done()
    assert "jane" not in store.directory().people
    assert "jane" not in other.directory().people


def test_a_look_that_has_begun_keeps_to_its_moment(store: Store, other: Store) -> None:
    with other.read() as before:
        with store.write(TEST) as writing:
            writing.add(Post(organisation=writing.key, key="dcc", title="DCC", role="chair"))
        assert "dcc" not in before.directory.posts
        assert [post.key for post in before.all(before.select(Post))] == ["administrator"]
    with other.read() as after:
        assert "dcc" in after.directory.posts


def test_a_new_report_is_known_by_name_at_once(store: Store, other: Store) -> None:
    with other.read() as reading:
        assert reading.reports == {}
    with store.write(TEST) as writing:
        report = a_report(writing)
        assert report.id is not None
        assert writing.reports[report.id].title == report.title
    with other.read() as reading:
        assert [each.title for each in reading.reports.values()] == [report.title]


@SQLITE
def test_a_store_built_anew_in_the_same_place_is_not_taken_for_the_old_one(
    store: Store, clock: PretendedClock
) -> None:
    with store.read() as reading:
        before = reading.mark("known:1")
    store.close()
    path = store.url.database
    assert path is not None
    for suffix in ("", "-wal", "-shm"):
        Path(path + suffix).unlink(missing_ok=True)
    rebuilt = Store(store.url.render_as_string(), clock)
    with rebuilt.read() as reading:
        assert reading.mark("known:1") not in (None, before)


def test_many_threads_may_look_at_once(store: Store) -> None:
    gate = threading.Barrier(8)
    names = []

    def look() -> None:
        with store.read() as reading:
            gate.wait(10)
            names.append(reading.directory.force_key)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["local"] * 8


def test_a_look_cannot_write(store: Store) -> None:
    def write() -> None:
        with store.read() as reading:
            reading.session.add(Person(organisation=reading.key, key="jane", name="Jane Doe"))
            reading.session.flush()

    with pytest.raises(StoreUnusable):
        write()
    assert "jane" not in store.directory().people
