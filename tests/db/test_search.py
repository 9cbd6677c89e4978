from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from db.backend import SearchTerm
from db.queries import search
from db.queries.lookup import by_ids
from db.store import Store
from db.tables import Post, Recommendation, Report, Update
from governance.limits import SEARCH_WORDS, TooMuch
from tests.factories import TEST, a_recommendation, a_report


def found(store: Store, words: str) -> list[str]:
    with store.read() as reading:
        ids = search.find(reading, words).ids
        by_id = by_ids(reading, ids)
        return [by_id[id].number for id in ids]


@pytest.fixture
def held(store: Store) -> Store:
    with store.write(TEST) as writing:
        writing.add(
            Post(organisation=writing.key, key="acu-dci", title="ACU Inspector", role="owner")
        )
        vetting = a_report(writing, "An inspection of vetting", "Cumbria")
        a_recommendation(
            writing, vetting, number="1", ref="24087", text="Chiefs should check devices.",
            points=["the force’s mobile phones;", "laptops & tablets."], owner="acu-dci",
        )  # fmt: skip
        a_recommendation(writing, vetting, number="2", text="Record every decision on transferees.")
        custody = a_report(writing, "Custody visits", "Staffordshire")
        a_recommendation(writing, custody, number="3", text="Check the cells.", theme="Safety")
    return store


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("devices", ["1"]),
        ("DEVIC", ["1"]),
        ("check", ["1", "3"]),
        ("mobile forces", ["1"]),
        ("the force's tablets", ["1"]),
        ("vetting", ["1", "2"]),
        ("staffordshire safety", ["3"]),
        ("inspector devices", ["1"]),
        ("#24087", ["1"]),
        ("pigeons", []),
        ("devcies", ["1"]),
        ("devics", ["1"]),
        ("vettting", ["1", "2"]),
        ("stafordshyre safty", ["3"]),
        ("celsl check", ["3"]),
        ("24078", []),  # a reference is no word, and has its own "Did you mean"
        ("check pigeons", []),
        ("", []),
        ("…", []),
    ],
)
def test_words_find_texts_points_titles_and_owners(
    held: Store, words: str, numbers: list[str]
) -> None:
    assert sorted(found(held, words)) == numbers


def test_what_is_said_of_a_thing_itself_comes_before_what_its_report_is_called(
    held: Store,
) -> None:
    with held.write(TEST) as writing:
        custody = writing.all(writing.select(Report))[1]
        a_recommendation(writing, custody, number="4", text="Look at vetting in every cell.")
    assert found(held, "vetting")[0] == "4"


def test_small_words_ask_for_nothing_unless_they_are_all_there_is(held: Store) -> None:
    assert found(held, "what is there about the devices on") == []
    assert found(held, "which are about the devices") == ["1"]
    assert sorted(found(held, "the")) == ["1", "3"]


def test_what_is_changed_is_found_anew_in_the_same_moment(held: Store) -> None:
    with held.write(TEST) as writing:
        row = writing.first(writing.select(Recommendation).where(Recommendation.number == "2"))
        assert row is not None
        writing.change(row, "import", {"text": "Record every refusal."})
        assert row.id is not None
        said = Update(
            organisation=writing.key, recommendation_id=row.id, at=writing.now, by="local",
            progress="on_track", text="Pilot in Kendal",
        )  # fmt: skip
        writing.add(said)
    assert found(held, "transferees") == []
    assert found(held, "refusal") == ["2"]
    assert found(held, "kendal") == ["2"]
    with held.write(TEST) as writing:
        said = writing.session.get_one(Update, said.id)
        said.undone = True
    assert found(held, "kendal") == []


def test_a_new_title_of_a_post_is_found_on_what_it_owns(held: Store) -> None:
    with held.write(TEST) as writing:
        writing.session.get_one(Post, (writing.key, "acu-dci")).title = "Detective"
    assert found(held, "detective") == ["1"]


def test_what_was_rolled_back_is_not_found(held: Store) -> None:
    def half_done() -> None:
        with held.write(TEST) as writing:
            a_recommendation(writing, a_report(writing, "Ghosts"), number="9", text="Haunt.")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half_done()
    assert found(held, "haunt") == []


@settings(
    max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(words=st.text() | st.text(alphabet="\"*^():-+{}'NEAROTD ; %_\\"))
def test_any_text_at_all_may_be_asked_for(held: Store, words: str) -> None:
    found(held, words)


def test_a_word_repeated_is_asked_for_once_and_words_are_capped(
    held: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[SearchTerm]] = []
    matching = held.backend.matching

    def counted(
        connection: Connection, organisation: int, terms: Sequence[SearchTerm]
    ) -> list[int]:
        asked.append(terms)
        return matching(connection, organisation, terms)

    monkeypatch.setattr(held.backend, "matching", counted)
    found(held, "a " * 6000)
    found(held, "check " * 600)
    found(held, " ".join(str(number) for number in range(2000)))
    assert [len(terms) for terms in asked] == [1, 1, SEARCH_WORDS]


def test_a_single_letter_begins_other_words_only_where_it_is_typed_last(held: Store) -> None:
    assert found(held, "check d") == ["1"]
    assert found(held, "d check") == []


def test_a_search_that_takes_too_long_is_ended_with_a_sentence(
    held: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held.write(TEST) as writing:
        report = a_report(writing, "Long", "Essex")
        for number in range(300):
            a_recommendation(writing, report, number=str(number), text="check every cell " * 30)
    assert len(found(held, "check cell every")) == 300
    monkeypatch.setattr(search, "SEARCH_SECONDS", 0.001)
    with pytest.raises(TooMuch, match=r"Too much matched; give more of the words\."):
        found(held, "check cell every")
    monkeypatch.undo()
    assert len(found(held, "check cell every")) == 300
