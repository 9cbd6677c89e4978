"""Messages: in a personal chat, or in a channel that mentions Duly."""

from __future__ import annotations

import logging

from bot.teams.activity import Turn
from bot.teams.bot import FACE, Answering
from bot.teams.errors import CallFailed

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

    async def answer() -> None:
        answering.deliveries.spoke(turn.account)
        try:
            await answering.say(await answering.answer(turn, turn.text, id=id), turn)
        except CallFailed as error:
            if not error.status or error.status >= 500 or error.status in (412, 429):
                raise
            # no later delivery will be taken either
            log.warning("not answered", extra={"face": FACE, "reason": error.sentence})

    await answering.deliveries.once(id, answer)
