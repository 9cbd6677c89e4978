"""Listeners of shortcuts: look up, save a message as an update, import the record attached."""

from __future__ import annotations

import asyncio
import json
import logging

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks.elements import prose
from bot.slack.blocks.modals import answer_view, modal
from bot.slack.blocks.mrkdwn import parse_text
from bot.slack.channels import PLATFORM
from bot.slack.client import UNREACHED, Json, why
from bot.slack.context import SlackContext
from bot.slack.files import Attachment, attachment_of, download
from bot.slack.listeners.actions import request_of
from bot.slack.listeners.views import submission
from bot.slack.members import SlackMember
from bot.slack.responder import ReplyTarget
from commands.importing import import_document, may_import, read_record, review
from commands.request import Request
from commands.verbs.look import look_up_form
from commands.verbs.update_form import update_form_about
from governance.errors import DulyError
from messages.reply import Reply

LOOK_UP = "look_up"
SAVE_UPDATE = "save_update"
IMPORT_RECORD = "import_record"
REVIEW = "import_review"
"""The callback_id of the modal that shows what was found before it is imported."""
PERMALINK_SECONDS = 0.8
"""The time-out of the message's link: the form must open within three."""
READING = "Reading {name} …"

log = logging.getLogger(__name__)


def register(app: AsyncApp) -> None:
    @app.shortcut({"type": "shortcut", "callback_id": LOOK_UP})
    async def look_up(ack: AsyncAck, body: Json, slack: SlackContext) -> None:
        if await _member(slack, body) is not None:
            await slack.open_form(look_up_form(), str(body.get("trigger_id") or ""), {})
        await ack()

    @app.shortcut({"type": "message_action", "callback_id": SAVE_UPDATE})
    async def save_update(ack: AsyncAck, body: Json, slack: SlackContext) -> None:
        if await _member(slack, body) is not None:
            text = parse_text(str(body["message"].get("text") or ""))
            form = update_form_about(text, await _permalink(slack, body))
            target = _target(body)
            await slack.open_form(form, str(body.get("trigger_id") or ""), target.to_metadata())
        await ack()

    @app.shortcut({"type": "message_action", "callback_id": IMPORT_RECORD})
    async def import_record(ack: AsyncAck, body: Json, slack: SlackContext) -> None:
        member = await _member(slack, body)
        if member is not None:
            await _open_review(slack, body, member)
        await ack()

    @app.view(REVIEW)
    async def reviewed(ack: AsyncAck, body: Json, view: Json, slack: SlackContext) -> None:
        await _import(ack, slack, body, view)


def _target(body: Json, thread: str = "") -> ReplyTarget:
    return ReplyTarget(
        channel=str((body.get("channel") or {}).get("id") or ""),
        thread=thread,
        url=str(body.get("response_url") or ""),
    )


async def _member(slack: SlackContext, body: Json) -> SlackMember | None:
    """The sender; None, and the refusal shown, where they get nothing."""
    sender = request_of(body, None)
    try:
        return await slack.members.find(sender.user, sender.team)
    except DulyError as error:
        await _refuse(slack, body, error)
        return None


async def _refuse(slack: SlackContext, body: Json, error: DulyError) -> None:
    """Say why in a modal, which everybody who presses a shortcut can be shown."""
    view = answer_view(Reply(error.sentence, ok=False), slack.zone())
    await slack.open_view(view, str(body.get("trigger_id") or ""))


async def _permalink(slack: SlackContext, body: Json) -> str:
    """The message's permalink; empty where Slack does not say it in time."""
    call = slack.client.chat_getPermalink(
        channel=str((body.get("channel") or {}).get("id") or ""), message_ts=body["message"]["ts"]
    )
    try:
        return str((await asyncio.wait_for(call, PERMALINK_SECONDS))["permalink"])
    except UNREACHED as error:
        log.info("no permalink", extra={"face": PLATFORM, "reason": why(error)})
        return ""


async def _open_review(slack: SlackContext, body: Json, member: SlackMember) -> None:
    """Open the modal at once, and read the file for it in the background."""
    message = body["message"]
    try:
        may_import(slack.store, member.person)
        file = attachment_of(message)
    except DulyError as error:
        await _refuse(slack, body, error)
        return
    try:
        opened = await slack.client.views_open(
            trigger_id=str(body.get("trigger_id") or ""), view=_view(READING.format(name=file.name))
        )
    except UNREACHED as error:
        log.warning("a modal was not opened", extra={"face": PLATFORM, "reason": why(error)})
        return

    async def read() -> None:
        try:
            content = await download(slack.client, file)
            record = await asyncio.to_thread(read_record, file.name, content)
        except DulyError as error:
            view = _view(error.sentence)
        else:
            thread = str(message.get("thread_ts") or message.get("ts") or "")
            metadata = {**_target(body, thread).to_metadata(), **file.to_metadata()}
            view = _view(review(file.name, record), submit="Import", metadata=metadata)
        await slack.update_view(str(opened["view"]["id"]), view)

    slack.later(read())


async def _import(ack: AsyncAck, slack: SlackContext, body: Json, view: Json) -> None:
    """The review was agreed to: import, and post the outcome to the message's thread."""
    target, submitted = submission(body, view)
    try:
        member, channel = await slack.identify(submitted)
        may_import(slack.store, member.person)
    except DulyError as error:
        refusal = answer_view(Reply(error.sentence, ok=False), slack.zone())
        await ack(response_action="update", view=refusal)
        return
    await ack()
    file = Attachment.from_metadata(json.loads(view["private_metadata"]))

    async def imported() -> None:
        request = Request(
            person=member.person,
            face=PLATFORM,
            channel=channel.name,
            shared=channel.shared,
            id=f"{PLATFORM}:{submitted.id}",
        )
        try:
            content = await download(slack.client, file)
        except DulyError as error:
            reply = Reply(f"{file.name} was not imported. {error.sentence}", ok=False)
        else:
            reply = await asyncio.to_thread(
                import_document, slack.store, request, file.name, content
            )
        await slack.post_outcome(reply, target, channel, submitted.user)
        if reply.ok:
            slack.home_tabs.changed(member)

    slack.later(imported())


def _view(text: str, *, submit: str = "", metadata: dict[str, str] | None = None) -> Json:
    blocks = prose(text, None)
    if not submit:
        return modal(REVIEW, "Import review", blocks)
    carried = json.dumps(metadata)
    return modal(REVIEW, "Import review", blocks, close="Cancel", submit=submit, metadata=carried)
