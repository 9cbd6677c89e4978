"""What Slack makes of a typed text is read back, in time in proportion to its length."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.slack.blocks.mrkdwn import parse_text, without_mention
from tests.support.growth import assert_linear

BOT = "UDULY"
CALL = f"<@{BOT}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CALL} 24087", "24087"),
        (f"{CALL}: 24087", "24087"),
        (f"{CALL}, {CALL}: 24087", "24087"),
        (f"24087 {CALL}", "24087"),
        (f"24087 {CALL}{CALL} ", "24087"),
        (f"assign {CALL} 24087", "assign 24087"),
        (f"24087 note: for {CALL}, who asked", "24087 note: for , who asked"),
        (f"<@{BOT}|duly> 24087", "24087"),
        (CALL, ""),
        ("24087 <@U01JANE>", "24087 <@U01JANE>"),
        ("hi " + 28 * f"{CALL} " + "y", "hi y"),
    ],
)
def test_the_mentions_that_call_the_bot_are_taken_off(text: str, expected: str) -> None:
    assert without_mention(text, BOT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<https://x.example/a|x>", "https://x.example/a"),
        ("<mailto:jo@x.example|jo@x.example>", "jo@x.example"),
        ("mailto: nobody", "mailto: nobody"),
        ("<#C01|pib> and <#C02>", "#pib and #C02"),
        ("<!subteam^S01|@leads> <!here>", "@leads @here"),
        ("a &lt; b &amp; c", "a < b & c"),
    ],
)
def test_marked_up_text_is_read_as_it_was_typed(text: str, expected: str) -> None:
    assert parse_text(text) == expected


SHAPES: list[Callable[[int], str]] = [
    lambda n: "hi " + n * f"{CALL} " + "y",
    lambda n: n * CALL,
    lambda n: n * f" {CALL},:" + "y",
    lambda n: n * f"<@{BOT}|",
    lambda n: f"{CALL}" + n * " ,:",
    lambda n: n * " " + "y",
    lambda n: n * "<https:x",
    lambda n: n * "<https:x|",
    lambda n: n * "<#C|",
    lambda n: n * "<!subteam^S|",
    lambda n: n * "<!",
    lambda n: n * "mailto:",
    lambda n: n * "mailto:" + "@",
    lambda n: n * "&amp;",
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape(2).replace(" ", "_"))
def test_no_message_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    assert_linear(lambda text: parse_text(without_mention(text, BOT)), shape)
