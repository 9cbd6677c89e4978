"""The forecast equals what is sent, to the row."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from db.store import Store
from scheduler.forecast import forecast
from scheduler.report import RowView, TickReport, order
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import FORCE, add_recommendation, add_report, apply, at, set_clock

YEAR = (date(2023, 1, 3), date(2024, 1, 1))
HALF = (date(2023, 1, 3), date(2023, 6, 30))
"""Whole years, ticked at every moment, are walked in tests/guarantees/test_years.py."""


@pytest.fixture
def year(store: Store) -> Store:
    """A year with every rule in it: owned and unowned, dated and not, complete, two boards."""
    apply(store)
    report = add_report(store, published=date(2022, 12, 20), published_set_at=at(2023, 1, 3, 9))
    add_recommendation(store, "1", report)
    add_recommendation(store, "2", report, owner="manager", board="gb", deadline=date(2023, 10, 31))
    add_recommendation(store, "3", report, owner=None, deadline=date(2023, 12, 31))
    add_recommendation(store, "4", report, progress="complete", deadline=None)
    add_recommendation(store, "5", report, owner="manager", deadline=None)
    return store


def predicted(store: Store, span: tuple[date, date] = YEAR) -> list[RowView]:
    with store.read() as reading:
        return forecast(reading, *span)


def delivered(reports: list[TickReport]) -> list[RowView]:
    return [r for t in reports for m in t.messages for r in m.reminders]


def skipped(reports: list[TickReport]) -> list[RowView]:
    return [s.reminder for t in reports for s in t.skipped]


def within(span: tuple[date, date], rows: list[RowView]) -> list[RowView]:
    after = (span[1] + timedelta(days=1)).isoformat()
    return sorted((r for r in rows if r.at < after), key=order)


def test_the_forecast_has_every_rule(year: Store) -> None:
    assert {r.rule for r in predicted(year)} == {
        "deadline",
        "overdue",
        "board_update_request",
        "board_chase",
        "board_agenda",
        "board_starting",
        "unowned",
        "awaiting_sign_off",
        "statutory_response",
    }


@pytest.mark.slow
def test_ticking_at_every_moment_sends_the_forecast_row_for_row(year: Store) -> None:
    expected = predicted(year, HALF)
    reports = run_to(year, at(2023, 6, 30, 23))
    assert sorted(delivered(reports), key=order) == expected
    assert not any(t.skipped for t in reports)


def test_the_forecast_is_the_same_after_it_was_sent(year: Store) -> None:
    expected = predicted(year)
    run_to(year, at(2023, 3, 1, 12))
    assert predicted(year) == expected


@pytest.mark.slow
def test_ticking_once_a_day_delivers_the_same_rows_late_or_skipped(year: Store) -> None:
    expected = predicted(year, HALF)
    reports = []
    moment = at(2023, 1, 3, 12)
    while moment < at(2023, 7, 4):
        set_clock(year, moment)
        reports.append(tick(year))
        moment += timedelta(days=1)
    reasons = {s.reason for t in reports for s in t.skipped}
    assert reasons == {"the meeting has begun"}
    assert {r.rule for r in skipped(reports)} <= {"board_agenda", "board_starting"}
    assert within(HALF, [*delivered(reports), *skipped(reports)]) == expected


def test_a_first_tick_after_a_year_lists_each_reminder_once(year: Store) -> None:
    expected = predicted(year)
    set_clock(year, at(2024, 1, 3, 10))
    report = tick(year)
    assert within(YEAR, [*delivered([report]), *skipped([report])]) == expected
    assert len(report.messages) == len({m.to for m in report.messages})


def test_the_forecast_writes_nothing(year: Store) -> None:
    def dump() -> list[Any]:
        with year.engine.connect() as connection:
            tables = SQLModel.metadata.sorted_tables
            return [sorted(map(repr, connection.execute(table.select()))) for table in tables]

    before = dump()
    predicted(year)
    assert dump() == before


def test_rows_have_the_documented_shape(year: Store) -> None:
    row = next(r for r in predicted(year) if r.rule == "deadline")
    assert row == RowView(
        at="2023-03-31T09:00:00+01:00",
        rule="deadline",
        ref="1",
        recommendation="recommendation 1",
        board=None,
        meeting=None,
        to="dci",
        person="jane",
        days=30,
        why=row.why,
    )
    board = next(r for r in predicted(year) if r.rule == "board_agenda")
    assert (board.ref, board.recommendation, board.board) == (None, None, "pib")
    assert (board.to, board.person) == ("#pib", None)
    assert board.meeting == "2023-01-11T10:00:00+00:00"
    assert next(r for r in predicted(year) if r.rule == "unowned").days is None


POSTPONED = FORCE.replace(
    "first: 2023-01-11T10:00}",
    "first: 2023-01-11T10:00},\n     moved: {2023-02-08T10:00: 2023-03-08T14:00}",
)
"""February's meeting of the People Intelligence Board is held on the afternoon of March's."""
HOLIDAY = FORCE.replace(
    'BYDAY=1TU", first: 2023-01-03T14:00}',
    'BYDAY=1MO", first: 2023-01-02T10:00},\n     moved: {2023-04-03T10:00: 2023-05-02T10:00}',
)
"""April's meeting of the Governance Board is held on the day after May's, a bank holiday."""


@pytest.mark.parametrize(
    ("text", "board", "meetings", "until"),
    [
        (
            POSTPONED,
            "pib",
            ("2023-03-08T10:00:00+00:00", "2023-03-08T14:00:00+00:00"),
            at(2023, 3, 9),
        ),
        (
            HOLIDAY,
            "gb",
            ("2023-05-01T10:00:00+01:00", "2023-05-02T10:00:00+01:00"),
            at(2023, 5, 3, 23),
        ),
    ],
)
def test_each_of_two_meetings_whose_moments_coincide_has_its_own_reminders(
    store: Store, text: str, board: str, meetings: tuple[str, ...], until: datetime
) -> None:
    apply(store, text)
    add_recommendation(store, "1", add_report(store), board=board, deadline=None)
    span = (date(2023, 2, 10), until.date())
    expected = predicted(store, span)
    for meeting in meetings:
        assert sorted(r.rule for r in expected if (r.board, r.meeting) == (board, meeting)) == [
            "board_agenda",
            "board_chase",
            "board_starting",
            "board_update_request",
        ]
    reports = run_to(store, until)
    start = span[0].isoformat()
    assert [r for r in sorted(delivered(reports), key=order) if r.at >= start] == expected
