"""People in a Teams with Duly: what they say, press and fill in, and what they then see.

jane = world.person("jane")
jane.say("rec 24087")
jane.press("On track")
assert "Green: on track" in jane.read()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from fastapi import FastAPI

from bot.teams.face import TeamsFace
from bot.teams.settings import TeamsSettings
from db.organisation.people import set_identity
from db.store import Store
from tests.factories import TEST
from tests.slack.scenes import furnish as furnish_slack
from tests.slack.transports import ANSWER_SECONDS, Loop
from tests.teams import screen
from tests.teams.checking import assert_good, cards_in
from tests.teams.fake import BOT, TENANT, Conversation, FakeTeams, Message
from tests.teams.lines import Answer, InProcess, Line

Json = dict[str, Any]

PEOPLE = ("sam", "alex", "jane", "kit", "lee", "uma", "ned")
TEAM = "19:team@thread.tacv2"
CHANNELS = {name: f"19:{name}@thread.tacv2" for name in ("pib", "gb", "talk")}


def object_id(person: str) -> str:
    """Their id in the directory."""
    return f"aad-{person}"


def account(person: str) -> str:
    """Their id in Teams."""
    return f"29:{person}"


class World:
    """The fake Teams, a line to the app, and the people."""

    def __init__(self, teams: FakeTeams, line: Line, store: Store | None = None) -> None:
        self.teams = teams
        self._store = store
        self.line = line
        self.last: Json = {}

    @property
    def store(self) -> Store:
        assert self._store is not None
        return self._store

    def person(self, name: str, **described: Any) -> Person:
        """Somebody by name; known to Teams from now on."""
        if account(name) not in self.teams.people:
            self.teams.add_person(account(name), aadObjectId=object_id(name), **described)
        return Person(self, name)

    def forget_people(self) -> None:
        """Make the app ask Teams anew about everybody."""
        assert isinstance(self.line, Settled)
        self.line.face.bot.members.forget_all()

    def deliver(self, activity: Json) -> Answer:
        self.last = activity
        return self.line.deliver(activity)

    def again(self) -> Answer:
        """The last activity once more."""
        return self.line.deliver(self.last)


class Person:
    """Somebody who writes to Duly."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.place = f"a:{account(name)}"
        self.dialog: Json | None = None
        self.told: object = None
        """The text or card that answered the last press."""
        world.teams.conversation(self.place)

    @property
    def chat(self) -> Conversation:
        """The personal chat with Duly."""
        return self.world.teams.conversation(self.place)

    def activity(self, type: str, *, channel: str = "", **more: Any) -> Json:
        """An activity from here: from a channel ("pib") or the personal chat."""
        activity: Json = {
            "type": type,
            "id": self.world.teams.number(),
            "timestamp": datetime.now(UTC).isoformat(),
            "channelId": "msteams",
            "serviceUrl": self.world.teams.url,
            "from": {
                "id": account(self.name),
                "name": self.name.title(),
                "aadObjectId": object_id(self.name),
            },
            "recipient": {"id": BOT, "name": "Duly"},
            "conversation": {"id": self.place, "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
        }
        if channel:
            id = CHANNELS[channel]
            root = more.pop("root", activity["id"])
            activity["conversation"] = {
                "id": f"{id};messageid={root}",
                "conversationType": "channel",
                "isGroup": True,
                "tenantId": TENANT,
            }
            activity["channelData"] |= {"team": {"id": TEAM}, "channel": {"id": id}}
        return {**activity, **more}

    def say(self, text: str, **more: Any) -> Answer:
        """Write in the personal chat."""
        activity = self.activity("message", text=text, textFormat="plain", **more)
        return self.world.deliver(activity)

    def mention(self, text: str, channel: str, **more: Any) -> Answer:
        """Write `@Duly …` in a channel."""
        at = "<at>Duly</at>"
        entity = {"type": "mention", "mentioned": {"id": BOT, "name": "Duly"}, "text": at}
        activity = self.activity(
            "message", channel=channel, text=f"{at} {text}", textFormat="plain",
            entities=[entity], **more,
        )  # fmt: skip
        return self.world.deliver(activity)

    def buttons(self, message: Message | None = None) -> list[screen.Press]:
        """Buttons of a message, the latest where none is named."""
        card = (message or self.latest()).card
        return screen.buttons(card) if card is not None else []

    def button(self, label: str, message: Message | None = None) -> screen.Press:
        """Raises AssertionError where there is none."""
        named = [b for b in self.buttons(message) if b.label.rstrip("…") == label.rstrip("…")]
        assert named, f"no {label!r} among {[b.label for b in self.buttons(message)]}"
        return named[0]

    def press(
        self, button: screen.Press | str, message: Message | None = None, **more: Any
    ) -> Answer:
        """Press a button: one that acts at once, or one that opens a dialog."""
        on = message or self.latest()
        if isinstance(button, str):
            button = self.button(button, on)
        data = button.action.get("data", {})
        if data.get("msteams", {}).get("type") == "task/fetch":
            return self._fetch(data, on, **more)
        assert button.action["type"] == "Action.Execute"
        assert data["action"], "Teams wants it beside the verb"
        value = {"action": {**button.action, "id": ""}, "trigger": "manual"}
        invoke = self.activity(
            "invoke", name="adaptiveCard/action", value=value, replyToId=on.id, **more
        )
        answer = self.world.deliver(invoke)
        if answer.body.get("type") == "application/vnd.microsoft.card.adaptive":
            on.activity["attachments"][0]["content"] = answer.body["value"]
        self.told = answer.body.get("value")
        return answer

    def _fetch(self, data: Json, on: Message, **more: Any) -> Answer:
        value = {"data": data, "context": {"theme": "default"}}
        invoke = self.activity("invoke", name="task/fetch", value=value, replyToId=on.id, **more)
        answer = self.world.deliver(invoke)
        self._shown(answer)
        return answer

    def fetch_action(self, value: Json) -> Answer:
        """Choose an action on a message."""
        name = "composeExtension/fetchTask"
        answer = self.world.deliver(self.activity("invoke", name=name, value=value))
        self._shown(answer)
        return answer

    def _shown(self, answer: Answer) -> None:
        task = answer.body.get("task") or {}
        self.dialog = task["value"]["card"]["content"] if task.get("type") == "continue" else None
        self.told = task.get("value")

    def submit(self, values: Mapping[str, str], *, name: str = "task/submit", **more: Any) -> str:
        """Fill in the open dialog and save; what it says where it is open still, else ""."""
        assert self.dialog is not None, "no dialog is open"
        inputs = screen.inputs(self.dialog)
        given = {id: str(each.get("value", "")) for id, each in inputs.items()}
        for field, typed in values.items():
            assert f"f.{field}" in inputs, f"no {field!r} among {list(inputs)}"
            given[f"f.{field}"] = typed
        save = next(b for b in screen.buttons(self.dialog) if b.action["type"] == "Action.Submit")
        value = {"commandContext": "message", "data": {**save.action["data"], **given}}
        answer = self.world.deliver(self.activity("invoke", name=name, value=value, **more))
        self._shown(answer)
        return screen.words(self.dialog) if self.dialog is not None else ""

    def thread(self) -> Conversation:
        """The conversation of the last activity."""
        return self.world.teams.conversation(self.world.last["conversation"]["id"])

    def latest(self) -> Message:
        return self.chat.latest

    def read(self) -> str:
        """Words of the latest message in the personal chat."""
        card = self.latest().card
        assert card is not None
        return screen.words(card)


def furnish(store: Store) -> None:
    """The small force of the Slack tests, its people known to Teams by their object ids."""
    furnish_slack(store)
    known(store)


def known(store: Store) -> None:
    """Give each person their object id."""
    with store.write(TEST) as writing:
        for key in PEOPLE:
            set_identity(writing, key, "slack", None)
            set_identity(writing, key, "teams", object_id(key))


SETTINGS = TeamsSettings(client_id="dev-bot", tenant_id=TENANT, development=True)


@contextmanager
def teams_over(store: Store, settings: TeamsSettings = SETTINGS) -> Iterator[World]:
    """A Teams with Duly over `store`, whatever is in it."""
    loop = Loop()
    try:
        with FakeTeams() as teams, patch("bot.teams.connector.LOOKUP_SECONDS", ANSWER_SECONDS):
            teams.teams[TEAM] = [
                {"id": id, "name": name, "type": "standard"} for name, id in CHANNELS.items()
            ]
            for id in CHANNELS.values():
                teams.conversation(id, "channel")
            face = TeamsFace(store, settings)
            server = FastAPI()
            face.route(server)
            loop.run(face.start)
            try:
                yield World(teams, Settled(server, loop, face, teams), store)
            finally:
                loop.run(face.stop)
            for card in teams.cards:
                assert_good(card)
    finally:
        loop.close()


class Settled(InProcess):
    """A line in this process that waits, too, for the work put off until after each answer."""

    def __init__(self, server: FastAPI, loop: Loop, face: TeamsFace, teams: FakeTeams) -> None:
        super().__init__(server, loop)
        self.face = face
        self.teams = teams

    def deliver(self, activity: Json, headers: dict[str, str] | None = None) -> Answer:
        answer = super().deliver(activity, headers)
        self.teams.cards += cards_in(answer.body)
        self.loop.run(self.face.bot.settled)
        return answer
