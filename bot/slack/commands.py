"""`/rec`: answered in the response itself, or with a form."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.answering import Answering, Json, Spoken
from bot.slack.said import typed

COMMAND = "/rec"


def register(app: AsyncApp, answering: Answering) -> None:
    @app.command(COMMAND)
    async def rec(ack: AsyncAck, command: Json) -> None:
        text = typed(command.get("text") or "")
        trigger = command.get("trigger_id")
        spoken = Spoken(
            user=command["user_id"],
            team=command.get("team_id"),
            channel=command.get("channel_id"),
            id=trigger,
        )
        answer = await answering.answer(spoken, text)
        if answer.reply.form is not None and trigger:
            about = answering.about(answer.place, response_url=command.get("response_url"))
            if await answering.open_form(answer.reply.form, trigger, about):
                await ack()
                return
        await ack(answering.payload(answer, text))
