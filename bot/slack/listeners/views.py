"""Submitted modals: saved and closed, or open still, with what is wrong beside the field."""

from __future__ import annotations

import json

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks.modals import (
    FORM_CALLBACK,
    answer_view,
    errors,
    form_answer,
    form_view,
    not_saved,
)
from bot.slack.context import Answer, Answering, Json, Spoken
from bot.slack.listeners.actions import spoken
from bot.slack.responder import Where
from commands.verbs.look import LOOK_UP


def register(app: AsyncApp, answering: Answering) -> None:
    @app.view(FORM_CALLBACK)
    async def submitted(ack: AsyncAck, body: Json, view: Json) -> None:
        form = form_answer(view["state"], view["private_metadata"])
        about = json.loads(view["private_metadata"])
        where = Where.brought(about)
        said = spoken({**body, "container": {"channel_id": where.channel}}, f"view:{view['id']}")
        if form.name == LOOK_UP:
            words = form.values.get("words", "")
            await _look_up(ack, answering, said, about, words)
            return
        answer = await answering.answer(said, form=form)
        reply = answer.reply
        if not reply.ok:
            wrong = _beside_fields(answer, view) or not_saved(view, reply.text)
            await ack(response_action="errors", errors=wrong)
            return
        await ack()
        answering.later(answering.show(answer, where, said, f"{form.name} {form.target}"))


async def _look_up(
    ack: AsyncAck, answering: Answering, said: Spoken, about: Json, words: str
) -> None:
    """What was looked up stands in the modal itself."""
    answer = await answering.answer(said, words)
    if answer.reply.form is not None:
        view = form_view(answer.reply.form, private_metadata=Where.brought(about).carried())
    else:
        view = answer_view(answer.reply, answering.zone())
    await ack(response_action="update", view=view)


def _beside_fields(answer: Answer, view: Json) -> dict[str, str]:
    """The errors of the fields that the open modal has."""
    if answer.reply.form is None:
        return {}
    shown = {block.get("block_id") for block in view["blocks"] if block["type"] == "input"}
    return {name: why for name, why in errors(answer.reply.form).items() if name in shown}
