"""Authentication of requests to `POST /api/messages`, and the refusal of what is no activity."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.teams.connector import CallFailed, Connector
from bot.teams.endpoint import MAX_BYTES, PATH, MessagingEndpoint
from bot.teams.face import TeamsFace
from bot.teams.sdk import ActivityBase
from bot.teams.settings import TeamsSettings
from db.clock import SystemClock
from db.store import Store
from db.tables import Mark
from tests.factories import TEST
from tests.slack.transports import Loop
from tests.teams.fake import TENANT
from tests.teams.keys import KID, KeySet
from tests.teams.lines import JSON, InProcess

CLIENT = "d0170000-0000-4000-8000-00000000000b"
SERVICE = "https://smba.trafficmanager.net/uk/"
LOOPBACK = "http://127.0.0.1:56150/_connector"
ACTIVITY = {
    "type": "message",
    "id": "1",
    "text": "24087",
    "channelId": "msteams",
    "serviceUrl": SERVICE,
    "from": {"id": "29:jane"},
    "recipient": {"id": "28:duly"},
    "conversation": {"id": "a:jane"},
}
DAY = 86_400


class Served:
    """An endpoint in this process, and the activities that it handled."""

    def __init__(self, settings: TeamsSettings, keys: KeySet, loop: Loop) -> None:
        self.handled: list[ActivityBase] = []
        self.fails = False
        self.endpoint = MessagingEndpoint(settings, self._handle, keys.cloud)
        self.server = FastAPI()
        self.endpoint.route(self.server)
        self.line = InProcess(self.server, loop)

    async def _handle(self, activity: ActivityBase) -> dict[str, Any]:
        self.handled.append(activity)
        if self.fails:
            raise ZeroDivisionError
        return {"seen": activity.id}

    def post(self, token: str | None, **changes: Any) -> int:
        """The status with a token; None has no Authorization header."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return self.line.deliver({**ACTIVITY, **changes}, headers).status


@pytest.fixture(scope="module")
def keys() -> Iterator[KeySet]:
    with KeySet() as key_set:
        yield key_set


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    serving = Loop()
    yield serving
    serving.close()


@pytest.fixture
def production(keys: KeySet, loop: Loop) -> Iterator[Served]:
    """An endpoint in production."""
    settings = TeamsSettings(
        client_id=CLIENT, client_secret=SecretStr("pretended"), tenant_id=TENANT
    )
    served = Served(settings, keys, loop)
    yield served
    served.endpoint.close()


@pytest.fixture
def development(keys: KeySet, loop: Loop) -> Iterator[Served]:
    """An endpoint in development."""
    served = Served(TeamsSettings(client_id="dev-bot", development=True), keys, loop)
    yield served
    served.endpoint.close()


def test_a_good_token_is_handled(production: Served, keys: KeySet) -> None:
    assert production.post(keys.token(aud=CLIENT, serviceurl=SERVICE)) == 200
    assert [activity.id for activity in production.handled] == ["1"]


def test_without_a_token_nobody_is_handled(production: Served) -> None:
    assert production.post(None) == 401
    assert production.handled == []


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"iss": "https://sts.windows.net/another/"},
        {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "tid": TENANT},
        {"iss": None},
        {"exp": int(time.time()) - DAY},
        {"exp": None},
        {"nbf": int(time.time()) + DAY},
        {"serviceurl": "https://elsewhere.example.org/"},
        {"serviceurl": None},
    ],
)
def test_a_wrong_claim_is_turned_away(
    production: Served, keys: KeySet, claims: dict[str, Any]
) -> None:
    good = {"aud": CLIENT, "serviceurl": SERVICE}
    assert production.post(keys.token(**{**good, **claims})) == 401
    assert production.handled == []


def test_another_s_key_is_turned_away(production: Served, keys: KeySet) -> None:
    token = keys.token(key=keys.other, aud=CLIENT, serviceurl=SERVICE)
    assert production.post(token) == 401


@pytest.mark.parametrize("kid", ["another", "nobody", "unknown"])
def test_a_key_that_is_not_endorsed_for_teams_is_turned_away(
    production: Served, keys: KeySet, kid: str
) -> None:
    assert production.post(keys.token(aud=CLIENT, serviceurl=SERVICE, kid=kid)) == 401
    assert production.post(keys.token(aud=CLIENT, serviceurl=SERVICE)) == 200


@pytest.mark.parametrize("channel", ["directline", "webchat", "emulator", "MSTeams", "", None, 1])
def test_another_channel_is_turned_away(
    production: Served, development: Served, keys: KeySet, channel: object
) -> None:
    token = keys.token(aud=CLIENT, serviceurl=SERVICE)
    assert production.post(token, channelId=channel) == 401
    assert development.post(None, channelId=channel, serviceUrl=LOOPBACK) == 401
    assert production.handled == development.handled == []


def test_a_token_that_is_signed_with_nothing_is_turned_away(production: Served) -> None:
    claims = {"iss": "https://api.botframework.com", "aud": CLIENT, "serviceurl": SERVICE}
    for token in (
        jwt.encode(claims, "", "none", headers={"kid": KID}),
        jwt.encode(claims, "a shared secret of thirty-two bytes", "HS256", headers={"kid": KID}),
        "no.token.at-all",
        "",
    ):
        assert production.post(token) == 401
    assert production.handled == []


def test_an_activity_that_names_no_service_address_is_turned_away(
    production: Served, keys: KeySet
) -> None:
    assert production.post(keys.token(aud=CLIENT, serviceurl=SERVICE), serviceUrl="") == 401


def test_development_needs_no_token_on_this_machine(development: Served) -> None:
    assert development.post(None, serviceUrl=LOOPBACK) == 200


@pytest.mark.parametrize(
    ("host", "client", "service"),
    [
        ("duly.example.org", "127.0.0.1", "http://127.0.0.1:56150/"),
        ("127.0.0.1:8080", "192.0.2.7", "http://127.0.0.1:56150/"),
        ("127.0.0.1:8080", "127.0.0.1", SERVICE),
        ("127.0.0.1:8080", "127.0.0.1", ""),
    ],
)
def test_development_stays_on_this_machine(
    development: Served, host: str, client: str, service: str
) -> None:
    body = json.dumps({**ACTIVITY, "serviceUrl": service}).encode()
    assert development.line.raw(body, {**JSON, "host": host}, client=client).status == 401
    assert development.handled == []


@pytest.mark.parametrize(
    "name",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via", "X-Real-IP"],
)
def test_development_takes_nothing_that_a_proxy_hands_on(development: Served, name: str) -> None:
    body = json.dumps({**ACTIVITY, "serviceUrl": LOOPBACK}).encode()
    assert development.line.raw(body, {**JSON, name: "192.0.2.7"}).status == 401
    assert development.line.raw(body, {**JSON, name: ""}).status == 401
    assert development.handled == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"{}", JSON, 400),
        (b'{"type": 1}', JSON, 400),
        (
            b'{"type": "message", "channelId": "msteams", "serviceUrl": "http://127.0.0.1:1/"}',
            JSON,
            400,
        ),
        (b"[" * 100_000, JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (json.dumps(ACTIVITY).encode(), {"content-type": "text/plain"}, 400),
        (b" " * (MAX_BYTES + 1), JSON, 413),
    ],
)
def test_what_is_no_activity_is_refused(
    development: Served, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert development.line.raw(body, headers).status == status
    assert development.handled == []


def test_a_request_that_ends_before_it_is_whole_is_refused_and_no_incident(
    development: Served, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "query_string": b""}
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(development.server(scope, receive, send))
    assert sent[0]["status"] == 400
    assert [record.message for record in caplog.records] == ["refused"]


def test_a_refusal_is_told_in_a_sentence_and_logged(
    development: Served, caplog: pytest.LogCaptureFixture
) -> None:
    answer = development.line.deliver({**ACTIVITY, "serviceUrl": LOOPBACK, "from": None})
    assert answer.status == 400
    assert answer.body["error"].startswith("This is no activity of Teams: message.from: ")
    (record,) = (r for r in caplog.records if r.message == "refused")
    assert record.__dict__["reason"] == answer.body["error"]


def test_a_failure_is_answered_with_the_incident_that_is_logged(
    development: Served, caplog: pytest.LogCaptureFixture
) -> None:
    development.fails = True
    answer = development.line.deliver({**ACTIVITY, "serviceUrl": LOOPBACK})
    assert answer.status == 500
    (record,) = (r for r in caplog.records if r.message == "request failed")
    assert answer.body["error"] == f"incident {record.__dict__['incident']}"
    assert record.exc_info is not None


def test_it_is_ready_once_microsoft_gives_a_token(
    store: Store, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[CallFailed | None] = [CallFailed("the secret ran out.")]

    async def token(_: Connector) -> str:
        failed = outcomes.pop(0) if outcomes else None
        if failed is not None:
            raise failed
        return "pretended"

    monkeypatch.setattr(Connector, "token", token)
    monkeypatch.setattr("bot.teams.face.FIRST_WAIT", 0.2)
    monkeypatch.setattr(store, "clock", SystemClock())
    settings = TeamsSettings(
        client_id=CLIENT, client_secret=SecretStr("pretended"), tenant_id=TENANT
    )
    with store.write(TEST) as writing:
        writing.session.delete(writing.session.get_one(Mark, "kind"))
    face = TeamsFace(store, settings)
    assert "not confirmed" in face.reasons()[0]
    told: list[str] = []
    loop.run(face.start)
    end = time.monotonic() + 30
    while face.reasons() and time.monotonic() < end:
        told += face.reasons()
        time.sleep(0.001)
    loop.run(face.stop)
    assert face.reasons() == []
    assert "Duly has no token for Teams: the secret ran out." in told
