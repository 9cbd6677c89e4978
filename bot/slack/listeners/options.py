"""What an owner's field offers while somebody types into it: posts, and people."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.chat.text import clean, size
from bot.slack.blocks import limits
from bot.slack.blocks.modals import OWNER, option
from bot.slack.blocks.mrkdwn import typed
from bot.slack.context import Answering, Json
from bot.slack.listeners.actions import spoken
from commands.parsing.people import owner_options
from governance.errors import DulyError


def register(app: AsyncApp, answering: Answering) -> None:
    @app.options(OWNER)
    async def owners(ack: AsyncAck, body: Json) -> None:
        try:
            await answering.identity.who(*_asker(body))
        except DulyError:
            await ack(options=[])
            return
        with answering.store.read() as reading:
            found = owner_options(reading, typed(str(body.get("value") or "")))
        fitting = [each for each in found if 0 < size(clean(each.value)) <= limits.OPTION_VALUE]
        await ack(options=[option(o.value, o.label) for o in fitting[: limits.OPTIONS]])


def _asker(body: Json) -> tuple[str, str | None]:
    who = spoken(body, None)
    return who.user, who.team
