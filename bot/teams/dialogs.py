"""Dialogs: a button opens the form, and what is submitted is saved, or shown again with what is
wrong beside the field."""

from __future__ import annotations

import logging
from typing import Any

from bot.chat.members import Refused
from bot.teams.activity import Turn
from bot.teams.answering import FACE, NO_CHAT, Answer, Answering
from bot.teams.card_action import instead
from bot.teams.elements import adaptive, headed, standing_in
from bot.teams.endpoint import Answered
from bot.teams.errors import CallFailed
from bot.teams.forms import dialog, form_answer, form_card, with_typed
from bot.teams.messages import message, reply_card, reply_message
from commands.people import who_may_own
from commands.request import FormAnswer
from messages.reply import Form, Option

Json = dict[str, Any]
KEPT = ("say", "what", "names", "rendering", "message")
"""What a dialog carries of the button that opened it."""

log = logging.getLogger(__name__)


async def fetched(answering: Answering, turn: Turn) -> Answered:
    """A button asks for its form; the dialog, or why there is none."""
    data = submitted_data(turn)
    answer = await answering.answer(turn, str(data.get("say") or ""), id=f"fetch:{turn.id}")
    about = {name: data[name] for name in KEPT if name in data} | {"message": turn.reply_to}
    return Answered(opened(answering, answer, about))


def opened(answering: Answering, answer: Answer, about: Json) -> Json:
    """The dialog of an answer: its form, else what it says."""
    form = answer.reply.form
    if form is None:
        return dialog("Duly", reply_card(answer.reply))
    return dialog(form.title, form_card(form, about, owners=_owners(answering, form)))


async def submitted(answering: Answering, turn: Turn) -> Answered:
    """A form: saved and closed, or open still with what is wrong."""
    data = submitted_data(turn)
    given = form_answer(data)
    answer = await answering.answer(turn, form=given, id=f"form:{data.get('sheet') or turn.id}")
    if not answer.reply.ok or answer.reply.form is not None:
        return Answered(await still_open(answering, turn, answer, data, given))
    answering.later(_show(answering, turn, answer, data))
    return Answered()


async def refused(answering: Answering, turn: Turn) -> Json | None:
    """The dialog for somebody who gets no answer; None for everybody else."""
    try:
        await answering.identity.who(turn)
    except Refused as error:
        return dialog("Duly", adaptive(headed(error.sentence), error.sentence))
    return None


async def still_open(
    answering: Answering, turn: Turn, answer: Answer, data: Json, given: FormAnswer
) -> Json:
    """The dialog once more, with what is wrong and what was typed."""
    form = answer.reply.form
    wrong = "" if form is not None and any(f.error for f in form.fields) else answer.reply.text
    if form is None and answer.asker is not None:
        again = await answering.answer(turn, f"{given.name} {given.target}")
        form = again.reply.form
    if form is None:
        return dialog("Duly", adaptive(headed(answer.reply.text), answer.reply.text))
    about = {name: data[name] for name in KEPT if name in data}
    card = form_card(
        with_typed(form, given.values), about, owners=_owners(answering, form), wrong=wrong
    )
    return dialog(form.title, card)


async def _show(answering: Answering, turn: Turn, answer: Answer, data: Json) -> None:
    """Show what was saved: in place of the card whose button opened the form, else below it."""
    if not answer.here:
        if not await answering.privately(answer, turn):
            log.warning("not told", extra={"face": FACE, "reason": NO_CHAT})
        return
    reply = answer.reply
    at = str(data.get("message") or "")
    if at and standing_in(data).gives_way_to(reply):
        await instead(answering, turn, at, message(reply_card(reply), reply.text))
        return
    try:
        await answering.post(turn, reply_message(reply))
    except CallFailed as error:
        log.warning("not told", extra={"face": FACE, "reason": error.sentence})


def _owners(answering: Answering, form: Form) -> list[Option]:
    if not any(field.kind == "owner" for field in form.fields):
        return []
    with answering.store.read() as reading:
        return who_may_own(reading, "")


def submitted_data(turn: Turn) -> Json:
    """What a dialog, or the button that asks for one, brought."""
    found = turn.value.get("data")
    return found if isinstance(found, dict) else {}
