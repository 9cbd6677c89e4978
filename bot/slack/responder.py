"""Where an answer goes that is not a response's own body: in place, beside it, or directly.

Nothing is tried twice: a post whose answer was lost may have been made.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.message_state import CARDS, LINES, QUESTION, Standing
from bot.slack.client import UNREACHED, why
from messages.reply import Reply

Json = dict[str, Any]

PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
"""What Slack refuses now and may take in a moment."""
QUIET: Json = {"unfurl_links": False, "unfurl_media": False}
"""Nothing a user typed or a record holds is fetched and shown by Slack."""

_MOST = 255
"""Characters of a block_id."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown(Standing):
    """What stands in a message, as its block_ids say it."""

    @classmethod
    def told(cls, said: str) -> Shown:
        """Out of a block_id, or what a form carried; WORDS where nothing is said."""
        what, _, rest = said.partition("|")
        if what not in (CARDS, LINES, QUESTION):
            return cls()
        names = rest.partition("|")[2].partition("|")[2]
        return cls(what, tuple(names.split(", ")) if names else ())

    def id(self, rendering: str, place: int | str) -> str:
        """A block_id of this rendering."""
        head = f"{self.what}|{rendering}|{place}|"
        names = ", ".join(self.names)
        return head + (names if len(head) + len(names) <= _MOST else "")


def is_rendering(block_id: str) -> bool:
    """Whether a block_id is one of `Shown.id`, and not one that Slack made up."""
    return "|" in block_id


def marked(payload: Json, reply: Reply) -> Json:
    """Give each block with something to press an id of this rendering's own."""
    rendering, shown = secrets.token_urlsafe(6), Shown.of(reply)
    for place, block in enumerate(payload.get("blocks", ())):
        if block["type"] == "actions" or "accessory" in block:
            block["block_id"] = shown.id(rendering, place)
    return payload


@dataclass(frozen=True)
class Where:
    """Where a press, a command or a shortcut came from, and so where its answer goes.

    It travels with a form, whose submission tells nothing of where it was opened.
    """

    channel: str = ""
    thread: str = ""
    ts: str = ""
    """The message that was pressed; "" for one that only its reader sees."""
    url: str = ""
    """Slack's response_url: five answers within half an hour."""
    view: str = ""
    """The modal that was pressed."""
    home: bool = False
    shown: Shown = field(default_factory=Shown)

    @property
    def in_message(self) -> bool:
        return not self.view and not self.home

    @classmethod
    def pressed(cls, body: Json) -> Where:
        """Where a button was pressed."""
        container = body.get("container") or {}
        view = body.get("view") or {}
        shown = Shown.told(str(body["actions"][0].get("block_id") or ""))
        if view:
            home = view.get("type") == "home"
            return cls(view="" if home else str(view["id"]), home=home, shown=shown)
        channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
        seen_by_all = not container.get("is_ephemeral")
        return cls(
            channel=str(channel or ""),
            thread=str(container.get("thread_ts") or ""),
            ts=str(container.get("message_ts") or "") if seen_by_all else "",
            url=str(body.get("response_url") or ""),
            shown=shown,
        )

    def carried(self) -> dict[str, str]:
        """As a form carries it."""
        told = {
            "channel": self.channel,
            "thread": self.thread,
            "ts": self.ts,
            "url": self.url,
            "view": self.view,
            "home": "1" if self.home else "",
            "shown": self.shown.id("", ""),
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def brought(cls, told: Json) -> Where:
        """As a form brings it back."""

        def said(name: str) -> str:
            return str(told.get(name) or "")

        return cls(
            channel=said("channel"),
            thread=said("thread"),
            ts=said("ts"),
            url=said("url"),
            view=said("view"),
            home=bool(told.get("home")),
            shown=Shown.told(said("shown")),
        )


class Posting:
    """Answers to one person, at the place they asked."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def instead(self, where: Where, user: str, payload: Json) -> None:
        """In place of the message that was pressed; beside it where Slack does not allow that."""
        message = _message(payload)
        if where.url and await self._respond(where.url, {**message, "replace_original": True}):
            return
        if where.ts and await self._done(
            self._client.chat_update(channel=where.channel, ts=where.ts, **_whole(message))
        ):
            return
        await self.beside(Where(channel=where.channel, thread=where.thread), user, payload)

    async def beside(self, where: Where, user: str, payload: Json) -> None:
        """A new answer that only `user` sees; an ordinary message in direct messages."""
        message = _message(payload)
        direct = where.channel.startswith("D") or not where.channel
        if direct and await self.post(where.channel or user, payload, thread=where.thread):
            return
        if where.url:
            only = {**message, "response_type": "ephemeral", "replace_original": False}
            if where.thread:
                only["thread_ts"] = where.thread
            if await self._respond(where.url, only):
                return
        if where.channel and await self._done(
            self._client.chat_postEphemeral(
                channel=where.channel, user=user, thread_ts=where.thread or None, **message
            )
        ):
            return
        if where.channel and not where.channel.startswith("D"):
            await self.post(user, payload)

    async def openly(self, where: Where, payload: Json) -> bool:
        """For everybody in the channel, in place of the private answer; whether it was shown."""
        shown = {**_message(payload), "response_type": "in_channel"}
        shown["replace_original"] = False
        if where.url and await self._respond(where.url, shown):
            await self._respond(where.url, {"delete_original": True})
            return True
        return await self.post(where.channel, payload, thread=where.thread)

    async def post(self, channel: str, payload: Json, *, thread: str = "") -> bool:
        """An ordinary message; False, and a line in the log, where Slack did not take it."""
        return await self._done(
            self._client.chat_postMessage(
                channel=channel, thread_ts=thread or None, **QUIET, **_message(payload)
            )
        )

    async def say(self, channel: str, payload: Json, *, thread: str = "") -> None:
        """As `post`, but raises what may pass: the event that asked is then delivered again."""
        try:
            await self._client.chat_postMessage(
                channel=channel, thread_ts=thread or None, **QUIET, **_message(payload)
            )
        except SlackApiError as error:
            if why(error) in PASSING or why(error).startswith("status"):
                raise
            log.warning("an answer was not posted", extra={"face": "slack", "reason": why(error)})

    async def _done(self, call: Any) -> bool:
        try:
            await call
        except UNREACHED as error:
            log.warning("an answer was not posted", extra={"face": "slack", "reason": why(error)})
            return False
        return True

    async def _respond(self, url: str, said: Json) -> bool:
        body = {**QUIET, **said} if "text" in said else said
        waits = self._client.timeout
        hook = AsyncWebhookClient(url, timeout=waits, retry_handlers=[], logger=log)
        try:
            answer = await hook.send_dict(body)
        except UNREACHED as error:
            log.warning("an answer was not taken", extra={"face": "slack", "reason": why(error)})
            return False
        taken = answer.status_code == 200 and '"ok":false' not in answer.body.replace(" ", "")
        if not taken:
            log.info("a response_url was refused", extra={"face": "slack", "reason": answer.body})
        return taken


def _message(payload: Json) -> Json:
    return {name: payload[name] for name in ("text", "blocks") if name in payload}


def _whole(message: Json) -> Json:
    """A message that takes another's place takes its blocks away too."""
    return {"blocks": [], **message}
