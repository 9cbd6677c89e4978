"""Many messages begun and settled in one transaction, and what that must not change."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from db import tables as t
from db.store import Store
from scheduler import claims
from scheduler.claims import CLAIM, Claim
from scheduler.delivery import Delivery
from scheduler.lots import AHEAD, Begun, Other, Sent, Wanted, act
from scheduler.model import Letter
from scheduler.outcome import delivered
from scheduler.queued import Queued
from scheduler.rounds import at_a_stroke
from tests.support.backends import backend
from tests.support.clocks import MachineClock
from tests.support.platform import Platform, message, waiting_message
from tests.support.stored import TEST, apply

__all__ = ["backend"]  # on SQLite and on Postgres

SECOND = timedelta(seconds=1)


@pytest.fixture
def platform() -> Platform:
    found = Platform()
    found.pace = SECOND
    return found


def begin(store: Store, platform: Platform, ahead: timedelta = timedelta(0)) -> list[Begun]:
    """What comes of all that waits, wanted at once."""
    with store.read() as reading:
        waiting = claims.unposted(reading, reading.clock.machine())
    wanted = [Wanted(one, platform, ahead) for one in waiting]
    return at_a_stroke(store, lambda hand: act(hand, [], wanted, CLAIM))


def settle(store: Store, begun: list[Begun], free: datetime) -> None:
    sent = [Sent(one, f"at {one.id}", False, free) for one in begun if isinstance(one, Claim)]
    at_a_stroke(store, lambda hand: act(hand, sent, [], CLAIM))


def free_at(store: Store, key: str) -> datetime | None:
    with store.read() as reading:
        place = reading.session.get_one(t.Destination, (reading.key, key, "platform"))
        return place.next_free_at


def test_all_are_begun_and_settled_in_one_go(
    store: Store, now: MachineClock, platform: Platform
) -> None:
    keys = [f"message {number}" for number in range(3)]
    for key in keys:
        waiting_message(store, key, f"#{key}")
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
    store: Store, now: MachineClock, platform: Platform
) -> None:
    waiting_message(store, "one")
    with store.read() as reading:
        (queued,) = claims.unposted(reading, now.machine())
    wanted = [Wanted(queued, platform)]
    (first,) = at_a_stroke(store, lambda hand: act(hand, [], wanted, CLAIM))
    assert isinstance(first, Claim)
    assert at_a_stroke(store, lambda hand: act(hand, [], wanted, CLAIM)) == [None]
    now.go(seconds=121)  # whoever has it died, perhaps after the post
    assert at_a_stroke(store, lambda hand: act(hand, [], wanted, CLAIM)) == [Other.BEGUN]


def test_one_that_waits_says_until_when(
    store: Store, now: MachineClock, platform: Platform
) -> None:
    later = now.machine() + 2 * SECOND
    waiting_message(store, "one", next_attempt_at=later)
    with store.read() as reading:
        (queued,) = claims.unposted(reading, later)
    wanted = [Wanted(queued, platform)]
    assert at_a_stroke(store, lambda hand: act(hand, [], wanted, CLAIM)) == [later]
    assert message(store, "one").state == "gathered"


def test_a_place_is_reserved_a_little_ahead_and_no_further(
    store: Store, now: MachineClock, platform: Platform
) -> None:
    for key in ("one", "two", "three"):
        waiting_message(store, key, "#pib")
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
    store: Store, now: MachineClock, platform: Platform
) -> None:
    waiting_message(store, "one")
    (claim,) = begin(store, platform)
    assert isinstance(claim, Claim)
    at_a_stroke(store, lambda hand: act(hand, [], [], CLAIM, [claim]))
    kept = message(store, "one")
    assert (kept.state, kept.claimed_by, kept.attempts) == ("gathered", None, 0)


def test_whoever_lost_a_claim_lets_nothing_go_and_settles_what_arrived(
    store: Store, now: MachineClock, platform: Platform
) -> None:
    id = waiting_message(store, "one")
    (lost,) = begin(store, platform)
    assert isinstance(lost, Claim)
    with store.write(TEST) as writing:
        row = writing.session.get_one(t.Message, id)
        row.claimed_by = "another"
        writing.session.add(row)
    at_a_stroke(store, lambda hand: act(hand, [], [], CLAIM, [lost]))
    assert message(store, "one").claimed_by == "another"
    settle(store, [lost], now.machine())
    assert message(store, "one").state == "sent"


@pytest.mark.parametrize("at_once", [True, False])
def test_what_was_marked_as_a_possible_repeat_stays_one(
    store: Store, now: MachineClock, platform: Platform, at_once: bool
) -> None:
    """Whoever lost a claim posted unmarked, and tells so only after another's marked post."""
    id = waiting_message(store, "one")
    (lost,) = begin(store, platform)
    assert isinstance(lost, Claim)
    with store.write(TEST) as writing:
        row = writing.session.get_one(t.Message, id)
        row.claimed_by, row.repeat = "another", True
        writing.session.add(row)
    if at_once:
        settle(store, [lost], now.machine())
    else:
        with store.write(TEST) as writing:
            delivered(writing, lost, "there")
    kept = message(store, "one")
    assert (kept.state, kept.repeat) == ("sent", True)


def test_two_that_want_the_same_destinations_do_not_wait_crosswise(
    store: Store, platform: Platform
) -> None:
    apply(store)
    platform.pace = timedelta(0)
    keys = [f"{room}/{turn}" for turn in range(2) for room in range(20)]
    for key in keys:
        waiting_message(store, key, f"#{key.partition('/')[0]}")
    with store.read() as reading:
        waiting = claims.unposted(reading, reading.clock.machine())
    first, second = waiting[:20], list(reversed(waiting[20:]))
    together = threading.Barrier(2)

    def lots(some: list[Queued]) -> None:
        wanted = [Wanted(one, platform, AHEAD) for one in some]
        together.wait(60)
        for _ in range(10):
            with store.statements() as hand:
                begun = act(hand, [], wanted, CLAIM)
                ours = [one for one in begun if isinstance(one, Claim)]
            assert len(ours) == len(wanted)
            with store.statements() as hand:
                act(hand, [], [], CLAIM, ours)

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(lots, some) for some in (first, second)]
        for one in done:
            one.result(60)


class Prompt(Platform):
    """One whose posts wait on the loop."""

    async def post(self, letter: Letter) -> str:  # type: ignore[override]
        await asyncio.sleep(0)
        return await asyncio.to_thread(super().post, letter)


def test_what_was_begun_ahead_is_let_go_once_the_process_is_to_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(store)
    for key in ("one", "two"):
        waiting_message(store, key, "#pib")
    prompt, stopping = Prompt(), threading.Event()
    prompt.pace = timedelta(seconds=15)
    monkeypatch.setattr("scheduler.outward.AHEAD", prompt.pace)
    pause = threading.Event()

    def end_once_begun() -> None:
        while message(store, "two").state != "claimed":
            pause.wait(0.05)
        stopping.set()

    with ThreadPoolExecutor(1) as thread:
        ending = thread.submit(end_once_begun)
        Delivery(store, [prompt], CLAIM, stopping).posted({})
        ending.result(60)
    kept = message(store, "two")
    assert prompt.keys == ["one"]
    assert (kept.state, kept.claimed_by, kept.attempts) == ("gathered", None, 0)
