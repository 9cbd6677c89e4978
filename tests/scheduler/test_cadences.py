"""A board's cadence is changed: meetings held stay, and none that was changed in chat is lost."""

from datetime import date

import pytest

from db.meetings import set_meeting
from db.queries.agenda import board_agenda
from db.store import Store
from governance.errors import DulyError
from governance.meetings import meetings, next_meeting
from governance.subject import Subject
from scheduler.forecast import forecast
from scheduler.ticking import run_to
from tests.factories import (
    FORCE,
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    change,
    set_clock,
)

FIRST = "every: 4 weeks, first: 2023-01-11T10:00"


def with_cadence(cadence: str, more: str = "") -> str:
    return FORCE.replace(f"{{{FIRST}}}", f"{{{cadence}}}{more}")


def held(store: Store, start: date, end: date) -> list[str]:
    with store.read() as reading:
        board = reading.directory.boards["pib"]
        found = meetings(board, reading.directory, start, end)
        return [m.start.replace(tzinfo=None).isoformat(timespec="minutes") for m in found]


def change_meeting(store: Store, original: str, to: str | None) -> None:
    with store.write(TEST) as writing:
        set_meeting(writing, "pib", original, to, source="chat")
        writing.replan(Subject.board("pib"))


def test_meetings_held_under_an_earlier_cadence_stay(store: Store) -> None:
    apply(store)
    id = add_recommendation(store, "24087", add_report(store), deadline=None)
    set_clock(store, at(2023, 1, 20, 10))
    change(store, id, progress="on_track", last_update_at=at(2023, 1, 20, 10))
    run_to(store, at(2023, 5, 20, 10))
    apply(store, with_cadence("every: 4 weeks, first: 2023-06-07T10:00"))
    with store.read() as reading:
        board = reading.directory.boards["pib"]
        meeting = next_meeting(board, reading.directory, reading.now)
        assert meeting is not None
        paper = board_agenda(reading, board, meeting)
        rows = forecast(reading, date(2023, 5, 20), date(2023, 6, 8))
    assert paper.previous is not None
    assert paper.previous.start == at(2023, 5, 3, 10)
    assert [(r.at[:10], r.person) for r in rows if r.rule == "board_update_request"] == [
        ("2023-05-31", "jane")
    ]
    assert held(store, date(2023, 1, 1), date(2023, 6, 30)) == [
        "2023-01-11T10:00",
        "2023-02-08T10:00",
        "2023-03-08T10:00",
        "2023-04-05T10:00",
        "2023-05-03T10:00",
        "2023-06-07T10:00",
    ]


def test_a_meeting_of_before_is_not_held_again_at_another_hour(store: Store) -> None:
    apply(store)
    set_clock(store, at(2023, 1, 12, 10))
    apply(store, with_cadence("every: 4 weeks, first: 2023-01-11T11:00"))
    set_clock(store, at(2023, 2, 10, 10))
    apply(store, with_cadence("every: 2 weeks, first: 2023-02-08T09:00"))
    assert held(store, date(2023, 1, 1), date(2023, 3, 10)) == [
        "2023-01-11T10:00",
        "2023-02-08T11:00",
        "2023-02-22T09:00",
        "2023-03-08T09:00",
    ]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        (None, "Wednesday 8 March 2023, 10:00, cancelled"),
        ("2023-03-10T10:00", "Wednesday 8 March 2023, 10:00, moved to Friday 10 March 2023"),
    ],
)
def test_a_meeting_changed_in_chat_that_the_changed_cadence_has_not_is_an_error(
    store: Store, to: str | None, words: str
) -> None:
    apply(store)
    set_clock(store, at(2023, 1, 12, 10))
    change_meeting(store, "2023-03-08T10:00", to)
    with pytest.raises(DulyError, match=words):
        apply(store, with_cadence("every: 4 weeks, first: 2023-01-11T11:00"))
    apply(store, with_cadence("every: 2 weeks, first: 2023-01-11T10:00"))  # has it too
    march = held(store, date(2023, 3, 1), date(2023, 3, 31))
    assert march == [*([to] if to else []), "2023-03-22T10:00"]


def test_one_that_was_put_back_or_held_does_not_stand_in_the_way(store: Store) -> None:
    moved = (
        ",\n     moved: {2023-02-08T10:00: 2023-02-09T10:00, 2023-05-03T10:00: 2023-05-04T10:00}"
    )
    apply(store, with_cadence(FIRST, moved))
    set_clock(store, at(2023, 1, 12, 10))
    change_meeting(store, "2023-03-08T10:00", None)
    change_meeting(store, "2023-03-08T10:00", "2023-03-08T10:00")
    change_meeting(store, "2023-01-11T10:00", "2023-01-13T10:00")
    set_clock(store, at(2023, 2, 20, 10))
    apply(store, with_cadence("every: 4 weeks, first: 2023-03-09T10:00"))
    assert held(store, date(2023, 1, 1), date(2023, 5, 10)) == [
        "2023-01-13T10:00",
        "2023-02-09T10:00",
        "2023-03-09T10:00",
        "2023-04-06T10:00",
        "2023-05-04T10:00",
    ]


def test_where_the_file_has_the_old_meetings_still_nothing_is_lost(store: Store) -> None:
    apply(store)
    set_clock(store, at(2023, 2, 20, 10))
    apply(store, with_cadence("every: 4 weeks, first: 2023-03-09T10:00"))
    set_clock(store, at(2023, 2, 21, 10))
    apply(store)
    assert held(store, date(2023, 2, 1), date(2023, 3, 31)) == [
        "2023-02-08T10:00",
        "2023-03-08T10:00",
    ]
