"""Forms on the page: errors beside the field, and nothing typed ever lost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from commands.request import FormAnswer
from messages.reply import Button, Card, Field, Form, Option, Reply
from tests.web.conftest import Browser, FakeCommands

FORM = Form(
    "extend",
    "#24087",
    "Extend #24087",
    (
        Field("to", "New date", "date", required=True, hint="After 31 December 2023."),
        Field("reason", "Reason", "long"),
        Field(
            "progress",
            "Progress",
            "choice",
            "on_track",
            options=(Option("on_track", "On track"), Option("at_risk", "At risk")),
        ),
        Field("owner", "Owner", "owner"),
        Field("note", "Note"),
    ),
    "Ask",
)


def wrong(text: str, **errors: str) -> Reply:
    """The form again, with these errors beside their fields."""

    fields = tuple(replace(f, error=errors.get(f.name, "")) for f in FORM.fields)
    return Reply(text, ok=False, form=replace(FORM, fields=fields))


@pytest.fixture
def opened(browser: Browser, fake: FakeCommands) -> Browser:
    """The form is open in Jane's conversation."""
    fake.replies = [Reply("Fill in the form.", form=FORM)]
    browser.say("extend 24087")
    return browser


def test_every_field_has_a_label_its_hint_and_its_value(opened: Browser) -> None:
    page = opened.text
    assert '<label for="field-to">New date</label>' in page.replace("\n", "")
    assert "After 31 December 2023." in page
    assert re.search(r'value="on_track" checked', page)
    assert '<option value="ACU DCI">' in page
    assert "Extend #24087" in page


def test_a_form_is_handed_over_with_its_name_target_and_values(
    opened: Browser, fake: FakeCommands
) -> None:
    fake.replies = [Reply("Asked.")]
    page = opened.post("/form", name="extend", target="#24087", f_to="31 March 2024", f_reason="x")
    assert fake.requests[-1].form == FormAnswer(
        "extend", "#24087", {"to": "31 March 2024", "reason": "x"}
    )
    assert "Asked." in page
    assert 'class="panel"' not in page


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(
    opened: Browser, fake: FakeCommands
) -> None:
    fake.replies = [wrong("Not saved.", to="31 April is no date.")]
    page = opened.post(
        "/form", name="extend", target="#24087", f_to="31 April", f_reason="Because <b>", f_note="n"
    )
    assert "Not saved." in page
    field = page[page.index('id="field-to"') :][:900]
    assert 'value="31 April"' in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="field-to-error field-to-hint"' in field
    assert "31 April is no date." in field
    assert "Because &lt;b&gt;</textarea>" in page


def test_a_refusal_without_a_form_keeps_the_form_and_what_was_typed(
    opened: Browser, fake: FakeCommands
) -> None:
    fake.replies = [Reply("Not saved, the store is busy.", ok=False)]
    page = opened.post("/form", name="extend", target="#24087", f_to="1 May 2024", f_reason="Why")
    assert "Not saved, the store is busy." in page
    assert 'value="1 May 2024"' in page
    assert ">Why</textarea>" in page


def test_an_expired_token_saves_nothing_and_keeps_what_was_typed(
    opened: Browser, fake: FakeCommands
) -> None:
    opened.client.cookies.clear()
    fake.requests.clear()
    fake.replies = [Reply("Fill in the form.", form=FORM)]
    fields = {"room": "/direct/jane", "token": "old", "name": "extend", "target": "#24087"}
    page = opened.post_raw("/form", {**fields, "f.to": "1 May 2024", "f.reason": "Why"})
    assert "out of date" in page
    assert [request.form for request in fake.requests] == [None]
    assert 'value="1 May 2024"' in page
    assert ">Why</textarea>" in page
    fake.replies = [Reply("Asked.")]
    opened.post("/form", name="extend", target="#24087", f_to="1 May 2024", f_reason="Why")
    assert fake.requests[-1].form is not None


def test_closing_a_form_sends_nothing(opened: Browser, fake: FakeCommands) -> None:
    fake.requests.clear()
    page = opened.post("/form/close")
    assert 'class="panel"' not in page
    assert fake.requests == []


def test_a_form_belongs_to_the_conversation_it_was_opened_in(opened: Browser) -> None:
    assert 'class="panel"' not in opened.open("/channel/governance-board")
    assert 'class="panel"' in opened.open("/direct/jane")


def test_a_form_opened_from_a_card_replaces_that_card(browser: Browser, fake: FakeCommands) -> None:
    button = Button("Extend…", "extend #24087", opens_form=True)
    fake.replies = [
        Reply(
            "card", cards=(Card("#24087 · recommendation 16", text="Before", buttons=(button,)),)
        ),
        Reply("Fill in the form.", form=FORM),
        Reply("Asked. card", cards=(Card("#24087 · recommendation 16", text="After"),)),
    ]
    browser.say("24087")
    browser.post("/press", entry=browser.hidden("entry"), command=button.command)
    page = browser.post("/form", name="extend", target="#24087", f_to="1 May 2024")
    assert "After" in page
    assert "Before" not in page
    assert page.count('class="exchange"') == 1


def test_the_real_update_form_saves_what_is_typed(browser: Browser) -> None:
    page = browser.say("update 24087")
    assert "Update #24087" in page
    name, target = browser.hidden("name"), browser.hidden("target")
    page = browser.post(
        "/form", name=name, target=target, f_progress="at_risk", f_text="The supplier is late"
    )
    assert "Duly noted." in page
    assert "The supplier is late" in page
