"""Listener of submitted forms: saved and closed, or open still, with errors beside the fields."""

from __future__ import annotations

import json

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks.modals import (
    FORM_CALLBACK,
    answer_view,
    form_answer,
    form_errors,
    form_view,
    sentence_error,
)
from bot.slack.client import Json
from bot.slack.context import SlackContext, SlackReply, SlackRequest
from bot.slack.listeners.actions import request_of
from bot.slack.responder import ReplyTarget
from commands.verbs.look import LOOK_UP


def register(app: AsyncApp) -> None:
    @app.view(FORM_CALLBACK)
    async def submitted(ack: AsyncAck, body: Json, view: Json, slack: SlackContext) -> None:
        form = form_answer(view["state"], view["private_metadata"])
        target, request = submission(body, view)
        if form.name == LOOK_UP:
            await _look_up(ack, slack, request, target, form.values.get("words", ""))
            return
        answer = await slack.answer(request, form=form)
        if not answer.reply.ok:
            errors = _field_errors(answer, view) or sentence_error(view, answer.reply.text)
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        slack.later(slack.show(answer, target, request.user, f"{form.name} {form.target}"))


def submission(body: Json, view: Json) -> tuple[ReplyTarget, SlackRequest]:
    """The target that a modal carries, and its submission as a request from there."""
    target = ReplyTarget.from_metadata(json.loads(view["private_metadata"]))
    body = {**body, "container": {"channel_id": target.channel}}
    return target, request_of(body, f"view:{view['id']}")


async def _look_up(
    ack: AsyncAck, slack: SlackContext, request: SlackRequest, target: ReplyTarget, words: str
) -> None:
    """Show the result in the modal itself: what the words name, else what has them in it. Nothing
    that is typed there changes anything."""
    answer = await slack.answer(request, f"show {words}")
    if answer.member is not None and not answer.reply.cards:
        listed = await slack.answer(request, f"find {words}")
        answer = listed if listed.reply.cards or listed.reply.lines else answer
    if answer.reply.form is not None:
        view = form_view(answer.reply.form, private_metadata=target.to_metadata())
    else:
        view = answer_view(answer.reply, slack.zone())
    await ack(response_action="update", view=view)


def _field_errors(answer: SlackReply, view: Json) -> dict[str, str]:
    """The errors of the fields that the open modal has."""
    if answer.reply.form is None:
        return {}
    shown = {block.get("block_id") for block in view["blocks"] if block["type"] == "input"}
    errors = form_errors(answer.reply.form)
    return {name: error for name, error in errors.items() if name in shown}
