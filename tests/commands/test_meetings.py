"""Moving, cancelling and restoring one meeting in chat."""

from __future__ import annotations

import pytest

from db import tables as t
from db.clock import PretendedClock
from db.store import Store
from tests.factories import at, create_force
from tests.support.chat import say


@pytest.fixture
def force(store: Store, clock: PretendedClock) -> Store:
    create_force(store)
    clock.set(at(2023, 4, 20, 9))
    return store


def changes(store: Store) -> list[tuple[str, str, str | None]]:
    with store.read() as reading:
        return [
            (c.board, c.original, c.moved_to)
            for c in reading.all(reading.select(t.MeetingChange))
            if c.moved_to != c.original  # put back
        ]


def test_the_secretary_moves_a_meeting(force: Store) -> None:
    reply = say(force, "meeting pib 3 May move to 4 May 14:00", "lee")
    assert reply.ok
    assert "Thursday 4 May 2023, 14:00, instead of Wednesday 3 May 2023, 10:00" in reply.text
    assert changes(force) == [("pib", "2023-05-03T10:00", "2023-05-04T14:00")]
    assert "Next: Thursday 4 May 2023, 14:00 to 15:30" in say(force, "boards").text


def test_a_moved_meeting_is_named_by_either_date_and_goes_back(force: Store) -> None:
    say(force, "meeting pib 3 May move to 4 May 14:00", "lee")
    assert say(force, "meeting pib 4 May move to 5 May", "lee").ok
    assert changes(force) == [("pib", "2023-05-03T10:00", "2023-05-05T14:00")]
    assert say(force, "meeting pib 3 May move to 3 May 10:00", "lee").ok
    assert changes(force) == []


def test_a_cancelled_meeting_is_passed_over_and_can_be_restored(force: Store) -> None:
    assert say(force, "meeting people intelligence board 3 May cancel", "lee").ok
    assert "Next: Wednesday 31 May 2023" in say(force, "boards").text
    assert say(force, "meeting pib 3 May restore", "lee").ok
    assert changes(force) == []


def test_a_date_without_a_year_is_the_nearest_meeting(force: Store, clock: PretendedClock) -> None:
    clock.set(at(2023, 12, 20, 9))
    assert say(force, "meeting pib 10 January move to 11 January 9am", "lee").ok
    assert changes(force) == [("pib", "2024-01-10T10:00", "2024-01-11T09:00")]


def test_moving_onto_a_bank_holiday_is_flagged(force: Store) -> None:
    reply = say(force, "meeting pib 3 May move to 8 May", "lee")
    assert reply.ok
    assert "8 May 2023 is a bank holiday" in reply.text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "meeting pib 4 May cancel",
            "on 4 May. Its next meeting is on Wednesday 3 May",
        ),
        ("meeting pib 3 May move to 3 May 10:00", "already"),
        ("meeting pib 3 May move to 19 April", "is past already"),
        ("meeting pib 5 April cancel", "has begun already"),
        ("meeting pib 3 May move to 4 May 25:00", "“25:00” is no time"),
        ("meeting pib 3 May", "For example: meeting pib 3 May move to 4 May 14:00"),
        ("meeting xyz 3 May cancel", "There is no board “xyz”"),
        ("meeting", "Which meeting?"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    force: Store, words: str, sentence: str
) -> None:
    reply = say(force, words, "lee")
    assert not reply.ok
    assert sentence in reply.text
    assert changes(force) == []


@pytest.mark.parametrize("person", ["jane", "alex", "sam", "uma", None])
def test_only_the_secretary_moves_meetings(force: Store, person: str | None) -> None:
    assert not say(force, "meeting pib 3 May cancel", person).ok
    assert changes(force) == []


def test_of_two_meetings_on_one_day_each_is_offered_as_the_full_command(force: Store) -> None:
    assert say(force, "meeting pib 3 May move to 31 May 14:00", "lee").ok
    reply = say(force, "meeting pib 31 May cancel", "lee")
    assert not reply.ok
    offered = [b.command for b in reply.buttons]
    assert offered == [
        "meeting pib 31 May 2023 10:00 cancel",
        "meeting pib 31 May 2023 14:00 cancel",
    ]
    assert all(command in reply.text for command in offered)
    assert say(force, offered[1], "lee").ok
    assert changes(force) == [("pib", "2023-05-03T10:00", None)]


def test_two_meetings_do_not_begin_at_one_moment(force: Store) -> None:
    reply = say(force, "meeting pib 3 May move to 31 May 10:00", "lee")
    assert not reply.ok
    assert "meets on Wednesday 31 May 2023, 10:00 to 11:30 already" in reply.text


def test_a_time_that_is_not_the_meetings_is_refused(force: Store) -> None:
    reply = say(force, "meeting pib 3 May 11:00 cancel", "lee")
    assert not reply.ok
    assert "Wednesday 3 May 2023, 10:00 to 11:30, not at 11:00" in reply.text
    assert changes(force) == []


def test_a_moved_meeting_can_be_cancelled_and_what_is_restored_is_where_it_first_was(
    force: Store,
) -> None:
    say(force, "meeting pib 3 May move to 4 May 14:00", "lee")
    assert say(force, "meeting pib 4 May cancel", "lee").ok
    assert changes(force) == [("pib", "2023-05-03T10:00", None)]
    assert say(force, "meeting pib 3 May restore", "lee").ok
    assert "Next: Wednesday 3 May 2023, 10:00" in say(force, "boards").text


def test_a_meeting_that_is_over_is_not_moved(force: Store, clock: PretendedClock) -> None:
    clock.set(at(2023, 5, 3, 10))
    reply = say(force, "meeting pib 3 May move to 4 May", "lee")
    assert not reply.ok
    assert "has begun already" in reply.text
