"""One pass of the scheduler, as its readers meet it."""

from datetime import date, datetime

import pytest
from sqlmodel import col

from db.clock import SystemClock
from db.store import Store
from db.tables import Message
from scheduler.courier import NotDelivered
from scheduler.notices import assigned
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    FORCE,
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    change,
    create_running_force,
    ledger,
    set_clock,
)
from tests.support.fake_platform import FakePlatform


@pytest.fixture
def force(store: Store) -> Store:
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    return store


def ticked(store: Store, *moment: int) -> list[tuple[str, list[str]]]:
    """Tick at a moment; who got a message, about which rules."""
    set_clock(store, at(*moment))
    return [(m.to, [r.rule for r in m.reminders]) for m in tick(store).messages]


def test_a_reminder_is_delivered_once(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    assert ticked(store, 2023, 3, 31, 9) == [("jane", ["deadline"])]
    assert ticked(store, 2023, 3, 31, 9) == []
    assert ticked(store, 2023, 3, 31, 9, 5) == []


def test_what_falls_to_one_person_on_one_day_is_one_digest(force: Store) -> None:
    add_recommendation(force, "24133", 1)
    run_to(force, at(2023, 3, 30, 9))
    set_clock(force, at(2023, 3, 31, 9))
    (message,) = tick(force).messages
    assert message.to == "jane"
    assert [r.ref for r in message.reminders] == ["24087", "24133"]
    assert message.text.startswith("Jane, this needs you on Friday 31 March 2023: 2 ")
    assert "#24087" in message.text
    assert "30 April 2023, 30 days left" in message.text


def test_a_channels_posts_are_not_digested(force: Store) -> None:
    run_to(force, at(2023, 1, 10, 15))
    assert ticked(force, 2023, 1, 10, 16) == [("#pib", ["board_agenda"])]
    set_clock(force, at(2023, 1, 11, 9, 30))
    (starting,) = tick(force).messages
    assert (starting.to, starting.person) == ("#pib", None)
    assert starting.text.startswith("The People Intelligence Board begins at 10:00 today.")


def test_a_late_reminder_waits_for_working_hours_and_is_listed_under_late(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    # nobody ticked on Friday 31 March at 09:00; the next pass is on Saturday
    assert ticked(store, 2023, 4, 1, 12) == []
    assert [r.state for r in ledger(store)][-1] == "planned"
    set_clock(store, at(2023, 4, 3, 9))
    (message,) = tick(store).messages
    assert "Late: these should have reached you before" in message.text
    assert "31 March 2023" in message.text
    assert message.reminders[0].at == "2023-03-31T09:00:00+01:00"


def test_a_late_board_reminder_whose_meeting_has_begun_is_skipped_with_its_reason(
    force: Store,
) -> None:
    set_clock(force, at(2023, 1, 11, 10))
    report = tick(force)
    reasons = {s.reminder.rule: s.reason for s in report.skipped}
    assert set(reasons) == {
        "board_update_request",
        "board_chase",
        "board_agenda",
        "board_starting",
    }
    assert set(reasons.values()) == {"the meeting has begun"}


def test_one_claimed_complete_over_the_weekend_is_not_asked_for_on_monday(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 4, 1, 12))
    tick(store)
    change(store, 1, progress="complete")
    set_clock(store, at(2023, 4, 3, 9))
    report = tick(store)
    assert [s.reason for s in report.skipped] == ["the recommendation was claimed complete"]
    assert not any(r.ref for m in report.messages for r in m.reminders)


def test_a_tick_earlier_than_the_last_plans_nothing_and_says_so(force: Store) -> None:
    set_clock(force, at(2023, 4, 28, 9))
    tick(force)
    before = len(ledger(force))
    set_clock(force, at(2023, 4, 14, 9))
    report = tick(force)
    assert report.note is not None
    assert "28 April 2023" in report.note
    assert report.messages == []
    assert len(ledger(force)) == before


def test_without_a_platform_rows_are_held_and_nothing_is_sent(force: Store) -> None:
    # a store that was never pretended: its clock is the machine's
    with force.write(TEST) as writing:
        mark = writing.mark("kind")
    assert mark == "pretended"
    real = Store(force.url.render_as_string(), SystemClock())
    with real.write(TEST) as writing:
        writing.set_mark("kind", "ordinary")
    report = tick(real)
    assert report.held == len(report.messages)
    held = [r for r in ledger(force) if r.state == "held"]
    assert {r.reason for r in held} <= {"no platform"}
    assert not [r for r in ledger(force) if r.state == "sent"]
    real.close()


def test_what_a_face_could_not_deliver_is_delivered_by_the_next_pass(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 3, 31, 9))
    face = FakePlatform()
    face.failing = [NotDelivered("The platform did not answer.")]
    assert tick(store, face).messages == []
    waiting = ledger(store)[-1]
    assert (waiting.state, waiting.reason) == ("gathered", "The platform did not answer.")
    set_clock(store, at(2023, 3, 31, 9, 1))
    (message,) = tick(store, face).messages
    assert message.to == "jane"
    assert [letter.destination for letter in face.letters] == ["jane"]
    with store.read() as reading:
        kept = reading.all(reading.select(Message).order_by(col(Message.id)))[-1]
    assert (kept.state, kept.platform, kept.platform_id) == ("sent", "platform", "platform:1")


def test_an_assignment_is_told_at_once_to_old_and_new_owner_each_directly(force: Store) -> None:
    set_clock(force, at(2023, 1, 7, 20))  # a Saturday evening: "at once" all the same
    tick(force)
    with force.write(TEST) as writing:
        row = writing.recommendation(1)
        writing.change(row, "assign", {"owner": "manager"})
        assigned(writing, row, "dci", "manager")
    texts = {m.to: m.text for m in tick(force).messages}
    assert set(texts) == {"jane", "kit"}
    assert texts["kit"].startswith("Vetting Manager now owns #24087")
    assert "no longer owns #24087" in texts["jane"]


def test_before_go_live_nobody_is_told_and_then_each_gets_one_list_once(store: Store) -> None:
    apply(store, FORCE + "go_live: 2023-01-09\n")
    report = add_report(store)
    add_recommendation(store, "24087", report, deadline=date(2023, 1, 10))
    add_recommendation(store, "24133", report, owner="manager", deadline=None)
    with store.write(TEST) as writing:
        row = writing.recommendation(2)
        writing.change(row, "assign", {"owner": "dci"})
        assigned(writing, row, "manager", "dci")
    assert ticked(store, 2023, 1, 6, 9) == []
    assert ticked(store, 2023, 1, 9, 8, 59) == []
    assert ticked(store, 2023, 1, 9, 9) == [
        ("alex", ["starting_list"]),
        ("jane", ["starting_list"]),
    ]
    assert ticked(store, 2023, 1, 9, 9) == []
    apply(store, FORCE.replace("ACU DCI", "ACU Inspector") + "go_live: 2023-01-09\n")
    assert ticked(store, 2023, 1, 9, 12) == []
    assert ticked(store, 2023, 1, 10, 9) == [("jane", ["deadline"])]
    rows = ledger(store)
    assert min(r.at for r in rows) == at(2023, 1, 9, 9)


def test_an_extension_undone_neither_repeats_nor_loses_a_reminder(force: Store) -> None:
    run_to(force, at(2023, 4, 14, 9))
    before = {"deadline": date(2023, 4, 30), "deadline_version": 0, "deadline_set_at": None}
    change(
        force,
        1,
        deadline=date(2023, 7, 31),
        deadline_version=1,
        deadline_set_at=at(2023, 4, 14, 9),
    )
    change(force, 1, **before)
    run_to(force, at(2023, 4, 28, 9))
    sent = [r.occurrence for r in ledger(force) if r.rule == "deadline" and r.state == "sent"]
    assert sent == ["v0:28", "v0:14", "v0:7", "v0:0"]


def test_the_clock_is_left_where_it_was_moved_to(force: Store) -> None:
    reports = run_to(force, at(2023, 4, 30, 12))
    assert force.clock.now() == at(2023, 4, 30, 12)
    assert all(r.messages or r.skipped for r in reports)
    assert {r.state for r in ledger(force)} == {"sent"}


def test_a_moment_in_the_ledger_is_aware(force: Store) -> None:
    run_to(force, at(2023, 1, 10, 17))
    assert all(isinstance(r.at, datetime) and r.at.tzinfo for r in ledger(force))
