"""Context of a workspace, shared by all listeners: from a request to the reply as it is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.background import BackgroundTasks
from bot.chat.channel_binding import ChatChannel
from bot.chat.dispatch import Deliveries, invoked, respond
from bot.slack.blocks.messages import reply_payload
from bot.slack.blocks.modals import answer_view, form_view
from bot.slack.channels import PLATFORM, SlackChannels
from bot.slack.client import UNREACHED, Json, why
from bot.slack.home_tab import HomeTabs
from bot.slack.members import SlackMember, SlackMembers
from bot.slack.responder import ReplyTarget, Responder, mark_blocks
from commands.request import FormAnswer
from db.store import Store
from governance.errors import DulyError
from messages.reply import Form, Reply, Visibility

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SlackRequest:
    """Sender and place of a command, message, press or submission. `id` is Slack's own."""

    user: str
    team: str | None
    channel: str | None
    id: str | None


@dataclass(frozen=True)
class SlackReply:
    """A reply with its recipient and channel; `member` is None for somebody who gets none."""

    reply: Reply
    channel: ChatChannel
    member: SlackMember | None = None
    only_reads: bool = True
    """The request cannot have changed anything."""


OnRemoved = Callable[[datetime | None], Awaitable[None]]


async def _log_removed(_at: datetime | None) -> None:
    log.warning("removed from the workspace of SLACK_BOT_TOKEN", extra={"face": PLATFORM})


class SlackContext:
    """One workspace: its store and client, members, channels, Home tabs, and background work."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        members: SlackMembers,
        on_removed: OnRemoved = _log_removed,
    ) -> None:
        """`on_removed` is awaited when Duly was removed from the workspace, with the moment at
        which Slack says it was."""
        self.store = store
        self.client = client
        self.members = members
        self.channels = SlackChannels(store, client, members.patience)
        self.responder = Responder(client)
        self.deliveries = Deliveries(store, PLATFORM)
        self.home_tabs = HomeTabs(store, client, self.later)
        self.on_removed = on_removed
        self._background = BackgroundTasks(PLATFORM)

    async def answer(
        self, request: SlackRequest, text: str = "", form: FormAnswer | None = None
    ) -> SlackReply:
        """The core's reply; a refusal where this person, or this channel, gets none."""
        try:
            member, channel = await self.identify(request)
        except DulyError as error:
            unknown = ChatChannel(request.channel or "", shared=True)
            return SlackReply(Reply(error.sentence, ok=False), unknown)
        invocation = invoked(
            PLATFORM,
            member.person,
            text=text,
            form=form,
            channel=channel.name,
            shared=channel.shared,
            id=request.id,
        )
        reply = await respond(self.store, invocation)
        return SlackReply(reply, channel, member, invocation.only_reads)

    async def identify(self, request: SlackRequest) -> tuple[SlackMember, ChatChannel]:
        """Sender and channel of a request. Raises AccessDenied."""
        member = self.members.find(request.user, request.team)
        if not request.channel or request.channel.startswith("D"):
            return await member, await self.channels.find(request.channel)
        return await asyncio.gather(member, self.channels.find(request.channel))

    async def recheck_channel(self, answer: SlackReply) -> SlackReply:
        """The answer, made private where Slack says by now that outsiders are in the channel."""
        if answer.reply.visibility is Visibility.PRIVATE:
            return answer
        if answer.channel.open and not await self.channels.is_shared(answer.channel.id):
            return answer
        private = replace(answer.reply, visibility=Visibility.PRIVATE)
        return replace(answer, reply=private, channel=replace(answer.channel, shared=True))

    def payload(
        self, answer: SlackReply, command: str, *, open: bool = False, shared: bool = False
    ) -> Json:
        """The answer as a message. `command` is the text it answers; `open` unfolds a card;
        `shared` is for everybody in the channel, without a button to share it again."""
        payload = reply_payload(
            answer.reply,
            zone=answer.member.zone if answer.member else self.zone(),
            in_channel=answer.channel.name is not None,
            share=answer.channel.open and answer.member is not None and not shared,
            open=open,
            command=command,
        )
        return mark_blocks(payload, answer.reply)

    async def show(
        self,
        answer: SlackReply,
        target: ReplyTarget,
        user: str,
        command: str,
        *,
        trigger: str = "",
        open: bool = False,
        in_place: bool = False,
    ) -> None:
        """Show the answer to a press or a form: in place of the message or modal it came from
        where the answer is its new state (`in_place`: always), else beside it."""
        reply = answer.reply
        in_place = in_place or target.content.gives_way_to(reply)
        self.refresh_home(answer)
        if target.home:
            await self._show_at_home(answer, trigger)
        elif target.view:
            view = answer_view(reply, self.zone(), open=open)
            if in_place or not trigger:
                await self.update_view(target.view, view)
            else:
                await self.open_view(view, trigger, push=True)
        elif in_place:
            await self.responder.replace(target, user, self.payload(answer, command, open=open))
        else:
            await self.responder.reply(target, user, self.payload(answer, command, open=open))

    def refresh_home(self, answer: SlackReply) -> None:
        """Publish the member's Home tab anew where the request may have changed something."""
        if answer.reply.ok and answer.member is not None and not answer.only_reads:
            self.home_tabs.changed(answer.member)

    async def _show_at_home(self, answer: SlackReply, trigger: str) -> None:
        """On the Home tab a change shows itself; words, and look-ups, stand in a modal."""
        if answer.reply.ok and answer.reply.offers_undo:
            return
        view = answer_view(answer.reply, self.zone())
        if not (trigger and await self.open_view(view, trigger)) and answer.member is not None:
            await self.responder.post(answer.member.user, self.payload(answer, ""))

    async def open_form(
        self, form: Form, trigger: str, metadata: dict[str, str], *, push: bool = False
    ) -> bool:
        """Open a form; False where Slack did not (the reply's text then says what can be typed).

        `metadata` comes back with the submission, and says where its answer goes.
        """
        try:
            view = form_view(form, private_metadata=metadata)
        except DulyError as error:
            log.info("a form was not opened", extra={"face": PLATFORM, "reason": error.sentence})
            return False
        return await self.open_view(view, trigger, push=push)

    async def open_view(self, view: Json, trigger: str, *, push: bool = False) -> bool:
        """Open a modal, or put it upon the one that is open; False where Slack did not."""
        call = self.client.views_push if push else self.client.views_open
        return await self._is_done(call(trigger_id=trigger, view=view))

    async def update_view(self, id: str, view: Json) -> bool:
        """Replace a modal that is open; False where it is closed."""
        return await self._is_done(self.client.views_update(view_id=id, view=view))

    async def post_outcome(
        self, reply: Reply, target: ReplyTarget, channel: ChatChannel, user: str
    ) -> None:
        """Post the outcome of work in the background to the thread it is about; only to `user`
        where the channel is shared."""
        payload = self.payload(SlackReply(reply, channel), "", shared=True)
        direct = target.channel.startswith("D")
        if (channel.open or direct) and await self.responder.post(
            target.channel, payload, thread=target.thread
        ):
            return
        await self.responder.reply(target, user, payload)

    async def _is_done(self, call: Coroutine[Any, Any, Any]) -> bool:
        try:
            await call
        except UNREACHED as error:
            log.warning("Slack did not do it", extra={"face": PLATFORM, "reason": why(error)})
            return False
        return True

    def zone(self) -> ZoneInfo:
        """The force's time zone, in which dates are written."""
        return self.store.directory().zone

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work in the background once Slack has its answer; `settled` waits for it."""
        self._background.later(work)

    async def settled(self) -> None:
        """Wait until all background work is done."""
        await self._background.settled()
