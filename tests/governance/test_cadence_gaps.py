"""The gaps of a cadence, said where somebody may not have thought of them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from governance.cadence_gaps import clock_gaps, left_out
from governance.directory import Cadence
from governance.meetings import occurrences

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2023, 1, 31, 10)


@pytest.mark.parametrize(
    ("rule", "gaps"),
    [
        ("FREQ=MONTHLY", ["months without a 31st"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["months without a 31st"]),
        ("FREQ=MONTHLY;BYMONTHDAY=15,30", ["months without a 30th"]),
        ("FREQ=MONTHLY;BYMONTHDAY=29", ["months without a 29th"]),
        ("FREQ=MONTHLY;BYMONTHDAY=28", []),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", []),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", []),
        ("FREQ=MONTHLY;BYDAY=5TU", ["months without a fifth Tuesday"]),
        ("FREQ=MONTHLY;BYDAY=-5MO", ["months without a fifth Monday"]),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=5", ["months without a fifth Tuesday"]),
        ("FREQ=MONTHLY;BYDAY=1TU", []),
        ("FREQ=MONTHLY;BYDAY=-1FR", []),
        ("FREQ=WEEKLY;INTERVAL=4", []),
        ("FREQ=YEARLY", []),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["years without a 29 February"]),
        ("FREQ=MONTHLY;BYDAY=1TU;BYMONTH=1,2,3,4,5,6,7,9,10,11,12", ["August"]),
    ],
)
def test_what_a_rule_leaves_out_is_named(rule: str, gaps: list[str]) -> None:
    assert left_out(Cadence(FIRST, rule)) == gaps


@pytest.mark.parametrize(
    "rule",
    [f"FREQ=MONTHLY;BYMONTHDAY={day}" for day in range(1, 32)]
    + [f"FREQ=MONTHLY;BYDAY={n}WE" for n in (1, 2, 3, 4, 5, -1, -5)],
)
def test_a_monthly_rule_without_gaps_meets_every_month(rule: str) -> None:
    cadence = Cadence(datetime(2023, 1, 1, 10), rule)
    held = occurrences(cadence).between(datetime(2023, 1, 1), datetime(2026, 12, 31, 23), inc=True)
    months = {(moment.year, moment.month) for moment in held}
    assert (len(months) == 48) == (left_out(cadence) == [])


def test_every_month_from_the_31st_means_the_last_day_and_leaves_nothing_out() -> None:
    assert left_out(Cadence(FIRST, None, 1)) == []


def test_an_hour_that_a_clock_change_takes_is_named_with_its_day() -> None:
    sundays = Cadence(datetime(2023, 1, 1, 1, 30), "FREQ=WEEKLY")
    assert clock_gaps(sundays, LONDON, 2023)[0] == (
        "01:30 does not exist on Sunday 26 March 2023, when the clocks go forward."
    )
    assert clock_gaps(Cadence(datetime(2023, 1, 2, 1, 30), "FREQ=WEEKLY"), LONDON, 2023) == ()
    assert clock_gaps(Cadence(FIRST, "FREQ=DAILY"), LONDON, 2023) == ()
