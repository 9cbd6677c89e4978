"""Delivery of messages and their rows in the ledger, on a platform that fails as it is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import col

from db import tables as t
from db.ledger.messages import settle
from db.store import Reading, Store
from scheduler.courier import Courier, Letter, NotDelivered
from scheduler.notices import assigned, tell_secretary
from scheduler.outbox import Claim, backoff
from scheduler.tick import tick
from scheduler.ticking import run_to
from scheduler.transitions import Begin
from tests.factories import (
    TEST,
    add_recommendation,
    at,
    create_running_force,
    ledger,
    messages,
    set_clock,
)
from tests.support.fake_platform import FakePlatform, carry_out, end_waits, queued


@pytest.fixture
def force(store: Store) -> Store:
    create_running_force(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 3, 31, 9))
    return store


def hold(store: Store) -> None:
    """As if no platform had been there so far."""
    with store.write(TEST) as writing:
        ids = [m.id for m in writing.all(writing.select(t.Message)) if m.id is not None]
        settle(writing, ids, state="held", reason="no platform", sent_at=None, platform=None)


def test_a_message_goes_to_where_its_person_is_reached(force: Store) -> None:
    slack, teams = FakePlatform("slack", "kit"), FakePlatform("teams", "jane")
    tick(force, [slack, teams])
    assert [x.destination for x in teams.letters] == ["jane"]
    assert slack.letters == []
    assert messages(force)[-1].platform == "teams"


def test_attempts_are_further_and_further_apart(force: Store) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.") for _ in range(4)]
    waits = []
    for _ in range(4):
        tick(force, face)
        kept = messages(force)[-1]
        until = kept.next_attempt_at
        now = force.clock.machine()
        waits.append(round((until - now).total_seconds(), -1) if until else 0)
        end_waits(force)
    assert waits == [0, 10, 20, 40]
    assert len(tick(force, face).messages) == 1
    assert messages(force)[-1].attempts == 5


def test_the_longest_wait_is_half_an_hour() -> None:
    now = at(2023, 3, 31, 9)
    assert backoff(500, now) == now + timedelta(minutes=30)


def test_what_is_given_up_is_told_the_secretary_in_the_same_pass_and_never_tried_again(
    force: Store,
) -> None:
    face = FakePlatform()
    face.failing = [NotDelivered("the account is deactivated.", for_good=True)]
    tick(force, face)
    (line,) = face.letters
    assert line.destination == "lee"
    assert "for Jane Doe could not be delivered: the account is deactivated." in line.text
    assert [r.state for r in ledger(force)][-1] == "failed"
    end_waits(force)
    assert tick(force, face).messages == []
    assert len(face.letters) == 1


def test_a_claim_keeps_another_process_away_until_it_runs_out(force: Store) -> None:
    face = FakePlatform()
    face.failing = [KeyboardInterrupt]
    with pytest.raises(KeyboardInterrupt):
        tick(force, face)
    assert tick(force, face).messages == []
    end_waits(force)
    assert [m.to for m in tick(force, face).messages] == ["jane"]
    assert face.looks == 1
    assert len(face.letters) == 1


def test_of_two_who_want_a_message_one_gets_it(force: Store) -> None:
    tick(force)
    face = FakePlatform()
    with force.write(TEST) as writing:
        message = writing.all(writing.select(t.Message).order_by(col(t.Message.id)))[-1]
        message.state, message.claimed_until = "gathered", None
        writing.session.add(message)
    (waiting,) = queued(force)
    (first,) = carry_out(force, Begin(waiting, face))
    assert isinstance(first, Claim)
    assert carry_out(force, Begin(waiting, face)) == [None]


def test_a_face_that_cannot_look_back_says_that_it_may_be_a_repeat(force: Store) -> None:
    class Plain(Courier):
        name = "plain"
        dies = True

        def __init__(self) -> None:
            self.letters: list[Letter] = []

        def reaches(self, _reading: Reading, _destination: str) -> bool:
            return True

        async def post(self, letter: Letter) -> str:
            self.letters.append(letter)
            if self.dies:
                raise KeyboardInterrupt
            return "1"

    face = Plain()
    with pytest.raises(KeyboardInterrupt):
        tick(force, face)
    face.dies = False
    end_waits(force)
    tick(force, face)
    assert [x.repeat for x in face.letters] == [False, True]
    assert face.letters[1].text.startswith("This may have reached you already.")
    assert messages(force)[-1].repeat


def test_what_was_held_for_want_of_a_platform_goes_out_once_there_is_one(force: Store) -> None:
    tick(force)
    run_to(force, at(2023, 4, 17, 9))
    hold(force)
    set_clock(force, at(2023, 4, 18, 10))
    face = FakePlatform()
    report = tick(force, face)
    assert {m.state for m in messages(force)} == {"sent"}
    (jane,) = [x for x in face.letters if x.destination == "jane"]
    assert "Late: these should have reached you before" in jane.text
    # of the deadline's own reminders the last says it all
    assert jane.text.count("coming due") == 1
    overtaken = [s.reminder for s in report.skipped if s.reason == "overtaken by a later one"]
    assert "2023-03-31T09:00:00+01:00" in [r.at for r in overtaken if r.rule == "deadline"]


def test_held_board_posts_whose_meeting_has_begun_are_not_sent_any_more(force: Store) -> None:
    run_to(force, at(2023, 4, 4, 13))
    set_clock(force, at(2023, 4, 4, 13, 30))
    tick(force)
    hold(force)
    set_clock(force, at(2023, 4, 5, 10))
    face = FakePlatform()
    report = tick(force, face)
    starting = [s for s in report.skipped if s.reminder.rule == "board_starting"]
    assert starting[-1].reason == "the meeting has begun"
    assert not any(x.destination.startswith("#") for x in face.letters)


def test_a_post_that_a_channel_does_not_take_before_the_meeting_is_skipped(force: Store) -> None:
    run_to(force, at(2023, 4, 4, 13))
    set_clock(force, at(2023, 4, 4, 13, 30))
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    tick(force, face)
    set_clock(force, at(2023, 4, 4, 14, 1))
    report = tick(force, face)
    assert [(s.reminder.rule, s.reason) for s in report.skipped] == [
        ("board_starting", "the meeting has begun")
    ]
    assert face.letters == []


def test_nothing_is_begun_once_the_process_is_to_end(force: Store) -> None:
    import threading

    stopping = threading.Event()
    stopping.set()
    face = FakePlatform()
    assert tick(force, face, stopping=stopping).messages == []
    assert messages(force)[-1].state == "gathered"
    assert len(tick(force, face).messages) == 1


def test_two_assignments_at_one_moment_are_two_notices(force: Store) -> None:
    with force.write(TEST) as writing:
        row = writing.recommendation(1)
        for old, new in (("dci", "manager"), ("manager", "dci"), ("dci", "manager")):
            writing.change(row, "assign", {"owner": new})
            assigned(writing, row, old, new)
    tick(force)
    assert len([m for m in messages(force) if m.kind == "notice"]) == 6


def test_a_line_to_the_secretary_is_told_once(force: Store) -> None:
    for _ in range(2):
        with force.write(TEST) as writing:
            tell_secretary(writing, "one", "Something is wrong.")
    face = FakePlatform()
    tick(force, face)
    with force.write(TEST) as writing:
        tell_secretary(writing, "one", "Something is wrong.")
    tick(force, face)
    assert [x.text.count("wrong") for x in face.letters if x.destination == "lee"] == [1]


def test_a_subject_that_cannot_be_planned_is_set_aside_and_told_once(force: Store) -> None:
    add_recommendation(force, "24133", 1)
    with force.write(TEST) as writing:
        broken = writing.recommendation(2)
        broken.progress = "nonsense"
        writing.session.add(broken)
        schedule = writing.session.get_one(t.Schedule, (writing.key, "recommendation:2"))
        schedule.next_remind_at = writing.now
        writing.session.add(schedule)
    with force.write(TEST) as writing:
        planned = writing.session.get_one(t.Schedule, (writing.key, "recommendation:1"))
        assert planned.next_remind_at == at(2023, 3, 31, 9)
    from scheduler.planner import plan

    for _ in range(4):
        with force.write(TEST) as writing:
            plan(writing)
        set_clock(force, force.clock.now() + timedelta(hours=2))
    with force.read() as reading:
        aside = reading.session.get_one(t.Schedule, (reading.key, "recommendation:2"))
        told = [m for m in reading.all(reading.select(t.Message)) if "set aside" in m.text]
    assert (aside.failures, aside.set_aside_at is not None) == (3, True)
    assert [r.recommendation_id for r in ledger(force) if r.at == at(2023, 3, 31, 9)] == [1]
    (line,) = told
    assert line.destination == "lee"
    assert "#24133" in line.text


def test_a_deadline_that_was_moved_meanwhile_is_not_reminded_of(force: Store) -> None:
    set_clock(force, at(2023, 4, 1, 12))  # Friday's reminder is late, and waits for Monday
    tick(force)
    with force.write(TEST) as writing:
        writing.change(
            writing.recommendation(1),
            "extend",
            {"deadline": date(2023, 7, 31), "deadline_version": 1, "deadline_set_at": writing.now},
        )
    set_clock(force, at(2023, 4, 3, 9))
    assert [s.reason for s in tick(force).skipped] == ["the deadline was moved"]
