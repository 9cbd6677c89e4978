"""A Slack's memory and its rules of keeping it: who, where, what was said, what is open."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.slack.fake.faults import Faults
from tests.slack.fake.limits import wrong_in_message, wrong_in_view
from tests.slack.fake.model import ApiError, Call, Channel, File, Json, Message, Team, User, View

HOME = "T0HOME"
BOT = "U0DULY"
TOKEN = "xoxb-pretended"
BEGUN = 1_672_736_400
"""The first message is of 3 January 2023, 09:00; a ts only has to grow."""
TRIGGER_SECONDS = 3
STACKED = 3
RESPONSES = 5
RESPONSE_SECONDS = 30 * 60
PACE_SECONDS = 1.0
"""One chat.postMessage a channel in so many seconds."""


@dataclass
class _Trigger:
    user: str
    ends: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Address at which an app answers one command or press: five times within half an hour."""

    channel: str
    user: str
    ends: float
    ts: str | None = None
    """The message that was pressed."""
    left: int = RESPONSES


@dataclass
class Workspace:
    """Everything the fake remembers. Take `lock` when reading while an app is at work."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: Faults = field(default_factory=Faults)
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    views: dict[str, list[View]] = field(default_factory=dict)
    """Each person's stack of modals, the one in sight last."""
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    """OAuth codes, each good once: code to team."""
    responses: dict[str, ResponseUrl] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """Acts of an app that Slack would not bear; a test ends with none."""
    pace: float = PACE_SECONDS

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._ahead = 0.0
        self._stands_at: float | None = None
        self._triggers: dict[str, _Trigger] = {}
        self._posted: dict[str, float] = {}
        self.add_team(Team(HOME, "Sample Police", TOKEN, BOT))

    # Time

    def now(self) -> float:
        """Seconds on the fake's own clock."""
        running = time.monotonic() if self._stands_at is None else self._stands_at
        return running + self._ahead

    def later(self, seconds: float) -> None:
        """Let time pass for triggers, response_urls and pace."""
        self._ahead += seconds

    def stand_still(self) -> None:
        """From now on time passes only by `later`, so that no slow machine makes anything late."""
        self._stands_at = time.monotonic()

    def number(self) -> int:
        return next(self._numbers)

    # Who and where

    def add_team(self, team: Team) -> Team:
        self.teams[team.id] = team
        self.users[team.bot] = User(team.bot, team.id, "Duly", is_bot=True)
        return team

    def add_user(self, id: str, name: str, team: str = HOME, **marks: bool) -> User:
        self.users[id] = user = User(id, team, name, **marks)
        return user

    def add_channel(self, id: str, name: str, *members: str, **marks: Any) -> Channel:
        """A channel of the home team that the bot is in, with these members."""
        found = Channel(id, HOME, name, {BOT, *members})
        self.channels[id] = replace(found, **marks)
        return self.channels[id]

    def team_of(self, token: str) -> Team:
        """Raises ApiError for a token of no team."""
        for team in self.teams.values():
            if token and token == team.token:
                return team
        raise ApiError("invalid_auth" if token else "not_authed")

    def user(self, id: str) -> User:
        if id not in self.users:
            raise ApiError("user_not_found")
        return self.users[id]

    def channel(self, id: str) -> Channel:
        if id not in self.channels:
            raise ApiError("channel_not_found")
        return self.channels[id]

    def direct(self, user: str, team: str = HOME) -> Channel:
        """The direct messages of a person and the team's bot. Raises ApiError."""
        if self.user(user).deleted:
            raise ApiError("user_disabled")
        for found in self.channels.values():
            if found.user == user and found.team == team:
                return found
        bot = self.teams[team].bot
        opened = Channel(f"D{team[1:]}{user[1:]}", team, members={bot, user}, user=user)
        self.channels[opened.id] = opened
        return opened

    # What is said

    def stamp(self) -> str:
        count = self.number()
        return f"{BEGUN + count}.{count:06d}"

    def keep(self, message: Message) -> Message:
        self.messages.append(message)
        return message

    def find(self, channel: str, ts: str) -> Message:
        for message in self.messages:
            if (message.channel, message.ts) == (channel, ts):
                return message
        raise ApiError("message_not_found")

    def pace_post(self, channel: str) -> int:
        """0 when a post may go to the channel now, else the seconds of Retry-After."""
        now = self.now()
        if now - self._posted.get(channel, -self.pace) < self.pace:
            return max(1, round(self.pace))
        self._posted[channel] = now
        return 0

    def check_message(self, text: str, blocks: Sequence[Json]) -> None:
        """Raises ApiError, and notes the trouble, for what Slack would not take."""
        if wrong := wrong_in_message(text, blocks):
            self.troubles += [f"message {text[:60]!r}: {each}" for each in wrong]
            word = wrong[0].partition(":")[0]
            known = word in ("no_text", "msg_too_long", "msg_blocks_too_long")
            raise ApiError(word if known else "invalid_blocks", errors=wrong)

    # What opens

    def trigger(self, user: str) -> str:
        """A trigger id for something a person just did: once, within three seconds."""
        id = f"{self.number()}.{user}.trigger"
        self._triggers[id] = _Trigger(user, self.now() + TRIGGER_SECONDS)
        return id

    def pull(self, id: str) -> str:
        """Use a trigger id; gives the person. Raises ApiError, and notes the trouble."""
        trigger = self._triggers.get(id)
        problem = None
        if trigger is None:
            problem = "invalid_trigger_id"
        elif trigger.used:
            problem = "exchanged_trigger_id"
        elif self.now() > trigger.ends:
            problem = "expired_trigger_id"
        if problem or trigger is None:
            self.troubles.append(f"trigger {id}: {problem}")
            raise ApiError(problem or "")
        trigger.used = True
        return trigger.user

    def check_view(self, body: Json) -> None:
        """Raises ApiError, and notes the trouble, for a view Slack would not show."""
        if wrong := wrong_in_view(body):
            self.troubles += [f"view: {each}" for each in wrong]
            large = wrong[0].startswith("view_too_large")
            raise ApiError(
                "view_too_large" if large else "invalid_arguments",
                response_metadata={"messages": wrong},
            )

    def push(self, user: str, body: Json) -> View:
        """A modal on top of the person's stack. Raises ApiError."""
        self.check_view(body)
        stack = self.views.setdefault(user, [])
        if len(stack) >= STACKED:
            raise ApiError("push_limit_reached")
        id = f"V{self.number():08d}"
        below = stack[-1] if stack else None
        view = View(
            id, user, self.user(user).team, body, self.hash(),
            root=below.root if below else id, previous=below.id if below else None,
        )  # fmt: skip
        stack.append(view)
        return view

    def replace(self, view: View, body: Json) -> View:
        """Another body for an open modal. Raises ApiError."""
        self.check_view(body)
        view.body, view.hash = body, self.hash()
        return view

    def hash(self) -> str:
        return f"{BEGUN + self.number()}.hash"

    def open_view(self, id: str) -> View:
        for stack in self.views.values():
            for view in stack:
                if view.id == id:
                    return view
        raise ApiError("not_found")

    def response_url(self, channel: str, user: str, ts: str | None = None) -> str:
        """The path of a new response_url; `ts` is the message that was pressed."""
        id = f"R{self.number():08d}"
        self.responses[id] = ResponseUrl(channel, user, self.now() + RESPONSE_SECONDS, ts)
        return f"/commands/{id}"

    def respond(self, id: str, said: Json) -> None:
        """Handle a post to a response_url. Raises ApiError."""
        found = self.responses.get(id)
        problem = None
        if found is None:
            problem = "invalid_url"
        elif found.left < 1:
            problem = "used_url"
        elif self.now() > found.ends:
            problem = "expired_url"
        if problem or found is None:
            self.troubles.append(f"response_url {id}: {problem}")
            raise ApiError(problem or "")
        found.left -= 1
        self.say_back(found, said)

    def say_back(self, place: ResponseUrl, said: Json) -> Message | None:
        """An answer to a command or press: a new message, or the pressed one changed."""
        pressed = None
        if place.ts is not None and any(m.ts == place.ts for m in self.messages):
            pressed = self.find(place.channel, place.ts)
        if said.get("delete_original"):
            if pressed is not None:
                self.messages.remove(pressed)
            return None
        text, blocks = said.get("text", ""), said.get("blocks") or []
        self.check_message(text, blocks)
        if said.get("replace_original") and pressed is not None:
            pressed.text, pressed.blocks = text, blocks
            pressed.edits += 1
            return pressed
        shown = said.get("response_type") == "in_channel"
        return self.keep(
            Message(
                self.stamp(),
                place.channel,
                self.teams[self.channel(place.channel).team].bot,
                text,
                blocks,
                thread_ts=said.get("thread_ts"),
                only_for=None if shown else place.user,
                unfurls=bool(said.get("unfurl_links", True)),
                by_bot=True,
            )
        )

    # What an app did

    def called(self, method: str) -> list[Call]:
        """The calls of one method, the first first."""
        with self.lock:
            return [call for call in self.calls if call.method == method]
