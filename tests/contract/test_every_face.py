"""Replies of every face to the same words: the core, the command line, the page, Slack, Teams."""

from __future__ import annotations

import re

import pytest

from db.store import Store
from governance.limits import COMMAND
from tests.contract.conftest import MORE
from tests.contract.faces import Face
from tests.factories import history, leave_posts, rec, update_texts

UPDATE = "24044 on track PND checks go live on 4 December"


def test_a_look_up_is_a_card(face: Face) -> None:
    text = face.say("24087")
    for part in (
        "#24087 · recommendation 16",
        "Sample Constabulary",
        "Chief constables should carry out check 16.",
        "be quick;",
        "31 December 2023, 362 days left",
        "White: not started",
    ):
        assert part in text


def test_how_it_is_typed_never_matters(face: Face) -> None:
    for words in ("/rec 24087", "REC 24087", " #24087  ", "rec 16 of sample"):
        assert "#24087 · recommendation 16" in face.say(words)


def test_a_reference_nearly_right_is_offered(face: Face) -> None:
    assert "No #24078. Did you mean #24087?" in face.say("24078")
    assert "recommendation 16" in face.choose("#24087")


def test_an_update_in_one_line_is_saved_and_told(face: Face, store: Store) -> None:
    text = face.say(UPDATE)
    assert "Duly noted. #24044: not started → on track." in text
    assert "Green: on track" in text
    assert update_texts(store) == ["PND checks go live on 4 December"]


def test_what_was_typed_is_read_as_it_was_typed(face: Face, store: Store) -> None:
    typed = "ask <b>all</b> & <!channel> *now* =1+1"
    assert typed in face.say(f"24044 on track {typed}")
    assert update_texts(store) == [typed]


@pytest.mark.parametrize(
    "typed",
    [
        "*CLOSED: verified*",
        "say `24087 complete` now",
        "```CLOSED```",
        "an _i_ here",
        "~struck~ out",
        "> quoted",
        "a :tada: b",
        "**bold** [a link](https://x.example) # heading",
        "{{DATE(2023-01-01T00:00:00Z)}}",
    ],
)
def test_typed_markup_is_shown_as_it_was_typed(face: Face, typed: str) -> None:
    def seen() -> str:
        return re.sub(r" (?=[.,:;?])|\u200b", "", face.see())  # as the page's reader has it

    shown = re.sub(r" (?=[.,:;?])", "", typed)
    face.say(f"24044 on track {typed}")
    assert shown in seen()
    face.say("history 24044")
    assert f"“{shown}”" in seen()


def test_ones_last_change_is_undone_and_both_stay_in_the_history(face: Face, store: Store) -> None:
    face.say(UPDATE)
    face.choose("Undo")
    assert rec(store, "24044").progress == "not_started"
    assert update_texts(store) == []
    assert [row.action for row in history(store, "24044")][-2:] == ["update", "undo"]
    assert "could be undone" in face.say("undo")


def test_an_undo_that_names_another_undoes_nothing(face: Face, store: Store) -> None:
    face.say(UPDATE)
    text = face.say("undo 24087")
    assert "Your last change was of #24044; to take that back" in text
    assert rec(store, "24044").progress == "on_track"


def test_an_undo_takes_the_right_that_the_change_took(face: Face, store: Store) -> None:
    face.say(UPDATE)
    leave_posts(store, "jane")
    face.choose("Undo")
    assert rec(store, "24044").progress == "on_track"


def test_a_list_has_counts_and_goes_on_to_the_next_page(face: Face) -> None:
    first = face.say("list")
    assert "17 recommendations" in first
    assert "W ○ white: 17" in first
    assert "#24044" in first
    second = face.choose("page 2")
    assert "#24044" not in second
    assert f"#{MORE[-1]}" in second
    assert f"#{MORE[-1]}" not in first


def test_a_form_says_what_is_wrong_and_then_saves(face: Face, store: Store) -> None:
    right = {"progress": "at_risk", "text": "The supplier is late", "next_by": "2023-01-30"}
    wrong, well = face.fill_in("update 24044", [{"progress": "not_started"}, right])
    assert "Say what has changed, or choose another progress." in wrong
    assert "Duly noted. #24044: not started → at risk." in well
    assert update_texts(store) == ["The supplier is late"]


def test_what_ones_role_does_not_allow_is_refused_and_changes_nothing(
    face: Face, store: Store
) -> None:
    before = len(history(store, "24044"))
    assert "You may not close it; a chair may." in face.say("close 24044 verified because done")
    assert "You may not update it" in face.say("24087 on track")
    assert len(history(store, "24044")) == before
    assert update_texts(store) == []


def test_whoever_may_is_let(face: Face, store: Store) -> None:
    face.say("24044 done")
    text = face.say("close 24044 verified because the audit is signed", person="sam")
    assert "Blue: closed, verified" in text
    assert rec(store, "24044").closure == "verified"


def test_several_matches_are_a_choice_that_carries_on(face: Face, store: Store) -> None:
    question = face.say("rec 15 on track training is booked")
    assert "Which recommendation 15?" in question
    assert update_texts(store) == []
    assert "Duly noted. #24044" in face.choose("#24044 on track")
    assert update_texts(store) == ["training is booked"]


def test_words_without_progress_are_saved_once_confirmed(face: Face, store: Store) -> None:
    assert "progress would stay not started" in face.say("24044 training is booked")
    assert update_texts(store) == []
    text = face.choose("#24044 note: training is booked")
    assert "not started → not started (unchanged)" in text
    assert update_texts(store) == ["training is booked"]


def test_help_says_what_can_be_said(face: Face) -> None:
    text = face.say("help")
    for part in ("undo", "list", "overdue", "extend"):
        assert part in text
    assert "progress word comes first" in face.say("help update")


def test_nonsense_is_answered_with_help(face: Face) -> None:
    text = face.say("qwxz frobnicate")
    assert "Nothing here has “qwxz frobnicate”, and it is no command." in text
    assert "Look up" in text


def test_a_command_that_is_too_long_is_refused_in_one_sentence(face: Face, store: Store) -> None:
    head = "24044 on track "
    assert "A command may have up to 4,000 characters, and this has 4,001" in face.say(
        head + "a" * (COMMAND + 1 - len(head))
    )
    assert update_texts(store) == []
    assert "Duly noted." in face.say(head + "a" * (COMMAND - len(head)))
