"""Talking to Duly on the page, without a script."""

from __future__ import annotations

import re

import pytest

from bot.web.demo_store import DemoStore
from db.tables import Update
from messages.reply import Button, Card, Reply, Visibility
from tests.web.conftest import Browser, FakeCommands


def entries(page: str) -> int:
    return len(re.findall(r'class="exchange"', page))


def test_the_first_page_is_an_owners_own_conversation(demo_store: DemoStore) -> None:
    page = Browser(demo_store).open("/")
    assert "<h1>Jane Doe</h1>" in page
    assert "Tuesday 3 January 2023, 09:00" in page


def test_channels_and_everybody_stand_on_the_left(browser: Browser) -> None:
    for name in ("people-intelligence-board", "governance-board", "Jane Doe", "Lee Invented"):
        assert f'<span class="name">{name}</span>' in browser.text
    assert "Local administrator" in browser.text


def test_a_reference_is_answered_with_its_card(browser: Browser) -> None:
    page = browser.say("/rec 24087")
    assert "recommendation 16" in page
    assert "31 December 2023" in page
    assert "White: not started" in page
    assert "<li>the second part.</li>" in page


def test_brag_is_letter_shape_and_words(browser: Browser) -> None:
    page = browser.say("24087 at risk")
    pill = re.search(r'<span class="brag amber">.*?</span></?', page, re.S)
    assert pill
    words = re.sub(r"<[^>]+>", "", page[pill.start() : pill.start() + 300])
    assert words.split()[:3] == ["◆", "A", "Amber:"]


def test_an_update_is_saved_by_whoever_is_spoken_as(
    browser: Browser, demo_store: DemoStore
) -> None:
    page = browser.say("24087 on track PND checks go live on 4 December")
    assert "Duly noted." in page
    with demo_store.read() as reading:
        assert "jane" in {row.by for row in reading.all(reading.select(Update))}


def test_a_button_acts_at_once_and_replaces_its_card(browser: Browser) -> None:
    page = browser.say("24087")
    entry = re.search(r'name="entry" value="(\d+)"', page)
    assert entry
    page = browser.post("/press", entry=entry[1], command="#24087 on track")
    assert entries(page) == 1
    assert "Green: on track" in page
    assert "White: not started" not in page


def test_a_lookup_pressed_on_a_card_stands_below_it(browser: Browser) -> None:
    browser.say("24087")
    page = browser.post("/press", entry=browser.hidden("entry"), command="history 24087")
    assert entries(page) == 2


def test_a_refused_button_leaves_the_card_and_says_why(
    browser: Browser, fake: FakeCommands
) -> None:
    button = Button("On track", "24087 on track")
    fake.replies = [
        Reply("card", cards=(Card("#24087 · recommendation 16", buttons=(button,)),)),
        Reply("That is closed; say `reopen 24087`.", ok=False),
    ]
    browser.say("24087")
    page = browser.post("/press", entry=browser.hidden("entry"), command=button.command)
    assert entries(page) == 2
    assert "That is closed; say <code>reopen 24087</code>." in page


def test_a_double_click_acts_once(browser: Browser, fake: FakeCommands) -> None:
    fields = {name: browser.hidden(name) for name in ("token", "nonce", "room")}
    for _ in range(2):
        browser.post_raw("/say", {**fields, "text": "24087 on track"})
    assert len(fake.requests) == 1
    assert entries(browser.text) == 1


def test_the_same_words_said_twice_are_asked_twice(browser: Browser, fake: FakeCommands) -> None:
    browser.say("24087")
    browser.say("24087")
    assert len(fake.requests) == 2
    assert fake.requests[0].id != fake.requests[1].id


def test_nothing_typed_is_one_clear_sentence(browser: Browser, fake: FakeCommands) -> None:
    assert "Type something first" in browser.say("   ")
    assert fake.requests == []


def test_a_reference_in_any_text_can_be_pressed(browser: Browser, fake: FakeCommands) -> None:
    fake.replies = [Reply("Did you mean #24087?", ok=False)]
    page = browser.say("24078")
    assert '<button form="ask" name="command" value="24087" class="ref">#24087</button>' in page
    browser.post("/say", command="24087")
    assert fake.requests[-1].text == "24087"


def test_a_private_answer_in_a_channel_is_seen_only_by_whoever_asked(browser: Browser) -> None:
    browser.open("/channel/people-intelligence-board")
    page = browser.say("help")
    assert "Only visible to you" in page
    assert entries(page) == 1
    page = browser.post("/persona", person="sam")
    assert "<h1>people-intelligence-board</h1>" in page
    assert entries(page) == 0


def test_a_channel_answer_is_seen_by_everybody(browser: Browser, fake: FakeCommands) -> None:
    fake.replies = [Reply("For all of you.", visibility=Visibility.CHANNEL)]
    browser.open("/channel/governance-board")
    browser.say("24087")
    assert fake.requests[0].channel == "#governance-board"
    page = browser.post("/persona", person="sam")
    assert "For all of you." in page
    assert "Only visible to you" not in page


def test_direct_messages_have_no_channel_and_speak_as_their_person(
    browser: Browser, fake: FakeCommands
) -> None:
    browser.open("/direct/lee")
    browser.say("help")
    assert (fake.requests[0].person, fake.requests[0].channel) == ("lee", None)
    assert fake.requests[0].face == "web"


def test_switching_persona_goes_to_their_own_conversation(browser: Browser) -> None:
    page = browser.post("/persona", person="lee")
    assert "<h1>Lee Invented</h1>" in page
    assert "As <b>Lee Invented</b>" in page


@pytest.mark.parametrize("person", ["nobody-here", "", "<b>"])
def test_an_unknown_person_is_one_clear_sentence(browser: Browser, person: str) -> None:
    page = browser.post("/persona", person=person)
    assert "There is nobody called" in page
    assert "<h1>Jane Doe</h1>" in page


@pytest.mark.parametrize(
    "path", ["/direct/nobody", "/channel/nowhere", "/elsewhere/jane", "/a/b/c"]
)
def test_an_unknown_conversation_is_not_found_in_a_sentence(browser: Browser, path: str) -> None:
    page = browser.open(path)
    assert browser.status == 404
    assert "There is no such conversation or page here." in page


def test_a_list_shows_rows_instead_of_its_text(browser: Browser) -> None:
    page = browser.say("mine")
    assert page.count('class="title"') == 2
    assert "do the thing numbered 18." in page


def test_long_text_is_folded_behind_show_all(browser: Browser, fake: FakeCommands) -> None:
    fake.replies = [Reply(" ".join(f"word{n}" for n in range(400)))]
    page = browser.say("long")
    head, _, rest = page.partition('<details class="fold"><summary>')
    assert "word0 " in head
    assert "word399" not in head
    assert "Show all" in rest
    assert "word399" in rest


def test_a_new_browser_finds_the_conversation_as_it_was(browser: Browser) -> None:
    browser.say("24087 on track")
    browser.client.cookies.clear()
    assert entries(browser.open("/direct/jane")) == 1
