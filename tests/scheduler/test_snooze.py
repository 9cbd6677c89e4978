"""Snooze: the owner's own line waits, and nobody else's."""

from __future__ import annotations

import pytest

from commands.request import Request
from commands.router import answer
from db.store import Store
from messages.reply import Reply
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    add_recommendation,
    at,
    change,
    create_running_force,
    ledger,
    set_clock,
)


@pytest.fixture
def force(store: Store) -> Store:
    """On Tuesday 2 May 2023, two days after the deadline, one day before the first overdue."""
    create_running_force(store, at(2023, 5, 5, 10))
    return store


def say(store: Store, text: str, person: str = "jane") -> Reply:
    return answer(store, Request(text, person=person, face="slack"))


def told(store: Store, *moment: int) -> dict[str, list[str]]:
    set_clock(store, at(*moment))
    return {m.to: [r.rule for r in m.reminders] for m in tick(store).messages}


def test_the_owners_line_waits_and_the_leads_does_not(force: Store) -> None:
    assert say(force, "snooze #24087 until 10 May").ok
    # seven days after the deadline falls on a Sunday, and on the Monday is the coronation's holiday
    assert told(force, 2023, 5, 9, 9) == {"alex": ["overdue"]}
    (held,) = [r for r in ledger(force) if r.state == "planned"]
    assert (held.recipient, held.reason) == ("jane", "snoozed until 10 May 2023")
    assert told(force, 2023, 5, 10, 8) == {}
    set_clock(force, at(2023, 5, 10, 9))
    jane = next(m for m in tick(force).messages if m.to == "jane")
    assert [r.rule for r in jane.reminders if r.ref] == ["overdue"]
    assert "Late" not in jane.text


def test_what_is_not_wanted_any_more_after_the_snooze_is_not_sent(force: Store) -> None:
    say(force, "snooze 24087 until 10 May")
    told(force, 2023, 5, 9, 9)
    change(force, 1, progress="complete")
    set_clock(force, at(2023, 5, 10, 9))
    report = tick(force)
    assert [s.reason for s in report.skipped] == ["the recommendation was claimed complete"]


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("snooze 24087", "Monday 15 May 2023"),  # five working days, less the holiday
        ("snooze #24087 until 9 May", "Tuesday 9 May 2023"),
        ("snooze 24087 for 2 days", "Wednesday 10 May 2023"),
        ("Snooze 24087 15/5", "Monday 15 May 2023"),
    ],
)
def test_it_says_until_when(force: Store, text: str, until: str) -> None:
    reply = say(force, text)
    assert reply.ok, reply.text
    assert f"waits until {until}." in reply.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("snooze 24087 until 16 May", "At most 5 working days"),
        ("snooze 24087 until 5 May 2023", "not after today"),
        ("snooze 24087 for 6 days", "From 1 to 5 working days"),
        ("snooze 24087 until the cows come home", "Until when?"),
        ("snooze", "snooze 24087 until"),
    ],
)
def test_a_bad_day_is_refused_with_the_reason(force: Store, text: str, why: str) -> None:
    reply = say(force, text)
    assert not reply.ok
    assert why in reply.text


@pytest.mark.parametrize("person", ["alex", "sam", "kit"])
def test_only_the_owner_can(force: Store, person: str) -> None:
    reply = say(force, "snooze 24087", person)
    assert not reply.ok
    assert "owned by ACU DCI" in reply.text


def test_it_stands_in_the_history_and_can_be_undone(force: Store) -> None:
    say(force, "snooze 24087 until 10 May")
    assert "wait until no day → 10 May 2023" in say(force, "history 24087").text
    assert say(force, "undo").ok
    assert "jane" in told(force, 2023, 5, 9, 9)


def test_a_boards_request_goes_without_the_snoozed_one_which_follows(force: Store) -> None:
    add_recommendation(force, "24133", 1, deadline=None)
    # The board of 31 May asks five working days before, on 23 May (29 May is a holiday).
    run_to(force, at(2023, 5, 22, 12))
    assert say(force, "snooze 24087 until 24 May").ok
    set_clock(force, at(2023, 5, 23, 9))
    first = next(m for m in tick(force).messages if m.to == "jane")
    assert "#24133" in first.text
    assert "#24087" not in first.text
    set_clock(force, at(2023, 5, 24, 9))
    second = next(m for m in tick(force).messages if m.to == "jane")
    assert "#24087" in second.text
    assert "#24133" not in second.text
