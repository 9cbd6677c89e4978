"""Where an answer goes that is not a response's own body: in place, beside it, or directly.

Nothing is tried twice: a post whose answer was lost may have been made.
"""

from __future__ import annotations

import logging
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.errors import why
from bot.slack.identity import UNREACHED
from bot.slack.pressed import Where

Json = dict[str, Any]

PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})
"""What Slack refuses now and may take in a moment."""
QUIET: Json = {"unfurl_links": False, "unfurl_media": False}
"""Nothing a user typed or a record holds is fetched and shown by Slack."""

log = logging.getLogger(__name__)


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
