"""An organisation file applied between a due moment and the tick; what it says from then on."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.clock import PretendedClock
from db.importing.records import import_record
from db.organisation.apply import ApplyOutcome
from db.store import Store
from documents.organisation import read_organisation
from documents.readers import read_document
from scheduler.applying import apply_from_now
from scheduler.forecast import forecast
from scheduler.report import RowView, order
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    FORCE,
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    set_clock,
)

CHASED = "reminders: {boards: {pib: {board_chase: {working_days: 3}}}}\n"
SILENT = "reminders: {deadline: {enabled: false}}\n"
EARLY = "reminders: {deadline: {days: [30, 29, 0]}}\n"
RECORD = """Force\tSample
Title of inspection\tInspection of alpha

Recommendations:

Recommendation #24087: Inspection of alpha – Recommendation 1.

By 31 December 2023, chief constables should act on apples.
"""


def outcome_of(store: Store, text: str) -> ApplyOutcome:
    with store.write(TEST) as writing:
        return apply_from_now(writing, read_organisation(text, "organisation.yaml"))


def sent(store: Store, moment: datetime) -> list[tuple[str, list[str]]]:
    set_clock(store, moment)
    return [(m.to, [r.rule for r in m.reminders]) for m in tick(store).messages]


@pytest.fixture
def force(store: Store) -> Store:
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 3, 30, 9))
    return store


def test_what_was_due_before_the_file_is_sent_after_it(force: Store) -> None:
    set_clock(force, at(2023, 3, 31, 9, 1))
    apply(force, FORCE + SILENT)
    assert sent(force, at(2023, 3, 31, 9, 2)) == [("jane", ["deadline"])]
    assert not any("deadline" in rules for _, rules in sent(force, at(2023, 4, 14, 9)))


def test_what_was_not_due_before_the_file_is_not_sent_after_it(force: Store) -> None:
    sent(force, at(2023, 3, 31, 9))
    set_clock(force, at(2023, 4, 3, 10))
    apply(force, FORCE + EARLY)
    assert sent(force, at(2023, 4, 3, 10)) == [("jane", ["board_chase"])]


def test_each_changed_rule_is_named(store: Store) -> None:
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    text = """reminders:
  overdue: {every: 14}
  boards: {gb: {board_chase: {enabled: false}}}
  recommendations: {"24087": {deadline: {days: [28, 7]}}}
"""
    assert outcome_of(store, FORCE + text).changes == [
        "Reminders: overdue has every 14 now.",
        "Reminders of board gb: board_chase has enabled no now.",
        "Reminders of #24087: deadline has days 28 7 now.",
    ]
    assert outcome_of(store, FORCE + text).changes == []
    assert outcome_of(store, FORCE).changes == [
        "Reminders: overdue has its usual settings now.",
        "Reminders of board gb: board_chase has its usual settings now.",
        "Reminders of #24087: deadline has its usual settings now.",
    ]


def test_overrides_that_wait_for_an_import_replan_the_board(store: Store) -> None:
    own = 'owners: {"24087": dci}\nreminders: {recommendations: {"24087": %s}}\n'
    apply(store, FORCE + own % "{board_chase: {working_days: 4}}")
    set_clock(store, at(2023, 3, 3, 9))
    with store.write(TEST) as writing:
        import_record(writing, read_document("rec.txt", RECORD.encode()), "rec.txt")
    span = (date(2023, 3, 3), date(2023, 5, 5))
    with store.read() as reading:
        expected = forecast(reading, *span)
    assert "2023-03-02" not in {r.at[:10] for r in expected if r.rule == "board_chase"}
    assert "2023-03-30" in {r.at[:10] for r in expected if r.rule == "board_chase"}
    reports = run_to(store, at(2023, 5, 5, 23))
    rows = [r for one in reports for m in one.messages for r in m.reminders]
    assert sorted(rows, key=order) == expected


FILES = ("", CHASED, SILENT, EARLY, "reminders: {overdue: {every: 14}}\n")


@given(
    st.lists(
        st.tuples(st.integers(0, 60 * 24 * 60), st.sampled_from(FILES)), min_size=1, max_size=4
    )
)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_files_applied_at_any_moment_neither_lose_nor_bring_what_was_due(
    tmp_path_factory: pytest.TempPathFactory, applied: list[tuple[int, str]]
) -> None:
    """Between two files what is sent is what was forecast just after the first of them."""
    begin, end = at(2023, 3, 27, 8), at(2023, 5, 31, 23)
    store = Store(
        f"sqlite:///{tmp_path_factory.mktemp('applied') / 'duly.db'}", PretendedClock(begin)
    )
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    expected: list[RowView] = []
    rows: list[RowView] = []
    moment, ahead = begin, planned(store, begin, end)
    for minutes, text in sorted(applied):
        then = begin + timedelta(minutes=minutes)
        expected += [r for r in ahead if moment < datetime.fromisoformat(r.at) <= then]
        set_clock(store, then)
        apply(store, FORCE + text)
        moment, ahead = then, planned(store, then, end)
    expected += [r for r in ahead if datetime.fromisoformat(r.at) > moment]
    for report in run_to(store, end):
        rows += [r for m in report.messages for r in m.reminders]
        rows += [s.reminder for s in report.skipped]
    assert sorted(rows, key=order) == sorted(expected, key=order)
    store.close()


def planned(store: Store, moment: datetime, end: datetime) -> list[RowView]:
    with store.read() as reading:
        return forecast(reading, moment.date(), end.date())
