"""Assigning: a post, or a person for the post they hold; several together or not at all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.parsing.people import owners as find_posts
from commands.request import FormAnswer
from db import tables as t
from db.store import Store
from tests.factories import (
    NAMED_POSTS,
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
    for number, ref in ((15, "24044"), (16, "24087"), (17, "24133")):
        import_recommendation(store, report, number, ref)
    return store


def owners(store: Store) -> list[str | None]:
    return [rec(store, ref).owner for ref in ("24044", "24087", "24133")]


def notices(store: Store) -> Iterable[tuple[str | None, str]]:
    with store.read() as reading:
        return [
            (row.person, row.why)
            for row in reading.all(reading.select(t.Reminder).where(t.Reminder.rule == "assigned"))
        ]


def test_a_post_is_given_by_its_title_or_key_in_any_case(force: Store) -> None:
    reply = say(force, "assign 24087 acu dci", "alex")
    assert reply.ok
    assert "#24087 is now with ACU DCI (Jane Doe)" in reply.text
    assert say(force, "assign #24133 VETTING-MANAGER", "alex").ok
    assert owners(force) == [None, "acu-dci", "vetting-manager"]


@given(which=st.sampled_from(NAMED_POSTS), shout=st.booleans(), space=st.sampled_from([" ", "  "]))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20
)
def test_every_post_is_found_however_its_title_is_typed(
    force: Store, which: tuple[str, str, str, str, None], shout: bool, space: str
) -> None:
    title = which[1].upper() if shout else which[1].lower()
    with force.read() as reading:
        posts = find_posts(reading.directory, title.replace(" ", space), reading.today)
        assert [post.key for post in posts] == [which[0]]


@pytest.mark.parametrize("words", ["@jane", "jane", "Jane Doe", "to jane doe", "@Jane"])
def test_a_person_means_the_post_they_hold(force: Store, words: str) -> None:
    assert say(force, f"assign 24087 {words}", "alex").ok
    assert rec(force, "24087").owner == "acu-dci"


def test_a_person_with_several_posts_gives_a_choice_of_full_commands(force: Store) -> None:
    reply = say(force, "assign 24087 @kit", "alex")
    assert not reply.ok
    assert "assign #24087 Vetting Manager" in reply.text
    assert "assign #24087 Training Lead" in reply.text
    assert rec(force, "24087").owner is None
    assert say(force, reply.buttons[0].command, "alex").ok
    assert rec(force, "24087").owner == "vetting-manager"


def test_a_person_without_a_post_is_refused_and_the_posts_are_listed(force: Store) -> None:
    reply = say(force, "assign 24087 ned", "alex")
    assert not reply.ok
    assert "Ned Idle holds no post" in reply.text
    assert "ACU DCI, Vetting Manager" in reply.text


def test_nobody_of_that_name_is_refused_with_the_nearest_post(force: Store) -> None:
    reply = say(force, "assign 24087 Veting Manager", "alex")
    assert not reply.ok
    assert "Did you mean Vetting Manager?" in reply.text


def test_several_are_assigned_all_together(force: Store) -> None:
    reply = say(force, "assign 24044, 24087 and 24133 to ACU DCI", "alex")
    assert reply.ok
    assert owners(force) == ["acu-dci"] * 3


def test_one_closed_among_several_leaves_all_as_they_were(force: Store) -> None:
    assert say(force, "close 24133 superseded because a later inspection asks it", "sam").ok
    reply = say(force, "assign 24044 24087 24133 ACU DCI", "alex")
    assert not reply.ok
    assert "#24133 is closed" in reply.text
    assert "reopen" in reply.text
    assert owners(force) == [None, None, None]


def test_a_range_of_numbers_and_the_unowned_ones_can_be_assigned(force: Store) -> None:
    assert say(force, "assign 15-16 of Sample Vetting Manager", "alex").ok
    assert owners(force) == ["vetting-manager", "vetting-manager", None]
    assert say(force, "assign unowned @ vetting ACU DCI", "alex").ok
    assert owners(force) == ["vetting-manager", "vetting-manager", "acu-dci"]


def test_a_title_whose_words_run_into_the_owners_still_ends_where_the_owner_begins(
    force: Store,
) -> None:
    assert say(force, "assign 16 @ inspection of vetting Vetting Manager", "alex").ok
    assert rec(force, "24087").owner == "vetting-manager"


def test_the_old_and_the_new_owner_are_both_told(force: Store) -> None:
    say(force, "assign 24087 ACU DCI", "alex")
    assert {person for person, _ in notices(force)} == {"jane"}
    say(force, "assign 24087 Vetting Manager", "alex")
    assert {person for person, _ in notices(force)} == {"jane", "kit"}


def test_assigning_to_the_same_owner_again_changes_nothing(force: Store) -> None:
    say(force, "assign 24087 ACU DCI", "alex")
    before = len(history(force, "24087"))
    reply = say(force, "assign 24087 ACU DCI", "alex")
    assert not reply.ok
    assert "already" in reply.text
    assert len(history(force, "24087")) == before


@pytest.mark.parametrize("person", ["jane", "lee", "uma", "ned", None])
def test_only_a_lead_or_a_chair_assigns(force: Store, person: str | None) -> None:
    reply = say(force, "assign 24087 ACU DCI", person)
    assert not reply.ok
    assert "a lead or a chair" in reply.text
    assert rec(force, "24087").owner is None


def test_without_an_owner_the_form_opens_and_its_answer_assigns(force: Store) -> None:
    reply = say(force, "assign 24087", "alex")
    assert not reply.ok
    assert reply.form is not None
    assert {o.value for o in reply.form.fields[0].options} >= {"acu-dci", "vetting-manager"}
    answered = FormAnswer("assign", reply.form.target, {"owner": "vetting-manager"})
    assert say(force, "", "alex", form=answered).ok
    assert rec(force, "24087").owner == "vetting-manager"


def test_a_reference_nobody_knows_names_the_near_one(force: Store) -> None:
    reply = say(force, "assign 24078 ACU DCI", "alex")
    assert not reply.ok
    assert "Did you mean #24087?" in reply.text


def test_undo_gives_it_back_to_its_former_owner(force: Store) -> None:
    say(force, "assign 24044 24087 ACU DCI", "alex")
    assert say(force, "undo", "alex").ok
    assert owners(force) == [None, None, None]


def test_a_reason_may_follow_and_is_kept_in_the_history(force: Store) -> None:
    assert say(force, "assign 24087 ACU DCI because the team moved", "alex").ok
    assert rec(force, "24087").owner == "acu-dci"
    assert history(force, "24087")[-1].note == "the team moved"


def test_a_number_that_is_no_reference_is_told_and_never_taken_for_an_owner(force: Store) -> None:
    reply = say(force, "assign 24087 99999 vetting manager", "alex")
    assert not reply.ok
    assert reply.text.startswith("No #99999")
    assert owners(force) == [None, None, None]
