"""What is typed is shown in Slack in time in proportion to its length, in every kind of block."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from bot.slack.blocks.messages import letter_payload, reply_payload
from bot.slack.blocks.modals import form_view
from bot.slack.blocks.mrkdwn import parse_text, to_mrkdwn, without_mention
from messages.digest import Digest, DigestLine, DigestSection
from messages.reply import Card, Fact, Field, Form, Option, Reply
from scheduler.courier import Letter
from tests.support.growth import assert_linear
from tests.support.shapes import TYPED

LONDON = ZoneInfo("Europe/London")


def show(text: str) -> None:
    """Every block that can hold the text."""
    facts = (Fact("Latest update", text), Fact(text, "a"))
    card = Card("#24087", text, None, text, (text, text), facts, ())
    fields = (Field("text", "Text", "long", text, error=text), _choice(text))
    for reply in (Reply(text), Reply(text, cards=(card,)), Reply(text, cards=(card,) * 5)):
        for open in (False, True):
            reply_payload(reply, zone=LONDON, in_channel=True, share=True, open=open, command=text)
    reply_payload(Reply(text, lines=(card,)), zone=LONDON, in_channel=True, share=True)
    for settled in (None, text):
        lines = (DigestLine(text, "#24087", 24087, settled),) * 2
        digest = Digest(text, (DigestSection(text, lines),), text)
        letter_payload(Letter("key", "jane", "jane", "digest", DAY, text, digest), zone=LONDON)
    letter_payload(Letter("key", "#pib", "#pib", "channel", DAY, text), zone=LONDON)
    form_view(Form("update", "#24087", text, fields, text), private_metadata={})


DAY = date(2023, 4, 28)


def _choice(text: str) -> Field:
    return Field("choice", text, "choice", text, options=(Option(text, text), Option("b", text)))


@pytest.mark.parametrize("name", TYPED)
def test_every_block_is_built_in_linear_time(name: str) -> None:
    assert_linear(show, TYPED[name])


@pytest.mark.parametrize("name", TYPED)
def test_mrkdwn_is_written_and_read_in_linear_time(name: str) -> None:
    assert_linear(lambda text: to_mrkdwn(text, LONDON), TYPED[name])
    assert_linear(lambda text: parse_text(without_mention(text, "UDULY")), TYPED[name])
