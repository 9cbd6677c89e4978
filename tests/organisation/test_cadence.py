"""Months that a cadence leaves out, and what is said of them."""

from __future__ import annotations

from datetime import datetime

import pytest

from db.clock import PretendedClock
from db.store import Store
from documents.organisation import read_organisation
from governance.errors import BadConfiguration
from governance.meetings import occurrences
from tests.organisation.files import FORCE, POSTS, apply
from tests.support.chat import say


def file(cadence: str) -> str:
    board = f"  - {{key: pib, name: People Board, chair: dcc, secretary: sec, cadence: {cadence}}}"
    return f"{FORCE}\nboards:\n{board}\n{POSTS}"


def days(cadence: str) -> list[str]:
    (board,) = read_organisation(file(cadence), "organisation.yaml").boards
    held = occurrences(board.cadence).between(datetime(2023, 1, 1), datetime(2023, 12, 31))
    return [f"{moment:%d.%m}" for moment in held]


def test_the_meetings_of_a_month_are_left_out_and_the_rhythm_goes_on() -> None:
    whole = days("{every: 4 weeks, first: 2023-01-11T10:00}")
    left = days("{every: 4 weeks, first: 2023-01-11T10:00, except: [august]}")
    assert left == [day for day in whole if not day.endswith(".08")]
    assert len(left) < len(whole)


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [
        (
            "{every: 2 months, first: 2023-02-28T10:00, except: [aug, December]}",
            ["28.02", "28.04", "28.06", "28.10"],
        ),
        (
            "{every: 3 months, first: 2023-01-31T10:00, except: july}",
            ["31.01", "30.04", "31.10"],
        ),
        (
            '{rule: "FREQ=MONTHLY;BYDAY=1TU;BYMONTH=7,8,9", first: 2023-01-03T10:00, except: aug}',
            ["04.07", "05.09"],
        ),
    ],
)
def test_any_rhythm_but_a_yearly_one_may_leave_months_out(
    cadence: str, expected: list[str]
) -> None:
    assert days(cadence) == expected


@pytest.mark.parametrize(
    ("cadence", "wrong"),
    [
        ("{every: 4 weeks, first: 2023-01-11T10:00, except: [augustus]}", "augustus"),
        ("{every: 4 weeks, first: 2023-01-11T10:00, except: [8]}", "is no month"),
        ("{every: 12 months, first: 2023-08-02T10:00, except: [august]}", "no meeting"),
        ('{rule: "FREQ=YEARLY", first: 2023-08-02T10:00, except: [may]}', "except goes with"),
        (
            '{rule: "FREQ=MONTHLY;BYMONTH=8", first: 2023-08-02T10:00, except: [august]}',
            "leaves no month",
        ),
    ],
)
def test_a_mistake_in_it_is_told(cadence: str, wrong: str) -> None:
    with pytest.raises(BadConfiguration, match=wrong):
        read_organisation(file(cadence), "organisation.yaml")


@pytest.mark.parametrize(
    ("cadence", "often", "gap"),
    [
        (
            "{every: 4 weeks, first: 2023-01-11T10:00, except: [august, december]}",
            "every 4 weeks, but not in August, not in December",
            "August",
        ),
        (
            '{rule: "FREQ=MONTHLY;BYMONTHDAY=31", first: 2023-01-31T10:00}',
            "every month, but not in months without a 31st",
            "months without a 31st",
        ),
        (
            '{rule: "FREQ=MONTHLY;BYDAY=5WE", first: 2023-01-03T10:00}',
            "on the fifth Wednesday of every month, but not in months without a fifth Wednesday",
            "months without a fifth Wednesday",
        ),
    ],
)
def test_boards_and_apply_name_what_a_cadence_leaves_out(
    store: Store, clock: PretendedClock, cadence: str, often: str, gap: str
) -> None:
    outcome = apply(store, file(cadence))
    assert f"Board pib does not meet in {gap}." in outcome.changes
    assert f"meets {often}." in say(store, "boards", "sam").text
    assert apply(store, file(cadence)).changes == []


def test_an_hour_that_does_not_exist_is_named_by_both(store: Store, clock: PretendedClock) -> None:
    outcome = apply(store, file("{every: 1 week, first: 2023-01-01T01:30}"))
    sentence = "01:30 does not exist on Sunday 26 March 2023, when the clocks go forward."
    assert f"Board pib: {sentence}" in outcome.changes
    assert sentence in say(store, "boards", "sam").text
