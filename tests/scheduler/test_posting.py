"""Posting to several destinations at once, and to each of them one after another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from db.clock import SystemClock
from db.store import Store, Writing
from scheduler.claims import CLAIM
from scheduler.delivery import Delivery
from scheduler.model import Letter
from scheduler.outward import THREADS
from scheduler.posting import Lanes
from scheduler.rounds import ACTOR
from scheduler.together import Together
from tests.support.platform import Platform, message, waiting_message
from tests.support.stored import apply

LIMIT = 60.0
"""Seconds, far more than anything here takes."""


@pytest.fixture
def waiting(store: Store) -> Store:
    apply(store)
    for turn in range(3):
        for room in ("#slow", "#quick", "#other"):
            waiting_message(store, f"{room}/{turn}", room)
    return store


def lanes(
    queue: list[str],
    attempt: Callable[[str], Awaitable[datetime | None]],
    stopping: threading.Event | None = None,
) -> Lanes[str]:
    """The first letter is the lane."""
    return Lanes(
        queue,
        attempt,
        SystemClock(),
        stopping or threading.Event(),
        lane=lambda one: one[0],
        pace=lambda _: timedelta(0),
    )


def test_a_slow_destination_holds_up_none_but_itself(waiting: Store) -> None:
    others_done, left = threading.Event(), {"#quick/2", "#other/2"}

    def posting(letter: Letter) -> None:
        left.discard(letter.key)
        if not left:
            others_done.set()
        if letter.destination == "#slow":
            assert others_done.wait(LIMIT)

    platform = Platform()
    platform.posting = posting
    assert len(Delivery(waiting, [platform]).posted({})) == 9
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

    platform = Platform()
    platform.posting = posting
    Delivery(waiting, [platform], CLAIM, stopping).posted({})
    assert sorted(platform.keys) == ["#other/0", "#quick/0", "#slow/0"]
    assert {message(waiting, f"#slow/{n}").state for n in (1, 2)} == {"gathered"}
    assert message(waiting, "#slow/0").state == "sent"


def test_one_that_has_to_wait_goes_before_what_comes_after_it() -> None:
    tried: list[str] = []

    async def attempt(one: str) -> datetime | None:
        tried.append(one)
        return SystemClock().machine() if tried.count(one) < 3 else None

    asyncio.run(lanes(["a1", "a2", "b1"], attempt).run())
    assert [one for one in tried if one[0] == "a"] == ["a1"] * 3 + ["a2"] * 3


def test_a_longer_wait_is_left_to_a_later_pass_and_does_not_stop_the_next() -> None:
    tried: list[str] = []

    async def attempt(one: str) -> datetime | None:
        tried.append(one)
        return SystemClock().machine() + timedelta(hours=1)

    asyncio.run(lanes(["a1", "a2"], attempt).run())
    assert tried == ["a1", "a2"]


def test_more_destinations_than_threads_all_have_their_turn(store: Store) -> None:
    apply(store)
    keys = {f"message {number}" for number in range(THREADS + 5)}
    for key in keys:
        waiting_message(store, key, f"#{key}")
    platform = Platform()
    Delivery(store, [platform]).posted({})
    assert set(platform.keys) == keys


def test_whatever_fails_unexpectedly_is_raised_after_what_is_in_hand() -> None:
    finished = []

    async def both() -> None:
        in_hand, failed = asyncio.Event(), asyncio.Event()

        async def attempt(one: str) -> None:
            if one == "a1":
                await in_hand.wait()
                failed.set()
                raise KeyError(one)
            in_hand.set()
            await failed.wait()
            await asyncio.sleep(0)
            finished.append(one)

        await lanes(["a1", "b1", "b2"], attempt).run()

    with pytest.raises(KeyError, match="a1"):
        asyncio.run(both())
    assert finished == ["b1"]


def test_what_one_message_does_wrong_takes_nothing_of_the_others_back(store: Store) -> None:
    def mark(name: str) -> Callable[[Writing], None]:
        def act(writing: Writing) -> None:
            writing.set_mark(name, "there")
            if name == "bad":
                raise KeyError(name)

        return act

    async def together() -> list[BaseException | None]:
        ledger = Together(store, CLAIM)
        wishes = [ledger.do(mark(name), name) for name in ("good", "bad", "fine")]
        answers = await asyncio.gather(*wishes, return_exceptions=True)
        ledger.close()
        return answers

    good, bad, fine = asyncio.run(together())
    assert isinstance(bad, KeyError)
    assert (good, fine) == (None, None)
    with store.write(ACTOR) as writing:
        assert [writing.mark(name) for name in ("good", "bad", "fine")] == ["there", None, "there"]
