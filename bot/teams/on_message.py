"""Handler of messages: in a personal chat, or in a channel that mentions Duly."""

from __future__ import annotations

import asyncio
import logging

from bot.teams.activity import is_from_bot, message_text
from bot.teams.bot import FACE, TeamsBot
from bot.teams.channels import ACTOR
from bot.teams.errors import CallFailed
from bot.teams.sdk import MessageActivity
from commands.idempotency import note_answered, was_answered

log = logging.getLogger(__name__)


async def on_message(bot: TeamsBot, activity: MessageActivity) -> None:
    """Answer a message once, however often Teams delivers it. Raises CallFailed where a later
    delivery may be answered."""
    if is_from_bot(activity):
        return
    id = f"{activity.conversation.id}:{activity.id}"
    if not bot.once.take(id):
        return
    bot.presses.spoke(activity.from_.id)
    idempotency_key = f"{FACE}:{id}"
    try:
        if was_answered(bot.store, idempotency_key):
            return
        answer = await bot.answer(activity, message_text(activity), id=id)
        await bot.send(answer, activity)
    except CallFailed as error:
        if error.status and error.status < 500 and error.status not in (412, 429):
            log.warning("not answered", extra={"face": FACE, "reason": error.sentence})
            return
        bot.once.give_back(id)
        raise
    except BaseException:
        bot.once.give_back(id)
        raise
    await asyncio.to_thread(note_answered, bot.store, idempotency_key, ACTOR)
