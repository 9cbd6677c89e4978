"""`away` and `back`: one's own absence."""

from __future__ import annotations

from datetime import date

import pytest

from db import tables as t
from db.clock import PretendedClock
from db.store import Store
from tests.factories import TEST, at, create_force
from tests.support.chat import say


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    return store


def absences(store: Store) -> list[tuple[str, date, date, str]]:
    with store.read() as reading:
        return [
            (a.person, a.starts, a.ends, a.source) for a in reading.all(reading.select(t.Absence))
        ]


def test_away_names_both_days_and_who_stands_in(force: Store) -> None:
    reply = say(force, "away 1 Aug to 14 Aug", "jane")
    assert reply.ok
    assert "from Tuesday 1 August 2023 to Monday 14 August 2023" in reply.text
    assert "Reminders for ACU DCI go to Priya Shaw meanwhile." in reply.text
    assert absences(force) == [("jane", date(2023, 8, 1), date(2023, 8, 14), "chat")]


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("away until 6 January", date(2023, 1, 3), date(2023, 1, 6)),
        ("away tomorrow", date(2023, 1, 4), date(2023, 1, 4)),
        ("away from 28 Dec to 2 Jan", date(2023, 12, 28), date(2024, 1, 2)),
        ("away 1 Aug - 14 Aug 2023", date(2023, 8, 1), date(2023, 8, 14)),
        ("away 1 Feb to 30 Nov", date(2023, 2, 1), date(2023, 11, 30)),
        ("away 1 Oct to 31 Mar", date(2023, 10, 1), date(2024, 3, 31)),
        ("away 20 January to 17 January 2024", date(2023, 1, 20), date(2024, 1, 17)),
        ("away 1 Aug 2023 to 1 Aug 2024", date(2023, 8, 1), date(2024, 8, 1)),
    ],
)
def test_days_are_read_as_people_type_them(
    force: Store, words: str, start: date, end: date
) -> None:
    assert say(force, words, "jane").ok
    assert absences(force) == [("jane", start, end, "chat")]


@pytest.mark.parametrize(
    "words",
    [
        "away",
        "away 31 April to 2 May",
        "away 14 Aug 2023 to 1 Aug 2023",
        "away 1 Aug 2020",
        "away 20 January to 17 January",
        "away 14 Aug to 1 Aug",
        "away 5 March to 4 March",
        "away 1 Aug 2023 to 2 Aug 2024",
        "away until 3 January 2030",
    ],
)
def test_what_is_no_span_to_come_is_refused(force: Store, words: str) -> None:
    assert not say(force, words, "jane").ok
    assert absences(force) == []


def test_somebody_without_a_post_has_nothing_to_be_away_from(force: Store) -> None:
    for person in ("ned", None):
        reply = say(force, "away 1 Aug to 14 Aug", person)
        assert not reply.ok
        assert "You hold no post" in reply.text


def test_the_same_absence_is_not_recorded_twice(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    assert not say(force, "away 2 Aug to 3 Aug", "jane").ok
    assert len(absences(force)) == 1


def test_back_ends_an_absence_as_of_yesterday(force: Store, clock: PretendedClock) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    clock.set(at(2023, 8, 7, 9))
    assert say(force, "back", "jane").ok
    assert absences(force) == [("jane", date(2023, 8, 1), date(2023, 8, 6), "chat")]


@pytest.mark.parametrize("words", ["back tomorrow", "back on 13 August", "back to back"])
def test_back_followed_by_words_does_nothing_and_says_so(
    force: Store, clock: PretendedClock, words: str
) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    clock.set(at(2023, 8, 7, 9))
    reply = say(force, words, "jane")
    assert not reply.ok
    assert words.removeprefix("back ") in reply.text
    assert absences(force) == [("jane", date(2023, 8, 1), date(2023, 8, 14), "chat")]


def test_somebody_whose_post_begins_later_may_be_away_then(force: Store) -> None:
    with force.write(TEST) as writing:
        (held,) = writing.all(writing.select(t.Tenure).where(t.Tenure.post == "acu-dci"))
        held.ends = date(2023, 1, 31)
        writing.add(held)
        writing.add(
            t.Tenure(
                organisation=writing.key, post="acu-dci", person="ned", starts=date(2023, 2, 1)
            )
        )
        writing.forget_directory()
    reply = say(force, "away 5 February to 10 February", "ned")
    assert reply.ok
    assert "Reminders for ACU DCI go to Priya Shaw meanwhile." in reply.text
    assert say(force, "back", "ned").ok


def test_somebody_whose_post_has_ended_has_nothing_to_be_away_from(
    force: Store, clock: PretendedClock
) -> None:
    with force.write(TEST) as writing:
        (held,) = writing.all(writing.select(t.Tenure).where(t.Tenure.post == "acu-dci"))
        held.ends = date(2023, 1, 31)
        writing.add(held)
        writing.forget_directory()
    clock.set(at(2023, 2, 1, 9))
    assert "You hold no post" in say(force, "away tomorrow", "jane").text


def test_back_withdraws_what_has_not_begun_and_says_so(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    reply = say(force, "back", "jane")
    assert reply.ok
    assert "Your absence is withdrawn: from Tuesday 1 August 2023" in reply.text
    assert absences(force) == []
    assert not say(force, "back", "jane").ok


def test_where_the_deputy_is_away_too_for_a_while_the_answer_says_who_covers_when(
    force: Store,
) -> None:
    reply = say(force, "away 7 Aug to 9 Aug", "priya")
    assert "Reminders for" not in reply.text  # they are not hers while Jane is there
    reply = say(force, "away 1 Aug to 14 Aug", "jane")
    assert (
        "Reminders for ACU DCI go to Priya Shaw from Tuesday 1 August 2023 to Sunday 6 August "
        "2023. Reminders for ACU DCI go to Alex Moor from Monday 7 August 2023 to Wednesday "
        "9 August 2023. Reminders for ACU DCI go to Priya Shaw from Thursday 10 August 2023"
    ) in reply.text


def test_a_deputy_who_covers_and_goes_away_is_told_who_covers_then(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    reply = say(force, "away 7 Aug", "priya")
    assert "Reminders for ACU DCI go to Alex Moor meanwhile." in reply.text


def test_absences_that_overlap_both_count_and_back_names_what_is_left(
    force: Store, clock: PretendedClock
) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    assert say(force, "away 10 Aug to 20 Aug", "jane").ok
    clock.set(at(2023, 8, 7, 9))
    reply = say(force, "back", "jane")
    assert "You are still to be away from Thursday 10 August 2023" in reply.text
    assert say(force, "back", "jane").ok
    assert [(a[1].day, a[2].day) for a in absences(force)] == [(1, 6)]


def test_when_nobody_else_is_there_it_is_said_that_they_still_come(force: Store) -> None:
    for person in ("sam", "alex", "jane", "priya", "kit", "uma"):
        say(force, "away 1 Aug to 14 Aug", person)
    reply = say(force, "away 1 Aug to 14 Aug", "lee")
    assert "Nobody else is there for Board Secretary: its reminders still come to you." in (
        reply.text
    )
