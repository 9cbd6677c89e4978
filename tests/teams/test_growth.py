"""What is typed is shown in Teams in time in proportion to its length, in every kind of card."""

from __future__ import annotations

from datetime import date

import pytest

from bot.teams.dialogs import form_card
from bot.teams.message_extension import without_tags
from bot.teams.messages import letter_message, reply_message, text_message
from messages.digest import Digest, DigestLine, DigestSection
from messages.reply import Card, Fact, Field, Form, Option, Reply
from scheduler.courier import Letter
from tests.support.growth import assert_linear
from tests.support.shapes import TYPED

DAY = date(2023, 4, 28)


def show(text: str) -> None:
    """Every card that can hold the text."""
    facts = (Fact("Latest update", text), Fact(text, "a"))
    card = Card("#24087", text, None, text, (text, text), facts, ())
    for reply in (Reply(text), Reply(text, cards=(card,)), Reply(text, cards=(card,) * 5)):
        reply_message(reply)
    reply_message(Reply(text, lines=(card,)))
    for settled in (None, text):
        lines = (DigestLine(text, "#24087", 24087, settled),) * 2
        digest = Digest(text, (DigestSection(text, lines),), text)
        letter_message(Letter("key", "jane", "jane", "digest", DAY, text, digest))
    letter_message(Letter("key", "#pib", "#pib", "channel", DAY, text))
    text_message(text)
    options = (Option(text, text), Option("b", text))
    fields = (
        Field("text", text, "long", text, hint=text, error=text),
        Field("choice", text, "choice", text, options=options),
        Field("date", text, "date", text),
    )
    form_card(Form("update", "#24087", text, fields, text), {}, wrong=text)


@pytest.mark.parametrize("name", TYPED)
def test_every_card_is_built_in_linear_time(name: str) -> None:
    assert_linear(show, TYPED[name])


@pytest.mark.parametrize("name", TYPED)
def test_html_is_read_in_linear_time(name: str) -> None:
    assert_linear(without_tags, TYPED[name])
