"""People in a Slack with Duly: what they say, press and fill in, and what they then see.

jane = world.person("U01JANE")
jane.slash("24087")
jane.press("Update")
jane.submit({"Progress": "At risk", "What has changed": "The supplier is late"})
assert "Amber: at risk" in jane.latest().words
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.slack.fake import FakeSlack
from tests.slack.fake.model import Json
from tests.slack.fake.workspace import BOT, HOME
from tests.slack.person import GENERAL, Person, Seen
from tests.slack.transports import EVENT, Answer, Retry, Transport

__all__ = ["GENERAL", "Person", "Seen", "World"]

BREATH = 2.0
"""Seconds that a person takes between two acts, on the fake's clock."""
EVENTUALLY = 10.0


class World:
    """The fake Slack, a transport to the app, and the people."""

    def __init__(self, slack: FakeSlack, transport: Transport, team: str = HOME) -> None:
        self.slack = slack
        self.transport = transport
        self.team = team
        self.refused: list[str] = []
        """Messages of the app's that Slack did not take: shown to nobody."""
        self._last: tuple[str, Json] | None = None
        if GENERAL not in slack.channels:
            slack.add_channel(GENERAL, "general")

    def person(self, id: str, name: str = "", **marks: Any) -> Person:
        """Somebody by their id; made a member of the workspace, and of #general, if new."""
        if id not in self.slack.users:
            self.slack.add_user(id, name or id, marks.pop("team", self.team), **marks)
        self.slack.channels[GENERAL].members.add(id)
        return Person(self, id)

    def deliver(self, kind: str, payload: Json) -> Answer:
        """Hand a payload to the app, a breath after the last. Raises NotAnswered."""
        self.slack.later(BREATH)
        self._last = (kind, payload)
        return self.transport.deliver(kind, payload)

    def again(self, number: int = 1) -> Answer:
        """The last payload once more, as Slack does when it heard nothing."""
        assert self._last is not None
        kind, payload = self._last
        return self.transport.deliver(kind, payload, Retry(number))

    def event(self, event: Json, *, team: str | None = None, **told: Any) -> Answer:
        """An event of the Events API."""
        team = team or self.team
        bot = self.slack.teams[team].bot if team in self.slack.teams else BOT
        return self.deliver(
            EVENT,
            {
                "type": "event_callback",
                "token": "unused",
                "team_id": team,
                "api_app_id": "A0DULY",
                "event_id": f"Ev{self.slack.number():08d}",
                "event_time": int(time.time()),
                "authorizations": [{"team_id": team, "user_id": bot, "is_bot": True}],
                "event": {"event_ts": self.slack.stamp(), **event},
                **told,
            },
        )

    def eventually(self, holds: Callable[[], bool], seconds: float = EVENTUALLY) -> None:
        """Wait until something holds. Raises AssertionError when it does not."""
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, "it did not come to hold"
            time.sleep(0.02)
