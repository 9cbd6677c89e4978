"""Listener of buttons: a button's value is run as a command, its answer stands where it stood."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.chat.replies import with_the_others
from bot.slack.blocks.elements import FORM, PAGE, SAY, SHARE, SHOW_ALL, SNOOZE, kind
from bot.slack.client import Json
from bot.slack.context import SlackContext, SlackReply, SlackRequest
from bot.slack.responder import ReplyTarget, is_encoded
from messages.reply import Reply

ACTION = re.compile(rf"^(?:{'|'.join((SAY, FORM, SHOW_ALL, SHARE, PAGE, SNOOZE))})(?::\d+)?$")
NOT_HERE = (
    "This is not shown here: the channel is shared with another organisation, or Slack does not "
    "say that it is not."
)
NOT_SHOWN = "Slack did not take it. If Duly is not in this channel, invite it first: /invite @Duly"


def register(app: AsyncApp) -> None:
    @app.action(ACTION)
    async def pressed(ack: AsyncAck, body: Json, slack: SlackContext) -> None:
        await Press(slack, body).answer()
        await ack()


def request_of(body: Json, id: str | None) -> SlackRequest:
    """Sender and channel of an interaction's payload."""
    container = body.get("container") or {}
    user, team = body["user"], body.get("team") or {}
    return SlackRequest(
        user=user["id"],
        team=user.get("team_id") or team.get("id"),
        channel=container.get("channel_id") or (body.get("channel") or {}).get("id"),
        id=id,
    )


class Press:
    """One press of one button."""

    def __init__(self, slack: SlackContext, body: Json) -> None:
        self._slack = slack
        action = body["actions"][0]
        self._kind = kind(action["action_id"])
        self._command = str(action.get("value") or "")
        self._trigger = str(body.get("trigger_id") or "")
        self._target = ReplyTarget.of_press(body)
        self._request = request_of(body, _idempotency_key(slack, body, action))

    async def answer(self) -> None:
        """Run the button's command, and show the answer where it belongs."""
        answer = await self._slack.answer(self._request, self._command)
        if answer.reply.form is not None and self._trigger:
            metadata, push = self._target.to_metadata(), bool(self._target.view)
            if await self._slack.open_form(answer.reply.form, self._trigger, metadata, push=push):
                return
        if self._kind == SHARE:
            await self._share(answer)
            return
        await self._slack.show(
            await self._with_the_others(answer),
            self._target,
            self._request.user,
            self._command,
            trigger=self._trigger,
            open=self._kind == SHOW_ALL,
            in_place=self._kind == SHOW_ALL and answer.reply.ok,
        )

    async def _with_the_others(self, answer: SlackReply) -> SlackReply:
        """A message of several cards keeps them all when one of them changes, or unfolds."""
        names = self._target.content.names
        if answer.member is None:
            return answer

        async def again() -> Reply:
            request = replace(self._request, id=None)
            return (await self._slack.answer(request, ", ".join(names))).reply

        return replace(answer, reply=await with_the_others(answer.reply, names, again))

    async def _share(self, answer: SlackReply) -> None:
        """Show it to everybody in the channel, if Slack says this moment that none is outside."""
        if answer.member is not None and answer.reply.ok:
            channels, channel = self._slack.channels, answer.channel
            if channel.name is None or await channels.is_shared(channel.id, timedelta(0)):
                answer = replace(answer, reply=Reply(NOT_HERE, ok=False))
            elif await self._slack.responder.share(
                self._target, self._slack.payload(answer, self._command, shared=True)
            ):
                return
            else:
                answer = replace(answer, reply=Reply(NOT_SHOWN, ok=False))
        await self._slack.show(answer, self._target, self._request.user, self._command)


def _pressed_at(slack: SlackContext, action: Json) -> datetime:
    try:
        return datetime.fromtimestamp(float(action["action_ts"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return slack.store.clock.machine()


def _idempotency_key(slack: SlackContext, body: Json, action: Json) -> str:
    """The press's own id, the same for both halves of a double click.

    A message that says nothing of its rendering (a digest) stays as it is when it was pressed, so
    that a later press of the same button is another.
    """
    container = body.get("container") or {}
    view = body.get("view") or {}
    message = container.get("message_ts") or view.get("id") or ""
    block_id = str(action.get("block_id") or "")
    parts = (body["user"]["id"], message, view.get("hash") or "", block_id)
    press = "|".join((*parts, action["action_id"], str(action.get("value") or "")))
    if not is_encoded(block_id):
        return slack.deliveries.press_id(body["user"]["id"], press, _pressed_at(slack, action))
    return f"press:{sha256(press.encode()).hexdigest()}"
