"""A meeting moved, cancelled or put back: what is sent then, and that it is what was forecast."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from db import tables as t
from db.meetings import set_meeting
from db.reinstate import reinstate
from db.store import Store
from scheduler.courier import NotDelivered
from scheduler.forecast import forecast
from scheduler.report import RowView, order
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
    ledger,
    set_clock,
)
from tests.support.fake_platform import FakePlatform

MAY = "2023-05-03T10:00"
ASKED = ("board_update_request", "board_chase", "board_agenda", "board_starting")


@pytest.fixture
def force(store: Store) -> Store:
    """Two owners, nothing due in April and May but the boards; it is the morning of 20 April."""
    apply(store)
    report = add_report(store)
    add_recommendation(store, "24087", report, deadline=date(2024, 6, 30))
    add_recommendation(store, "24133", report, owner="manager", deadline=date(2024, 6, 30))
    set_clock(store, at(2023, 4, 20, 9))
    tick(store)
    return store


def move(store: Store, to: str | None, *, meeting: str = MAY) -> None:
    """As the secretary's word in chat does."""
    with store.write(TEST) as writing:
        changed = set_meeting(writing, "pib", meeting, to, source="chat")
        writing.note("meeting", "board:pib", {f"meeting {meeting}": changed})
        writing.replan("board:pib")


def predicted(store: Store, end: date) -> list[RowView]:
    with store.read() as reading:
        return [r for r in forecast(reading, reading.today, end) if r.board == "pib"]


def sent(store: Store, until: datetime) -> list[RowView]:
    """Everything about the board that goes out until a moment, ticked at every due one."""
    reports = run_to(store, until)
    assert not [s for t in reports for s in t.skipped]
    rows = [r for t in reports for m in t.messages for r in m.reminders if r.board == "pib"]
    return sorted(rows, key=order)


def at_moment(rows: list[RowView], moment: str) -> list[tuple[str, str]]:
    return [(r.rule, r.to) for r in rows if r.at.startswith(moment)]


def test_a_request_whose_moment_is_past_goes_out_at_the_next_tick_and_says_why(
    force: Store,
) -> None:
    set_clock(force, at(2023, 4, 20, 11, 20))
    move(force, "2023-04-26T14:00")
    (jane, kit) = tick(force).messages
    assert [m.to for m in (jane, kit)] == ["jane", "kit"]
    assert (
        "Wanted for the People Intelligence Board of Wednesday 26 April 2023, moved from "
        "Wednesday 3 May 2023: your update on"
    ) in jane.text
    assert [r.at for r in jane.reminders] == ["2023-04-20T11:20:00+01:00"]
    assert "moved from Wednesday 3 May 2023 on 20 April 2023" in jane.reminders[0].why
    assert tick(force).messages == []


def test_ticked_much_later_it_still_says_that_it_was_moved(force: Store) -> None:
    set_clock(force, at(2023, 4, 20, 11, 20))
    move(force, "2023-04-26T14:00")
    set_clock(force, at(2023, 4, 20, 15))
    jane, _ = tick(force).messages
    assert "it meets on Wednesday 26 April 2023, moved from Wednesday 3 May 2023" in jane.text


def test_moved_in_the_evening_it_waits_for_nine(force: Store) -> None:
    set_clock(force, at(2023, 4, 20, 17, 56))
    move(force, "2023-04-26T14:00")
    set_clock(force, at(2023, 4, 20, 18, 1))
    assert tick(force).messages == []
    set_clock(force, at(2023, 4, 21, 9))
    assert [m.to for m in tick(force).messages] == ["jane", "kit"]


def test_moved_at_the_very_moment_of_a_tick_it_is_not_overlooked(force: Store) -> None:
    move(force, "2023-04-26T14:00")  # the clock stands at the last tick's moment
    assert [m.to for m in tick(force).messages] == ["jane", "kit"]


@pytest.mark.parametrize(
    ("when", "to"),
    [
        (at(2023, 4, 20, 11), "2023-05-04T14:00"),  # nothing is past
        (at(2023, 4, 20, 11), "2023-04-25T14:00"),  # the request is
        (at(2023, 4, 24, 11), "2023-04-25T14:00"),  # and the chase
        (at(2023, 4, 24, 17), "2023-04-25T14:00"),  # and the agenda
        (at(2023, 4, 26, 11), "2023-05-10T10:00"),  # the request was sent on 25 April
        (at(2023, 4, 28, 11), "2023-05-02T10:00"),  # and the chase on 28 April
        (at(2023, 4, 26, 11), None),
        (at(2023, 4, 20, 20), "2023-04-21T08:00"),  # there is no hour left to ask in
        (at(2023, 4, 24, 11), "2023-05-31T14:00"),  # onto the next meeting's day
        (at(2023, 4, 24, 11), "2023-06-07T10:00"),  # behind the next meeting
    ],
)
def test_what_is_forecast_after_a_move_is_what_is_sent_row_for_row(
    force: Store, when: datetime, to: str | None
) -> None:
    run_to(force, when)
    move(force, to)
    before = {r.id for r in ledger(force)}
    today = f"{when.date()}"
    expected = [r for r in predicted(force, date(2023, 6, 10)) if r.at >= f"{when.isoformat()}"]
    assert sent(force, at(2023, 6, 10, 12)) == expected, today
    rows = [r for r in ledger(force) if r.occurrence == MAY and r.id not in before]
    assert all(r.rule in ASKED for r in rows)
    keys = [(r.rule, r.occurrence, r.recipient) for r in ledger(force)]
    assert len(keys) == len(set(keys))


def test_moved_twice_and_back_nothing_is_asked_twice_and_nothing_is_lost(force: Store) -> None:
    set_clock(force, at(2023, 4, 20, 11))
    move(force, "2023-04-26T14:00")
    tick(force)
    set_clock(force, at(2023, 4, 21, 11))
    move(force, "2023-05-09T14:00")
    run_to(force, at(2023, 4, 24, 11))
    move(force, MAY)
    expected = predicted(force, date(2023, 5, 4))
    rest = sent(force, at(2023, 5, 4))
    assert rest == expected
    assert {r.rule for r in rest} == {"board_chase", "board_agenda", "board_starting"}
    requests = [r for r in ledger(force) if r.rule == ASKED[0] and r.occurrence == MAY]
    assert {(r.recipient, r.state) for r in requests} == {("jane", "sent"), ("kit", "sent")}


def test_a_request_sent_to_the_deputy_is_not_sent_again_to_the_holder(force: Store) -> None:
    with force.write(TEST) as writing:
        writing.add(
            t.Absence(
                organisation=writing.key, person="jane",
                starts=date(2023, 4, 24), ends=date(2023, 4, 26),
            )
        )  # fmt: skip
    run_to(force, at(2023, 4, 27, 11))
    move(force, "2023-05-10T10:00")
    expected = predicted(force, date(2023, 5, 10))
    assert not [r for r in expected if r.rule == ASKED[0] and r.to == "dci"]
    reports = run_to(force, at(2023, 5, 10, 12))
    told = [r for t in reports for m in t.messages for r in m.reminders if r.rule == ASKED[0]]
    assert [r for r in told if r.to == "dci"] == []
    reasons = {s.reason for t in reports for s in t.skipped}
    assert reasons == {"it was sent before the meeting was moved"}


def test_what_waits_for_a_platform_follows_the_meeting_to_its_new_day(force: Store) -> None:
    run_to(force, at(2023, 5, 2, 16))
    set_clock(force, at(2023, 5, 3, 9, 30))
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    tick(force, face)
    assert [r.state for r in ledger(force) if r.rule == "board_starting"][-1] == "gathered"
    set_clock(force, at(2023, 5, 3, 9, 40))
    move(force, "2023-05-04T14:00")
    tick(force, face)
    assert face.letters == []
    set_clock(force, at(2023, 5, 4, 13, 30))
    tick(force, face)
    (letter,) = face.letters
    assert letter.text.startswith(
        "The People Intelligence Board begins at 14:00 today, moved from Wednesday 3 May 2023."
    )


def test_a_post_that_waits_tells_the_new_time(force: Store) -> None:
    run_to(force, at(2023, 5, 3, 9))
    set_clock(force, at(2023, 5, 3, 9, 30))
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    tick(force, face)
    set_clock(force, at(2023, 5, 3, 9, 35))
    move(force, "2023-05-03T10:05")
    tick(force, face)
    (letter,) = face.letters
    assert "begins at 10:05 today, moved from 10:00 to 10:05." in letter.text


def test_a_cancelled_meetings_waiting_post_is_skipped_and_comes_back_with_the_meeting(
    force: Store,
) -> None:
    run_to(force, at(2023, 5, 1, 9))
    set_clock(force, at(2023, 5, 2, 16))
    face = FakePlatform()
    face.failing = [NotDelivered("No answer.")]
    tick(force, face)
    move(force, None)
    set_clock(force, at(2023, 5, 2, 16, 5))
    report = tick(force, face)
    assert [(s.reminder.rule, s.reason) for s in report.skipped] == [
        ("board_agenda", "the meeting was cancelled")
    ]
    assert face.letters == []
    set_clock(force, at(2023, 5, 2, 16, 8))
    move(force, MAY)
    with force.write(TEST) as writing:
        reinstate(writing, at(2023, 5, 2, 16), "board:pib")
    tick(force, face)
    assert [x.destination for x in face.letters] == ["#pib"]


def test_an_updated_ones_request_is_not_made_good(force: Store) -> None:
    change(force, 1, progress="on_track", last_update_at=at(2023, 4, 20, 9))
    set_clock(force, at(2023, 4, 20, 9) + timedelta(hours=2))
    move(force, "2023-04-26T14:00")
    assert [m.to for m in tick(force).messages] == ["kit"]


def test_a_move_that_a_later_file_tells_is_made_good_too(force: Store) -> None:
    set_clock(force, at(2023, 4, 20, 11, 20))
    first = "first: 2023-01-11T10:00}"
    apply(force, FORCE.replace(first, f"{first}, moved: {{{MAY}: 2023-04-26T14:00}}"))
    assert [m.to for m in tick(force).messages] == ["jane", "kit"]
    apply(force)  # the entry is gone: the meeting is where it first was
    expected = predicted(force, date(2023, 5, 3))
    assert {r.rule for r in expected} == {"board_chase", "board_agenda", "board_starting"}


def test_a_meeting_cancelled_in_the_file_and_taken_back_there_has_its_request_back(
    force: Store,
) -> None:
    platform = FakePlatform()
    set_clock(force, at(2023, 4, 25, 9))
    platform.failing = [NotDelivered("Slack failed to answer."), NotDelivered("Nor now.")]
    tick(force, platform)
    cancelled = FORCE.replace(
        "first: 2023-01-11T10:00}}", f"first: 2023-01-11T10:00}},\n     cancelled: [{MAY}]}}"
    )
    apply(force, cancelled)
    set_clock(force, at(2023, 4, 25, 9, 30))
    assert {s.reason for s in tick(force, platform).skipped} == {"the meeting was cancelled"}
    apply(force)
    set_clock(force, at(2023, 4, 25, 10))
    tick(force, platform)
    assert sorted(letter.destination for letter in platform.letters) == ["jane", "kit"]


@pytest.mark.parametrize(
    ("to", "moment"),
    [("2023-05-10T10:00", at(2023, 5, 9, 16)), ("2023-05-03T15:00", at(2023, 5, 2, 16, 30))],
)
def test_an_agenda_that_failed_does_not_stand_in_the_way_of_the_moved_meetings(
    force: Store, to: str, moment: datetime
) -> None:
    run_to(force, at(2023, 5, 2, 15))
    platform = FakePlatform()
    platform.failing = [NotDelivered("No such channel.", for_good=True)]
    set_clock(force, at(2023, 5, 2, 16))
    tick(force, platform)
    assert [r.state for r in ledger(force) if r.rule == "board_agenda"][-1] == "failed"
    set_clock(force, at(2023, 5, 2, 16, 30))
    move(force, to)
    expected = [r.at for r in predicted(force, date(2023, 5, 10)) if r.rule == "board_agenda"]
    assert expected == [moment.isoformat()]
    went: list[datetime] = []
    for now in (at(2023, 5, 2, 16, 30), at(2023, 5, 3, 9), at(2023, 5, 9, 16)):
        set_clock(force, now)
        before = len(platform.letters)
        tick(force, platform)
        went += [now for one in platform.letters[before:] if one.destination == "#pib"]
    assert went == [moment]
