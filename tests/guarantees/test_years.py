"""Simulated years, through clock changes and bank holidays: what is sent is what was forecast.

`make prove` says DULY_YEARS="2022 2023 2024 2025 2026 2027".
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime, timedelta

import pytest

from db import tables as t
from db.store import Store
from scheduler.forecast import forecast
from scheduler.ticking import run_to
from tests.factories import FORCE, LONDON, add_recommendation, add_report, apply, set_clock
from tests.support.fake_platform import FakePlatform

YEARS = [int(year) for year in os.environ.get("DULY_YEARS", "2023").split()]
"""2023 has a bank holiday of its own, 8 May, beside a meeting, and an Easter between two others."""

Sent = tuple[str, str, str | None, str | None, str, str | None]


@pytest.mark.parametrize("year", YEARS)
def test_in_a_whole_year_what_is_sent_is_what_was_forecast(store: Store, year: int) -> None:
    begins, ends = (
        datetime(year, 1, 1, 0, 30, tzinfo=LONDON),
        datetime(year, 12, 31, 23, tzinfo=LONDON),
    )
    set_clock(store, begins)
    # The boards meet in each of these years as they do in the file, which has them from 2023 on.
    apply(store, FORCE.replace("2023-01-11", "2021-01-13").replace("2023-01-03", "2021-01-05"))
    report = add_report(store)
    # Deadlines about both clock changes, the bank holidays and the turn of the year.
    for number, due in enumerate(
        (date(year, 3, 26), date(year, 4, 30), date(year, 5, 8), date(year, 10, 29),
         date(year, 12, 26), date(year + 1, 1, 1))
    ):  # fmt: skip
        owner = ("dci", "manager", None)[number % 3]
        board = "gb" if number % 2 else None
        add_recommendation(
            store, str(24_000 + number), report, deadline=due, owner=owner, board=board
        )
    with store.read() as reading:
        foreseen = Counter(
            (r.at, r.rule, r.ref, r.board, r.to, r.person)
            for r in forecast(reading, begins.date(), ends.date())
        )
    assert sum(foreseen.values()) > 200
    platform = FakePlatform()
    run_to(store, ends, platform)
    assert sent(store) == foreseen
    assert len(set(platform.keys)) == len(platform.keys)
    assert min(counts(store, year)) > 20


def sent(store: Store) -> Counter[Sent]:
    with store.read() as reading:
        refs = {r.id: r.ref for r in reading.all(reading.select(t.Recommendation))}
        rows = reading.all(reading.select(t.Reminder))
    assert {row.state for row in rows} == {"sent"}
    return Counter(
        (
            row.at.astimezone(LONDON).isoformat(),
            row.rule,
            refs[row.recommendation_id] if row.recommendation_id else None,
            row.board,
            row.to,
            row.person,
        )
        for row in rows
    )


def counts(store: Store, year: int) -> list[int]:
    """The number sent under each offset from UTC: both clock changes were gone through."""
    with store.read() as reading:
        rows = reading.all(reading.select(t.Reminder))
    offsets = Counter(row.at.astimezone(LONDON).utcoffset() for row in rows)
    assert set(offsets) == {timedelta(0), timedelta(hours=1)}
    return list(offsets.values())
