"""Dates as people write and read them. Today is Tuesday 3 January 2023."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.dates import (
    TypedDay,
    read_typed_date,
    say_date,
    say_day,
    say_moment,
    take_typed_date,
    take_typed_day,
)

TODAY = date(2023, 1, 3)


def test_a_date_a_day_and_a_moment_are_said_in_words() -> None:
    assert say_date(date(2023, 12, 31)) == "31 December 2023"
    assert say_day(date(2023, 12, 31)) == "Sunday 31 December 2023"
    summer = datetime(2023, 5, 2, 8, 0, tzinfo=UTC)
    assert say_moment(summer, ZoneInfo("Europe/London")) == "Tuesday 2 May 2023, 09:00"


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("30 April 2023", date(2023, 4, 30)),
        ("30 apr", date(2023, 4, 30)),
        ("the 30th of April", date(2023, 4, 30)),
        ("April 30, 2023", date(2023, 4, 30)),
        ("Sunday 30 April 2023.", date(2023, 4, 30)),
        ("30/04/2023", date(2023, 4, 30)),
        ("30/4/23", date(2023, 4, 30)),
        ("30.04.2023", date(2023, 4, 30)),
        ("2023-04-30", date(2023, 4, 30)),
        (" 30\u00a0April\u00a02023 ", date(2023, 4, 30)),
        ("3 January", TODAY),
        ("2 January", date(2024, 1, 2)),
        ("29 February", date(2024, 2, 29)),
        ("today", TODAY),
        ("Tomorrow", date(2023, 1, 4)),
        ("yesterday", date(2023, 1, 2)),
    ],
)
def test_a_typed_date_is_read_day_before_month_and_forward_without_a_year(
    typed: str, day: date
) -> None:
    assert read_typed_date(typed, TODAY) == day


@pytest.mark.parametrize(
    "typed",
    ["", "31 April 2023", "31 April", "04/30/2023", "soon", "30", "24087", "may", "30 April 2023x",
     "30 April 2023 because", "4 May 14:00"],
)  # fmt: skip
def test_what_is_no_date_or_more_than_one_is_not_read(typed: str) -> None:
    assert read_typed_date(typed, TODAY) is None


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("31 March 2024 because it slipped", date(2024, 3, 31), "because it slipped"),
        ("3 May move to 4 May 14:00", date(2023, 5, 3), "move to 4 May 14:00"),
        ("4 May 14:00", date(2023, 5, 4), "14:00"),
        ("4 May 10 am", date(2023, 5, 4), "10 am"),
        ("2023-05-04T14:00", date(2023, 5, 4), "14:00"),
        ("1 Aug to 14 Aug", date(2023, 8, 1), "to 14 Aug"),
    ],
)
def test_a_date_at_the_head_leaves_the_rest(text: str, day: date, rest: str) -> None:
    assert take_typed_date(text, TODAY) == (day, rest)


def test_a_typed_day_can_be_had_without_a_year_for_those_who_choose_it() -> None:
    assert take_typed_day("3 May cancel", TODAY) == (TypedDay(3, 5), "cancel")


@given(
    day=st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)),
    today=st.dates(max_value=date(9990, 1, 1)),
)
def test_every_date_said_is_read_back(day: date, today: date) -> None:
    assert read_typed_date(say_date(day), today) == day
    assert read_typed_date(say_day(day), today) == day
    assert read_typed_date(day.isoformat(), today) == day


@given(text=st.text(), today=st.dates())
def test_no_text_makes_reading_fail(text: str, today: date) -> None:
    taken = take_typed_date(text, today)
    assert taken is None or isinstance(taken[0], date)


@pytest.mark.parametrize(
    "text",
    ["31 December 9999", "1 January 0001", "9999-12-31", "0000-01-01", "1/1/1899", "1 May 2201"],
)
def test_a_year_that_rules_cannot_count_on_from_is_no_date(text: str) -> None:
    assert read_typed_date(text, TODAY) is None
