"""Parsing of activities from Teams, and their text in time in proportion to its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.teams.activity import ActivityRefused, message_text, parse_activity
from bot.teams.sdk import (
    InstalledActivity,
    MessageActivity,
    MessageExtensionFetchTaskInvokeActivity,
    UninstalledActivity,
)
from tests.support.growth import assert_linear

BOT = "28:duly"
BASE: dict[str, Any] = {
    "id": "1",
    "from": {"id": "29:jane"},
    "recipient": {"id": BOT},
    "conversation": {"id": "a:1"},
}


def message(text: str, *marks: str) -> MessageActivity:
    mentions = [{"type": "mention", "text": mark, "mentioned": {"id": BOT}} for mark in marks]
    activity = parse_activity({**BASE, "type": "message", "text": text, "entities": mentions})
    assert isinstance(activity, MessageActivity)
    return activity


def test_the_mention_that_calls_the_bot_is_taken_off_and_others_stay_by_name() -> None:
    activity = message("<at>Duly</at> assign 24087 <at id=1>Jane Doe</at>", "<at>Duly</at>")
    assert message_text(activity) == "assign 24087 @Jane Doe"


SHAPES: list[Callable[[int], str]] = [
    lambda n: n * "<at>",
    lambda n: n * "<at ",
    lambda n: n * "<at>x</at>",
    lambda n: n * "&nbsp;" + "y",
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape(2).replace(" ", "_"))
def test_no_message_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    assert_linear(lambda text: message_text(message(text, "<at>Duly</at>")), shape)


def test_many_mentions_in_one_message_take_linear_time() -> None:
    def read(text: str) -> object:
        marks = [f"<at>{number}</at>" for number in range(len(text) // 10)]
        return message_text(message(text, *marks))

    assert_linear(read, lambda n: n * "hello there ")


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"type": "frobnication"}, 400),
        ({"type": "\ud800" * 500}, 400),
        ({"type": "invoke", "name": "\ud800" * 500}, 501),
        ({"type": "event", "name": "frobnicate"}, 400),
        ({"type": "message", "from": 3}, 400),
        ({"type": "message", "conversation": None}, 400),
        ({"type": "invoke"}, 400),
        ({"type": "invoke", "name": "task/fetch", "value": None}, 400),
        (
            {
                "type": "invoke",
                "name": "composeExtension/query",
                "value": {"queryOptions": {"skip": "x"}},
            },
            400,
        ),
        ({"type": "invoke", "name": "frobnicate", "value": {}}, 501),
    ],
)
def test_an_unknown_or_malformed_activity_is_refused_in_a_sentence(
    payload: dict[str, Any], status: int
) -> None:
    with pytest.raises(ActivityRefused) as refused:
        parse_activity({**BASE, **payload})
    assert refused.value.status == status
    assert refused.value.sentence.endswith(".")
    assert "\n" not in refused.value.sentence
    assert len(refused.value.sentence.encode()) < 600


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("add", InstalledActivity),
        ("add-upgrade", InstalledActivity),
        ("remove", UninstalledActivity),
        ("remove-upgrade", UninstalledActivity),
    ],
)
def test_an_upgrade_is_read_as_what_it_does(action: str, kind: type) -> None:
    activity = parse_activity({**BASE, "type": "installationUpdate", "action": action})
    assert isinstance(activity, kind)


def test_a_message_with_reactions_by_another_app_can_be_saved() -> None:
    """The SDK wants a reaction's `type`; Teams sends its `reactionType`."""
    payload = {
        "id": "1",
        "messageType": "message",
        "from": {"application": {"applicationIdentityType": "bot", "id": "x"}},
        "body": {"contentType": "html", "content": "<p>x</p>"},
        "reactions": [{"reactionType": "like", "createdDateTime": "2026-01-01"}],
        "linkToMessage": "https://teams.microsoft.com/l/message/1",
    }
    value = {"commandId": "saveUpdate", "commandContext": "message", "messagePayload": payload}
    activity = parse_activity(
        {**BASE, "type": "invoke", "name": "composeExtension/fetchTask", "value": value}
    )
    assert isinstance(activity, MessageExtensionFetchTaskInvokeActivity)
    kept = activity.value.message_payload
    assert kept is not None
    assert kept.body is not None
    assert kept.body.content == "<p>x</p>"
    assert kept.link_to_message == payload["linkToMessage"]
