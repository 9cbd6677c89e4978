"""`/rec`: answered in the response itself, or with a form."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks.mrkdwn import typed
from bot.slack.context import Answering, Json, Spoken
from bot.slack.responder import QUIET, Where

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
        answering.deliveries.spoke(spoken.user)
        answer = await answering.as_now(await answering.answer(spoken, text))
        if answer.reply.form is not None and trigger:
            where = Where(channel=spoken.channel or "", url=command.get("response_url") or "")
            if await answering.open_form(answer.reply.form, trigger, where.carried()):
                await ack()
                return
        if answer.asker is not None and answer.reply.ok and not answer.only_reads:
            answering.homes.changed(answer.asker)
        await ack({**QUIET, **answering.payload(answer, text)})
