"""Authentication of requests to `POST /api/messages`, and the refusal of what is no activity."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from bot.teams.connector import Connector
from bot.teams.endpoint import MAX_BYTES, MessagingEndpoint
from bot.teams.errors import CallFailed
from bot.teams.face import TeamsFace
from bot.teams.sdk import ActivityBase
from bot.teams.settings import TeamsSettings
from db.clock import SystemClock
from db.store import Actor, Store
from db.tables import Mark
from tests.slack.lines import Loop
from tests.teams.fake import TENANT
from tests.teams.keys import KID, KeySet
from tests.teams.lines import JSON, InProcess

CLIENT = "d0170000-0000-4000-8000-00000000000b"
SERVICE = "https://smba.trafficmanager.net/uk/"
ACTIVITY = {
    "type": "message",
    "id": "1",
    "text": "24087",
    "serviceUrl": SERVICE,
    "from": {"id": "29:jane"},
    "recipient": {"id": "28:duly"},
    "conversation": {"id": "a:jane"},
}
DAY = 86_400


class Threshold:
    """A door, and who came through it."""

    def __init__(self, settings: TeamsSettings, keys: KeySet, loop: Loop) -> None:
        self.let_in: list[ActivityBase] = []
        self.door = MessagingEndpoint(settings, self._handle, keys.cloud)
        server = FastAPI()
        self.door.route(server)
        self.line = InProcess(server, loop)

    async def _handle(self, activity: ActivityBase) -> dict[str, Any]:
        self.let_in.append(activity)
        return {"seen": activity.id}

    def knock(self, token: str | None, **changes: Any) -> int:
        """The status with a token; None has no Authorization header."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return self.line.deliver({**ACTIVITY, **changes}, headers).status


@pytest.fixture(scope="module")
def keys() -> Iterator[KeySet]:
    with KeySet() as found:
        yield found


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    found = Loop()
    yield found
    found.close()


@pytest.fixture
def threshold(keys: KeySet, loop: Loop) -> Iterator[Threshold]:
    """A door in production."""
    settings = TeamsSettings(
        client_id=CLIENT, client_secret=SecretStr("pretended"), tenant_id=TENANT
    )
    found = Threshold(settings, keys, loop)
    yield found
    found.door.close()


@pytest.fixture
def local(keys: KeySet, loop: Loop) -> Iterator[Threshold]:
    """A door in development."""
    found = Threshold(TeamsSettings(client_id="dev-bot", development=True), keys, loop)
    yield found
    found.door.close()


def test_a_good_token_is_let_in(threshold: Threshold, keys: KeySet) -> None:
    assert threshold.knock(keys.token(aud=CLIENT, serviceurl=SERVICE)) == 200
    assert [activity.id for activity in threshold.let_in] == ["1"]


def test_without_a_token_nobody_is_let_in(threshold: Threshold) -> None:
    assert threshold.knock(None) == 401
    assert threshold.let_in == []


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
    threshold: Threshold, keys: KeySet, claims: dict[str, Any]
) -> None:
    good = {"aud": CLIENT, "serviceurl": SERVICE}
    assert threshold.knock(keys.token(**{**good, **claims})) == 401
    assert threshold.let_in == []


def test_another_s_key_is_turned_away(threshold: Threshold, keys: KeySet) -> None:
    token = keys.token(key=keys.other, aud=CLIENT, serviceurl=SERVICE)
    assert threshold.knock(token) == 401


def test_a_token_that_is_signed_with_nothing_is_turned_away(threshold: Threshold) -> None:
    claims = {"iss": "https://api.botframework.com", "aud": CLIENT, "serviceurl": SERVICE}
    for token in (
        jwt.encode(claims, "", "none", headers={"kid": KID}),
        jwt.encode(claims, "a shared secret of thirty-two bytes", "HS256", headers={"kid": KID}),
        "no.token.at-all",
        "",
    ):
        assert threshold.knock(token) == 401
    assert threshold.let_in == []


def test_an_activity_that_names_no_service_address_is_turned_away(
    threshold: Threshold, keys: KeySet
) -> None:
    assert threshold.knock(keys.token(aud=CLIENT, serviceurl=SERVICE), serviceUrl="") == 401


def test_development_needs_no_token_on_this_machine(local: Threshold) -> None:
    assert local.knock(None, serviceUrl="http://127.0.0.1:56150/_connector") == 200


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
    local: Threshold, host: str, client: str, service: str
) -> None:
    body = json.dumps({**ACTIVITY, "serviceUrl": service}).encode()
    assert local.line.raw(body, {**JSON, "host": host}, client=client).status == 401
    assert local.let_in == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"{}", JSON, 400),
        (b'{"type": 1}', JSON, 400),
        (b'{"type": "message", "serviceUrl": "http://127.0.0.1:1/"}', JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (json.dumps(ACTIVITY).encode(), {"content-type": "text/plain"}, 400),
        (b" " * (MAX_BYTES + 1), JSON, 413),
    ],
)
def test_what_is_no_activity_is_refused(
    local: Threshold, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert local.line.raw(body, headers).status == status
    assert local.let_in == []


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
    with store.write(Actor("test", "test")) as writing:
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
