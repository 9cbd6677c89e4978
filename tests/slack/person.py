"""A person at their Slack: what they say, press and fill in, and what they then see."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.slack import screen
from tests.slack.fake import File, Message, View
from tests.slack.fake.limits import wrong_in_options
from tests.slack.fake.model import ApiError, Channel, Json
from tests.slack.transports import INTERACTION, SLASH, Answer

if TYPE_CHECKING:
    from tests.slack.world import World

GENERAL = "C0GENERAL"


@dataclass(frozen=True)
class Seen:
    """A message as a person sees it."""

    message: Message

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def blocks(self) -> list[Json]:
        return self.message.blocks

    @property
    def words(self) -> str:
        """All that can be read in it: its blocks, or its text where it has none."""
        return screen.words(self.blocks) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        return [found.label for found in screen.buttons(self.blocks)]

    @property
    def private(self) -> bool:
        """True where only one person sees it."""
        return self.message.only_for is not None


class Person:
    """Somebody at their Slack."""

    def __init__(self, world: World, id: str) -> None:
        self.world = world
        self.slack = world.slack
        self.id = id

    # What they do

    def slash(self, text: str, channel: str = GENERAL, command: str = "/rec") -> Answer:
        """A slash command; its answer, if it has one, then stands in the channel."""
        place = self._place(channel)
        url = self.slack.response_url(place.id, self.id)
        answer = self.world.deliver(
            SLASH,
            {
                "token": "unused",
                "command": command,
                "text": text,
                "user_id": self.id,
                "user_name": self._me["name"],
                "team_id": self._team,
                "team_domain": "sample",
                "channel_id": place.id,
                "channel_name": "directmessage" if place.user else place.name,
                "api_app_id": "A0DULY",
                "is_enterprise_install": "false",
                "response_url": self.slack.base + url,
                "trigger_id": self.slack.trigger(self.id),
            },
        )
        if answer.status == 200 and (answer.body.get("text") or answer.body.get("blocks")):
            self._take(lambda: self.slack.say_back(self.slack.responses[url[10:]], answer.body))
        return answer

    def mention(self, text: str, channel: str = GENERAL, thread: str | None = None) -> Message:
        """ "@Duly …" in a channel; gives the message."""
        bot = self.slack.teams[self.world.team].bot
        said = self.says(f"<@{bot}> {text}", channel, thread)
        event = {"type": "app_mention", **self._as_event(said, channel)}
        self.world.event(event, is_ext_shared_channel=self._place(channel).is_ext_shared)
        return said

    def direct(self, text: str, thread: str | None = None) -> Message:
        """A direct message to Duly; gives the message."""
        place = self.direct_channel
        said = self.says(text, place, thread)
        self.world.event({"type": "message", "channel_type": "im", **self._as_event(said, place)})
        return said

    def says(self, text: str, channel: str = GENERAL, thread: str | None = None) -> Message:
        """A message that no app is told about."""
        message = Message(
            self.slack.stamp(), self._place(channel).id, self.id, text, thread_ts=thread
        )
        with self.slack.lock:
            return self.slack.keep(message)

    def press(self, label: str, on: Seen | None = None, times: int = 1) -> Answer:
        """Press a button of the latest message that has it, or of `on`; `times` for a double
        click. Raises AssertionError when there is none."""
        seen = on or self._with_button(label)
        message = seen.message
        found = screen.button(message.blocks, label)
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": seen.private,
        }
        place = self.slack.channels[message.channel]
        told: Json = {
            "container": container,
            "channel": {"id": place.id, "name": place.name or "directmessage"},
            "state": {"values": {}},
        }
        if not seen.private:
            shown = message.shown(metadata=True)
            told["message"] = {**shown, "blocks": screen.blocks_with_ids(message.blocks)}
        moment = f"{time.time():.6f}"
        for _ in range(times):
            url = self.slack.response_url(message.channel, self.id, message.ts)
            answer = self._act(found, moment, {**told, "response_url": self.slack.base + url})
        return answer

    def press_home(self, label: str) -> Answer:
        """Press a button of Home."""
        view = self.slack.homes[self.id]
        return self._press_view(view, label)

    def press_modal(self, label: str) -> Answer:
        """Press a button of the modal in sight, with what stands in its inputs."""
        view = self.modal
        assert view is not None, "no modal is open"
        return self._press_view(view, label)

    def submit(self, values: Mapping[str, str] | None = None) -> dict[str, str]:
        """Fill in the modal in sight, by label or block_id, and submit it; gives the errors.

        What is not named stands as it was. Raises AssertionError where Slack itself would not
        let it be submitted.
        """
        view = self.modal
        assert view is not None, "no modal is open"
        states = self._fill(view, dict(values or {}))
        answer = self.world.deliver(
            INTERACTION,
            {
                "type": "view_submission",
                "view": view.shown(states),
                "response_urls": [],
                "trigger_id": self.slack.trigger(self.id),
                **self._envelope,
            },
        )
        assert answer.status == 200, f"the submission was answered {answer.status}"
        view.body = _kept(view.body, states)
        return self._obey(view, answer.body)

    def cancel(self) -> None:
        """Close the modal in sight."""
        view = self.slack.views[self.id].pop()
        if view.body.get("notify_on_close"):
            told = {"type": "view_closed", "view": view.shown(), "is_cleared": False}
            self.world.deliver(INTERACTION, {**told, **self._envelope})

    def shortcut(self, callback_id: str, on: Message | None = None) -> Answer:
        """A global shortcut, or a message shortcut `on` a message."""
        told: Json = {
            "type": "message_action" if on else "shortcut",
            "callback_id": callback_id,
            "trigger_id": self.slack.trigger(self.id),
            "action_ts": f"{time.time():.6f}",
            **self._envelope,
        }
        if on is not None:
            place = self.slack.channels[on.channel]
            url = self.slack.response_url(place.id, self.id)
            told |= {
                "message": on.shown(),
                "message_ts": on.ts,
                "channel": {"id": place.id, "name": place.name or "directmessage"},
                "response_url": self.slack.base + url,
            }
        return self.world.deliver(INTERACTION, told)

    def open_home(self) -> View | None:
        """Open Duly's Home; gives what it shows."""
        place = self.direct_channel
        self.world.event(
            {"type": "app_home_opened", "user": self.id, "channel": place, "tab": "home"}
        )
        return self.home

    def options(self, view: View, found: screen.Found, typed: str) -> list[Json]:
        """The options of an external select for what was typed."""
        answer = self.world.deliver(
            INTERACTION,
            {
                "type": "block_suggestion",
                "action_id": found.action_id,
                "block_id": found.block_id,
                "value": typed,
                "view": view.shown(),
                "container": {"type": "view", "view_id": view.id},
                **self._envelope,
            },
        )
        groups = answer.body.get("option_groups", [])
        offered = [*answer.body.get("options", []), *(o for g in groups for o in g["options"])]
        wrong = wrong_in_options(offered)
        self.slack.troubles += wrong
        return offered

    def share(
        self, name: str, content: bytes, channel: str = GENERAL, size: int | None = None
    ) -> Message:
        """Put a file into a channel; gives the message it hangs on."""
        id = f"F{self.slack.number():08d}"
        self.slack.files[id] = File(id, name, content, self.id, self.world.team, size)
        message = self.says("", channel)
        message.files = [self.slack.files[id].shown(self.slack.base)]
        return message

    # What they see

    def sees(self, channel: str = GENERAL) -> list[Seen]:
        """The channel's messages that this person sees, the oldest first."""
        place = self._place(channel).id
        with self.slack.lock:
            return [
                Seen(m)
                for m in self.slack.messages
                if m.channel == place and m.only_for in (None, self.id)
            ]

    def latest(self, channel: str = GENERAL) -> Seen:
        """The last thing Duly said to this person there. Raises AssertionError."""
        told = [seen for seen in self.sees(channel) if seen.message.by_bot]
        assert told, f"Duly has said nothing to {self.id} in {channel}"
        return told[-1]

    def latest_direct(self) -> Seen:
        return self.latest(self.direct_channel)

    @property
    def direct_channel(self) -> str:
        """The id of their direct messages with Duly."""
        return self.slack.direct(self.id, self.world.team).id

    @property
    def modal(self) -> View | None:
        """The modal in sight."""
        stack = self.slack.views.get(self.id)
        return stack[-1] if stack else None

    @property
    def form(self) -> dict[str, str]:
        """The modal's inputs by label, with what stands in them."""
        view = self.modal
        assert view is not None, "no modal is open"
        return {
            found.label: _said(screen.standing(found))
            for found in screen.inputs(view.body["blocks"])
        }

    @property
    def home(self) -> View | None:
        return self.slack.homes.get(self.id)

    @property
    def home_words(self) -> str:
        return screen.words(self.home.body["blocks"]) if self.home else ""

    # How

    @property
    def _me(self) -> Json:
        return {
            "id": self.id,
            "name": self.id.lower(),
            "username": self.id.lower(),
            "team_id": self._team,
        }

    @property
    def _team(self) -> str:
        return self.slack.users[self.id].team

    @property
    def _envelope(self) -> Json:
        """The fields of every interaction: the person with their own team."""
        return {
            "team": {"id": self._team, "domain": "sample"},
            "user": self._me,
            "api_app_id": "A0DULY",
            "token": "unused",
            "is_enterprise_install": False,
            "enterprise": None,
        }

    def _place(self, channel: str) -> Channel:
        """A channel by its id, or by its name with a #."""
        for found in self.slack.channels.values():
            if channel in (found.id, f"#{found.name}"):
                if found.user is None:
                    found.members.add(self.id)
                return found
        raise AssertionError(f"no channel {channel}")

    def _as_event(self, said: Message, channel: str) -> Json:
        told = said.shown()
        told.pop("type")
        return {**told, "team": self._team, "channel": self._place(channel).id}

    def _with_button(self, label: str) -> Seen:
        with self.slack.lock:
            mine = [Seen(m) for m in self.slack.messages if self._in_sight(m)]
        for seen in reversed(mine):
            if any(found.label.startswith(label) for found in screen.buttons(seen.blocks)):
                return seen
        raise AssertionError(f"no button {label!r} in any message of {self.id}")

    def _in_sight(self, message: Message) -> bool:
        there = self.id in self.slack.channels[message.channel].members
        return there and message.only_for in (None, self.id)

    def _press_view(self, view: View, label: str) -> Answer:
        found = screen.button(view.body["blocks"], label)
        values: Json = {}
        for one in screen.inputs(view.body["blocks"]):
            values.setdefault(one.block_id, {})[one.action_id] = screen.standing(one)
        told = {
            "container": {"type": "view", "view_id": view.id},
            "view": view.shown(values),
        }
        return self._act(found, f"{time.time():.6f}", told)

    def _act(self, found: screen.Found, moment: str, told: Json) -> Answer:
        return self.world.deliver(
            INTERACTION,
            {
                "type": "block_actions",
                "trigger_id": self.slack.trigger(self.id),
                "actions": [{**found.element, "block_id": found.block_id, "action_ts": moment}],
                **self._envelope,
                **told,
            },
        )

    def _fill(self, view: View, values: dict[str, str]) -> Json:
        states: Json = {}
        for found in screen.inputs(view.body["blocks"]):
            state = screen.standing(found)
            name = found.label if found.label in values else found.block_id
            if name in values:
                value = values.pop(name)
                offered: Sequence[Json] = found.element.get("options", [])
                if found.element["type"] == "external_select":
                    offered = self.options(view, found, value)
                state = screen.filled(found, value, offered)
            assert found.optional or not screen.empty(state), f"{found.label} is required"
            states.setdefault(found.block_id, {})[found.action_id] = state
        assert not values, f"the form has no {sorted(values)}"
        return states

    def _obey(self, view: View, body: Json) -> dict[str, str]:
        """Do with the modal what the app said; gives the errors beside fields."""
        action = body.get("response_action")
        if action == "errors":
            names = {found.block_id for found in screen.inputs(view.body["blocks"])}
            errors = {str(name): str(told) for name, told in body["errors"].items()}
            if stray := set(errors) - names:
                self.slack.troubles.append(f"errors beside no input: {sorted(stray)}")
            return errors
        if action == "update":
            self._take(lambda: self.slack.replace(view, body["view"]))
        elif action == "push":
            self._take(lambda: self.slack.push(self.id, body["view"]))
        elif action == "clear":
            self.slack.views[self.id] = []
        elif view in self.slack.views.get(self.id, []):
            self.slack.views[self.id].remove(view)
        return {}

    def _take(self, work: Callable[[], object]) -> None:
        """Check a message that came in an answer as one that was posted by a call."""
        try:
            with self.slack.lock:
                work()
        except ApiError as error:
            self.world.refused.append(f"{error.error}: {error.told}")


def _said(state: Json) -> str:
    """An input's state in words."""
    for value in (state.get(name) for name in state if name != "type"):
        if isinstance(value, dict):
            return str(value["text"]["text"])
        if value:
            return str(value)
    return ""


def _kept(body: Json, states: Json) -> Json:
    """A view's body with what was typed in its inputs, as it looks after a refusal."""
    blocks = []
    for block in screen.blocks_with_ids(body["blocks"]):
        if block["type"] == "input":
            state = states[block["block_id"]][block["element"]["action_id"]]
            kept = {f"initial_{name.removeprefix('selected_')}": value
                    for name, value in state.items() if name != "type" and value}  # fmt: skip
            plain = {k: v for k, v in block["element"].items() if not k.startswith("initial_")}
            block = {**block, "element": {**plain, **kept}}
        blocks.append(block)
    return {**body, "blocks": blocks}
