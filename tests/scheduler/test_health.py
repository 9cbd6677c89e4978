"""Health of the ledger: what is due, what waits, and the longest needless wait."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from db import tables as t
from db.store import Store
from scheduler.courier import NotDelivered
from scheduler.health import (
    LedgerHealth,
    combined,
    lateness,
    ledger_health,
)
from scheduler.planner import plan
from scheduler.snooze import set_snooze
from scheduler.tick import tick
from tests.factories import TEST, at, create_running_force, messages, set_clock
from tests.support.fake_platform import FakePlatform

NOTHING = timedelta(0)


@pytest.fixture
def force(store: Store) -> Store:
    """The force of the tests, whose next reminder is on Friday 31 March 2023 at 09:00."""
    create_running_force(store, at(2023, 3, 30, 9))
    return store


def stands(store: Store) -> LedgerHealth:
    with store.read() as reading:
        return ledger_health(reading)


def planned(store: Store) -> None:
    """Plan what is due, as a process does that dies before it gathers any of it."""
    with store.write(TEST) as writing:
        plan(writing)


def test_nothing_waits_once_everything_went_out(force: Store) -> None:
    set_clock(force, at(2023, 3, 31, 9))
    assert stands(force).schedules_due > 0
    tick(force, FakePlatform())
    found = stands(force)
    assert (found.schedules_due, found.reminders_due, found.waited) == (0, 0, NOTHING)
    assert set(found.messages.values()) == {0}


def test_a_message_that_is_put_off_waits_from_when_it_was_gathered(force: Store) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    set_clock(force, at(2023, 3, 31, 9))
    tick(force, face)
    set_clock(force, at(2023, 3, 31, 9, 20))
    found = stands(force)
    assert found.messages == {"gathered": 1, "claimed": 0, "held": 0, "failed": 0}
    assert found.waited == timedelta(minutes=20)


def test_a_message_that_nobody_can_be_reached_for_waits_for_people_and_is_not_late(
    force: Store,
) -> None:
    set_clock(force, at(2023, 3, 31, 9))
    tick(force, FakePlatform("face", "lee"))
    set_clock(force, at(2023, 4, 3, 12))
    found = stands(force)
    assert found.messages["held"] == 1
    assert found.waited == NOTHING


def test_a_planned_reminder_waits_from_its_moment(force: Store) -> None:
    set_clock(force, at(2023, 3, 31, 9))
    planned(force)
    set_clock(force, at(2023, 3, 31, 9, 30))
    found = stands(force)
    assert found.reminders_due == 1
    assert found.waited == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("now", "waited"),
    [
        (at(2023, 3, 31, 17, 59), timedelta(hours=8, minutes=59)),
        (at(2023, 3, 31, 18), NOTHING),
        (at(2023, 4, 1, 12), NOTHING),  # a Saturday
        (at(2023, 4, 3, 8, 59), NOTHING),
        (at(2023, 4, 3, 9, 1), timedelta(minutes=1)),
    ],
)
def test_a_late_reminder_need_not_go_before_working_hours_and_waits_from_then(
    force: Store, now: datetime, waited: timedelta
) -> None:
    set_clock(force, at(2023, 3, 31, 9))
    planned(force)
    set_clock(force, now)
    assert stands(force).waited == waited


def test_what_was_planned_late_waits_from_then(force: Store) -> None:
    set_clock(force, at(2023, 3, 31, 14))
    planned(force)
    assert stands(force).waited == NOTHING


def test_a_snoozed_reminder_keeps_nobody_waiting(force: Store) -> None:
    with force.write(TEST) as writing:
        set_snooze(writing, "jane", writing.recommendation(1), date(2023, 4, 14))
    set_clock(force, at(2023, 3, 31, 9))
    tick(force, FakePlatform())
    set_clock(force, at(2023, 4, 4, 12))
    found = stands(force)
    assert found.reminders_due == 1
    assert found.waited == NOTHING


def test_subjects_that_were_set_aside_are_named(force: Store) -> None:
    with force.write(TEST) as writing:
        row = writing.session.get_one(t.Schedule, (writing.key, "board:pib"))
        row.set_aside_at = writing.now
        writing.add(row)
    assert stands(force).set_aside == ("board:pib",)


def test_several_ledgers_are_told_as_one() -> None:
    one = LedgerHealth(1, 2, {"held": 3}, ("board:pib",), timedelta(hours=1))
    other = LedgerHealth(1, 0, {"held": 1, "failed": 2}, (), timedelta(minutes=1))
    assert combined([one, other]) == LedgerHealth(
        2,
        2,
        {"gathered": 0, "claimed": 0, "held": 4, "failed": 2},
        ("board:pib",),
        timedelta(hours=1),
    )
    assert combined([]).waited == NOTHING


def test_lateness_is_from_each_reminder_s_moment_to_its_delivery(force: Store) -> None:
    set_clock(force, at(2023, 3, 31, 9, 3))
    tick(force, FakePlatform())
    (sent,) = [m for m in messages(force) if m.state == "sent" and m.day == date(2023, 3, 31)]
    with force.read() as reading:
        assert lateness(reading, [sent.key, "no such key"]) == [timedelta(minutes=3)]
        assert lateness(reading, []) == []
