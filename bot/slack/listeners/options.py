"""Listener of the owner field's options: posts, and people, while somebody types into it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.chat.text import clean, size
from bot.slack.blocks import limits
from bot.slack.blocks.modals import OWNER, option
from bot.slack.blocks.mrkdwn import parse_text
from bot.slack.client import Json
from bot.slack.context import SlackContext
from bot.slack.listeners.actions import request_of
from commands.parsing.people import owner_options
from governance.errors import DulyError


def register(app: AsyncApp) -> None:
    @app.options(OWNER)
    async def owners(ack: AsyncAck, body: Json, slack: SlackContext) -> None:
        sender = request_of(body, None)
        try:
            await slack.members.find(sender.user, sender.team)
        except DulyError:
            await ack(options=[])
            return
        with slack.store.read() as reading:
            choices = owner_options(reading, parse_text(str(body.get("value") or "")))
        fitting = [each for each in choices if 0 < size(clean(each.value)) <= limits.OPTION_VALUE]
        await ack(options=[option(o.value, o.label) for o in fitting[: limits.OPTIONS]])
