"""Slack and Teams, where the contract of due-work-harness makes an edit twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.slack.courier import SlackCourier
from bot.teams.courier import TeamsCourier
from bot.teams.settings import TeamsSettings
from db.ledger.destinations import bind
from scheduler.courier import Courier
from tests.factories import TEST
from tests.guarantees.force import World
from tests.slack.fake import FakeSlack
from tests.slack.fake.workspace import TOKEN
from tests.teams.fake import BOT, TENANT, FakeTeams


@dataclass(frozen=True)
class Edited:
    """A platform on which edits are made: what it shows, and how often it was edited."""

    courier: Courier
    garble: Callable[[], None]
    shown: Callable[[], list[Any]]
    count: Callable[[], int]


@contextmanager
def edited_on_slack(w: World) -> Iterator[Edited]:
    with FakeSlack() as slack:
        slack.add_user("U01ONE", "One")

        def garble() -> None:
            slack.messages[-1].text = "as it was"

        yield Edited(
            SlackCourier(w.store, TOKEN, api_url=slack.api),
            garble,
            lambda: [(m.ts, m.text) for m in slack.messages],
            lambda: len(slack.called("chat.update")),
        )


@contextmanager
def edited_on_teams(w: World) -> Iterator[Edited]:
    told = TeamsSettings(client_id="dev-bot", tenant_id=TENANT, development=True)
    with FakeTeams() as teams:
        chat = teams.conversation("a:aad-1")
        address = {"user": "aad-1", "team": TENANT, "conversation": chat.id}
        with w.store.write(TEST) as writing:
            bind(writing, "teams", "person1", {**address, "service_url": teams.url, "bot": BOT})

        def garble() -> None:
            chat.latest.activity = {"text": "as it was"}

        yield Edited(
            TeamsCourier(w.store, told),
            garble,
            lambda: [(m.id, m.activity) for m in chat.messages],
            lambda: sum(method == "PUT" for method, _ in teams.calls),
        )
