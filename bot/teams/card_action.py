"""Buttons: what they say is said, and the answer stands where the card stood."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from bot.chat.replies import with_the_others
from bot.chat.text import clean, cut
from bot.teams.activity import Turn
from bot.teams.bot import FACE, NO_CHAT, PRIVATELY, Answer, Answering
from bot.teams.elements import CONTENT_TYPE, standing_in
from bot.teams.endpoint import Answered
from bot.teams.errors import CallFailed
from bot.teams.messages import message, reply_card, reply_message
from messages.reply import Reply

BELOW = "The answer is below."
NOT_BELOW = "Teams did not take the whole of this answer."
NOTICE = 300
"""Characters of an answer that is told beside the button."""
TOLD = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"

Json = dict[str, Any]

log = logging.getLogger(__name__)


async def pressed(answering: Answering, turn: Turn) -> Answered:
    """Say what a button says; the body is the card that takes its place, or a line."""
    action = turn.value.get("action")
    data = action.get("data") if isinstance(action, dict) else None
    command = data.get("say") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(command, str):
        return _answered(ERROR, {"code": "BadRequest", "message": "That button says nothing."}, 400)
    answer = await answering.answer(turn, command, id=_once(answering, turn, data))
    if not answer.here:
        told = PRIVATELY if await answering.privately(answer, turn) else NO_CHAT
        return _answered(TOLD, told)
    standing = standing_in(data)
    answer = await _with_the_others(answering, turn, answer, standing.names)
    reply = answer.reply
    if standing.gives_way_to(reply):
        card = reply_card(reply)
        if turn.reply_to:
            # What takes the card's place is shown to whoever pressed; the others see an edit.
            answering.later(instead(answering, turn, turn.reply_to, message(card, reply.text)))
        return _answered(CONTENT_TYPE, card)
    if _is_notice(reply):
        return _answered(TOLD, reply.text)
    try:
        await answering.post(turn, reply_message(reply))
    except CallFailed as error:
        log.warning("not posted below", extra={"face": FACE, "reason": error.sentence})
        return _answered(TOLD, f"{cut(clean(reply.text), NOTICE)}\n\n{NOT_BELOW}")
    return _answered(TOLD, BELOW)


async def instead(answering: Answering, turn: Turn, id: str, shown: Json) -> None:
    """Show something else where a message stood; what Teams refuses is in the log."""
    try:
        await answering.connector.edit(turn.service_url, turn.conversation, id, shown)
    except CallFailed as error:
        log.info("a card was not edited", extra={"face": FACE, "reason": error.sentence})


async def _with_the_others(
    answering: Answering, turn: Turn, answer: Answer, names: tuple[str, ...]
) -> Answer:
    """A message of several cards keeps them all when one of them changes."""
    if answer.asker is None:
        return answer

    async def again() -> Reply:
        return (await answering.answer(turn, ", ".join(names))).reply

    return replace(answer, reply=await with_the_others(answer.reply, names, again))


def _is_notice(reply: Reply) -> bool:
    bare = not (reply.cards or reply.lines or reply.buttons or reply.form)
    return bare and len(reply.text) <= NOTICE and "\n" not in reply.text


def _once(answering: Answering, turn: Turn, data: Json) -> str:
    """The press's own id, the same for both halves of a double click."""
    said = (turn.account, turn.reply_to, str(data.get("rendering") or turn.id), str(data["say"]))
    at = turn.at or answering.store.clock.machine()
    return answering.deliveries.press_id(turn.account, "|".join(said), at)


def _answered(type: str, value: object, status: int = 200) -> Answered:
    return Answered({"statusCode": status, "type": type, "value": value})
