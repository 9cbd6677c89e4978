"""Refusal, in a sentence, of texts and commands beyond their limits."""

from __future__ import annotations

import pytest

from commands.request import FormAnswer, Request
from commands.router import answer, parse
from db.store import Store
from governance.limits import COMMAND, FIELD, REFERENCES
from tests.factories import rec
from tests.support.chat import say


def test_a_command_that_is_too_long_is_not_parsed() -> None:
    invocation = parse(Request("show " + "1, " * COMMAND))
    assert (invocation.verb, invocation.rest, invocation.quick) == ("", "", True)


def test_a_field_of_a_form_has_a_length(house: Store) -> None:
    for length, ok in ((FIELD, True), (FIELD + 1, False)):
        values = {"progress": "on_track", "text": "a" * length}
        reply = answer(house, Request(form=FormAnswer("update", "24044", values)))
        assert reply.ok is ok
    assert reply.text == (
        "A field of a form may have up to 4,000 characters, and this has 4,001; please shorten it."
    )


@pytest.mark.parametrize("verb", ["show", "history", "why", "close", "undo-no-verb", ""])
@pytest.mark.parametrize("one", ["1, ", "24087 ", "1-999, ", "rec 16 of Sample, "])
def test_a_command_names_so_many_recommendations_and_no_more(
    house: Store, verb: str, one: str
) -> None:
    reply = say(house, f"{verb} {one * (REFERENCES + 1)}")
    assert not reply.ok
    if verb != "undo-no-verb":
        assert "may name up to 50 recommendations" in reply.text
    assert rec(house, "24087").closure is None
