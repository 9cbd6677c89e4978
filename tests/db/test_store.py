from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import StatementError
from sqlmodel import col, select

from db.audit.verify import verify
from db.clock import PretendedClock, SystemClock
from db.errors import StoreBusy
from db.store import Store
from db.tables import History, Recommendation
from tests.factories import TEST, a_recommendation, a_report


def test_a_change_tells_the_history_who_when_and_from_what_to_what(
    store: Store, clock: PretendedClock
) -> None:
    with store.write(TEST) as writing:
        row = a_recommendation(writing, a_report(writing))
        told = writing.change(row, "update", {"progress": "on_track"}, note="Begun.")
        assert told is not None
    with store.read() as reading:
        kept = reading.first(reading.select(History))
        assert kept is not None
        assert (kept.actor, kept.face, kept.action) == ("local", "test", "update")
        assert kept.changes == {"progress": ["not_started", "on_track"]}
        assert kept.at == clock.now()
        assert kept.recorded_at > kept.at


def test_setting_what_is_already_so_changes_and_tells_nothing(store: Store) -> None:
    with store.write(TEST) as writing:
        row = a_recommendation(writing, a_report(writing))
        assert writing.change(row, "update", {"progress": "not_started"}) is None
    with store.read() as reading:
        assert reading.all(reading.select(History)) == []


def test_what_raises_in_the_middle_leaves_nothing(store: Store) -> None:
    def half_done() -> None:
        with store.write(TEST) as writing:
            row = a_recommendation(writing, a_report(writing))
            writing.change(row, "update", {"progress": "on_track"})
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half_done()
    with store.read() as reading:
        assert reading.all(reading.select(Recommendation)) == []
        assert reading.all(reading.select(History)) == []
        assert reading.mark("kind") is None


def test_two_threads_writing_at_once_lose_nothing_and_keep_one_chain(store: Store) -> None:
    with store.write(TEST) as writing:
        row = a_recommendation(writing, a_report(writing))
        assert row.id is not None
        id = row.id

    def count_up() -> None:
        for _ in range(10):
            with store.write(TEST) as writing:
                row = writing.recommendation(id)
                writing.change(row, "count", {"position": row.position + 1})

    threads = [threading.Thread(target=count_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as reading:
        assert reading.recommendation(id).position == 20
        told = reading.all(reading.select(History).order_by(col(History.seq)))
        assert [h.seq for h in told] == list(range(1, 21))
        assert verify(reading.session, reading.key) == []


def test_a_busy_store_says_so_within_two_seconds_and_saves_nothing_later(store: Store) -> None:
    with store.write(TEST) as holding:
        holding.note("update", "recommendation:1", note="the first")
        began = time.monotonic()
        with (
            pytest.raises(StoreBusy, match="Not saved, the store is busy"),
            store.write(TEST) as writing,
        ):
            writing.note("update", "recommendation:1", note="the second")
        assert time.monotonic() - began < store.busy_timeout + 3
    with store.read() as reading:
        assert [h.note for h in reading.all(reading.select(History))] == ["the first"]


def test_who_has_patience_waits_until_the_store_is_free(store: Store) -> None:
    store.prepare()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.write(TEST):
            held.set()
            done.wait(2.2)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    store.busy_timeout = 20
    with store.write(TEST) as writing:
        writing.note("import", "report:1", note="after the wait")
    holder.join()
    with store.read() as reading:
        assert [h.note for h in reading.all(reading.select(History))] == ["after the wait"]


def test_a_reading_sees_one_moment_whatever_is_written_meanwhile(store: Store) -> None:
    with store.read() as reading:
        assert reading.all(reading.select(History)) == []
        with store.write(TEST) as writing:
            writing.note("update", "recommendation:1", note="meanwhile")
        assert reading.all(reading.select(History)) == []


def test_moments_come_back_aware_in_utc_and_none_is_taken_without_a_zone(
    store: Store, clock: PretendedClock
) -> None:
    with store.write(TEST) as writing:
        report = a_report(writing)
        report.published_set_at = datetime(2023, 7, 1, 9, tzinfo=writing.directory.zone)
    with store.read() as reading:
        again = reading.session.get_one(type(report), report.id)
        assert again.published_set_at == datetime(2023, 7, 1, 8, tzinfo=UTC)
        assert again.published_set_at.tzinfo is UTC
    with store.write(TEST) as writing:
        report = a_report(writing, title="Custody")
        report.published_set_at = datetime(2023, 7, 1, 9)
        with pytest.raises(StatementError, match="without a time zone"):
            writing.session.flush()
        writing.session.rollback()


def test_the_first_write_under_a_pretended_clock_marks_the_store_for_good(
    new_address: str,
) -> None:
    url = new_address
    pretended = Store(url, PretendedClock(datetime(2023, 1, 3, 9, tzinfo=UTC)))
    with pretended.read() as reading:
        assert reading.mark("kind") is None
    with pretended.write(TEST):
        pass
    with pretended.read() as reading:
        assert reading.mark("kind") is None
        assert reading.organisation.created_at.year > 2023
    with pretended.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="pretended")
    with Store(url, SystemClock()).write(TEST) as writing:
        writing.note("update", "recommendation:1", note="in earnest")
    with pretended.read() as reading:
        assert reading.mark("kind") == "pretended"


def test_a_demonstration_stays_one(store: Store) -> None:
    with store.write(TEST) as writing:
        writing.set_mark("kind", "demonstration")
    with store.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="moved on")
    with store.read() as reading:
        assert reading.mark("kind") == "demonstration"


def test_a_write_in_earnest_marks_nothing(store: Store) -> None:
    earnest = Store(store.url.render_as_string(), SystemClock())
    with earnest.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="in earnest")
    with earnest.read() as reading:
        assert reading.mark("kind") is None


def test_rows_can_be_used_after_the_store_is_left(store: Store) -> None:
    with store.write(TEST) as writing:
        row = a_recommendation(writing, a_report(writing), ref="24087")
    assert row.ref == "24087"
    with store.read() as reading:
        found = reading.session.exec(select(Recommendation)).one()
    assert found.ref == "24087"


def test_thousands_of_ids_are_asked_for_in_statements_that_a_database_takes(store: Store) -> None:
    with store.write(TEST) as writing:
        report = a_report(writing)
        ids = [a_recommendation(writing, report, number=str(n)).id for n in range(3)]
    wanted = [*range(100_000, 10, -1), *ids]
    with store.read() as reading:
        asked = reading.select(Recommendation).order_by(col(Recommendation.id))
        assert [row.id for row in reading.all_in(asked, Recommendation.id, wanted)] == ids
