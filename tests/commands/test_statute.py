"""`published` and `answered`: the 56 days of a report, and the deadlines that hang on it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.store import Store
from governance.dates import say_date
from tests.factories import (
    TEST,
    TITLE,
    a_recommendation,
    add_report,
    create_force,
    history,
    import_recommendation,
    rec,
)
from tests.support.chat import say


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    report = add_report(store)
    import_recommendation(store, report, 16, "24087")
    with store.write(TEST) as writing:
        row = a_recommendation(
            writing, report, ref="24133", number="17", deadline_kind="relative",
            text="Within six months, chief constables should test this.",
            deadline_text="Within six months",
        )  # fmt: skip
        writing.change(row, "import", {}, note="imported")
    return store


def report(store: Store, force: str = "Sample") -> t.Report:
    with store.read() as reading:
        report = reading.first(reading.select(t.Report).where(t.Report.force == force))
        assert report is not None
        return report


def test_publication_starts_the_statutory_clock(force: Store) -> None:
    reply = say(force, "published vetting 2 December 2022", "lee")
    assert reply.ok
    assert "due by Thursday 26 January 2023, the 56th day (in 23 days)" in reply.text
    row = report(force)
    assert row.published == date(2022, 12, 2)
    assert row.published_set_at is not None


def test_deadlines_that_count_from_publication_get_their_date(force: Store) -> None:
    reply = say(force, "published vetting 29 August 2022", "uma")
    assert reply.ok
    assert "#24133 is due 28 February 2023" in reply.text
    assert "#24087" not in reply.text
    assert rec(force, "24133").deadline == date(2023, 2, 28)
    assert rec(force, "24087").deadline == date(2023, 4, 30)
    assert history(force, "24133")[-1].changes["deadline"] == [None, "2023-02-28"]


@given(day=st.dates(date(2020, 1, 1), date(2023, 1, 3)))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15
)
def test_the_last_day_is_55_days_after_publication(force: Store, day: date) -> None:
    if report(force).published == day:
        return
    reply = say(force, f"published vetting {day.isoformat()}", "lee")
    assert say_date(day + timedelta(days=55)) in reply.text


def test_an_answer_ends_the_clock(force: Store) -> None:
    say(force, "published vetting 2 November 2022", "lee")
    reply = say(force, "answered vetting 20 December 2022", "lee")
    assert reply.ok
    assert "within the 56 days, which end on 27 December 2022" in reply.text
    assert report(force).answered == date(2022, 12, 20)


def test_a_late_answer_says_how_late(force: Store) -> None:
    say(force, "published vetting 2 November 2022", "lee")
    reply = say(force, "answered vetting 28 December 2022", "uma")
    assert "1 day after the 56th day, 27 December 2022" in reply.text


def test_an_answer_before_publication_is_refused(force: Store) -> None:
    say(force, "published vetting 2 November 2022", "lee")
    assert not say(force, "answered vetting 1 November 2022", "lee").ok
    assert report(force).answered is None


def test_a_date_still_to_come_is_refused(force: Store) -> None:
    reply = say(force, "published vetting 2 November", "lee")
    assert not reply.ok
    assert "2 November 2023 is still to come" in reply.text


@pytest.mark.parametrize("person", ["jane", "alex", "sam", "ned", None])
def test_only_the_secretary_and_the_pcc_change_report_dates(
    force: Store, person: str | None
) -> None:
    reply = say(force, "published vetting 2 November 2022", person)
    assert not reply.ok
    assert "the secretary or the PCC's office" in reply.text
    assert report(force).published is None


def test_several_reports_give_a_choice_of_full_commands(force: Store) -> None:
    add_report(force, force="Cumbria")
    reply = say(force, "published vetting 2 November 2022", "lee")
    assert not reply.ok
    assert f"published {TITLE} of Cumbria 2 November 2022" in reply.text
    assert say(force, reply.buttons[1].command, "lee").ok
    assert report(force, "Cumbria").published == date(2022, 11, 2)
    assert report(force).published is None


def test_of_force_names_the_report_though_the_title_has_of_in_it(force: Store) -> None:
    add_report(force, force="Cumbria")
    words = "published inspection of vetting of Cumbria on 2 November 2022"
    assert say(force, words, "lee").ok
    assert report(force, "Cumbria").published == date(2022, 11, 2)


def test_an_unknown_report_or_a_missing_date_says_what_to_say(force: Store) -> None:
    unknown = say(force, "published burglary 2 November 2022", "lee")
    assert not unknown.ok
    assert TITLE in unknown.text
    missing = say(force, "published vetting", "lee")
    assert not missing.ok
    assert "published vetting of Cumbria 2 November 2022" in missing.text


def test_undo_takes_the_publication_back(force: Store) -> None:
    say(force, "published vetting 29 August 2022", "lee")
    assert rec(force, "24133").deadline == date(2023, 2, 28)
    assert say(force, "undo", "lee").ok
    assert report(force).published is None
    assert rec(force, "24133").deadline is None
