from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.directory import Cadence
from governance.errors import RuleError
from governance.meetings import (
    check_occurrence,
    meetings,
    next_meeting,
    occurrences,
    previous_meeting,
    upcoming,
)
from tests.factories import GB, PIB, at, make_directory

MAY = datetime(2023, 5, 2, 14)
MOVED = replace(GB, moved={MAY: datetime(2023, 5, 4, 14)})


def test_a_four_weekly_board_keeps_its_hour_across_the_clock_change() -> None:
    starts = [m.start for m in meetings(PIB, make_directory(), date(2023, 3, 1), date(2023, 4, 30))]
    assert starts == [at(2023, 3, 8, 10), at(2023, 4, 5, 10)]
    assert starts[0].utcoffset() != starts[1].utcoffset()


def test_the_first_meeting_is_the_first_occurrence_on_or_after_first() -> None:
    cadence = Cadence(datetime(2023, 1, 4, 14), "FREQ=MONTHLY;BYDAY=1TU")
    assert occurrences(cadence)[0] == datetime(2023, 2, 7, 14)


@pytest.mark.parametrize("day", [29, 30, 31])
def test_every_month_from_its_end_means_the_last_day(day: int) -> None:
    cadence = Cadence(datetime(2023, 1, day, 10), every_months=1)
    days = [o.date() for o in islice(occurrences(cadence), 4)]
    assert days == [date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30)]


def test_a_moved_meeting_takes_place_where_it_was_moved_and_keeps_its_name() -> None:
    (may,) = meetings(MOVED, make_directory(), date(2023, 5, 1), date(2023, 5, 31))
    assert may.start == at(2023, 5, 4, 14)
    assert may.key == "2023-05-02T14:00"
    assert may.moved


def test_a_cancelled_meeting_is_nobodys_previous_meeting() -> None:
    board = replace(GB, cancelled=frozenset({MAY}))
    assert meetings(board, make_directory(), date(2023, 5, 1), date(2023, 5, 31)) == []
    before = previous_meeting(board, make_directory(), at(2023, 6, 6, 14))
    assert before is not None
    assert before.start == at(2023, 4, 4, 14)
    (shown,) = meetings(
        board, make_directory(), date(2023, 5, 1), date(2023, 5, 31), cancelled=True
    )
    assert shown.cancelled


def test_the_previous_meeting_is_the_latest_by_actual_start() -> None:
    far = replace(GB, moved={MAY: datetime(2023, 6, 20, 14)})
    before = previous_meeting(far, make_directory(), at(2023, 7, 4, 14))
    assert before is not None
    assert before.start == at(2023, 6, 20, 14)


def test_a_meeting_on_a_bank_holiday_stands_and_is_flagged() -> None:
    board = replace(PIB, cadence=Cadence(datetime(2023, 5, 1, 10), "FREQ=WEEKLY"))
    (first,) = meetings(board, make_directory(), date(2023, 5, 1), date(2023, 5, 1))
    assert first.holiday is not None


def test_a_moved_key_that_is_no_occurrence_is_an_error_naming_the_nearest() -> None:
    check_occurrence(GB, MAY)
    with pytest.raises(RuleError, match="2023-05-02T14:00"):
        check_occurrence(GB, datetime(2023, 5, 3, 14))


def test_a_rule_that_cannot_be_read_is_an_error_with_its_words() -> None:
    with pytest.raises(RuleError, match="FREQ=SOMETIMES"):
        occurrences(Cadence(datetime(2023, 1, 1, 9), "FREQ=SOMETIMES"))


@given(st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31)), st.integers(-40, 40))
def test_next_and_previous_meet_in_the_middle_whatever_was_moved(
    when: datetime, shift: int
) -> None:
    directory = make_directory()
    nearest = occurrences(GB.cadence).after(when)
    assert nearest is not None
    board = replace(GB, moved={nearest: nearest + timedelta(days=shift, hours=1)})
    moment = when.replace(tzinfo=directory.zone)
    following = next_meeting(board, directory, moment)
    assert following is not None
    assert following.start > moment
    starts = [m.start for m in islice(upcoming(board, directory, moment), 6)]
    assert starts == sorted(starts)
    before = previous_meeting(board, directory, following.start)
    if before is not None:
        assert before.start <= moment
