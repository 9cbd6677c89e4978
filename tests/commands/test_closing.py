"""Closing, reopening and the inspectorate's position."""

from __future__ import annotations

from itertools import product

import pytest

from commands.request import FormAnswer
from db.store import Store
from governance.words import Closure, Progress
from tests.factories import add_report, create_force, history, import_recommendation, rec
from tests.support.chat import say

WAYS = ["verified", "superseded", "no further action", "not adopted"]


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    report = add_report(store)
    import_recommendation(store, report, 16, "24087", owner="acu-dci")
    import_recommendation(store, report, 17, "24133", owner="acu-dci")
    return store


def claim(store: Store, ref: str = "24087", person: str = "jane") -> None:
    assert say(store, f"{ref} complete: the checks are live", person).ok


def test_a_chair_verifies_what_somebody_else_claimed_complete(force: Store) -> None:
    claim(force)
    reply = say(force, "close 24087 verified because the board saw the evidence", "sam")
    assert reply.ok
    assert "closed: verified" in reply.text
    row = rec(force, "24087")
    assert row.closure == "verified"
    assert row.closed_at is not None
    assert history(force, "24087")[-1].note == "the board saw the evidence"


@pytest.mark.parametrize("progress", [p for p in Progress if p is not Progress.COMPLETE])
def test_only_what_is_complete_can_be_verified(force: Store, progress: Progress) -> None:
    say(force, f"24087 {progress.replace('_', ' ')}", "jane")
    reply = say(force, "close 24087 verified because it looks done", "sam")
    assert not reply.ok
    assert "nobody has claimed it complete" in reply.text
    assert rec(force, "24087").closure is None


@pytest.mark.parametrize(("way", "progress"), list(product(WAYS[1:], Progress)))
def test_the_other_ways_close_from_any_progress(force: Store, way: str, progress: Progress) -> None:
    word = progress.replace("_", " ")
    if progress is not Progress.NOT_STARTED:
        assert say(force, f"24087 {word}: as it is", "jane").ok
    assert say(force, f"close 24087 {way} because it is so", "sam").ok
    assert rec(force, "24087").closure == Closure(way.replace(" ", "_"))
    assert rec(force, "24087").progress == progress


def test_who_claimed_it_complete_never_verifies_it(force: Store) -> None:
    claim(force, person="sam")
    reply = say(force, "close 24087 verified because I say so", "sam")
    assert not reply.ok
    assert "somebody else must close it" in reply.text


@pytest.mark.parametrize("person", ["jane", "alex", "lee", "uma", "ned", None])
def test_only_a_chair_closes(force: Store, person: str | None) -> None:
    claim(force, person="priya")
    reply = say(force, "close 24087 verified because it is done", person)
    assert not reply.ok
    assert "a chair may" in reply.text


def test_the_lead_who_chairs_the_board_closes_what_is_before_it(force: Store) -> None:
    with_gb = import_recommendation(force, 1, 18, "24179", owner="acu-dci", board="gb")
    assert with_gb
    claim(force, "24179")
    assert say(force, "close 24179 verified because it was seen", "alex").ok


def test_a_closed_one_refuses_changes_and_names_reopen(force: Store) -> None:
    say(force, "close 24087 superseded because of a later one", "sam")
    for words in (
        "24087 on track: again",
        "assign 24087 Vetting Manager",
        "extend 24087 to 31 March 2024 because we can",
        "close 24087 verified because twice",
    ):
        reply = say(force, words, "sam")
        assert not reply.ok
        assert "reopen 24087" in reply.text


def test_without_a_way_the_choice_is_written_as_full_commands(force: Store) -> None:
    reply = say(force, "close 24087", "sam")
    assert not reply.ok
    for way in WAYS:
        assert f"close #24087 {way}" in reply.text
    assert reply.form is not None
    chosen = FormAnswer("close", reply.form.target, {"closure": "not_adopted", "reason": "law"})
    assert say(force, "", "sam", form=chosen).ok
    assert rec(force, "24087").closure == "not_adopted"


def test_several_are_closed_all_or_none(force: Store) -> None:
    claim(force)
    assert not say(force, "close 24087 24133 verified because both are done", "sam").ok
    assert rec(force, "24087").closure is None
    claim(force, "24133")
    assert say(force, "close 24087 24133 verified because both are done", "sam").ok
    assert rec(force, "24133").closure == "verified"


@pytest.mark.parametrize("before", [p for p in Progress if p is not Progress.COMPLETE])
def test_reopening_restores_the_progress_before_complete(force: Store, before: Progress) -> None:
    if before is not Progress.NOT_STARTED:
        say(force, f"24087 {before.replace('_', ' ')}", "jane")
    claim(force)
    claim(force)
    say(force, "close 24087 verified because it was seen", "sam")
    reply = say(force, "reopen 24087 because the check failed again", "sam")
    assert reply.ok
    row = rec(force, "24087")
    assert (row.closure, row.progress, row.completed_by) == (None, before, None)


def test_one_imported_as_complete_is_on_track_once_reopened(force: Store) -> None:
    import_recommendation(force, 1, 19, "24222", progress="complete")
    say(force, "close 24222 verified because it was seen", "sam")
    assert say(force, "reopen 24222 because it was not", "sam").ok
    assert rec(force, "24222").progress == "on_track"


def test_one_closed_without_having_been_complete_keeps_its_progress(force: Store) -> None:
    say(force, "24087 at risk", "jane")
    say(force, "close 24087 superseded because of a later one", "sam")
    say(force, "reopen 24087 because it was not", "sam")
    assert rec(force, "24087").progress == "at_risk"


def test_an_open_one_is_not_reopened_and_only_a_chair_reopens(force: Store) -> None:
    assert "is open already" in say(force, "reopen 24087 because", "sam").text
    say(force, "close 24087 superseded because of a later one", "sam")
    assert not say(force, "reopen 24087 because I want it", "alex").ok


def test_undo_takes_a_closing_back(force: Store) -> None:
    claim(force)
    say(force, "close 24087 verified because it was seen", "sam")
    assert say(force, "undo", "sam").ok
    row = rec(force, "24087")
    assert (row.closure, row.closed_at, row.progress) == (None, None, "complete")


@pytest.mark.parametrize("person", ["alex", "lee", "sam"])
def test_a_lead_the_secretary_or_a_chair_records_the_position(force: Store, person: str) -> None:
    reply = say(force, "position 24087 being progressed", person)
    assert reply.ok
    assert "none → being progressed" in reply.text
    row = rec(force, "24087")
    assert (row.inspectorate_position, row.progress) == ("being_progressed", "not_started")


def test_a_position_is_apart_from_progress_and_stands_on_a_closed_one(force: Store) -> None:
    say(force, "close 24087 superseded because of a later one", "sam")
    assert say(force, "position 24087 No Further Action needed", "lee").ok
    assert rec(force, "24087").inspectorate_position == "no_further_action"


def test_an_owner_sets_no_position_and_an_unknown_one_gives_the_choice(force: Store) -> None:
    assert not say(force, "position 24087 complete", "jane").ok
    reply = say(force, "position 24087 splendid", "lee")
    assert not reply.ok
    assert "position #24087 awaiting review" in reply.text
