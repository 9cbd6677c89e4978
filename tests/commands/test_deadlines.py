"""Extending: asked for, granted, counted, refused, and taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from commands.request import FormAnswer
from db import tables as t
from db.store import Store
from tests.factories import add_report, create_force, history, import_recommendation, rec
from tests.support.chat import say

WORDS = "extend 24087 to 31 March 2024 because the supplier slipped"
DUE, LATER = date(2023, 4, 30), date(2024, 3, 31)


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    report = add_report(store)
    import_recommendation(store, report, 16, "24087", owner="acu-dci")
    import_recommendation(store, report, 17, "24133", owner="acu-dci")
    import_recommendation(store, report, 18, "24179", deadline=None)
    return store


def requests(store: Store) -> list[tuple[str, date]]:
    with store.read() as reading:
        statement = reading.select(t.ExtensionRequest).order_by(col(t.ExtensionRequest.id))
        rows = reading.all(statement)
        return [(row.state, row.to) for row in rows]


def test_an_owner_asks_and_the_deadline_stands(force: Store) -> None:
    reply = say(force, WORDS, "jane")
    assert reply.ok
    assert "the deadline stands" in reply.text
    assert "with the PSD Superintendent" in reply.text
    assert "agenda of the People Intelligence Board on 11 January 2023" in reply.text
    assert rec(force, "24087").deadline == DUE
    assert requests(force) == [("open", LATER)]


def test_the_deputy_of_the_owner_asks_too(force: Store) -> None:
    assert say(force, WORDS, "priya").ok
    assert rec(force, "24087").deadline == DUE


def test_the_same_words_from_a_lead_grant_it(force: Store) -> None:
    say(force, WORDS, "jane")
    reply = say(force, WORDS, "alex")
    assert reply.ok
    assert "30 April 2023 → 31 March 2024, extended once" in reply.text
    row = rec(force, "24087")
    assert (row.deadline, row.original_deadline, row.slips) == (LATER, DUE, 1)
    assert requests(force) == [("granted", LATER)]


def test_a_lead_extends_without_being_asked(force: Store) -> None:
    assert say(force, WORDS, "alex").ok
    assert rec(force, "24087").slips == 1


def test_another_date_than_the_one_asked_for_ends_the_request(force: Store) -> None:
    say(force, WORDS, "jane")
    say(force, "extend 24087 to 31 January 2024 because that is enough", "alex")
    assert rec(force, "24087").deadline == date(2024, 1, 31)
    assert requests(force) == [("withdrawn", LATER)]


def test_a_second_extension_by_a_lead_is_refused_and_a_chair_grants_it(force: Store) -> None:
    say(force, WORDS, "alex")
    again = "extend 24087 to 30 June 2024 because the supplier slipped again"
    refused = say(force, again, "alex")
    assert not refused.ok
    assert "only a chair" in refused.text
    assert rec(force, "24087").deadline == LATER
    granted = say(force, again, "sam")
    assert granted.ok
    row = rec(force, "24087")
    assert (row.deadline, row.original_deadline, row.slips) == (date(2024, 6, 30), DUE, 2)


def test_an_owner_may_ask_a_second_time(force: Store) -> None:
    say(force, WORDS, "alex")
    reply = say(force, "extend 24087 to 30 June 2024 because of the supplier", "jane")
    assert reply.ok
    assert "with the Deputy Chief Constable" in reply.text
    assert requests(force) == [("open", date(2024, 6, 30))]


def test_the_same_wish_is_not_recorded_twice(force: Store) -> None:
    say(force, WORDS, "jane")
    reply = say(force, WORDS, "jane")
    assert not reply.ok
    assert "asked for already" in reply.text
    assert len(requests(force)) == 1


def test_a_new_wish_takes_the_place_of_the_old_one(force: Store) -> None:
    say(force, WORDS, "jane")
    say(force, "extend 24087 to 30 June 2024 because more is needed", "jane")
    assert requests(force) == [("withdrawn", LATER), ("open", date(2024, 6, 30))]


@given(before=st.integers(0, 2000))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15
)
def test_a_date_not_after_the_current_deadline_is_refused(force: Store, before: int) -> None:
    day = DUE - timedelta(days=before)
    reply = say(force, f"extend 24087 to {day.isoformat()} because we can", "alex")
    assert not reply.ok
    assert "not after the current deadline" in reply.text
    assert rec(force, "24087").deadline == DUE


def test_without_a_reason_it_is_asked_for_with_the_full_command(force: Store) -> None:
    reply = say(force, "extend 24087 to 31 March 2024", "alex")
    assert not reply.ok
    assert "extend #24087 to 31 March 2024 because …" in reply.text
    assert rec(force, "24087").deadline == DUE


def test_a_date_that_does_not_exist_is_refused(force: Store) -> None:
    reply = say(force, "extend 24087 to 31 April 2024 because we can", "alex")
    assert not reply.ok
    assert "“31 April 2024” is no date" in reply.text


def test_one_without_a_deadline_has_nothing_to_extend(force: Store) -> None:
    reply = say(force, "extend 24179 to 31 March 2024 because we can", "alex")
    assert not reply.ok
    assert "#24179 has no deadline" in reply.text


def test_several_are_extended_all_or_none(force: Store) -> None:
    many = "extend 24087 24133 24179 to 31 March 2024 because of the supplier"
    assert not say(force, many, "alex").ok
    assert rec(force, "24087").deadline == DUE
    assert say(force, many.replace(" 24179", ""), "alex").ok
    assert [rec(force, r).deadline for r in ("24087", "24133")] == [LATER, LATER]
    assert say(force, "undo", "alex").ok
    assert [rec(force, r).deadline for r in ("24087", "24133")] == [DUE, DUE]


def test_a_closed_one_is_not_extended(force: Store) -> None:
    say(force, "close 24087 superseded because it was replaced", "sam")
    reply = say(force, WORDS, "alex")
    assert not reply.ok
    assert "reopen" in reply.text


@pytest.mark.parametrize("person", ["kit", "lee", "uma", None])
def test_who_neither_owns_nor_leads_may_not_even_ask(force: Store, person: str | None) -> None:
    assert not say(force, WORDS, person).ok
    assert requests(force) == []


def test_undo_restores_the_deadline_its_version_and_the_request(force: Store) -> None:
    say(force, WORDS, "jane")
    before = rec(force, "24087")
    say(force, WORDS, "alex")
    assert rec(force, "24087").deadline_version != before.deadline_version
    assert say(force, "undo", "alex").ok
    after = rec(force, "24087")
    kept = ("deadline", "deadline_version", "deadline_set_at", "slips", "original_deadline")
    assert [getattr(after, f) for f in kept] == [getattr(before, f) for f in kept]
    assert requests(force) == [("open", LATER)]


def test_a_version_that_was_taken_back_is_never_used_again(force: Store) -> None:
    say(force, WORDS, "alex")
    taken = rec(force, "24087").deadline_version
    say(force, "undo", "alex")
    say(force, WORDS, "alex")
    assert rec(force, "24087").deadline_version > taken


def test_the_form_extends_and_keeps_what_was_typed_when_something_is_wrong(force: Store) -> None:
    opened = say(force, "extend 24087", "alex").form
    assert opened is not None
    assert not any(f.error for f in opened.fields)
    wrong = FormAnswer("extend", opened.target, {"to": "2023-01-31", "reason": "we can"})
    again = say(force, "", "alex", form=wrong)
    assert not again.ok
    assert again.form is not None
    assert [(f.name, f.value, bool(f.error)) for f in again.form.fields] == [
        ("to", "2023-01-31", True),
        ("reason", "we can", False),
    ]
    right = FormAnswer("extend", opened.target, {"to": "2024-03-31", "reason": "we can"})
    assert say(force, "", "alex", form=right).ok
    assert rec(force, "24087").deadline == LATER
    assert history(force, "24087")[-1].note == "we can"


def test_undo_takes_a_request_back(force: Store) -> None:
    say(force, WORDS, "jane")
    assert say(force, "undo", "jane").ok
    assert requests(force) == [("withdrawn", LATER)]
    assert "Extensions asked for" not in say(force, "agenda pib").text


def test_a_reason_without_a_date_is_kept_while_the_date_is_asked_for(force: Store) -> None:
    reply = say(force, "extend 24087 because the supplier slipped", "alex")
    assert not reply.ok
    assert reply.text.startswith("To which date?")
    assert "because the supplier slipped" in reply.text
