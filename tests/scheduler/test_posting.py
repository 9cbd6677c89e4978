"""Posting to several destinations at once, and to each of them one after another."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from db.ledger.messages import LedgerMessage
from db.store import Store
from scheduler.courier import Letter, NotDelivered
from scheduler.delivery import DeliveryWorker
from scheduler.group_commit import GroupCommit
from scheduler.outbox import CLAIM, Batch
from scheduler.transitions import OfMessage
from tests.factories import add_message, apply, message
from tests.support.fake_platform import FakePlatform, queued

LIMIT = 60.0
"""Seconds, far more than anything here takes."""


@pytest.fixture
def waiting(store: Store) -> Store:
    apply(store)
    for turn in range(3):
        for room in ("#slow", "#quick", "#other"):
            add_message(store, f"{room}/{turn}", room)
    return store


def test_a_slow_destination_holds_up_none_but_itself(waiting: Store) -> None:
    others_done, left = threading.Event(), {"#quick/2", "#other/2"}

    def posting(letter: Letter) -> None:
        left.discard(letter.key)
        if not left:
            others_done.set()
        if letter.destination == "#slow":
            assert others_done.wait(LIMIT)

    platform = FakePlatform()
    platform.posting = posting
    assert len(DeliveryWorker(waiting, [platform]).run()) == 9
    for room in ("#slow", "#quick", "#other"):
        of_it = [key for key in platform.keys if key.startswith(room)]
        assert of_it == [f"{room}/{turn}" for turn in range(3)]


def test_what_is_in_hand_is_finished_and_nothing_more_is_begun_once_it_is_to_end(
    waiting: Store,
) -> None:
    stopping, all_in_hand = threading.Event(), threading.Barrier(3)

    def posting(_: Letter) -> None:
        all_in_hand.wait(LIMIT)
        stopping.set()

    platform = FakePlatform()
    platform.posting = posting
    DeliveryWorker(waiting, [platform], CLAIM, stopping).run()
    assert sorted(platform.keys) == ["#other/0", "#quick/0", "#slow/0"]
    assert {message(waiting, f"#slow/{n}").state for n in (1, 2)} == {"gathered"}
    assert message(waiting, "#slow/0").state == "sent"


def tried(store: Store, *failing: BaseException) -> list[str]:
    """The keys of what was attempted, where the first attempts fail so."""
    attempts: list[str] = []
    platform = FakePlatform()
    platform.failing = list(failing)
    platform.posting = lambda letter: attempts.append(letter.key)
    DeliveryWorker(store, [platform]).run()
    return attempts


def test_one_that_has_to_wait_goes_before_what_comes_after_it(store: Store) -> None:
    apply(store)
    for key in ("a1", "a2"):
        add_message(store, key, "#a")
    soon = NotDelivered("Please wait.", retry_after=0.05)
    assert tried(store, soon, soon) == ["a1", "a1", "a1", "a2"]


def test_a_longer_wait_is_left_to_a_later_pass_and_stops_no_other_destination(
    store: Store,
) -> None:
    apply(store)
    for key in ("a1", "a2"):
        add_message(store, key, "#a")
    assert tried(store, NotDelivered("Please wait.", retry_after=3600)) == ["a1"]
    add_message(store, "b1", "#b")
    assert tried(store) == ["b1"]


def test_one_that_is_put_off_does_not_stop_the_next_of_its_destination(store: Store) -> None:
    apply(store)
    for key in ("a1", "a2"):
        add_message(store, key, "#a")
    assert tried(store, NotDelivered("No answer.")) == ["a1", "a2"]


def test_more_destinations_than_may_be_in_flight_all_have_their_turn(store: Store) -> None:
    apply(store)
    keys = {f"message {number}" for number in range(FakePlatform.in_flight + 5)}
    for key in keys:
        add_message(store, key, f"#{key}")
    platform = FakePlatform()
    DeliveryWorker(store, [platform]).run()
    assert set(platform.keys) == keys


def test_whatever_fails_unexpectedly_is_raised_after_what_is_in_flight(store: Store) -> None:
    class Killed(BaseException):
        pass

    apply(store)
    for key, room in (("a1", "#a"), ("b1", "#b"), ("b2", "#b")):
        add_message(store, key, room)
    in_flight = threading.Event()

    def posting(letter: Letter) -> None:
        if letter.key == "a1":
            assert in_flight.wait(LIMIT)
            raise Killed
        in_flight.set()
        while worker._error is None:
            time.sleep(0.01)

    platform = FakePlatform()
    platform.posting = posting
    worker = DeliveryWorker(store, [platform])
    with pytest.raises(Killed):
        worker.run()
    assert [message(store, key).state for key in ("a1", "b1", "b2")] == [
        "claimed",
        "sent",
        "gathered",
    ]


def test_what_is_wrong_with_one_operation_takes_nothing_of_the_others_back(store: Store) -> None:
    class Mark(OfMessage):
        def apply(self, batch: Batch, row: LedgerMessage) -> str:
            batch.writing.set_mark(row.key, "there")
            if row.key == "bad":
                raise KeyError(row.key)
            return row.key

    apply(store)
    for key in ("good", "bad", "fine"):
        add_message(store, key)
    operations = [Mark(one) for one in queued(store)]

    async def submit() -> list[object]:
        commits = GroupCommit(store, CLAIM)
        results = await asyncio.gather(
            *(commits.submit(one) for one in operations), return_exceptions=True
        )
        await commits.close()
        return results

    good, bad, fine = asyncio.run(submit())
    assert isinstance(bad, KeyError)
    assert (good, fine) == ("good", "fine")
    with store.read() as reading:
        assert [reading.mark(key) for key in ("good", "bad", "fine")] == ["there", None, "there"]
