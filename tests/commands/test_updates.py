"""Updates in one line and by form, and what becomes of them."""

from __future__ import annotations

from datetime import date

import pytest

from commands.parsing.progress import read_update
from commands.request import FormAnswer, Request
from commands.router import answer
from db.clock import PretendedClock
from db.store import Store
from governance.words import Progress
from messages.reply import Reply
from tests.factories import at, history, rec, updates
from tests.support.chat import say


@pytest.mark.parametrize(
    ("words", "progress", "text"),
    [
        ("on track PND checks go live", "on_track", "PND checks go live"),
        ("On  Track: PND checks", "on_track", "PND checks"),
        ("on-track - PND checks", "on_track", "PND checks"),
        ("on track", "on_track", ""),
        ("off track, the vendor left", "off_track", "the vendor left"),
        ("at risk — later", "at_risk", "later"),
        ("not started yet, waits for funds", "not_started", "yet, waits for funds"),
        (": at risk later", "at_risk", "later"),
        ("on track on track it stays", "on_track", "on track it stays"),
        ("done", "complete", ""),
        ("Done.", "complete", ""),
        ("complete: audit signed", "complete", "audit signed"),
        ("complete, audit signed", "complete", "audit signed"),
        ("completed - audit signed", "complete", "audit signed"),
        ("green", "on_track", ""),
        ("amber – later", "at_risk", "later"),
        ("red: stuck", "off_track", "stuck"),
        ("G", "on_track", ""),
        ("a: later", "at_risk", "later"),
        ("r", "off_track", ""),
    ],
)
def test_a_progress_word_at_the_head_counts(words: str, progress: str, text: str) -> None:
    read = read_update(words)
    assert (read.progress, read.text, read.ambiguous) == (progress, text, None)


@pytest.mark.parametrize(
    "words",
    ["the work is on track", "red-flag process agreed", "donert", "ontracking", "greenish light",
     "trackers at risk", "a-level results", "completely new"],
)  # fmt: skip
def test_elsewhere_it_is_only_text(words: str) -> None:
    read = read_update(words)
    assert (read.progress, read.text, read.ambiguous) == (None, words, None)


@pytest.mark.parametrize(
    ("words", "word", "meaning"),
    [
        ("complete review of vetting", "complete", "complete"),
        ("Done with the first half", "Done", "complete"),
        ("red team exercise held", "red", "off_track"),
        ("a new lead was appointed", "a", "at_risk"),
        ("green light from the board", "green", "on_track"),
    ],
)
def test_a_word_that_may_be_either_is_in_doubt(words: str, word: str, meaning: str) -> None:
    read = read_update(words)
    assert (read.ambiguous, read.progress) == (word, meaning)


def test_a_note_keeps_every_word(house: Store) -> None:
    assert read_update("note: done with red tape").text == "done with red tape"


def test_an_update_in_one_line_is_duly_noted(house: Store) -> None:
    reply = say(house, "24087 on track PND checks go live on 4 December", "alex")
    assert reply.ok
    assert reply.text.startswith("Duly noted. #24087: not started → on track.")
    assert reply.cards[0].title.startswith("#24087")
    assert [(b.label, b.command.split()[:2]) for b in reply.buttons] == [
        ("Undo", ["undo", "change"])
    ]
    row = rec(house, "24087")
    assert (row.progress, row.last_update_at) == ("on_track", at(2023, 1, 3, 9))
    (saved,) = updates(house)
    assert (saved.by, saved.progress, saved.text) == (
        "alex",
        "on_track",
        "PND checks go live on 4 December",
    )


def test_the_text_is_kept_as_typed(house: Store) -> None:
    say(house, "24087 on track  <!channel> *bold*  =1+1\nsecond   line", "alex")
    assert updates(house)[0].text == "<!channel> *bold*  =1+1\nsecond   line"


def test_a_verb_may_stand_first(house: Store) -> None:
    assert say(house, "update 24087 at risk late", "alex").ok
    assert rec(house, "24087").progress == "at_risk"


def test_text_without_progress_is_saved_after_one_confirmation(house: Store) -> None:
    say(house, "24087 at risk", "alex")
    question = say(house, "24087 first cohort trained", "alex")
    assert not question.ok
    assert len(updates(house)) == 1
    (button,) = question.buttons
    assert button.command == "#24087 note: first cohort trained"
    assert button.command in question.text
    assert say(house, button.command, "alex").ok
    assert rec(house, "24087").progress == "at_risk"
    assert updates(house)[1].text == "first cohort trained"


def test_a_doubtful_word_asks_which_was_meant_and_both_answers_work(house: Store) -> None:
    question = say(house, "24087 complete review of vetting", "alex")
    assert not question.ok
    assert updates(house) == []
    assert [b.command for b in question.buttons] == [
        "#24087 complete: review of vetting",
        "#24087 note: complete review of vetting",
    ]
    assert all(b.command in question.text for b in question.buttons)
    say(house, question.buttons[1].command, "alex")
    assert rec(house, "24087").progress == "not_started"
    say(house, question.buttons[0].command, "alex")
    assert rec(house, "24087").progress == "complete"
    assert [u.text for u in updates(house)] == ["complete review of vetting", "review of vetting"]


def test_several_are_saved_all_after_one_confirmation(house: Store) -> None:
    question = say(house, "24087, 24130 at risk the supplier is late", "alex")
    assert not question.ok
    assert updates(house) == []
    (button,) = question.buttons
    reply = say(house, button.command, "alex")
    assert reply.ok
    assert {u.text for u in updates(house)} == {"the supplier is late"}
    assert [rec(house, r).progress for r in ("24087", "24130")] == ["at_risk", "at_risk"]


@pytest.mark.parametrize("words", ["first cohort trained", "complete review of vetting"])
def test_several_without_a_clear_word_want_one_confirmation_too(house: Store, words: str) -> None:
    question = say(house, f"24087 24130 {words}", "alex")
    assert not question.ok
    assert say(house, question.buttons[-1].command, "alex").ok
    assert [u.text for u in updates(house)] == [words, words]


def test_several_of_which_one_is_refused_save_nothing(house: Store) -> None:
    reply = say(house, "save 24044 24130 on track: mine and not mine", "jane")
    assert not reply.ok
    assert "You may not update it" in reply.text
    assert reply.text.startswith("#24")  # which of them stood in the way
    assert updates(house) == []


def test_several_without_references_are_confirmed_by_a_command_that_works(house: Store) -> None:
    question = say(house, "15-16 of Other on track", "alex")
    assert say(house, question.buttons[0].command, "alex").ok
    assert len(updates(house)) == 2


def test_an_empty_note_is_refused(house: Store) -> None:
    assert not say(house, "24087 note:", "alex").ok
    assert updates(house) == []


def test_blue_is_not_claimed_by_an_update(house: Store) -> None:
    reply = say(house, "24087 blue", "alex")
    assert not reply.ok
    assert "close #24087 verified" in reply.text


@pytest.mark.parametrize("person", [None, "ned", "jane", "uma"])
def test_who_may_not_update_is_told_in_one_sentence(house: Store, person: str | None) -> None:
    for text in ("24087 on track", "24087 words", "update 24087", "24087 done with it"):
        reply = say(house, text, person)
        assert not reply.ok
        assert reply.text.startswith("You may not update it")
        assert reply.form is None
    assert updates(house) == []


def test_an_owner_and_the_deputy_update_what_the_post_owns(house: Store) -> None:
    assert say(house, "24044 on track", "jane").ok
    assert say(house, "24044 at risk", "priya").ok


def test_a_closed_one_refuses_updates_and_names_the_way_back(house: Store) -> None:
    assert say(house, "close 24087 superseded because of the new inspection", "sam").ok
    for text in ("24087 on track", "24087 words only", "update 24087"):
        reply = say(house, text, "sam")
        assert not reply.ok
        assert "reopen" in reply.text


def test_claiming_complete_remembers_who_and_what_was_before(house: Store) -> None:
    say(house, "24087 at risk", "alex")
    say(house, "24087 done", "alex")
    row = rec(house, "24087")
    assert (row.completed_by, row.progress_before_complete) == ("alex", "at_risk")
    say(house, "24087 complete: seen it", "sam")
    assert rec(house, "24087").completed_by == "alex"
    say(house, "24087 off track: not so", "sam")
    row = rec(house, "24087")
    assert (row.completed_by, row.progress_before_complete) == (None, None)


def submit(store: Store, person: str = "alex", **values: str) -> Reply:
    form = FormAnswer("update", "#24087", values)
    return answer(store, Request(person=person, form=form))


def test_update_alone_opens_the_form(house: Store) -> None:
    reply = say(house, "update 24087", "alex")
    assert reply.form is not None
    assert (reply.form.name, reply.form.target) == ("update", "#24087")
    assert [f.name for f in reply.form.fields] == [
        "progress", "text", "evidence", "next_step", "next_by",
    ]  # fmt: skip
    assert reply.form.fields[0].value == "not_started"
    assert len(reply.form.fields[0].options) == len(Progress)


def test_the_form_saves_all_its_fields(house: Store) -> None:
    reply = submit(
        house,
        progress="at_risk",
        text="The supplier is late.",
        evidence="minute 12",
        next_step="meet them",
        next_by="30 April",
    )
    assert reply.ok
    (saved,) = updates(house)
    assert (saved.progress, saved.evidence, saved.next_step, saved.next_by) == (
        "at_risk", "minute 12", "meet them", date(2023, 4, 30),
    )  # fmt: skip
    assert "Next: meet them by 30 April 2023" in reply.text


def test_the_form_comes_back_with_what_is_wrong_beside_the_field(house: Store) -> None:
    reply = submit(house, progress="nearly", text="words", next_by="someday")
    assert not reply.ok
    assert reply.form is not None
    fields = {f.name: f for f in reply.form.fields}
    assert "nearly" in fields["progress"].error
    assert fields["next_by"].value == "someday"
    assert "someday" in fields["next_by"].error
    assert fields["text"].value == "words"
    assert fields["text"].error == ""
    assert updates(house) == []


def test_a_form_that_says_nothing_is_not_saved(house: Store) -> None:
    reply = submit(house, progress="not_started")
    assert reply.form is not None
    assert reply.form.fields[1].error


def test_a_form_is_refused_like_the_words(house: Store) -> None:
    reply = submit(house, person="jane", progress="on_track")
    assert not reply.ok
    assert updates(house) == []


def test_the_history_names_the_face_and_the_person(house: Store, clock: PretendedClock) -> None:
    say(house, "24087 on track said here", "alex", face="slack")
    row = history(house, "24087")[-1]
    assert (row.actor, row.face, row.action, row.note) == ("alex", "slack", "update", "said here")
    assert row.changes["progress"] == ["not_started", "on_track"]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("24087 history", "history #24087"),
        ("24087 Close verified because it is so", "close #24087 verified because it is so"),
        ("24087 assign ACU DCI", "assign #24087 ACU DCI"),
    ],
)
def test_a_verb_behind_its_reference_is_offered_the_right_way_round(
    house: Store, words: str, meant: str
) -> None:
    reply = say(house, words, "sam")
    assert not reply.ok
    assert f"`{meant}`" in reply.text
    assert reply.buttons[0].command == meant
    assert updates(house) == []


def test_an_answer_in_words_alone_says_how_to_take_it_back(house: Store) -> None:
    reply = say(house, "24087 on track", "alex")
    assert "say `undo`" in reply.text
    assert "say `undo`" not in say(house, "undo", "alex").text


def test_half_a_character_is_kept_as_the_sign_for_what_is_unreadable(house: Store) -> None:
    words = Request("24087 on track: it is in hand \ud83d", person="alex", face="slack", id="1")
    reply = answer(house, words)
    assert reply.ok, reply.text
    form = FormAnswer("update", "24087", {"progress": "at_risk", "text": "later \udc00"})
    reply = answer(house, Request(person="alex", face="slack", form=form, id="2"))
    assert reply.ok, reply.text
    texts = [update.text for update in updates(house)]
    assert texts == ["it is in hand \ufffd", "later \ufffd"]
