"""The frame of the changing verbs: several rows as they can be typed back, and reasons."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from commands.changes import read_reason, say_rows, take_head, typed_rows
from commands.parsing.grammar import read_targets
from db import tables as t
from db.store import Store
from tests.factories import add_report, create_force, import_recommendation


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    for force in ("Sample", "Avon and Somerset"):
        report = add_report(store, force=force)
        for number in (1, 2, 16):
            import_recommendation(store, report, number)
        import_recommendation(store, report, 17, f"2408{report}")
    return store


@given(chosen=st.lists(st.integers(0, 7), min_size=1, max_size=8, unique=True))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40
)
def test_what_a_choice_calls_several_means_just_those(force: Store, chosen: list[int]) -> None:
    with force.read() as reading:
        rows = reading.all(reading.select(t.Recommendation).order_by(col(t.Recommendation.id)))
        wanted = [rows[i] for i in chosen]
        targets = read_targets(reading, typed_rows(reading, wanted), verb="assign")
        assert targets.problem is None
        assert {row.id for row in targets.rows} == {row.id for row in wanted}
        assert targets.rest == ""


def test_several_of_one_report_name_it_once(force: Store) -> None:
    with force.read() as reading:
        rows = reading.all(reading.select(t.Recommendation).order_by(col(t.Recommendation.id)))
        assert say_rows(reading, rows[:3]) == "rec 1, 2 and 16 of Sample"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("because it slipped", "it slipped"),
        ("because of the supplier", "the supplier"),
        (": it slipped", "it slipped"),
        ("– it slipped", "it slipped"),
        ("assurance is wanted", "assurance is wanted"),
        ("", ""),
    ],
)
def test_a_reason_is_read_without_the_word_before_it(typed: str, read: str) -> None:
    assert read_reason(typed) == read


def test_the_longest_words_at_the_head_are_meant() -> None:
    words = {"no further action": 1, "no": 2}
    assert take_head("No  further_action because", words) == (1, "because")
    assert take_head("nothing", words) is None
