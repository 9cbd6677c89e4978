"""The card as a person in Teams sees it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.replies import brag_words
from bot.teams.elements import ROW, Json
from bot.teams.messages import reply_card, reply_message
from db.importing.records import import_record
from db.store import Store
from db.tables import Recommendation
from documents.readers import read_document
from governance.brag import Brag
from messages.recommendation import card as card_of
from messages.recommendation import card_text, cards_reply
from messages.reply import Button, Card, Fact, Reply
from tests.documents.record_variations import records
from tests.factories import TEST
from tests.teams import screen
from tests.teams.card_rules import faults
from tests.teams.checking import assert_good, parts

BUTTONS = (
    Button("Update…", "update #24087", "primary", opens_form=True),
    Button("On track", "#24087 on track"),
    Button("Complete", "#24087 complete"),
    Button("Assign…", "assign #24087", opens_form=True),
    Button("Extend…", "extend #24087", opens_form=True),
    Button("Close…", "close #24087", opens_form=True),
    Button("History", "history #24087"),
)
NASTY = "**bold** [link](https://e.org) <at>Everyone</at> <b>x</b> {{DATE(2017-02-14T06:00:00Z)}}"


def card(**changes: Any) -> Card:
    fields: dict[str, Any] = {
        "title": "#24087 · recommendation 16",
        "subtitle": "An inspection of vetting · Sample",
        "brag": Brag.RED,
        "text": "Chief constables should carry out checks.",
        "points": ("be quick;", "be right."),
        "facts": (
            Fact("Status", "R ▲ Red: 3 days overdue"),
            Fact("Deadline", "30 April 2023, 3 days overdue", date(2023, 4, 30)),
        ),
        "buttons": BUTTONS,
        "name": "#24087",
        **changes,
    }
    return Card(**fields)


def shown(one: Card) -> Json:
    found = reply_card(cards_reply("", (one,)))
    assert_good(found)
    return found


@pytest.mark.parametrize("brag", list(Brag))
def test_brag_is_a_letter_a_shape_and_a_word(brag: Brag) -> None:
    assert brag_words(brag) in screen.words(shown(card(brag=brag)))


def test_a_card_says_all_and_has_a_button_that_acts_and_one_that_opens_a_form() -> None:
    found = shown(card())
    for part in ("#24087 · recommendation 16", "carry out checks", "• be quick;", "30 April 2023"):
        assert part in screen.words(found)
    kinds = {b.label: b.action["type"] for b in screen.buttons(found)}
    assert kinds["Update…"] == "Action.Submit"
    assert kinds["On track"] == "Action.Execute"


def test_no_row_has_more_buttons_than_teams_shows() -> None:
    rows = [p["actions"] for p in parts(shown(card())) if p.get("type") == "ActionSet"]
    assert [len(row) for row in rows] == [ROW, len(BUTTONS) - ROW]


def test_a_long_text_is_folded_and_nothing_of_it_is_lost() -> None:
    text = "\n\n".join(f"Paragraph {n} says something of its own." for n in range(60))
    found = shown(card(text=text))
    folded = screen.words(found, hidden=False)
    assert "Paragraph 0 " in folded
    assert "Paragraph 59 " not in folded
    assert "Paragraph 59 " in screen.words(found)
    toggles = {b.label: b.action.get("targetElements") for b in screen.buttons(found)}
    assert toggles["Show all"] == toggles["Show less"] == ["short0", "full0"]


def test_what_was_typed_is_shown_as_it_was_typed() -> None:
    one = card(title=NASTY, text=NASTY, points=(NASTY,), facts=(Fact("Last update", NASTY),))
    told = screen.words(shown(one)).replace("\u200b", "")
    assert told.count(NASTY) == 4


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=3000), st.lists(st.text(max_size=500), max_size=20))
def test_any_text_makes_a_good_card(text: str, points: list[str]) -> None:
    one = card(text=text, points=tuple(points), facts=(Fact("Last update", text),))
    assert_good(reply_card(Reply(text, cards=(one,))))


@pytest.mark.parametrize("size", [1, 12])
@pytest.mark.parametrize("letter", ["x", "😀", "x\n"])
def test_however_much_there_is_the_message_stays_small_enough(size: int, letter: str) -> None:
    one = card(text=letter * 10_000, facts=(Fact("Last update", letter * 1_500),) * 30)
    cards = (one,) * size
    found = reply_card(cards_reply("", cards))
    assert_good(found, schema=size == 1)
    assert_good(reply_card(Reply(letter * 50_000)))


def test_every_real_recommendation_is_a_good_card(store: Store) -> None:
    for path in records():
        record = read_document(path.name, path.read_bytes())
        with store.write(TEST) as writing:
            import_record(writing, record, path.name)
    with store.read() as reading:
        rows = reading.all(reading.select(Recommendation))
        cards = [card_of(reading, row, "sam") for row in rows]
    assert len(cards) > 50
    cards.sort(key=lambda one: len(card_text(one)), reverse=True)
    for place, one in enumerate(cards):
        found = reply_card(cards_reply("", (one,)))
        assert_good(found, schema=place < 5)  # the schema takes its time
        told = screen.words(found)
        assert all(line in told for line in one.text.split("\n"))
        assert all(" ".join(point.split()) in " ".join(told.split()) for point in one.points)


def test_a_message_has_a_summary_and_no_text_beside_its_card() -> None:
    found = reply_message(Reply("Duly noted.\n\nMore."))
    assert found["summary"] == "Duly noted. More."
    assert "text" not in found
    assert found["attachments"][0]["content"]["fallbackText"].startswith("Duly noted.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "TextBlok", "text": "x"},
        {"type": "RichTextBlock", "text": "x"},
        {"type": "Container", "items": [{"type": "TextBlock"}]},
        {"type": "ActionSet", "actions": [{"type": "Action.Execute", "label": "x"}]},
        {"type": "Input.ChoiceSet", "id": "x", "style": "filtered"},
    ],
)
def test_what_is_no_card_does_not_pass_for_one(wrong: Json) -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [wrong]}
    assert list(faults(card))
    with pytest.raises(AssertionError):
        assert_good(card)
