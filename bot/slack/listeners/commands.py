"""Listener of `/rec`: answered in the response itself, or with a form."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks.mrkdwn import parse_text
from bot.slack.client import Json
from bot.slack.context import SlackContext, SlackRequest
from bot.slack.responder import NO_UNFURLING, ReplyTarget

COMMAND = "/rec"


def register(app: AsyncApp) -> None:
    @app.command(COMMAND)
    async def rec(ack: AsyncAck, command: Json, slack: SlackContext) -> None:
        text = parse_text(command.get("text") or "")
        trigger = command.get("trigger_id")
        request = SlackRequest(
            user=command["user_id"],
            team=command.get("team_id"),
            channel=command.get("channel_id"),
            id=trigger,
        )
        slack.deliveries.spoke(request.user)
        answer = await slack.recheck_channel(await slack.answer(request, text))
        if answer.reply.form is not None and trigger:
            url = command.get("response_url") or ""
            target = ReplyTarget(channel=request.channel or "", url=url)
            if await slack.open_form(answer.reply.form, trigger, target.to_metadata()):
                await ack()
                return
        slack.refresh_home(answer)
        await ack({**NO_UNFURLING, **slack.payload(answer, text)})
