"""Shortcuts: look one up, save a message as an update, import the record attached to one."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.blocks import limits
from bot.slack.blocks.elements import plain, prose
from bot.slack.blocks.modals import answer_view
from bot.slack.blocks.mrkdwn import typed
from bot.slack.client import UNREACHED, why
from bot.slack.context import FACE, Answering, Json
from bot.slack.files import Attached, attached, download
from bot.slack.listeners.actions import spoken
from bot.slack.members import Asker
from bot.slack.responder import Where
from commands.importing import import_document, may_import, read_record, review
from commands.request import Request
from commands.verbs.look import look_up_form
from commands.verbs.updates import update_form_about
from governance.errors import DulyError
from messages.reply import Reply

LOOK_UP = "look_up"
SAVE_UPDATE = "save_update"
IMPORT_RECORD = "import_record"
REVIEW = "import_review"
"""The callback_id of the modal that shows what was found before it is imported."""
LINK_SECONDS = 0.8
"""The link is waited for so long: the form must open within three."""
READING = "Reading {name} …"

log = logging.getLogger(__name__)


def register(app: AsyncApp, answering: Answering) -> None:
    @app.shortcut({"type": "shortcut", "callback_id": LOOK_UP})
    async def look_up(ack: AsyncAck, body: Json) -> None:
        if await _allowed(answering, body) is not None:
            await answering.open_form(look_up_form(), body["trigger_id"], {})
        await ack()

    @app.shortcut({"type": "message_action", "callback_id": SAVE_UPDATE})
    async def save_update(ack: AsyncAck, body: Json) -> None:
        if await _allowed(answering, body) is not None:
            message = body["message"]
            form = update_form_about(
                typed(str(message.get("text") or "")), await _link(answering, body)
            )
            where = _where(body, thread="")
            await answering.open_form(form, body["trigger_id"], where.carried())
        await ack()

    @app.shortcut({"type": "message_action", "callback_id": IMPORT_RECORD})
    async def import_record(ack: AsyncAck, body: Json) -> None:
        asker = await _allowed(answering, body)
        if asker is not None:
            await Review(answering, body, asker).open()
        await ack()

    @app.view(REVIEW)
    async def reviewed(ack: AsyncAck, body: Json, view: Json) -> None:
        await _import(ack, answering, body, view)


def _where(body: Json, *, thread: str | None = None) -> Where:
    """Where a message's shortcut answers: in the message's own thread, unless said otherwise."""
    message = body.get("message") or {}
    root = str(message.get("thread_ts") or message.get("ts") or "")
    return Where(
        channel=str((body.get("channel") or {}).get("id") or ""),
        thread=root if thread is None else thread,
        url=str(body.get("response_url") or ""),
    )


async def _allowed(answering: Answering, body: Json) -> Asker | None:
    """Whoever asks; None, and the refusal told, where they get nothing."""
    said = spoken(body, None)
    try:
        return await answering.identity.who(said.user, said.team)
    except DulyError as error:
        await _refuse(answering, body, error)
        return None


async def _refuse(answering: Answering, body: Json, error: DulyError) -> None:
    """Tell why in a modal, which everybody who presses a shortcut can be shown."""
    view = answer_view(Reply(error.sentence, ok=False), answering.zone())
    await answering.open_view(view, body["trigger_id"])


async def _link(answering: Answering, body: Json) -> str:
    """The message's permalink; empty where Slack does not say it in time."""
    asked = answering.client.chat_getPermalink(
        channel=body["channel"]["id"], message_ts=body["message"]["ts"]
    )
    try:
        return str((await asyncio.wait_for(asked, LINK_SECONDS))["permalink"])
    except UNREACHED as error:
        log.info("no permalink", extra={"face": FACE, "reason": why(error)})
        return ""


class Review:
    """What a record holds, shown before it is imported."""

    def __init__(self, answering: Answering, body: Json, asker: Asker) -> None:
        self._answering = answering
        self._body = body
        self._asker = asker

    async def open(self) -> None:
        """Open the modal at once, and read the file for it afterwards."""
        try:
            may_import(self._answering.store, self._asker.person)
            file = attached(self._body["message"])
        except DulyError as error:
            await _refuse(self._answering, self._body, error)
            return
        waiting = _view(READING.format(name=file.name))
        try:
            opened = await self._answering.client.views_open(
                trigger_id=self._body["trigger_id"], view=waiting
            )
        except UNREACHED as error:
            log.warning("a modal was not opened", extra={"face": FACE, "reason": why(error)})
            return
        self._answering.later(self._read(file, str(opened["view"]["id"])))

    async def _read(self, file: Attached, id: str) -> None:
        try:
            content = await download(self._answering.client, file)
            record = await asyncio.to_thread(read_record, file.name, content)
        except DulyError as error:
            view = _view(error.sentence)
        else:
            about = {**_where(self._body).carried(), **file.carried()}
            view = _view(review(file.name, record), submit="Import", about=about)
        await self._answering.update_view(id, view)


async def _import(ack: AsyncAck, answering: Answering, body: Json, view: Json) -> None:
    """The review was agreed to: import, and tell the outcome in the message's thread."""
    about: Json = json.loads(view["private_metadata"])
    where = Where.brought(about)
    said = spoken({**body, "container": {"channel_id": where.channel}}, f"view:{view['id']}")
    try:
        asker, place = await answering.allowed(said)
        may_import(answering.store, asker.person)
    except DulyError as error:
        refused = answer_view(Reply(error.sentence, ok=False), answering.zone())
        await ack(response_action="update", view=refused)
        return
    await ack()
    file = Attached.brought(about)

    async def imported() -> None:
        request = Request(
            person=asker.person,
            face=FACE,
            channel=place.channel,
            shared=place.shared,
            id=f"{FACE}:{said.id}",
        )
        try:
            content = await download(answering.client, file)
        except DulyError as error:
            reply = Reply(f"{file.name} was not imported. {error.sentence}", ok=False)
        else:
            reply = await asyncio.to_thread(
                import_document, answering.store, request, file.name, content
            )
        await answering.tell_outcome(reply, where, place, said.user)
        if reply.ok:
            answering.homes.changed(asker)

    answering.later(imported())


def _view(text: str, *, submit: str = "", about: dict[str, Any] | None = None) -> Json:
    view: Json = {
        "type": "modal",
        "callback_id": REVIEW,
        "title": plain("Import review", limits.TITLE),
        "close": plain("Cancel" if submit else "Close", limits.TITLE),
        "blocks": prose(text, None),
    }
    if submit:
        view["submit"] = plain(submit, limits.TITLE)
        view["private_metadata"] = json.dumps(about or {})
    return view
