"""Help says what the verbs themselves say, and every example it gives is understood."""

from __future__ import annotations

import pytest

from commands.registry import Verb
from commands.router import VERBS, verb_at_head
from commands.verbs import FAMILIES
from db.store import Store
from tests.support.chat import say

EVERY = [verb for family in FAMILIES for verb in family.verbs]


def test_help_names_every_verb_with_an_example(house: Store) -> None:
    text = say(house, "help").text
    for verb in EVERY:
        assert f"- `{verb.usage[0]}`: {verb.summary}" in text


@pytest.mark.parametrize("verb", EVERY, ids=lambda verb: verb.name)
def test_help_of_a_verb_tells_all_about_it(house: Store, verb: Verb) -> None:
    for word in verb.words:
        reply = say(house, f"help {word}")
        assert reply.ok
        assert verb.summary in reply.text
        assert all(f"`{usage}`" in reply.text for usage in verb.usage)


def test_help_of_a_misspelt_verb_offers_the_nearest_first(house: Store) -> None:
    reply = say(house, "help asign")
    assert not reply.ok
    assert "Did you mean `assign 24087 ACU DCI`?" in reply.text


def test_no_two_verbs_share_a_spelling() -> None:
    words = [word for verb in EVERY for word in verb.words]
    assert len(words) == len(set(words)) == len(VERBS)


def test_every_example_is_understood_as_its_own_verb() -> None:
    for verb in EVERY:
        for usage in verb.usage:
            head = verb_at_head(usage)
            if head is None:
                assert verb.name in ("show", "update", "find")
            else:
                assert head[0] is verb
