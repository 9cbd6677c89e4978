"""POST /slack/events: whatever Slack has not signed goes no further than the door."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from bot.slack.face import SlackFace
from bot.slack.http import BODY_LIMIT, PATH
from bot.slack.settings import SlackSettings
from db.store import Store
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
