"""POST /slack/events: whatever Slack has not signed goes no further than the door."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.chat.face_group import FaceGroup
from bot.run import create_app
from bot.settings import load
from bot.slack.face import SlackFace
from bot.slack.http import BODY_LIMIT, PATH
from bot.slack.settings import SlackSettings
from db.store import Store
from governance.errors import BadConfiguration
from tests.slack.transports import sign

SECRET = "pretended-signing-secret"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    """Slack's side of a server whose own Slack is never asked."""
    settings = SlackSettings(
        bot_token=SecretStr("xoxb-pretended"),
        signing_secret=SecretStr(SECRET),
        api_url="http://127.0.0.1:9/api/",
    )
    server = FastAPI()
    SlackFace(store, settings).route(server)
    with TestClient(server) as opened:
        yield opened


def send(client: TestClient, body: str | bytes, headers: dict[str, str]) -> int:
    return client.post(PATH, content=body, headers={**JSON, **headers}).status_code


def test_a_signed_request_is_handed_on(client: TestClient) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c0ffee"})
    answer = client.post(PATH, content=body, headers={**JSON, **sign(SECRET, body)})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "c0ffee"})


def test_slack_s_certificate_check_is_signed_like_all_the_rest(client: TestClient) -> None:
    assert send(client, "ssl_check=1", {}) == 401


@pytest.mark.parametrize(
    "moment", ["", "soon", "-1", "1.5", "٣", "9" * 5000, "0", "NaN", " 12", "1e9"]
)
def test_a_time_that_is_none_or_long_past_is_refused(client: TestClient, moment: str) -> None:
    headers = sign(SECRET, "{}", int(time.time()))
    headers["X-Slack-Request-Timestamp"] = moment
    raw = {k.encode(): v.encode() for k, v in {**JSON, **headers}.items()}
    assert client.post(PATH, content="{}", headers=raw).status_code == 401


@pytest.mark.parametrize("signature", ["", "v0=", "v0=é", "v1=00", "v0=" + "0" * 64])
def test_a_signature_that_is_none_is_refused(client: TestClient, signature: str) -> None:
    headers = {**sign(SECRET, "{}"), "X-Slack-Signature": signature}
    raw = {k.encode(): v.encode() for k, v in {**JSON, **headers}.items()}
    assert client.post(PATH, content="{}", headers=raw).status_code == 401


def test_bytes_that_are_no_text_are_refused(client: TestClient) -> None:
    assert send(client, b"\xff\xfe", sign(SECRET, "{}")) == 401


def test_a_body_that_is_no_json_is_refused_before_and_after_its_signature(
    client: TestClient,
) -> None:
    assert send(client, "{", {}) == 401
    assert send(client, "{", sign(SECRET, "{")) == 400


def test_a_body_larger_than_slack_s_is_not_read(client: TestClient) -> None:
    body = " " * (BODY_LIMIT + 1)
    assert send(client, body, sign(SECRET, body)) == 413


def test_without_a_signing_secret_nothing_is_served(store: Store) -> None:
    settings = SlackSettings(
        bot_token=SecretStr("xoxb-pretended"),
        app_token=SecretStr("xapp-pretended"),
        api_url="http://127.0.0.1:9/api/",
    )
    server = FastAPI()
    SlackFace(store, settings).route(server)
    with TestClient(server) as client:
        assert send(client, "{}", sign("", "{}")) == 404


USER = {"id": "U01JANE"}
PRESS = {"type": "block_actions", "user": USER, "actions": [{"action_id": "say", "value": "24087"}]}
VIEW = {"id": "V1", "callback_id": "form", "private_metadata": "{}", "blocks": []}
EVENT = {"type": "event_callback", "team_id": "T01", "event_id": "Ev1"}
SAID = {"type": "message", "channel_type": "im", "channel": "D1", "ts": "1.2", "text": "24087"}


@pytest.mark.parametrize(
    "payload",
    [
        [],
        None,
        1,
        "text",
        [[]],
        {"type": 1},
        {"type": "block_actions"},
        {**PRESS, "user": None},
        {**PRESS, "user": "U01JANE"},
        {**PRESS, "user": {}},
        {**PRESS, "actions": []},
        {**PRESS, "actions": {}},
        {**PRESS, "actions": [{}]},
        {**PRESS, "actions": [{"action_id": 1}]},
        {**PRESS, "actions": [{"action_id": "snooze", "selected_option": "x"}]},
        {**PRESS, "team": "T01"},
        {**PRESS, "team": 1},
        {**PRESS, "container": []},
        {**PRESS, "container": {"channel_id": {}}},
        {**PRESS, "view": "x"},
        {**PRESS, "channel": [1]},
        {"type": "view_submission", "user": USER},
        {"type": "view_submission", "user": USER, "view": VIEW},
        {"type": "view_submission", "user": USER, "view": {**VIEW, "state": {"values": 1}}},
        {
            "type": "view_submission",
            "user": USER,
            "view": {**VIEW, "state": {"values": {}}, "private_metadata": "[]"},
        },
        {"type": "shortcut", "user": USER},
        {"type": "message_action", "user": USER, "callback_id": "save_update"},
        {"type": "block_suggestion", "user": USER},
        EVENT,
        {**EVENT, "event": []},
        {**EVENT, "event": {}},
        {**EVENT, "event": {"type": []}},
        {**EVENT, "event": {**SAID, "channel": None}},
        {**EVENT, "event": {**SAID, "ts": 1.2}},
        {**EVENT, "event": {**SAID, "user": {"id": "U01JANE"}}},
        {**EVENT, "event": {**SAID, "text": ["24087"]}},
        {**EVENT, "event": {"type": "app_home_opened"}},
        {**EVENT, "event": {"type": "user_change", "user": "U01JANE"}},
        {**EVENT, "event": {"type": "channel_rename", "channel": {}}},
        {**EVENT, "event": {"type": "channel_archive"}},
        {**EVENT, "event": SAID, "authorizations": [1]},
        {**EVENT, "event": SAID, "authorizations": {"a": 1}},
        {**EVENT, "event": SAID, "event_time": "soon"},
    ],
    ids=lambda payload: json.dumps(payload)[:80],
)
def test_a_signed_payload_that_is_none_of_slack_s_is_refused(
    client: TestClient, payload: object
) -> None:
    body = json.dumps(payload)
    answer = client.post(PATH, content=body, headers={**JSON, **sign(SECRET, body)})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    form = urlencode({"payload": body})
    headers = {"Content-Type": "application/x-www-form-urlencoded", **sign(SECRET, form)}
    assert client.post(PATH, content=form, headers=headers).status_code == 400


@pytest.mark.parametrize("form", ["command=%2Frec", "payload=", "payload=%7B", "payload=%5B"])
def test_a_signed_form_that_is_none_of_slack_s_is_refused(client: TestClient, form: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", **sign(SECRET, form)}
    assert client.post(PATH, content=form, headers=headers).status_code == 400


def test_nothing_is_redirected_to_the_host_that_a_request_names(store: Store) -> None:
    settings = SlackSettings(
        bot_token=SecretStr("xoxb-pretended"),
        signing_secret=SecretStr(SECRET),
        api_url="http://127.0.0.1:9/api/",
    )
    face = FaceGroup([SlackFace(store, settings)])
    client = TestClient(create_app(face, list))
    for path in (f"{PATH}/", "/healthz/"):
        headers = {"Host": "evil.example"}
        answer = client.post(path, headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.example/api/",
        "http://10.0.0.7/api/",
        "http://127.0.0.1@slack.example/",
        "ftp://127.0.0.1/api/",
        "http://[::1",
    ],
)
def test_the_token_is_sent_in_clear_to_this_machine_alone(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SLACK_API_URL", url)
    with pytest.raises(BadConfiguration, match="SLACK_API_URL"):
        load(SlackSettings)


@pytest.mark.parametrize(
    "url", ["https://slack.example/api", "http://127.0.0.1:3100/api/", "http://[::1]:1/api/"]
)
def test_the_stand_in_on_this_machine_and_tls_are_taken(url: str) -> None:
    assert SlackSettings(api_url=url).api_url == url.rstrip("/") + "/"
