"""A reply as the message a person in Slack reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.slack.blocks.elements import kind
from bot.slack.blocks.messages import reply_payload
from db.store import Store
from messages.reply import Button, Card, Form, Reply, Visibility, undo_button
from tests.factories import import_recommendation
from tests.slack.checking import assert_good, broken_limits, pressable, shown
from tests.support.chat import say

LONDON = ZoneInfo("Europe/London")


def payload(reply: Reply, **changes: Any) -> dict[str, Any]:
    options = {"zone": LONDON, "in_channel": True, "share": True, **changes}
    found = reply_payload(reply, **options)
    assert_good(found)
    return found


def kinds(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        label: (kind(each["action_id"]), each["value"]) for label, each in pressable(found).items()
    }


def test_a_card_is_private_and_can_be_shared(house: Store) -> None:
    found = payload(say(house, "24087", "jane"), command="24087")
    assert found["response_type"] == "ephemeral"
    assert kinds(found)["Share in channel"] == ("share", "#24087")
    assert "Deadline: 31 December 2023" in found["text"]


def test_what_the_channel_may_see_is_said_to_the_channel() -> None:
    reply = Reply("said", visibility=Visibility.CHANNEL)
    found = payload(reply, command="list")
    assert found["response_type"] == "in_channel"
    assert "Share in channel" not in pressable(found)


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        (Reply("no", ok=False), {}),
        (Reply("said"), {"share": False}),
        (Reply("said"), {"in_channel": False}),
        (Reply("said"), {"command": ""}),
        (Reply("said", form=Form("update", "#1", "Update #1", ())), {}),
        (Reply("said", buttons=(undo_button(7),)), {}),
    ],
)
def test_what_is_not_for_the_channel_offers_no_sharing(
    reply: Reply, options: dict[str, Any]
) -> None:
    found = payload(reply, **{"command": "24087 on track", **options})
    assert "Share in channel" not in pressable(found)


def test_sharing_after_a_change_shows_the_card_and_changes_nothing_again(house: Store) -> None:
    reply = say(house, "24087 on track: all is well", "alex")
    assert kinds(payload(reply, command="24087 on track: all is well"))["Share in channel"] == (
        "share",
        "#24087",
    )


def test_an_update_is_noted_above_its_card_with_undo(house: Store) -> None:
    found = payload(say(house, "24044 on track: all is well", "jane"))
    assert "Duly noted. #24044: not started → on track." in found["blocks"][0]["text"]["text"]
    kind, command = kinds(found)["Undo"]
    assert (kind, command.rstrip("0123456789")) == ("say", "undo change ")
    assert shown(found).count("Duly noted.") == 1
    assert "*Last update*" in shown(found)


def test_a_list_has_a_button_on_each_line_and_pages(house: Store) -> None:
    for number in range(20, 40):
        import_recommendation(house, 1, number, f"25{number}")
    found = payload(say(house, "list page 2"))
    assert "recommendations" in found["blocks"][0]["text"]["text"]
    assert "R ▲ red" in found["blocks"][0]["text"]["text"]
    assert len([b for b in found["blocks"] if b["type"] == "section"]) == 11
    assert kinds(found)["Next"] == ("page", "list page 3")
    assert kinds(found)["Previous"] == ("page", "list page 1")
    assert kinds(found)["Show"][0] == "say"
    assert "Page 2 of 3." in shown(found)


def test_choices_and_confirmations_are_buttons(house: Store) -> None:
    choice = payload(say(house, "rec 16"))
    assert kinds(choice)["#24087"] == ("say", "#24087")
    several = payload(say(house, "24087 24044 on track: booked"))
    assert kinds(several)["Save for all 2"] == ("say", "save #24087 #24044 on track: booked")


def test_a_form_that_could_not_be_opened_is_a_button(house: Store) -> None:
    found = payload(say(house, "update 24087"))
    assert kinds(found)["Update #24087…"] == ("form", "update #24087")


def test_a_few_cards_are_whole_and_many_are_short(house: Store) -> None:
    few = payload(say(house, "24087 24044"))
    assert [b["type"] for b in few["blocks"]].count("header") == 2
    many = payload(say(house, "24087 24044 24130 24173"))
    assert sum("accessory" in block for block in many["blocks"]) == 4
    assert "header" not in [b["type"] for b in many["blocks"]]
    for ref in ("#24087", "#24044", "#24130", "#24173"):
        assert f"*{ref}" in shown(many)


def test_more_cards_than_a_message_holds_are_counted() -> None:
    cards = tuple(
        Card(f"#{n} · recommendation {n}", "A title · " + "A force " * 30, name=f"#{n}")
        for n in range(100)
    )
    found = payload(Reply("\n".join(c.title for c in cards), cards=cards))
    told = [b for b in found["blocks"] if b["type"] == "context"][-1]["elements"][0]["text"]
    said = int(told.split()[2])
    assert said + sum("accessory" in b for b in found["blocks"]) == 100
    assert "#99" in found["text"]


def test_a_list_above_its_lines_has_a_heading(house: Store) -> None:
    found = payload(say(house, "help"))
    assert "*Look up*\n- `24087`" in shown(found)


def test_words_too_long_for_blocks_are_said_as_text() -> None:
    found = payload(Reply("A line of the paper.\n" * 1000))
    assert "blocks" not in found
    assert found["text"].count("A line of the paper.") == 1000


def test_a_text_too_long_for_slack_is_cut_with_a_mark() -> None:
    found = payload(Reply("& " * 20_000))
    assert broken_limits(found) == []
    assert found["text"].endswith("…")


def test_nobody_is_pinged_by_what_somebody_typed() -> None:
    typed = "<!channel> <!here> <@U01> & `code`"
    reply = Reply(typed, lines=(Card(typed, typed, buttons=(Button(typed, typed),)),))
    for each in (reply, replace(reply, lines=()), Reply(typed, cards=(Card(typed, text=typed),))):
        assert "&lt;!channel&gt;" in shown(payload(each))


def test_an_empty_answer_still_says_something() -> None:
    assert payload(Reply("\x00"))["text"] == "–"
