"""Handler of `Action.Execute` buttons: runs the button's command and answers with the new card."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.chat.replies import with_the_others
from bot.chat.text import clean, cut
from bot.teams.activity import ConversationReference
from bot.teams.bot import NO_CHAT, PRIVATELY, TeamsAnswer, TeamsBot
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed
from bot.teams.elements import CONTENT_TYPE, Json, standing_in
from bot.teams.messages import message, reply_card, reply_message
from bot.teams.sdk import ActivityBase, AdaptiveCardInvokeActivity
from messages.reply import Reply

BELOW = "The answer is below."
NOT_BELOW = "Teams did not take the whole of this answer."
NOTICE = 300
"""Characters of an answer that is shown beside the button."""
MESSAGE_TYPE = "application/vnd.microsoft.activity.message"
ERROR_TYPE = "application/vnd.microsoft.error"

log = logging.getLogger(__name__)


async def on_card_action_execute(bot: TeamsBot, activity: AdaptiveCardInvokeActivity) -> Json:
    """Run a button's command; the body is the card that replaces the button's, or a line."""
    data = activity.value.action.data
    command = data.get("say")
    if not isinstance(command, str):
        error = {"code": "BadRequest", "message": "That button says nothing."}
        return _invoke_response(ERROR_TYPE, error, 400)
    answer = await bot.answer(activity, command, id=_press_id(bot, activity, command))
    if not answer.here:
        text = PRIVATELY if await bot.send_privately(answer, activity) else NO_CHAT
        return _invoke_response(MESSAGE_TYPE, text)
    standing = standing_in(data)
    answer = await _with_the_others(bot, activity, answer, standing.names)
    reply = answer.reply
    if standing.gives_way_to(reply):
        card = reply_card(reply)
        if activity.reply_to_id:
            # The response is shown to whoever pressed; everybody else sees the edit.
            bot.later(edit(bot, activity, activity.reply_to_id, message(card, reply.text)))
        return _invoke_response(CONTENT_TYPE, card)
    if _is_notice(reply):
        return _invoke_response(MESSAGE_TYPE, reply.text)
    try:
        await bot.post(activity, reply_message(reply))
    except CallFailed as error:
        log.warning("not posted below", extra={"face": PLATFORM, "reason": error.sentence})
        return _invoke_response(MESSAGE_TYPE, f"{cut(clean(reply.text), NOTICE)}\n\n{NOT_BELOW}")
    return _invoke_response(MESSAGE_TYPE, BELOW)


async def edit(bot: TeamsBot, activity: ActivityBase, id: str, shown: Json) -> None:
    """Edit a message of the activity's conversation; a refusal by Teams is only logged."""
    try:
        await bot.connector.edit(ConversationReference.of(activity), id, shown)
    except CallFailed as error:
        log.info("a card was not edited", extra={"face": PLATFORM, "reason": error.sentence})


async def _with_the_others(
    bot: TeamsBot, activity: ActivityBase, answer: TeamsAnswer, names: tuple[str, ...]
) -> TeamsAnswer:
    """The answer with all cards of the message, when one of several has changed."""
    if answer.member is None:
        return answer

    async def again() -> Reply:
        return (await bot.answer(activity, ", ".join(names))).reply

    return replace(answer, reply=await with_the_others(answer.reply, names, again))


def _is_notice(reply: Reply) -> bool:
    bare = not (reply.cards or reply.lines or reply.buttons or reply.form)
    return bare and len(reply.text) <= NOTICE and "\n" not in reply.text


def _press_id(bot: TeamsBot, activity: AdaptiveCardInvokeActivity, command: str) -> str:
    """The press's idempotency key, the same for both halves of a double click."""
    account, data = activity.from_.id, activity.value.action.data
    rendering = str(data.get("rendering") or activity.id)
    press = "|".join((account, activity.reply_to_id or "", rendering, command))
    at = activity.timestamp
    if at is None or at.tzinfo is None:
        at = bot.store.clock.machine()
    return bot.deliveries.press_id(account, press, at)


def _invoke_response(type: str, value: object, status: int = 200) -> Json:
    return {"statusCode": status, "type": type, "value": value}
