"""Whatever is typed behind /rec is answered, within Slack's limits, and never with an exception.

DULY_EXAMPLES says how many texts are tried; 10,000 take some minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.app import SlackApp
from bot.slack.settings import SlackSettings
from commands.router import VERBS
from db.store import Store
from tests.factories import add_report, create_force, import_recommendation
from tests.slack.fake.limits import wrong_in_message
from tests.slack.scenes import build
from tests.slack.transports import sign

EXAMPLES = int(os.environ.get("DULY_EXAMPLES", "150"))
API = "http://127.0.0.1:9/api/"
ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {"team_id": "T01", "user_id": "U0DULY", "bot_id": "B0DULY"},
    "users.info": {"user": {"id": "U01LOCAL", "team_id": "T01"}},
    "conversations.info": {"channel": {"id": "C01", "name": "general"}},
    "views.open": {"view": {"id": "V01"}},
}
WORDS = st.sampled_from(
    [*VERBS, "24087", "#24087", "rec 16", "16-20", "of Sample", "@", "on track", "because", "pib",
     "30 April 2023", "31 February", "<!channel>", "<@U01>", "&amp;", "unowned", "page 99999999",
     "note:", "\u202e", "\x00", "🙂", "'", '"', "%", "*", "NEAR(", "OR", "-", "due 99999999999d"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=12).map(" ".join),
)


class Told(AsyncWebClient):
    """A Slack that says the same of everybody."""

    async def api_call(self, api_method: str, **_: Any) -> AsyncSlackResponse:
        data = {"ok": True, **ANSWERS[api_method]}
        return AsyncSlackResponse(
            client=self, http_verb="POST", api_url=API, req_args={}, data=data, headers={},
            status_code=200,
        )  # fmt: skip


@pytest.fixture
def app(store: Store) -> SlackApp:
    create_force(store)
    report = add_report(store)
    for number in range(10, 25):
        import_recommendation(
            store, report, number, f"240{number + 71}", owner="acu-dci" if number % 2 else None
        )
    with_secret = SlackSettings(
        bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("secret"), api_url=API
    )
    return build(store, with_secret, client=Told(base_url=API, retry_handlers=[]))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_any_text_is_answered_within_the_limits(app: SlackApp, text: str) -> None:
    typed = text.encode("utf-8", "replace").decode()
    body = urlencode(
        {"command": "/rec", "text": typed, "user_id": "U01LOCAL", "team_id": "T01",
         "channel_id": "C01", "trigger_id": typed[:40] + "1"}
    )  # fmt: skip
    headers = {"Content-Type": "application/x-www-form-urlencoded", **sign("secret", body)}
    asked = AsyncBoltRequest(body=body, headers={k: [v] for k, v in headers.items()})
    answer = asyncio.run(app.async_dispatch(asked))
    assert answer.status == 200
    if not answer.body:
        return  # a form was opened
    payload = json.loads(answer.body)
    assert "Incident" not in payload["text"]
    assert wrong_in_message(payload["text"], payload.get("blocks", [])) == []
