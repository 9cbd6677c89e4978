"""Socket Mode against a Slack that cuts, warns, refuses and falls silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.app import SlackApp
from bot.slack.settings import SlackSettings
from bot.slack.socket import FINISH_SECONDS, SocketMode
from db.store import Store
from tests.slack.fake import FakeSlack, Limited
from tests.slack.fake.server import CONNECT
from tests.slack.scenes import build
from tests.slack.transports import SLASH, Loop, Socket
from tests.support.until import until

PING = 0.2
REC = {
    "command": "/rec",
    "text": "help",
    "user_id": "U01JANE",
    "team_id": "T0HOME",
    "channel_id": "D0JANE",
}


class Counting:
    """The app's dispatch, counted; `status` answers instead of it."""

    def __init__(self, app: SlackApp) -> None:
        self._dispatch = app.async_dispatch
        self.asked = 0
        self.status: int | None = None

    async def __call__(self, request: AsyncBoltRequest) -> BoltResponse:
        self.asked += 1
        if self.status is not None:
            return BoltResponse(status=self.status)
        return await self._dispatch(request)


class Held:
    """Sockets to a fake Slack, on a loop of their own."""

    def __init__(self, slack: FakeSlack, store: Store, loop: Loop) -> None:
        settings = SlackSettings(
            bot_token=SecretStr("xoxb-pretended"),
            api_url=slack.api,
        )
        self.app = build(store, settings)
        self.counting = Counting(self.app)
        vars(self.app)["async_dispatch"] = self.counting
        self.loop = loop
        self.slack = slack
        self.sockets: SocketMode | None = None

    def start(self, **more: Any) -> SocketMode:
        async def begun() -> SocketMode:
            sockets = SocketMode(self.app, self.slack.app_token, ping_seconds=PING, **more)
            sockets.start()
            return sockets

        self.sockets = self.loop.run(begun)
        return self.sockets

    def stop(self) -> None:
        if self.sockets is not None:
            self.loop.run(self.sockets.stop)
            self.sockets = None


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as opened:
        opened.add_user("U01JANE", "Jane Doe")
        yield opened
        opened.check()


@pytest.fixture
def held(slack: FakeSlack, store: Store) -> Iterator[Held]:
    loop = Loop()
    made = Held(slack, store, loop)
    try:
        yield made
    finally:
        made.stop()
        loop.close()


def test_two_sockets_are_opened_and_each_answers(held: Held, slack: FakeSlack) -> None:
    sockets = held.start()
    slack.sockets.wait_for(2)
    until(lambda: sockets.open == 2)
    assert sockets.reasons() == []
    transport = Socket(slack.sockets)
    for _ in range(2):
        assert transport.deliver(SLASH, REC).body["response_type"] == "ephemeral"
    assert [len(link.received) for link in slack.sockets.links] == [1, 1]


def test_one_that_is_cut_is_opened_again(held: Held, slack: FakeSlack) -> None:
    sockets = held.start()
    slack.sockets.wait_for(2)
    opened = slack.sockets.opened
    slack.sockets.cut()
    slack.sockets.wait_for_another(opened)
    until(lambda: sockets.open == 2)


def test_silent_ones_are_noticed_and_opened_again(held: Held, slack: FakeSlack) -> None:
    held.start()
    slack.sockets.wait_for(2)
    opened = slack.sockets.opened
    slack.sockets.silence()
    slack.sockets.wait_for_another(opened + 1, 20)
    until(lambda: any(not link.mute for link in slack.sockets.links))


def test_one_that_answers_pings_and_brings_nothing_is_renewed(held: Held, slack: FakeSlack) -> None:
    held.start(quiet_seconds=0.3)
    slack.sockets.wait_for(2)
    slack.sockets.wait_for_another(slack.sockets.opened + 1)


def test_after_a_warning_the_next_is_open_before_the_last_is_closed(
    held: Held, slack: FakeSlack
) -> None:
    held.start()
    slack.sockets.wait_for(2)
    slack.sockets.warn("warning")
    slack.sockets.wait_for(3)
    Socket(slack.sockets).deliver(SLASH, REC)
    slack.sockets.cut()
    until(lambda: len(slack.sockets.links) == 2)


def test_socket_mode_switched_off_is_a_reason(held: Held, slack: FakeSlack) -> None:
    sockets = held.start(count=1)
    slack.sockets.wait_for(1)
    until(lambda: sockets.open == 1)
    slack.sockets.warn("link_disabled")
    until(lambda: "Socket Mode is switched off" in " ".join(sockets.reasons()))


def test_a_token_that_slack_refuses_is_a_reason(held: Held, slack: FakeSlack) -> None:
    slack.app_token = "xapp-another"
    held.app.client.token = "xoxb-pretended"
    sockets = SocketMode(held.app, "xapp-old")

    async def begin() -> None:
        sockets.start()

    held.loop.run(begin)
    held.sockets = sockets
    until(lambda: "not_allowed_token_type" in " ".join(sockets.reasons()))


def test_an_envelope_that_comes_twice_acts_once_and_is_answered_twice(
    held: Held, slack: FakeSlack
) -> None:
    held.start()
    slack.sockets.wait_for(2)
    for _ in range(2):
        with pytest.raises(TimeoutError):  # the fake waits for another envelope's answer
            slack.sockets.send(SLASH, REC, 0.1, envelope_id="the-same")

    def answers() -> list[dict[str, Any]]:
        return [said for link in slack.sockets.links for said in link.received]

    until(lambda: len(answers()) == 2)
    first, second = answers()
    assert first == second
    assert first["payload"]["response_type"] == "ephemeral"
    assert held.counting.asked == 1


def test_what_failed_is_not_acknowledged(held: Held, slack: FakeSlack) -> None:
    held.start()
    slack.sockets.wait_for(2)
    held.counting.status = 500
    with pytest.raises(TimeoutError):
        slack.sockets.send(SLASH, REC, 0.5)
    assert held.counting.asked == 1


def test_an_answer_whose_socket_is_gone_takes_the_other(held: Held, slack: FakeSlack) -> None:
    held.start()
    slack.sockets.wait_for(2)
    dispatch = held.counting._dispatch

    async def slow(request: AsyncBoltRequest) -> BoltResponse:
        await asyncio.sleep(1)
        return await dispatch(request)

    vars(held.counting)["_dispatch"] = slow
    with pytest.raises(TimeoutError):
        slack.sockets.send(SLASH, REC, 0.1, envelope_id="in-hand")
    slack.sockets.cut()
    until(lambda: any(link.received for link in slack.sockets.links))


def test_slack_that_asks_for_patience_is_given_it(held: Held, slack: FakeSlack) -> None:
    slack.faults.queue(CONNECT, Limited(1), Limited(1))
    begun = time.monotonic()
    sockets = held.start()
    slack.sockets.wait_for(2)
    assert time.monotonic() - begun >= 1
    until(lambda: sockets.open == 2)


def test_a_failure_that_nobody_foresaw_is_logged_and_no_socket_is_given_up(
    held: Held, slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    asked, call = [], held.app.client.apps_connections_open

    async def once_broken(**values: Any) -> Any:
        asked.append(values)
        if len(asked) == 1:
            raise RuntimeError("a fault of ours")
        return await call(**values)

    vars(held.app.client)["apps_connections_open"] = once_broken
    sockets = held.start()
    until(lambda: sockets.open == 2)
    assert "unexpected error" in caplog.messages


def test_it_ends_at_once_even_when_slack_is_silent(held: Held, slack: FakeSlack) -> None:
    held.start()
    slack.sockets.wait_for(2)
    slack.sockets.silence()
    begun = time.monotonic()
    held.stop()
    assert time.monotonic() - begun < FINISH_SECONDS + 5
