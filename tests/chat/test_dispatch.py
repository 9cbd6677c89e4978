"""Idempotency of a face's messages and presses, and of its requests in the store."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.chat.dispatch import DOUBLE_CLICK, Deliveries, invoked, respond
from db.store import Store
from db.tables import Seen
from tests.factories import TEST

FACE = "teams"


def deliver(deliveries: Deliveries, id: str, answers: list[str]) -> None:
    """Deliver a message once; its answer is appended to `answers`."""

    async def answer() -> None:
        answers.append(id)

    asyncio.run(deliveries.once(id, answer))


def test_a_message_is_answered_once_in_whichever_process_it_is_delivered_again(
    store: Store,
) -> None:
    answers: list[str] = []
    here, elsewhere = Deliveries(store, FACE), Deliveries(store, FACE)
    for deliveries in (here, here, elsewhere):
        deliver(deliveries, "1", answers)
    deliver(elsewhere, "2", answers)
    assert answers == ["1", "2"]


def test_a_message_whose_answer_failed_is_answered_when_it_is_delivered_again(
    store: Store,
) -> None:
    deliveries = Deliveries(store, FACE)

    async def fail() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(deliveries.once("1", fail))
    answers: list[str] = []
    deliver(deliveries, "1", answers)
    assert answers == ["1"]


def test_a_press_is_told_from_an_earlier_one_of_the_same_button(store: Store) -> None:
    deliveries = Deliveries(store, FACE)

    def act(id: str) -> datetime:
        with store.write(TEST) as writing:
            seen = Seen(organisation=writing.key, request=f"teams:{id}", at=store.clock.machine())
            writing.add(seen)
            return seen.at

    first = deliveries.press_id("jane", "snooze", store.clock.machine())
    acted = act(first)
    delivered_again = acted - timedelta(minutes=5)
    assert deliveries.press_id("jane", "snooze", delivered_again) == first
    assert deliveries.press_id("jane", "snooze", acted + DOUBLE_CLICK * 0.9) == first
    assert deliveries.press_id("jane", "update", acted) != first
    later = deliveries.press_id("jane", "snooze", acted + DOUBLE_CLICK)
    assert later != first
    deliveries.spoke("jane")
    assert deliveries.press_id("jane", "snooze", acted + DOUBLE_CLICK * 0.9) == later
    act(later)
    assert deliveries.press_id("jane", "snooze", delivered_again) == first


def test_a_look_up_is_answered_with_its_id_and_is_not_remembered(store: Store) -> None:
    invocation = invoked(FACE, None, text="list", id="1")
    assert invocation.quick
    assert asyncio.run(respond(store, invocation)).ok
    with store.read() as reading:
        assert reading.session.get(Seen, (reading.key, "teams:1")) is None
