"""Looking for a message whose post was never answered, in a channel where much is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack.channel_history import TOO_MUCH
from bot.slack.courier import SlackCourier
from db.store import Store
from scheduler.courier import Letter, NotDelivered
from tests.factories import apply
from tests.slack.fake import FakeSlack, Silent
from tests.slack.fake.model import Message
from tests.slack.fake.workspace import BEGUN, TOKEN

Run = Callable[[Coroutine[Any, Any, Any]], Any]
DAY = datetime.fromtimestamp(BEGUN, UTC)
LETTER = Letter("1/#pib/channel/1", "#pib", None, "channel", DAY.date(), "The board meets.")


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as found:
        found.add_channel("C0PIB", "pib")
        yield found
        found.check()


@pytest.fixture
def courier(store: Store, slack: FakeSlack) -> SlackCourier:
    apply(store)
    return SlackCourier(store, TOKEN, api_url=slack.api, claim=timedelta(seconds=40))


@pytest.fixture
def run() -> Iterator[Run]:
    """One event loop for all of a test, as one pass has."""
    with asyncio.Runner() as runner:
        yield runner.run


def talk(slack: FakeSlack, count: int) -> None:
    for _ in range(count):
        slack.keep(Message(slack.stamp(), "C0PIB", "U01JANE", "Good morning."))


def test_it_is_found_by_its_key(run: Run, courier: SlackCourier, slack: FakeSlack) -> None:
    posted = run(courier.post(LETTER))
    talk(slack, 300)
    assert run(courier.find(LETTER)) == posted
    assert run(courier.find(replace(LETTER, key="1/#pib/channel/2"))) is None


def test_a_channel_is_read_once_for_all_that_is_looked_for_in_it(
    run: Run, courier: SlackCourier, slack: FakeSlack
) -> None:
    letters = [replace(LETTER, key=f"1/#pib/channel/{n}") for n in range(4)]
    run(courier.post(letters[2]))
    found = [run(courier.find(letter)) is not None for letter in letters]
    assert found == [False, False, True, False]
    assert len(slack.called("conversations.history")) == 1


def test_beyond_a_thousand_messages_nobody_can_say(
    run: Run, courier: SlackCourier, slack: FakeSlack
) -> None:
    run(courier.post(LETTER))
    talk(slack, 1_000)
    with pytest.raises(NotDelivered, match=TOO_MUCH) as refused:
        run(courier.find(LETTER))
    assert refused.value.for_good


def test_what_was_said_long_before_it_was_gathered_is_not_looked_through(
    run: Run, courier: SlackCourier, slack: FakeSlack
) -> None:
    talk(slack, 1_001)
    later = DAY + timedelta(days=2)
    assert run(courier.find(replace(LETTER, since=later))) is None
    assert len(slack.called("conversations.history")) == 1


def test_a_slack_that_is_slow_at_all_else_gets_no_post_when_the_claim_may_be_over(
    run: Run, courier: SlackCourier, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 9.9])
    monkeypatch.setattr("bot.slack.courier.monotonic", lambda: next(moments))
    with pytest.raises(NotDelivered, match="too slow") as refused:
        run(courier.post(LETTER))
    assert not refused.value.uncertain
    assert slack.called("chat.postMessage") == []


def test_a_history_that_fails_in_the_middle_is_read_anew(
    run: Run, courier: SlackCourier, slack: FakeSlack
) -> None:
    posted = run(courier.post(LETTER))
    talk(slack, 300)
    slack.faults.queue("conversations.history", Silent(0))
    with pytest.raises(NotDelivered) as refused:
        run(courier.find(LETTER))
    assert not refused.value.for_good
    assert run(courier.find(LETTER)) == posted
