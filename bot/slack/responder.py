"""Posting of replies: in place of the message that was pressed, beside it, or directly.

Slack sends a press without the message's own content where only one person sees it, so each
rendering writes into its block_ids what stands there, and a token that tells it from the one
before: the second click of a double click carries the first's id, the message that replaced it
another.

Nothing is tried twice: a post whose answer was lost may have been made.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat.message_state import CARDS, LINES, QUESTION, MessageState
from bot.slack.client import UNREACHED, Json, why
from messages.reply import Reply

PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
"""Errors of Slack's that may pass in a moment."""
NO_UNFURLING: Json = {"unfurl_links": False, "unfurl_media": False}
"""No link that a user typed or a record holds is fetched and shown by Slack."""
_BLOCK_ID_LIMIT = 255

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MessageContent(MessageState):
    """The kind and cards of a message, encoded in its block_ids."""

    @classmethod
    def decode(cls, block_id: str) -> MessageContent:
        """Out of a block_id, or what a form carried; words where it says nothing."""
        what, _, rest = block_id.partition("|")
        if what not in (CARDS, LINES, QUESTION):
            return cls()
        names = rest.partition("|")[2].partition("|")[2]
        return cls(what, tuple(names.split(", ")) if names else ())

    def encode(self, rendering: str = "", place: int | str = "") -> str:
        """A block_id: unique by the rendering's token and the block's place in it."""
        head = f"{self.what}|{rendering}|{place}|"
        names = ", ".join(self.names)
        return head + (names if len(head) + len(names) <= _BLOCK_ID_LIMIT else "")


def is_encoded(block_id: str) -> bool:
    """A block_id is one of `MessageContent.encode`, and not one that Slack made up."""
    return "|" in block_id


def mark_blocks(payload: Json, reply: Reply) -> Json:
    """Give each block with something to press a block_id of this rendering's own."""
    rendering, content = secrets.token_urlsafe(6), MessageContent.of(reply)
    for place, block in enumerate(payload.get("blocks", ())):
        if block["type"] == "actions" or "accessory" in block:
            block["block_id"] = content.encode(rendering, place)
    return payload


@dataclass(frozen=True)
class ReplyTarget:
    """The message, modal or Home tab that a request came from, and so where its reply goes.

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
    content: MessageContent = field(default_factory=MessageContent)

    @classmethod
    def of_press(cls, body: Json) -> ReplyTarget:
        """The target of a block_actions payload."""
        container = body.get("container") or {}
        view = body.get("view") or {}
        content = MessageContent.decode(str(body["actions"][0].get("block_id") or ""))
        if view:
            home = view.get("type") == "home"
            return cls(view="" if home else str(view["id"]), home=home, content=content)
        channel = container.get("channel_id") or (body.get("channel") or {}).get("id")
        seen_by_all = not container.get("is_ephemeral")
        return cls(
            channel=str(channel or ""),
            thread=str(container.get("thread_ts") or ""),
            ts=str(container.get("message_ts") or "") if seen_by_all else "",
            url=str(body.get("response_url") or ""),
            content=content,
        )

    def to_metadata(self) -> dict[str, str]:
        """As a form's private_metadata carries it."""
        values = {
            "channel": self.channel,
            "thread": self.thread,
            "ts": self.ts,
            "url": self.url,
            "view": self.view,
            "home": "1" if self.home else "",
            "shown": self.content.encode(),
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_metadata(cls, metadata: Json) -> ReplyTarget:
        names = ("channel", "thread", "ts", "url", "view")
        return cls(
            **{name: str(metadata.get(name) or "") for name in names},
            home=bool(metadata.get("home")),
            content=MessageContent.decode(str(metadata.get("shown") or "")),
        )


class Responder:
    """Posts replies with one workspace's token."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def replace(self, target: ReplyTarget, user: str, payload: Json) -> None:
        """In place of the message that was pressed; beside it where Slack does not allow that."""
        message = _message(payload)
        if target.url and await self._respond(target.url, {**message, "replace_original": True}):
            return
        # A message that takes another's place takes its blocks away too.
        whole = {"blocks": [], **message}
        if target.ts and await self._is_done(
            self._client.chat_update(channel=target.channel, ts=target.ts, **whole)
        ):
            return
        beside = ReplyTarget(channel=target.channel, thread=target.thread)
        await self.reply(beside, user, payload)

    async def reply(self, target: ReplyTarget, user: str, payload: Json) -> None:
        """A new message that only `user` sees; an ordinary one in direct messages."""
        message = _message(payload)
        direct = target.channel.startswith("D") or not target.channel
        if direct and await self.post(target.channel or user, payload, thread=target.thread):
            return
        if target.url:
            ephemeral = {**message, "response_type": "ephemeral", "replace_original": False}
            if target.thread:
                ephemeral["thread_ts"] = target.thread
            if await self._respond(target.url, ephemeral):
                return
        if target.channel and await self._is_done(
            self._client.chat_postEphemeral(
                channel=target.channel, user=user, thread_ts=target.thread or None, **message
            )
        ):
            return
        if target.channel and not target.channel.startswith("D"):
            await self.post(user, payload)

    async def share(self, target: ReplyTarget, payload: Json) -> bool:
        """For everybody in the channel, in place of the private answer; False if not shown."""
        message = {**_message(payload), "response_type": "in_channel", "replace_original": False}
        if target.url and await self._respond(target.url, message):
            await self._respond(target.url, {"delete_original": True})
            return True
        return await self.post(target.channel, payload, thread=target.thread)

    async def post(self, channel: str, payload: Json, *, thread: str = "") -> bool:
        """An ordinary message; False, and a line in the log, where Slack did not take it."""
        return await self._is_done(self._post(channel, payload, thread))

    async def post_or_raise(self, channel: str, payload: Json, *, thread: str = "") -> None:
        """As `post`, but raises what may pass: Slack then delivers the event that asked again."""
        try:
            await self._post(channel, payload, thread)
        except SlackApiError as error:
            if why(error) in PASSING or why(error).startswith("status"):
                raise
            log.warning("an answer was not posted", extra={"face": "slack", "reason": why(error)})

    async def _post(self, channel: str, payload: Json, thread: str) -> None:
        await self._client.chat_postMessage(
            channel=channel, thread_ts=thread or None, **NO_UNFURLING, **_message(payload)
        )

    async def _is_done(self, call: Coroutine[Any, Any, Any]) -> bool:
        try:
            await call
        except UNREACHED as error:
            log.warning("an answer was not posted", extra={"face": "slack", "reason": why(error)})
            return False
        return True

    async def _respond(self, url: str, message: Json) -> bool:
        body = {**NO_UNFURLING, **message} if "text" in message else message
        timeout = self._client.timeout
        hook = AsyncWebhookClient(url, timeout=timeout, retry_handlers=[], logger=log)
        try:
            response = await hook.send_dict(body)
        except UNREACHED as error:
            log.warning("an answer was not taken", extra={"face": "slack", "reason": why(error)})
            return False
        ok = response.status_code == 200 and '"ok":false' not in response.body.replace(" ", "")
        if not ok:
            log.info("a response_url was refused", extra={"face": "slack", "reason": response.body})
        return ok


def _message(payload: Json) -> Json:
    return {name: payload[name] for name in ("text", "blocks") if name in payload}
