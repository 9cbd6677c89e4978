"""Messages: in a personal chat, or in a channel that mentions Duly."""

from __future__ import annotations

import asyncio
import logging

from bot.teams.activity import Turn
from bot.teams.bot import FACE, Answering
from bot.teams.channels import ACTOR
from bot.teams.errors import CallFailed
from commands.idempotency import note_answered, was_answered

log = logging.getLogger(__name__)


async def heard(answering: Answering, turn: Turn) -> None:
    """Answer what somebody said, once, however often Teams delivers it. Raises CallFailed where
    a later delivery may be answered."""
    if turn.from_bot:
        return
    if not turn.id:  # so that nothing tells a later delivery from another message
        await answering.say(await answering.answer(turn, turn.text), turn)
        return
    id = f"{turn.conversation}:{turn.id}"
    if not answering.once.take(id):
        return
    answering.presses.spoke(turn.account)
    known = f"{FACE}:{id}"
    try:
        if was_answered(answering.store, known):
            return
        answer = await answering.answer(turn, turn.text, id=id)
        await answering.say(answer, turn)
    except CallFailed as error:
        if error.status and error.status < 500 and error.status not in (412, 429):
            log.warning("not answered", extra={"face": FACE, "reason": error.sentence})
            return
        answering.once.give_back(id)
        raise
    except BaseException:
        answering.once.give_back(id)
        raise
    await asyncio.to_thread(note_answered, answering.store, known, ACTOR)
