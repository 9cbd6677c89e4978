"""Many messages begun and settled in one transaction, and what that must not change."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from db import tables as t
from db.ledger.messages import LedgerMessage, queue
from db.store import Store
from scheduler.delivery import DeliveryWorker
from scheduler.outbox import AHEAD, CLAIM, Begun, Claim
from scheduler.transitions import Begin, Release, Sent
from tests.factories import TEST, add_message, apply, message
from tests.support.backends import backend
from tests.support.clocks import MachineClock
from tests.support.fake_platform import FakePlatform, carry_out, queued

__all__ = ["backend"]  # on SQLite and on Postgres

SECOND = timedelta(seconds=1)


@pytest.fixture
def platform() -> FakePlatform:
    found = FakePlatform()
    found.pace = SECOND
    return found


def begin(store: Store, platform: FakePlatform, ahead: timedelta = timedelta(0)) -> list[Begun]:
    """The claims of all that waits, begun at once."""
    return carry_out(store, *(Begin(one, platform, ahead) for one in queued(store)))


def settle(store: Store, begun: list[Begun], free: datetime) -> None:
    claims = [one for one in begun if isinstance(one, Claim)]
    carry_out(store, *(Sent(one, f"at {one.id}", False, free) for one in claims))


def free_at(store: Store, key: str) -> datetime | None:
    with store.read() as reading:
        place = reading.session.get_one(t.Destination, (reading.key, key, "platform"))
        return place.next_free_at


def test_all_are_begun_and_settled_in_one_go(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    keys = [f"message {number}" for number in range(3)]
    for key in keys:
        add_message(store, key, f"#{key}")
    begun = begin(store, platform)
    kept = [message(store, key) for key in keys]
    assert {(m.state, m.platform, m.attempts, m.claimed_until) for m in kept} == {
        ("claimed", "platform", 1, now.machine() + CLAIM)
    }
    settle(store, begun, now.machine() + 2 * SECOND)
    kept = [message(store, key) for key in keys]
    assert [(m.state, m.platform_id, m.claimed_by) for m in kept] == [
        ("sent", f"at {m.id}", None) for m in kept
    ]
    assert free_at(store, "#message 0") == now.machine() + 2 * SECOND


def test_what_somebody_else_has_is_not_begun(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    add_message(store, "one")
    (waiting,) = queued(store)
    (first,) = carry_out(store, Begin(waiting, platform))
    assert isinstance(first, Claim)
    assert carry_out(store, Begin(waiting, platform)) == [None]
    now.go(seconds=121)  # whoever has it died, perhaps after the post
    arrival = now.machine() + timedelta(seconds=10)
    assert carry_out(store, Begin(waiting, platform)) == [arrival]
    now.go(seconds=10)
    (again,) = carry_out(store, Begin(waiting, platform))
    assert isinstance(again, Claim)
    assert again.uncertain


def test_one_that_waits_says_until_when(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    later = now.machine() + 2 * SECOND
    add_message(store, "one", next_attempt_at=later)
    with store.read() as reading:
        (waiting,) = queue(reading, ["gathered"], later)
    assert carry_out(store, Begin(waiting, platform)) == [later]
    assert message(store, "one").state == "gathered"


def test_a_place_is_reserved_a_little_ahead_and_no_further(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    for key in ("one", "two", "three"):
        add_message(store, key, "#pib")
    one, two, three = begin(store, platform, AHEAD)
    assert isinstance(one, Claim)
    assert isinstance(two, Claim)
    assert [one.at, two.at] == [now.machine(), now.machine() + SECOND]
    assert three == now.machine() + 2 * SECOND
    kept = message(store, "three")
    assert (kept.state, kept.claimed_by, kept.attempts) == ("gathered", None, 0)
    settle(store, [one], now.machine() + SECOND / 2)
    # what was taken for the second one stays taken
    assert free_at(store, "#pib") == now.machine() + 2 * SECOND


def test_what_is_let_go_waits_as_if_it_had_never_been_begun(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    add_message(store, "one")
    (claim,) = begin(store, platform)
    assert isinstance(claim, Claim)
    carry_out(store, Release(claim))
    kept = message(store, "one")
    assert (kept.state, kept.claimed_by, kept.attempts) == ("gathered", None, 0)
    assert free_at(store, "jane") == now.machine()  # its place is free again, too


def test_whoever_lost_a_claim_lets_nothing_go_and_settles_what_arrived(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    id = add_message(store, "one")
    (lost,) = begin(store, platform)
    assert isinstance(lost, Claim)
    with store.write(TEST) as writing:
        row = writing.session.get_one(t.Message, id)
        row.claimed_by = "another"
        writing.session.add(row)
    carry_out(store, Release(lost))
    assert message(store, "one").claimed_by == "another"
    settle(store, [lost], now.machine())
    assert message(store, "one").state == "sent"


def test_what_was_marked_as_a_possible_repeat_stays_one(
    store: Store, now: MachineClock, platform: FakePlatform
) -> None:
    """Whoever lost a claim posted unmarked, and tells so only after another's marked post."""
    id = add_message(store, "one")
    (lost,) = begin(store, platform)
    assert isinstance(lost, Claim)
    with store.write(TEST) as writing:
        row = writing.session.get_one(t.Message, id)
        row.claimed_by, row.repeat = "another", True
        writing.session.add(row)
    settle(store, [lost], now.machine())
    kept = message(store, "one")
    assert (kept.state, kept.repeat) == ("sent", True)


def test_two_that_want_the_same_destinations_do_not_wait_crosswise(
    store: Store, platform: FakePlatform
) -> None:
    apply(store)
    platform.pace = timedelta(0)
    keys = [f"{room}/{turn}" for turn in range(2) for room in range(20)]
    for key in keys:
        add_message(store, key, f"#{key.partition('/')[0]}")
    waiting = queued(store)
    first, second = waiting[:20], list(reversed(waiting[20:]))
    both = threading.Barrier(2)

    def begin_and_release(some: list[LedgerMessage]) -> None:
        both.wait(60)
        for _ in range(10):
            begun = carry_out(store, *(Begin(one, platform) for one in some))
            ours = [one for one in begun if isinstance(one, Claim)]
            assert len(ours) == len(some)
            carry_out(store, *(Release(one) for one in ours))

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(begin_and_release, some) for some in (first, second)]
        for one in done:
            one.result(60)


def test_what_was_begun_ahead_is_let_go_once_the_process_is_to_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(store)
    for key in ("one", "two"):
        add_message(store, key, "#pib")
    prompt, stopping = FakePlatform(), threading.Event()
    prompt.pace = timedelta(seconds=15)
    monkeypatch.setattr("scheduler.delivery.AHEAD", prompt.pace)
    pause = threading.Event()

    def end_once_begun() -> None:
        while message(store, "two").state != "claimed":
            pause.wait(0.05)
        stopping.set()

    with ThreadPoolExecutor(1) as thread:
        ending = thread.submit(end_once_begun)
        DeliveryWorker(store, [prompt], CLAIM, stopping).run()
        ending.result(60)
    kept = message(store, "two")
    assert prompt.keys == ["one"]
    assert (kept.state, kept.claimed_by, kept.attempts) == ("gathered", None, 0)
