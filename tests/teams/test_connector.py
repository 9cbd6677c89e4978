"""Calls to Teams' connector: the token they carry, and where they go."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from microsoft_teams.apps import token_manager
from pydantic import SecretStr

from bot.teams.activity import ConversationReference
from bot.teams.connector import CallFailed, Connector
from bot.teams.settings import TeamsSettings
from tests.teams.fake import BOT, TENANT, FakeTeams, Fault
from tests.teams.world import SETTINGS

PRODUCTION = TeamsSettings(
    client_id="the-app", client_secret=SecretStr("the-secret"), tenant_id=TENANT
)
MESSAGE = {"type": "message", "text": "x"}


def chat(url: str, id: str = "a:jane") -> ConversationReference:
    return ConversationReference(id, url)


def with_connector(
    settings: TeamsSettings, work: Callable[[Connector], Awaitable[Any]], timeout: float = 5
) -> Any:
    async def done() -> Any:
        connector = Connector(settings, timeout=timeout)
        try:
            return await work(connector)
        finally:
            await connector.close()

    return asyncio.run(done())


class Microsoft:
    """Giver of tokens, in place of msal."""

    asked: tuple[Any, ...] = ()
    answer: dict[str, Any] = {}  # noqa: RUF012  # each test sets its own

    def __init__(self, client_id: str, *, client_credential: str, authority: str) -> None:
        Microsoft.asked = (client_id, client_credential, authority)

    def acquire_token_for_client(self, _scopes: list[str]) -> dict[str, Any]:
        return self.answer


@pytest.fixture(autouse=True)
def microsoft(monkeypatch: pytest.MonkeyPatch) -> type[Microsoft]:
    monkeypatch.setattr(token_manager, "ConfidentialClientApplication", Microsoft)
    return Microsoft


def test_each_call_carries_the_apps_token_of_its_own_tenant(microsoft: type[Microsoft]) -> None:
    import jwt

    token = jwt.encode({"aud": "x"}, "k" * 32)
    microsoft.answer = {"access_token": token}
    with FakeTeams() as teams:
        teams.conversation("a:jane")
        id = with_connector(PRODUCTION, lambda c: c.post(chat(teams.url), MESSAGE))
        assert id == teams.conversation("a:jane").latest.id
    assert teams.tokens == [f"Bearer {token}"]
    assert microsoft.asked == (
        "the-app", "the-secret", f"https://login.microsoftonline.com/{TENANT}"
    )  # fmt: skip


def test_without_a_token_nothing_is_sent(microsoft: type[Microsoft]) -> None:
    microsoft.answer = {"error": "invalid_client", "error_description": "The secret ran out"}
    with FakeTeams() as teams, pytest.raises(CallFailed) as failed:
        with_connector(PRODUCTION, lambda c: c.post(chat(teams.url), MESSAGE))
    assert "invalid_client" in failed.value.sentence
    assert not failed.value.perhaps_done
    assert teams.calls == []


def test_in_development_no_token_is_sent() -> None:
    with FakeTeams() as teams:
        teams.conversation("a:jane")
        with_connector(SETTINGS, lambda c: c.post(chat(teams.url), MESSAGE))
    assert teams.tokens == [""]


def test_an_id_is_one_part_of_the_path() -> None:
    with FakeTeams() as teams, pytest.raises(CallFailed) as failed:
        with_connector(
            SETTINGS,
            lambda c: c.post(chat(teams.url, "../../v1/x?y=1#z"), MESSAGE),
        )
    assert failed.value.status == 404
    assert teams.calls == [
        ("POST", "/teams/v3/conversations/..%2F..%2Fv1%2Fx%3Fy=1%23z/activities")
    ]


@pytest.mark.parametrize(
    ("fault", "perhaps"), [(Fault(0), True), (Fault(502), True), (Fault(429), False)]
)
def test_what_may_have_been_done_is_said_to_be_so(fault: Fault, perhaps: bool) -> None:
    with FakeTeams() as teams:
        teams.conversation("a:jane")
        for call, expected in (
            (lambda c: c.post(chat(teams.url), MESSAGE), perhaps),
            (lambda c: c.member(chat(teams.url), "29:jane"), False),
        ):
            teams.faults = [fault]
            with pytest.raises(CallFailed) as failed:
                with_connector(SETTINGS, call)
            assert failed.value.perhaps_done is expected


@contextmanager
def dripping() -> Iterator[str]:
    """A server that answers a byte at a time, each before a client would lose its patience."""
    listening = socket.create_server(("127.0.0.1", 0))
    enough = threading.Event()

    def drip() -> None:
        client, _ = listening.accept()
        with client:
            client.sendall(b"HTTP/1.1 201 Created\r\nx: ")
            while not enough.wait(0.05):
                try:
                    client.sendall(b"x")
                except OSError:
                    return  # the client went away

    server = threading.Thread(target=drip)
    server.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        enough.set()
        server.join()
        listening.close()


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for() -> None:
    with dripping() as url, pytest.raises(CallFailed) as failed:
        with_connector(SETTINGS, lambda c: c.post(chat(url), MESSAGE), timeout=0.5)
    assert failed.value.sentence == "Teams did not answer in time."
    assert failed.value.perhaps_done


def test_a_token_that_does_not_come_keeps_nothing_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enough = threading.Event()

    def hang(*_: object) -> dict[str, Any]:
        enough.wait(60)
        return {}

    monkeypatch.setattr(Microsoft, "acquire_token_for_client", hang)

    async def post(connector: Connector) -> None:
        try:
            await connector.post(chat(teams.url), MESSAGE)
        finally:
            enough.set()

    with FakeTeams() as teams, pytest.raises(CallFailed) as failed:
        with_connector(PRODUCTION, post, timeout=0.1)
    assert failed.value.sentence == "Microsoft gives no token in time."
    assert not failed.value.perhaps_done
    assert teams.calls == []


def test_nobody_there_is_no_doubt() -> None:
    with pytest.raises(CallFailed) as failed:
        with_connector(
            SETTINGS,
            lambda c: c.post(chat("http://127.0.0.1:9/"), MESSAGE),
        )
    assert not failed.value.perhaps_done


def test_teams_own_words_are_kept() -> None:
    with FakeTeams() as teams:
        teams.not_installed.add("29:jane")
        with pytest.raises(CallFailed) as failed:
            with_connector(
                SETTINGS, lambda c: c.open(teams.url, bot=BOT, user="29:jane", tenant=TENANT)
            )
    assert (failed.value.status, failed.value.code) == (403, "BotNotInConversationRoster")
