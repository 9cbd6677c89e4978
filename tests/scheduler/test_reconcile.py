"""A reminder that waits, and is wanted no more before it was sent."""

from __future__ import annotations

from datetime import date

import pytest

from db.store import Store
from db.tables import Reminder
from scheduler.courier import NotDelivered
from scheduler.report import TickReport
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import add_recommendation, add_report, apply, at, ledger, messages, set_clock
from tests.support.chat import say
from tests.support.fake_platform import FakePlatform, end_waits


@pytest.fixture
def force(store: Store) -> Store:
    """Jane has two recommendations, Kit one; the board of 8 February is to be asked for."""
    apply(store)
    report = add_report(store)
    add_recommendation(store, "24087", report, deadline=date(2023, 12, 31))
    add_recommendation(store, "24130", report, deadline=date(2023, 12, 31))
    add_recommendation(store, "24173", report, owner="manager", deadline=date(2023, 12, 31))
    set_clock(store, at(2023, 1, 31, 9))
    tick(store)
    set_clock(store, at(2023, 2, 1, 9))
    return store


def failing() -> FakePlatform:
    """A platform that does not take the first two messages."""
    face = FakePlatform()
    face.failing = [NotDelivered("No answer."), NotDelivered("No answer.")]
    return face


def reasons(report: TickReport) -> list[tuple[str, str]]:
    return [(s.reminder.rule, s.reason) for s in report.skipped]


def of(store: Store, rule: str, recipient: str = "jane") -> list[Reminder]:
    found = [r for r in ledger(store) if r.rule == rule and r.recipient == recipient]
    return [r for r in found if r.at >= at(2023, 2, 1)]


def test_a_gathered_request_is_withdrawn_when_its_owner_has_updated_everything(
    force: Store,
) -> None:
    face = failing()
    tick(force, face)
    set_clock(force, at(2023, 2, 1, 9, 2))
    for ref in ("24087", "24130"):
        assert say(force, f"{ref} on track: done what was asked", "jane").ok
    end_waits(force)
    report = tick(force, face)
    assert reasons(report) == [("board_update_request", "the update was given")]
    assert [x.destination for x in face.letters] == ["kit"]
    assert not [m for m in messages(force) if m.destination == "jane" and m.state != "sent"]
    assert "skipped (the update was given)" in say(force, "why 24087").text


def test_a_digest_that_waits_is_written_anew_without_what_was_updated(force: Store) -> None:
    face = failing()
    tick(force, face)
    set_clock(force, at(2023, 2, 1, 9, 2))
    assert say(force, "24087 on track: done what was asked", "jane").ok
    end_waits(force)
    report = tick(force, face)
    assert reasons(report) == [("board_update_request", "the update was given")]
    (jane,) = [x for x in face.letters if x.destination == "jane"]
    assert "#24130" in jane.text
    assert "#24087" not in jane.text
    (printed,) = [m for m in report.messages if m.to == "jane"]
    assert "#24087" not in printed.text
    assert "skipped (the update was given)" in say(force, "why 24087").text
    assert "the update was given" not in say(force, "why 24130").text


def test_an_update_taken_back_has_the_request_sent_after_all(force: Store) -> None:
    face = failing()
    tick(force, face)
    set_clock(force, at(2023, 2, 1, 9, 2))
    say(force, "24087 on track: done what was asked", "jane")
    end_waits(force)
    tick(force, face)
    assert "#24087" not in [x for x in face.letters if x.destination == "jane"][-1].text
    set_clock(force, at(2023, 2, 1, 9, 5))
    assert say(force, "undo", "jane").ok
    tick(force, face)
    jane = [x for x in face.letters if x.destination == "jane"]
    assert len(jane) == 2
    assert "#24087" in jane[-1].text
    assert "#24130" not in jane[-1].text


def test_what_may_have_arrived_already_is_left_as_it_is(force: Store) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.", uncertain=True)] * 2
    tick(force, face)
    set_clock(force, at(2023, 2, 1, 9, 2))
    say(force, "24087 on track: done what was asked", "jane")
    end_waits(force)
    assert reasons(tick(force, face)) == []
    assert {r.state for r in of(force, "board_update_request")} == {"sent"}


def test_a_planned_request_that_waits_for_the_morning_is_withdrawn_in_part(force: Store) -> None:
    set_clock(force, at(2023, 2, 1, 19))
    assert tick(force).messages == []
    set_clock(force, at(2023, 2, 1, 20))
    say(force, "24087 on track: done what was asked", "jane")
    set_clock(force, at(2023, 2, 2, 9))
    report = tick(force)
    assert reasons(report) == [("board_update_request", "the update was given")]
    (jane,) = [m for m in report.messages if m.to == "jane"]
    assert "#24130" in jane.text
    assert "#24087" not in jane.text


def test_a_deadlines_reminder_is_withdrawn_once_it_is_claimed_complete(force: Store) -> None:
    set_clock(force, at(2023, 1, 31, 12))
    add_recommendation(
        force, "24216", add_report(force, title="Another"), deadline=date(2023, 2, 15)
    )
    set_clock(force, at(2023, 2, 1, 9))
    face = failing()
    tick(force, face)
    assert [r.state for r in of(force, "deadline")] == ["gathered"]
    set_clock(force, at(2023, 2, 1, 9, 2))
    say(force, "24216 done: all of it", "jane")
    end_waits(force)
    told = reasons(tick(force, face))
    assert ("deadline", "the recommendation was claimed complete") in told
    assert "claimed complete" in say(force, "why 24216").text
    set_clock(force, at(2023, 2, 1, 9, 5))
    say(force, "undo", "jane")
    tick(force, face)
    assert [r.state for r in of(force, "deadline")] == ["sent"]


def test_nobody_is_told_that_nobody_owns_what_somebody_owns_by_now(force: Store) -> None:
    report = add_report(force, title="Another")
    add_recommendation(force, "24216", report, owner=None, deadline=None)
    add_recommendation(force, "24259", report, owner=None, deadline=None)
    set_clock(force, at(2023, 2, 6, 20))  # a Monday's list, late
    tick(force)
    say(force, "assign 24216 ACU DCI", "alex")
    set_clock(force, at(2023, 2, 7, 9))
    told = tick(force)
    assert ("unowned", "somebody owns it now") in reasons(told)
    (lee,) = [m for m in told.messages if m.to == "lee"]
    assert "#24259" in lee.text
    assert "#24216" not in lee.text


def test_a_statutory_reminder_is_withdrawn_once_the_response_is_given(force: Store) -> None:
    add_report(
        force,
        title="Conduct of things",
        title_key="conduct of things",
        published=date(2022, 12, 15),
        published_set_at=at(2023, 1, 20),
    )
    face = failing()
    face.failing *= 3
    set_clock(force, at(2023, 2, 8, 9))  # the 56th day
    tick(force, face)
    set_clock(force, at(2023, 2, 8, 9, 3))
    assert say(force, "answered conduct of things 8 February 2023", "lee").ok
    end_waits(force)
    assert ("statutory_response", "the response was given") in reasons(tick(force, face))


@pytest.mark.parametrize("back", [False, True])
def test_a_deadlines_reminder_that_waits_goes_to_whoever_owns_it_when_it_is_sent(
    store: Store, back: bool
) -> None:
    apply(store)
    add_recommendation(store, "24087", add_report(store), deadline=date(2023, 4, 30))
    set_clock(store, at(2023, 3, 31, 9))
    tick(store)
    set_clock(store, at(2023, 4, 3, 9))
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")] * 3
    set_clock(store, at(2023, 4, 14, 9))
    tick(store, face)
    set_clock(store, at(2023, 4, 14, 9, 2))
    assert say(store, "assign 24087 Vetting Manager", "alex").ok
    report = tick(store, face)
    told = [(s.reminder.rule, s.reason) for s in report.skipped]
    assert ("deadline", "somebody else owns it now") in told
    if back:
        set_clock(store, at(2023, 4, 14, 9, 3))
        assert say(store, "assign 24087 ACU DCI", "alex").ok
        tick(store, face)
    face.failing = []
    for _ in range(2):
        end_waits(store)
        tick(store, face)
    rows = [r for r in ledger(store) if r.rule == "deadline" and r.occurrence.endswith(":14")]
    sent = {r.recipient for r in rows if r.state == "sent"}
    assert sent == ({"jane"} if back else {"kit"})


def test_a_list_that_was_split_by_a_closure_and_its_undo_is_one_reminder(store: Store) -> None:
    apply(store)
    report = add_report(store)
    for ref in ("24087", "24130"):
        add_recommendation(store, ref, report, owner=None, deadline=None)
    run_to(store, at(2023, 2, 6, 8))
    set_clock(store, at(2023, 2, 6, 19))  # nobody ticked in working hours
    tick(store)
    assert say(store, "close 24087 no further action: done elsewhere", "sam").ok
    set_clock(store, at(2023, 2, 6, 19, 5))
    assert reasons(tick(store)) == [("unowned", "the recommendation was closed")]
    assert say(store, "undo", "sam").ok
    set_clock(store, at(2023, 2, 7, 9))
    rows = [r for m in tick(store).messages for r in m.reminders if r.rule == "unowned"]
    assert len(rows) == 1
    (row,) = [r for r in of(store, "unowned", "lee") if r.state == "sent"]
    assert sorted(row.items) == [1, 2]


def test_a_list_in_a_message_that_waits_takes_its_part_back(store: Store) -> None:
    apply(store)
    report = add_report(store)
    for ref in ("24087", "24130"):
        add_recommendation(store, ref, report, owner=None, deadline=None)
    run_to(store, at(2023, 2, 6, 8))
    set_clock(store, at(2023, 2, 6, 9))
    face = failing()
    tick(store, face)
    assert say(store, "close 24087 no further action: done elsewhere", "sam").ok
    set_clock(store, at(2023, 2, 6, 9, 1))
    tick(store, face)
    assert say(store, "undo", "sam").ok
    set_clock(store, at(2023, 2, 6, 9, 2))
    tick(store, face)
    end_waits(store)
    tick(store, face)
    (letter,) = face.letters
    assert letter.text.count("#24087") == letter.text.count("#24130") == 1
