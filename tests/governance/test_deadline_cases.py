"""Phrasings of time met in real papers, each with the deadline that a careful reader takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from governance.deadlines import Deadline, read_deadline
from governance.words import DeadlineKind
from tests.support.growth import assert_linear

CASES = json.loads((Path(__file__).parent.parent / "cases" / "deadlines.json").read_text())
PUBLISHED = date(2022, 11, 2)


def agrees(deadline: Deadline, expected: dict[str, Any]) -> bool:
    day = deadline.day.isoformat() if deadline.day else None
    milestones = [milestone.day.isoformat() for milestone in deadline.milestones]
    return (
        deadline.kind.value in expected["kind"].split("|")
        and day == expected["deadline"]
        and milestones == expected.get("milestones", milestones)
        and (bool(deadline.warnings) or not expected.get("warning"))
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["note"])
def test_a_phrasing_of_time_is_read_as_a_careful_reader_would(case: dict[str, Any]) -> None:
    deadline = read_deadline(case["text"], date.fromisoformat(case["published"]))
    assert any(agrees(deadline, each) for each in (case["expected"], *case.get("or", []))), deadline


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("By 30 April, 31 July and 31 October 2023, chief constables should report.",
         ["2023-04-30", "2023-07-31", "2023-10-31"]),
        ("By 30 April, 40 officers should be trained.", ["2023-04-30"]),
        ("By 30 April, 2000 officers should be trained.", ["2023-04-30"]),
        ("By 31 March, 20 per cent of officers should be vetted.", ["2023-03-31"]),
        ("By 1 September 30 officers should be trained.", ["2023-09-01"]),
        ("By 30 April\n\n40 officers should be trained.", ["2023-04-30"]),
        ("By 30 April of 2024, forces should act.", ["2024-04-30"]),
        ("By the end of March of 2024, forces should act.", ["2024-03-31"]),
        ("By 31 December\n2023, chief constables should act on apples.", ["2023-12-31"]),
        ("By 31\nDecember 2023, chief constables should act on apples.", ["2023-12-31"]),
        ("By 30 April 23, forces should act.", ["2023-04-30"]),
    ],
)  # fmt: skip
def test_a_number_after_a_date_is_its_year_only_where_it_counts_nothing(
    text: str, days: list[str]
) -> None:
    deadline = read_deadline(text, PUBLISHED)
    assert deadline.day is not None
    read = [deadline.day, *(milestone.day for milestone in deadline.milestones)]
    assert [day.isoformat() for day in read] == days


@pytest.mark.parametrize(
    "text",
    [
        "Forces should not close it before 1 April 2024.",
        "No officer should be vetted before 1 April 2024.",
        "The old form must not be withdrawn before April 2024.",
        "The force should begin on 1 May 2024 at the earliest.",
        "The force told us that it would finish by March 2024.",
        "The force plans to finish by 30 June 2024.",
        "Officers who joined by 1 April 2020 were asked again.",
    ],
)
def test_an_earliest_day_or_a_plan_is_no_deadline(text: str) -> None:
    assert read_deadline(text, PUBLISHED).kind is DeadlineKind.NONE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The force should do it in March 2024.", "in March 2024"),
        ("The force should do it on 30 April 2024.", "on 30 April 2024"),
        ("The force should plan for 1 April 2024.", "for 1 April 2024"),
        ("The force should do it from 1 April 2024.", "from 1 April 2024"),
        ("The force should do it during June 2024.", "during June 2024"),
        ("The force should do it in Q2 2024.", "in Q2 2024"),
        ("By 31 March each year, forces should report.", "By 31 March each year"),
        ("Within three months of the inspection, forces should act.",
         "Within three months of the inspection"),
        ("TBC", "TBC"),
        ("ASAP", "ASAP"),
    ],
)  # fmt: skip
def test_a_time_that_is_no_deadline_is_kept_with_a_warning(text: str, words: str) -> None:
    deadline = read_deadline(text, PUBLISHED)
    assert (deadline.kind, deadline.day, deadline.text) == (DeadlineKind.NONE, None, words)
    assert [words in warning for warning in deadline.warnings] == [True]


def test_a_weekday_that_contradicts_its_date_is_a_warning_and_the_date_is_kept() -> None:
    wrong = read_deadline("By Monday 28 April 2023, forces should act.", PUBLISHED)
    assert wrong.day == date(2023, 4, 28)
    assert ["28 April 2023 is a Friday" in warning for warning in wrong.warnings] == [True]
    assert read_deadline("By Friday 28 April 2023, forces should act.", PUBLISHED).warnings == ()


SHAPES: list[Callable[[int], str]] = [
    lambda n: "By 31 December 2023, chief constables should act " + "by 30 April 2023 and " * n,
    lambda n: "By " + "30 April, " * n + "2023",
    lambda n: "By " + "30 April 2023, " * n,
    lambda n: "by" + " " * n + "x",
    lambda n: "\n" * n + "x",
    lambda n: "a\x0b" * n,
    lambda n: "a " * n,
    lambda n: "; " * n,
    lambda n: "1, " * n,
    lambda n: "may " * n,
    lambda n: "within six months of " * n,
    lambda n: "April at the latest " * n,
    lambda n: "should in March 2024 " * n,
    lambda n: "No. A. " * n,
    lambda n: "q1 " * n,
    lambda n: "a-" * n,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: repr(shape(1)))
def test_no_text_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    assert_linear(lambda text: read_deadline(text, PUBLISHED), shape)
