"""Handler of messages: in a personal chat, or in a channel that mentions Duly."""

from __future__ import annotations

import logging

from bot.teams.activity import is_from_bot, message_text
from bot.teams.bot import TeamsBot
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed
from bot.teams.sdk import MessageActivity

log = logging.getLogger(__name__)


async def on_message(bot: TeamsBot, activity: MessageActivity) -> None:
    """Answer a message once, however often Teams delivers it. Raises CallFailed where a later
    delivery may be answered."""
    if is_from_bot(activity):
        return
    id = f"{activity.conversation.id}:{activity.id}"

    async def answer() -> None:
        bot.deliveries.spoke(activity.from_.id)
        try:
            await bot.send(await bot.answer(activity, message_text(activity), id=id), activity)
        except CallFailed as error:
            if not error.status or error.status >= 500 or error.status in (412, 429):
                raise
            # no later delivery will be taken either
            log.warning("not answered", extra={"face": PLATFORM, "reason": error.sentence})

    await bot.deliveries.once(id, answer)
