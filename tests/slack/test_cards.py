"""The card as a person in Slack sees it."""

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.chat.replies import brag_words
from bot.slack.blocks.cards import card_blocks, compact_blocks
from bot.slack.blocks.elements import kind
from bot.slack.blocks.mrkdwn import to_mrkdwn
from db.importing.records import import_record
from db.store import Store
from db.tables import Recommendation
from documents.readers import read_document
from governance.brag import Brag
from messages.recommendation import card as card_of
from messages.reply import Button, Card, Fact
from tests.factories import TEST
from tests.slack.checking import assert_good, pressable, shown
from tests.support.chat import say

LONDON = ZoneInfo("Europe/London")
BUTTONS = (
    Button("Update…", "update #24087", "primary", opens_form=True),
    Button("On track", "#24087 on track"),
    Button("Complete", "#24087 complete"),
    Button("Assign…", "assign #24087", opens_form=True),
    Button("Extend…", "extend #24087", opens_form=True),
    Button("Close…", "close #24087", opens_form=True),
    Button("History", "history #24087"),
)


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
            Fact("Board", "People Intelligence Board, next Wednesday 3 May 2023, 10:00"),
        ),
        "buttons": BUTTONS,
        "name": "#24087",
        **changes,
    }
    return Card(**fields)


def payload(shown_card: Card, *, open: bool = False) -> dict[str, object]:
    return {"text": "said", "blocks": card_blocks(shown_card, open=open, zone=LONDON)}


@pytest.mark.parametrize("brag", list(Brag))
def test_brag_is_a_letter_a_shape_and_a_word(brag: Brag) -> None:
    assert brag_words(brag) == f"{brag.letter} {brag.shape} {brag.colour.capitalize()}"
    assert brag_words(brag) in shown(payload(card(brag=brag)))


def test_a_card_says_everything_and_fits() -> None:
    whole = payload(card())
    assert_good(whole)
    for words in (
        "#24087 · recommendation 16",
        "An inspection of vetting · Sample",
        "Chief constables should carry out checks.",
        "• be quick;\n• be right.",
        "*Deadline*\n30 April 2023, 3 days overdue",
    ):
        assert words in shown(whole)


def test_a_meeting_is_told_in_the_readers_zone_and_a_deadline_is_a_day() -> None:
    words = shown(payload(card()))
    assert "next <!date^1683104400^{date_long}, {time}|Wednesday 3 May 2023, 10:00>" in words
    assert words.count("<!date^") == 1


def test_each_button_says_its_command_and_what_it_opens() -> None:
    found = pressable(payload(card()))
    assert {label: (kind(b["action_id"]), b["value"]) for label, b in found.items()} == {
        "Update…": ("form", "update #24087"),
        "On track": ("say", "#24087 on track"),
        "Complete": ("say", "#24087 complete"),
        "Assign…": ("form", "assign #24087"),
        "Extend…": ("form", "extend #24087"),
        "Close…": ("form", "close #24087"),
        "History": ("say", "history #24087"),
    }
    assert found["Update…"]["style"] == "primary"
    assert "style" not in found["History"]


def test_only_the_buttons_the_reader_may_press_are_there(house: Store) -> None:
    def labels(person: str | None) -> set[str]:
        return {*pressable(payload(say(house, "24044", person).cards[0]))}

    assert labels(None) == {"History"}
    assert {"Update…", "Extend…"} <= labels("jane")
    assert not {"Assign…", "Close…"} & labels("jane")
    assert "Assign…" in labels("alex")
    assert {"Close…", "Assign…"} <= labels("sam")


def test_a_long_text_is_folded_until_it_is_asked_for() -> None:
    long = card(text="A sentence that goes on. " * 60, points=("the last point of all.",))
    folded, opened = payload(long), payload(long, open=True)
    assert_good(folded)
    assert_good(opened)
    assert "the last point of all." not in shown(folded)
    assert "the last point of all." in shown(opened)
    found = pressable(folded)["Show all"]
    assert (found["action_id"], found["value"]) == ("show_all", "#24087")
    assert "Show all" not in pressable(opened)
    assert pressable(opened)["Show less"]["value"] == "#24087"


def test_a_short_card_has_nothing_to_unfold() -> None:
    assert "Show all" not in pressable(payload(card()))
    assert "Show less" not in pressable(payload(card(), open=True))


def test_a_long_last_update_is_folded_too() -> None:
    facts = (Fact("Last update", "Jane Doe: " + "we are getting on with it. " * 30 + "The end."),)
    folded = payload(card(facts=facts))
    assert "The end." not in shown(folded)
    assert "Show all" in pressable(folded)
    assert "The end." in shown(payload(card(facts=facts), open=True))


def test_a_card_that_cannot_be_asked_for_again_is_never_folded() -> None:
    long = payload(card(name="", text="word " * 400 + "the end"))
    assert "the end" in shown(long)
    assert "Show all" not in pressable(long)


def test_what_somebody_typed_is_shown_as_it_was_typed() -> None:
    typed = card(text="<!channel> & <https://evil.example|us>", points=("<@U01>",))
    whole = payload(typed)
    assert_good(whole)
    assert "&lt;!channel&gt; &amp; &lt;" in shown(whole)
    assert "• &lt;@U01&gt;" in shown(whole)


def test_a_button_that_cannot_carry_its_command_is_left_out() -> None:
    buttons = (Button("Save", "24087 note: " + "x" * 2000), *BUTTONS)
    assert "Save" not in pressable(payload(card(buttons=buttons)))


def test_a_compact_card_says_what_it_is_and_shows_the_rest_when_pressed() -> None:
    found: dict[str, object] = {"text": "said", "blocks": compact_blocks(card(), LONDON)}
    assert_good(found)
    assert "*#24087 · recommendation 16* · R ▲ Red" in shown(found)
    assert "Deadline: 30 April 2023" in shown(found)
    assert pressable(found)["Show"]["value"] == "#24087"


def test_every_real_recommendation_is_shown_whole_when_unfolded(
    store: Store, sample_records: Path
) -> None:
    for path in sorted(sample_records.glob("*.txt")):
        with store.write(TEST) as writing:
            import_record(writing, read_document(path.name, path.read_bytes()), path.name)
    with store.read() as reading:
        cards = [
            card_of(reading, row, "local") for row in reading.all(reading.select(Recommendation))
        ]
    assert cards
    for each in cards:
        assert_good(payload(each))
        opened = payload(each, open=True)
        assert_good(opened)
        words = "".join(shown(opened).split())
        for text in (each.text, *each.points, *(fact.value for fact in each.facts)):
            assert "".join(to_mrkdwn(text, LONDON).split()) in words
