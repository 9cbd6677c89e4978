from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.calendar import last_day, working_calendar
from governance.errors import RuleError
from tests.factories import at

ENGLAND = working_calendar("GB-ENG")
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def test_a_one_off_bank_holiday_is_no_working_day() -> None:
    assert ENGLAND.holiday(date(2023, 5, 8)) is not None
    assert not ENGLAND.is_working_day(date(2023, 5, 8))
    assert ENGLAND.is_working_day(date(2024, 5, 8))


def test_a_year_without_data_is_an_error_and_never_no_holidays() -> None:
    with pytest.raises(RuleError, match="2150"):
        ENGLAND.is_working_day(date(2150, 1, 5))


def test_wales_has_a_calendar_of_its_own_name() -> None:
    assert working_calendar("GB-WLS").holiday(date(2023, 12, 26)) is not None


@given(DAYS)
def test_back_and_forward_land_on_the_nearest_working_day_of_their_side(day: date) -> None:
    back, forward = ENGLAND.back(day), ENGLAND.forward(day)
    assert back <= day <= forward
    assert ENGLAND.is_working_day(back)
    assert ENGLAND.is_working_day(forward)
    between = [back + timedelta(n) for n in range(1, (forward - back).days)]
    assert not any(ENGLAND.is_working_day(d) for d in between)


@given(DAYS, st.integers(1, 15))
def test_so_many_working_days_before_counts_each_once(day: date, count: int) -> None:
    before = ENGLAND.add(day, -count)
    between = [before + timedelta(n) for n in range((day - before).days)]
    assert sum(ENGLAND.is_working_day(d) for d in between) == count
    assert ENGLAND.is_working_day(before)


def test_working_hours_begin_at_nine_and_end_at_six() -> None:
    assert ENGLAND.in_hours(at(2023, 4, 28, 9))
    assert ENGLAND.in_hours(at(2023, 4, 28, 17, 59))
    assert not ENGLAND.in_hours(at(2023, 4, 28, 18))
    assert not ENGLAND.in_hours(at(2023, 4, 29, 12))


def test_the_56_days_begin_with_the_day_of_publication() -> None:
    assert last_day(date(2022, 11, 2)) == date(2022, 12, 27)
