"""The text of an activity from Teams is read in time in proportion to its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.teams.activity import Turn
from tests.support.growth import assert_linear

BOT = "28:duly"


def activity(text: str, *marks: str) -> dict[str, Any]:
    mentions = [{"type": "mention", "text": mark, "mentioned": {"id": BOT}} for mark in marks]
    return {"text": text, "recipient": {"id": BOT}, "entities": mentions}


def test_the_mention_that_calls_the_bot_is_taken_off_and_others_stay_by_name() -> None:
    told = activity("<at>Duly</at> assign 24087 <at id=1>Jane Doe</at>", "<at>Duly</at>")
    assert Turn(told).text == "assign 24087 @Jane Doe"


SHAPES: list[Callable[[int], str]] = [
    lambda n: n * "<at>",
    lambda n: n * "<at ",
    lambda n: n * "<at>x</at>",
    lambda n: n * "&nbsp;" + "y",
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape(2).replace(" ", "_"))
def test_no_message_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    assert_linear(lambda text: Turn(activity(text, "<at>Duly</at>")).text, shape)


def test_many_mentions_in_one_message_take_linear_time() -> None:
    def read(text: str) -> object:
        marks = [f"<at>{number}</at>" for number in range(len(text) // 10)]
        return Turn(activity(text, *marks)).text

    assert_linear(read, lambda n: n * "hello there ")
