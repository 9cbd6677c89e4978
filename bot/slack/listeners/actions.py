"""Buttons: what they say is said, and the answer stands where the button stood."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.chat.replies import with_the_others
from bot.slack.blocks.elements import FORM, PAGE, SAY, SHARE, SHOW_ALL, SNOOZE, kind
from bot.slack.context import Answer, Answering, Json, Spoken
from bot.slack.responder import Where, is_rendering
from messages.reply import Reply

PRESSED = re.compile(rf"(?:{'|'.join((SAY, FORM, SHOW_ALL, SHARE, PAGE, SNOOZE))})(?::\d+)?")
NOT_HERE = (
    "This is not shown here: the channel is shared with another organisation, or Slack does not "
    "say that it is not."
)
NOT_SHOWN = "Slack did not take it. If Duly is not in this channel, invite it first: /invite @Duly"


def register(app: AsyncApp, answering: Answering) -> None:
    @app.action(re.compile(rf"^{PRESSED.pattern}$"))
    async def pressed(ack: AsyncAck, body: Json) -> None:
        await Press(answering, body).answer()
        await ack()


def spoken(body: Json, id: str | None) -> Spoken:
    """Who pressed, submitted or chose, and where, out of an interaction's payload."""
    container = body.get("container") or {}
    user, team = body["user"], body.get("team") or {}
    return Spoken(
        user=user["id"],
        team=user.get("team_id") or team.get("id"),
        channel=container.get("channel_id") or (body.get("channel") or {}).get("id"),
        id=id,
    )


class Press:
    """One press of one button."""

    def __init__(self, answering: Answering, body: Json) -> None:
        self._answering = answering
        self._action: Json = body["actions"][0]
        self._kind = kind(self._action["action_id"])
        self._command = str(self._action.get("value") or "")
        self._trigger = str(body.get("trigger_id") or "")
        self._where = Where.pressed(body)
        self._spoken = spoken(body, _once(answering, body, self._action))

    async def answer(self) -> None:
        """Say what the button says, and show the answer where it belongs."""
        answer = await self._answering.answer(self._spoken, self._command)
        if answer.reply.form is not None and self._trigger:
            about, push = self._where.carried(), bool(self._where.view)
            if await self._answering.open_form(answer.reply.form, self._trigger, about, push=push):
                return
        if self._kind == SHARE:
            await self._share(answer)
            return
        answer = await self._with_the_others(answer)
        await self._answering.show(
            answer,
            self._where,
            self._spoken,
            self._command,
            trigger=self._trigger,
            open=self._kind == SHOW_ALL,
            instead=self._kind == SHOW_ALL and answer.reply.ok,
        )

    async def _with_the_others(self, answer: Answer) -> Answer:
        """A message of several cards keeps them all when one of them changes, or unfolds."""
        names = self._where.shown.names
        if answer.asker is None:
            return answer

        async def again() -> Reply:
            said = replace(self._spoken, id=None)
            return (await self._answering.answer(said, ", ".join(names))).reply

        return replace(answer, reply=await with_the_others(answer.reply, names, again))

    async def _share(self, answer: Answer) -> None:
        """Show it to everybody in the channel, as Slack says this moment that the channel is."""
        place = await self._answering.channels.place(self._spoken.channel, within=timedelta(0))
        told = answer
        if answer.asker is not None and answer.reply.ok:
            if not place.open:
                told = replace(answer, reply=Reply(NOT_HERE, ok=False))
            elif await self._answering.posting.openly(
                self._where, self._answering.payload(answer, self._command, shared=True)
            ):
                return
            else:
                told = replace(answer, reply=Reply(NOT_SHOWN, ok=False))
        await self._answering.show(told, self._where, self._spoken, self._command)


def _pressed_at(answering: Answering, action: Json) -> datetime:
    try:
        return datetime.fromtimestamp(float(action["action_ts"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return answering.store.clock.machine()


def _once(answering: Answering, body: Json, action: Json) -> str:
    """The press's own id, the same for both halves of a double click.

    A message that says nothing of its rendering (a digest) stays as it is when it was pressed, so
    that a later press of the same button is another.
    """
    container = body.get("container") or {}
    view = body.get("view") or {}
    on = container.get("message_ts") or view.get("id") or ""
    said = (body["user"]["id"], on, view.get("hash") or "", action.get("block_id") or "")
    whole = "|".join((*said, action["action_id"], str(action.get("value") or "")))
    if not is_rendering(str(action.get("block_id") or "")):
        return answering.deliveries.press_id(
            body["user"]["id"], whole, _pressed_at(answering, action)
        )
    return f"press:{sha256(whole.encode()).hexdigest()}"
