"""Routing of a request to its verb, and the replies to errors.

DULY_EXAMPLES says how many random texts are tried.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import router
from commands.request import FormAnswer, Request
from commands.router import answer
from commands.verbs import FAMILIES
from db.clock import PretendedClock
from db.errors import StoreBusy
from db.store import Actor, Store, Writing
from db.tables import Update
from messages.reply import Reply, Visibility
from tests.factories import at, history, rec
from tests.support.chat import say

EXAMPLES = int(os.environ.get("DULY_EXAMPLES", "300"))


@pytest.mark.parametrize(
    "text",
    ["24087", "/rec 24087", "rec 24087", "/REC   #24087 ", "@Duly 24087", "Rec #24087.",
     "show 24087"],
)  # fmt: skip
def test_a_reference_is_one_question_however_it_is_said(house: Store, text: str) -> None:
    assert say(house, text).text.startswith("#24087 · recommendation 16")


def test_a_number_a_rec_and_a_slash_rec_are_one_question(house: Store) -> None:
    texts = {say(house, text).text for text in ("16", "rec 16", "/rec rec 16", "/rec 16", "#16")}
    assert len(texts) == 1
    assert "Which recommendation 16?" in texts.pop()


@pytest.mark.parametrize(
    ("text", "verb", "rest", "quick"),
    [
        ("/rec 24087, 24101", "show", "24087, 24101", True),
        ("@Duly look up: 16 of Sample", "show", "16 of Sample", True),
        ("", "help", "", True),
        ("overdue board pib", "overdue", "board pib", True),
        ("search vetting", "find", "vetting", False),
        ("agenda pib", "agenda", "pib", False),
        ("why 24087", "why", "24087", False),
        ("history 24087", "history", "24087", False),
        ("close 24087 verified", "close", "24087 verified", False),
        ("show " + "1, " * 40, "show", ("1, " * 40).strip(), False),
        ("24087 on track", "", "24087 on track", False),
    ],
)
def test_a_text_is_parsed_into_its_verb_and_its_rest(
    text: str, verb: str, rest: str, quick: bool
) -> None:
    invocation = router.parse(Request(text))
    assert (invocation.verb, invocation.rest, invocation.quick) == (verb, rest, quick)
    assert router.parse(Request(text, form=FormAnswer("close", "24087"))).only_reads is False


@pytest.mark.parametrize("text", ["", "/rec", "rec", "  ", "@Duly", "help", "?"])
def test_saying_nothing_gives_help(house: Store, text: str) -> None:
    reply = say(house, text)
    assert reply.ok
    assert "`mine`" in reply.text


def test_other_words_are_a_search(house: Store) -> None:
    reply = say(house, "carry out check 16")
    assert reply.ok
    assert "#24087" in reply.text


def test_a_search_ends_with_the_verb_that_is_one_edit_away(house: Store) -> None:
    with house.write(Actor("jane", "test")) as writing:
        row = writing.recommendation(rec(house, "24087").id or 0)
        writing.change(row, "correct", {"text": "The ownr of each check."})
    reply = say(house, "ownr")
    assert reply.ok
    assert reply.text.splitlines()[-1] == "Did you mean `owner`?"


def test_what_leads_nowhere_gives_help_with_the_nearest_verb_first(house: Store) -> None:
    reply = say(house, "mien")
    assert not reply.ok
    assert "Did you mean `mine`?" in reply.text
    assert "`overdue`" in reply.text


def test_what_goes_wrong_has_an_incident_in_the_answer_and_in_the_log(
    house: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Reply:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(router, "_run", broken)
    reply = say(house, "24087")
    assert not reply.ok
    incident = reply.text.split("Incident ")[1].split()[0]
    assert vars(caplog.records[-1])["incident"] == incident
    assert "inside" not in reply.text


def test_a_busy_store_says_so_and_saves_nothing(house: Store) -> None:
    with house.write(Actor("somebody", "test")):
        reply = say(house, "24087 on track while another writes")
    assert not reply.ok
    assert reply.text.startswith("Not saved, the store is busy")
    assert rec(house, "24087").progress == "not_started"


def test_a_redelivered_request_acts_once_and_gets_the_same_answer(house: Store) -> None:
    request = Request("24087 on track once", person="alex", id="Ev01")
    first, second = answer(house, request), answer(house, request)
    assert first == second
    assert first.text.startswith("Duly noted.")
    assert [row.action for row in history(house, "24087")].count("update") == 1


def test_a_redelivered_undo_takes_back_one_change(house: Store) -> None:
    say(house, "24087 on track one", "alex")
    say(house, "24087 at risk two", "alex")
    request = Request("undo", person="alex", id="Ev02")
    answer(house, request)
    answer(house, request)
    assert rec(house, "24087").progress == "on_track"


def test_a_redelivery_that_comes_at_the_same_moment_rolls_back(
    house: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("24087 on track twice at once", person="alex", id="Ev03")
    write = Store.write
    raced = False

    @contextmanager
    def raced_write(self: Store, actor: Actor, *, alone: bool = True) -> Iterator[Writing]:
        nonlocal raced
        if not raced:
            raced = True
            answer(house, request)
        with write(self, actor, alone=alone) as writing:
            yield writing

    monkeypatch.setattr(Store, "write", raced_write)
    reply = answer(house, request)
    assert reply.text.startswith("Duly noted.")
    with house.read() as reading:
        assert len(reading.all(reading.select(Update))) == 1


def test_a_done_request_is_not_done_again_though_its_answer_was_lost(
    house: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy

    monkeypatch.setattr("commands.idempotency._keep_reply", lambda *_: None)
    request = Request("24087 on track", person="alex", id="Ev04")
    assert answer(house, request).ok
    again = answer(house, request)
    assert again.text == "That was done already."
    assert [row.action for row in history(house, "24087")].count("update") == 1


def test_an_unknown_form_is_told(house: Store) -> None:
    reply = answer(house, Request(form=FormAnswer("nonsense", "24087")))
    assert not reply.ok
    assert "nonsense" in reply.text


def during(store: Store, text: str, **more: Any) -> Visibility:
    request = Request(text=text, person="alex", channel="#pib", **more)
    return answer(store, request).visibility


def test_a_channel_sees_answers_only_during_its_meeting(
    house: Store, clock: PretendedClock
) -> None:
    expected = {(9, 59): "private", (10, 0): "channel", (11, 29): "channel", (11, 30): "private"}
    for (hour, minute), shown in expected.items():
        clock.set(at(2023, 1, 11, hour, minute))
        assert during(house, "24087") == shown
        assert during(house, "list") == shown
    clock.set(at(2023, 1, 11, 10, 5))
    assert during(house, "24087 on track seen by all") == Visibility.CHANNEL


@pytest.mark.parametrize(
    "text",
    ["mine", "help", "24078", "16", "24087 complete review", "list nonsense", "undo", "mine due 9d",
     "close", "nothing like it"],
)  # fmt: skip
def test_personal_answers_refusals_and_choices_stay_private(
    house: Store, clock: PretendedClock, text: str
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    assert during(house, text) == Visibility.PRIVATE


def test_nothing_is_shown_in_a_shared_channel_or_another_channel(
    house: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    assert during(house, "24087", shared=True) == Visibility.PRIVATE
    elsewhere = Request("24087", person="alex", channel="#gb")
    assert answer(house, elsewhere).visibility == Visibility.PRIVATE
    assert say(house, "24087", "alex").visibility == Visibility.PRIVATE


WORDS = st.sampled_from(
    [word for family in FAMILIES for verb in family.verbs for word in (*verb.words, *verb.usage)]
    + ["24087", "#24078", "rec", "16", "16-20", "AFI 1", "@", "of", "Sample", "on track", "note:",
       "done", "complete", "page", "2", "99999999999", "because", "to", "30 April 2023", "@jane",
       "unowned @ vetting", '"', "“", "”", "-", ":", ",", "\n", "`", "%", "due before", "/rec"]
)  # fmt: skip
SAID = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=8).map(" ".join),
)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=SAID, person=st.sampled_from(["local", "jane", "alex", "sam", None]))
def test_whatever_is_said_there_is_an_answer(house: Store, text: str, person: str | None) -> None:
    reply = say(house, text, person)
    assert reply.text.strip()
    assert "Something went wrong" not in reply.text
    assert all(button.command.strip() for button in reply.buttons)


@pytest.mark.parametrize("name", ["jane", "JANE", "@jane", "Jane Doe", " jane  doe "])
def test_a_person_may_be_named_by_key_or_name_where_ones_word_is_taken(
    house: Store, name: str
) -> None:
    assert say(house, "24044 on track", name).ok
    assert history(house, "24044")[-1].actor == "jane"


def test_somebody_the_organisation_does_not_know_may_look_and_no_more(house: Store) -> None:
    assert say(house, "24087", "zork").ok
    refused = say(house, "24087 on track", "zork")
    assert not refused.ok
    assert refused.text.startswith("You may not update it")


def test_a_chat_platform_never_matches_by_name(house: Store) -> None:
    reply = say(house, "24044 on track", "Jane Doe", face="slack")
    assert not reply.ok
    assert reply.text.startswith("You may not update it")


def test_the_local_administrator_may_do_everything_unnamed(house: Store) -> None:
    assert say(house, "24087 on track").ok
    assert say(house, "assign 24087 ACU DCI").ok
    assert say(house, "close 24087 superseded because of another").ok
