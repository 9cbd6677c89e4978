"""The tests' own Slack, through slack_sdk's own client: it remembers, refuses and fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from tests.slack.fake import Broken, FakeSlack, Limited, Lost, Message, Reset, Silent, Team
from tests.slack.fake.workspace import BOT, HOME, TOKEN

ROOM = "C0ROOM"
JANE = "U01JANE"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.add_user(JANE, "Jane Doe")
        fake.add_channel(ROOM, "room", JANE)
        yield fake


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    return WebClient(token=TOKEN, base_url=slack.api, timeout=1, retry_handlers=[])


def refusal(call: Any, **values: Any) -> str:
    """The error with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as caught:
        call(**values)
    return str(caught.value.response["error"])


def button(label: str, action: str) -> dict[str, Any]:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action,
        "value": "x",
    }


def modal(**changes: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "A form"},
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Some words."}}],
        **changes,
    }


def test_a_message_comes_back_with_its_metadata_only_when_asked(
    slack: FakeSlack, client: WebClient
) -> None:
    mark = {"event_type": "duly_message", "event_payload": {"key": "7"}}
    client.chat_postMessage(channel=ROOM, text="Three are overdue.", metadata=mark)
    plain = client.conversations_history(channel=ROOM)["messages"]
    full = client.conversations_history(channel=ROOM, include_all_metadata=True)["messages"]
    assert [m["text"] for m in plain] == ["Three are overdue."]
    assert "metadata" not in plain[0]
    assert full[0]["metadata"] == mark


def test_history_and_lists_come_in_pages(slack: FakeSlack, client: WebClient) -> None:
    for count in range(5):
        slack.keep(Message(slack.stamp(), ROOM, JANE, f"message {count}"))
    first = client.conversations_history(channel=ROOM, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = client.conversations_history(channel=ROOM, limit=3, cursor=cursor)
    told = [m["text"] for m in [*first["messages"], *second["messages"]]]
    assert told == [f"message {count}" for count in (4, 3, 2, 1, 0)]


def test_a_post_in_a_second_to_one_channel_has_to_wait(slack: FakeSlack, client: WebClient) -> None:
    client.chat_postMessage(channel=ROOM, text="one")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=ROOM, text="two")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    client.chat_postMessage(channel=JANE, text="elsewhere")
    slack.later(1)
    client.chat_postMessage(channel=ROOM, text="two")
    assert [m.text for m in slack.messages] == ["one", "elsewhere", "two"]


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (Limited(3), 0),
        (Broken(503), 0),
        (Reset(), 0),
        (Silent(60), 0),
        (Lost(), 1),
        (Silent(60, done=True), 1),
    ],
)
def test_a_fault_leaves_what_it_says_and_then_passes(
    slack: FakeSlack, client: WebClient, fault: Any, kept: int
) -> None:
    slack.faults.queue("chat.postMessage", fault)
    with pytest.raises((SlackApiError, OSError)):
        client.chat_postMessage(channel=ROOM, text="once")
    assert len(slack.messages) == kept
    slack.later(1)
    client.chat_postMessage(channel=ROOM, text="again")
    assert slack.messages[-1].text == "again"
    assert slack.faults.left() == {}


def test_an_unknown_method_fails_the_test_at_its_end(slack: FakeSlack, client: WebClient) -> None:
    assert refusal(client.conversations_join, channel=ROOM) == "unknown_method"
    with pytest.raises(AssertionError):
        slack.check()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "<!channel> look"}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        (
            {
                "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}],
            },
            "invalid_blocks",
        ),
        (
            {
                "text": "x",
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}]
                * 5,
            },
            "msg_blocks_too_long",
        ),
        (
            {
                "text": "x",
                "blocks": [
                    {"type": "actions", "elements": [button("a", "say"), button("b", "say")]}
                ],
            },
            "invalid_blocks",
        ),
        (
            {
                "text": "x",
                "blocks": [{"type": "actions", "elements": [button("a" * 76, "say")]}],
            },
            "invalid_blocks",
        ),
    ],
)
def test_what_is_over_a_limit_is_refused_and_noted(
    slack: FakeSlack, client: WebClient, said: dict[str, Any], error: str
) -> None:
    assert refusal(client.chat_postMessage, channel=ROOM, **said) == error
    assert slack.messages == []
    assert slack.troubles


def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: FakeSlack, client: WebClient
) -> None:
    trigger = slack.trigger(JANE)
    client.views_open(trigger_id=trigger, view=modal())
    assert refusal(client.views_open, trigger_id=trigger, view=modal()) == "exchanged_trigger_id"
    late = slack.trigger(JANE)
    slack.later(4)
    assert refusal(client.views_open, trigger_id=late, view=modal()) == "expired_trigger_id"
    assert refusal(client.views_open, trigger_id="1.2", view=modal()) == "invalid_trigger_id"


def test_three_modals_may_be_stacked(slack: FakeSlack, client: WebClient) -> None:
    client.views_open(trigger_id=slack.trigger(JANE), view=modal())
    for _ in range(2):
        client.views_push(trigger_id=slack.trigger(JANE), view=modal())
    fourth = refusal(client.views_push, trigger_id=slack.trigger(JANE), view=modal())
    assert fourth == "push_limit_reached"


@pytest.mark.parametrize(
    "view",
    [
        modal(title={"type": "plain_text", "text": "x" * 25}),
        modal(private_metadata="x" * 3_001),
        modal(blocks=[{"type": "divider"}] * 101),
        modal(
            blocks=[
                {
                    "type": "input",
                    "block_id": "text",
                    "label": {"type": "plain_text", "text": "Words"},
                    "element": {"type": "plain_text_input", "action_id": "text"},
                }
            ]
        ),
    ],
)
def test_a_modal_slack_would_not_show_is_refused(
    slack: FakeSlack, client: WebClient, view: dict[str, Any]
) -> None:
    error = refusal(client.views_open, trigger_id=slack.trigger(JANE), view=view)
    assert error == "invalid_arguments"


def test_a_response_url_is_good_for_five_answers_in_half_an_hour(slack: FakeSlack) -> None:
    hook = WebhookClient(slack.base + slack.response_url(ROOM, JANE))
    for count in range(5):
        assert hook.send(text=f"answer {count}").status_code == 200
    assert hook.send(text="one too many").status_code == 404
    late = WebhookClient(slack.base + slack.response_url(ROOM, JANE))
    slack.later(31 * 60)
    assert late.send(text="late").status_code == 404
    assert {m.only_for for m in slack.messages} == {JANE}


def test_an_archived_channel_and_a_deactivated_user_take_no_post(
    slack: FakeSlack, client: WebClient
) -> None:
    slack.channels[ROOM].is_archived = True
    assert refusal(client.chat_postMessage, channel=ROOM, text="x") == "is_archived"
    slack.users[JANE].deleted = True
    assert refusal(client.conversations_open, users=[JANE]) == "user_disabled"
    slack.add_channel("C0ELSE", "else").members.clear()
    assert refusal(client.chat_postMessage, channel="C0ELSE", text="x") == "not_in_channel"


def test_only_ones_own_messages_are_changed(slack: FakeSlack, client: WebClient) -> None:
    posted = client.chat_postMessage(channel=ROOM, text="before")
    client.chat_update(channel=ROOM, ts=posted["ts"], text="after")
    hers = slack.keep(Message(slack.stamp(), ROOM, JANE, "mine"))
    error = refusal(client.chat_update, channel=ROOM, ts=hers.ts, text="yours")
    assert error == "cant_update_message"
    only = client.chat_postEphemeral(channel=ROOM, user=JANE, text="for you")
    gone = refusal(client.chat_update, channel=ROOM, ts=only["message_ts"], text="x")
    assert gone == "message_not_found"
    assert [m.text for m in slack.messages] == ["after", "mine", "for you"]


def test_a_scope_that_was_not_given_is_named(slack: FakeSlack, client: WebClient) -> None:
    slack.teams[HOME].scopes = frozenset({"chat:write"})
    with pytest.raises(SlackApiError) as caught:
        client.users_info(user=JANE)
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "users:read"
    assert client.auth_test().headers["x-oauth-scopes"] == "chat:write"


def test_a_code_and_a_refresh_token_are_each_good_once(slack: FakeSlack, client: WebClient) -> None:
    slack.add_team(Team("T02", "Another force", "", "U02BOT"))
    slack.codes["a-code"] = "T02"
    named = {"client_id": "1", "client_secret": "2"}
    given = client.oauth_v2_access(**named, code="a-code")
    assert refusal(client.oauth_v2_access, **named, code="a-code") == "invalid_code"
    asked = {**named, "grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    again = client.oauth_v2_access(**asked)
    assert refusal(client.oauth_v2_access, **asked) == "invalid_refresh_token"
    assert refusal(client.auth_test, token=given["access_token"]) == "invalid_auth"
    assert client.auth_test(token=again["access_token"])["team_id"] == "T02"
    assert client.auth_test()["user_id"] == BOT
