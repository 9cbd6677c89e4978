"""From what was said in Slack to its answer: who asks, where, and the core's reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.background import InHand
from bot.chat.dispatch import Deliveries, invoked, respond
from bot.slack.blocks.messages import reply_payload
from bot.slack.blocks.modals import answer_view, form_view
from bot.slack.channels import Channels, Place
from bot.slack.client import UNREACHED, why
from bot.slack.home_tab import Homes
from bot.slack.members import Asker, Identity
from bot.slack.responder import Posting, Where, marked
from commands.request import FormAnswer
from db.store import Store
from governance.errors import DulyError
from messages.reply import Form, Reply, Visibility

FACE = "slack"
Json = dict[str, Any]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spoken:
    """One thing somebody said, pressed or submitted, and where. `id` is the platform's own."""

    user: str
    team: str | None
    channel: str | None
    id: str | None


@dataclass(frozen=True)
class Answer:
    """A reply with whom and where it is for; `asker` is None for somebody who gets none."""

    reply: Reply
    place: Place
    asker: Asker | None = None
    only_reads: bool = True
    """Whether the request could change nothing."""


Removed = Callable[[datetime | None], Awaitable[None]]


async def _nothing_to_forget(_told_at: datetime | None) -> None:
    log.warning("removed from the workspace of SLACK_BOT_TOKEN", extra={"face": FACE})


class Answering:
    """What every listener shares: the store, who is who, where is where, and work in hand."""

    def __init__(self, store: Store, client: AsyncWebClient, identity: Identity) -> None:
        self.store = store
        self.client = client
        self.identity = identity
        self.channels = Channels(store, client, identity.patience)
        self.posting = Posting(client)
        self.deliveries = Deliveries(store, FACE)
        self.homes = Homes(store, client, self.later)
        self.removed: Removed = _nothing_to_forget
        """What is done when Duly is removed from the workspace, with when Slack told so."""
        self._in_hand = InHand(FACE)

    async def answer(
        self, spoken: Spoken, text: str = "", form: FormAnswer | None = None
    ) -> Answer:
        """The core's answer; a refusal where this person, or this place, gets none."""
        try:
            asker, place = await self.allowed(spoken)
        except DulyError as error:
            return Answer(Reply(error.sentence, ok=False), Place(spoken.channel or "", shared=True))
        invocation = invoked(
            FACE,
            asker.person,
            text=text,
            form=form,
            channel=place.channel,
            shared=place.shared,
            id=spoken.id,
        )
        reply = await respond(self.store, invocation)
        return Answer(reply, place, asker, invocation.only_reads)

    async def as_now(self, answer: Answer) -> Answer:
        """The answer as it may be shown by what Slack says of the channel this minute: what
        everybody would see is private after all where others listen in."""
        if answer.reply.visibility is Visibility.PRIVATE:
            return answer
        place = await self.channels.place(answer.place.id, within=timedelta(minutes=1))
        if place.open:
            return answer
        private = replace(answer.reply, visibility=Visibility.PRIVATE)
        return replace(answer, reply=private, place=place)

    async def allowed(self, spoken: Spoken) -> tuple[Asker, Place]:
        """Who asks and where. Raises Refused."""
        who = self.identity.who(spoken.user, spoken.team)
        if not spoken.channel or spoken.channel.startswith("D"):
            return await who, await self.channels.place(spoken.channel)
        asker, place = await asyncio.gather(who, self.channels.place(spoken.channel))
        return asker, place

    def payload(
        self, answer: Answer, command: str, *, open: bool = False, shared: bool = False
    ) -> Json:
        """The answer as a message; `command` is what was said, `open` shows a card unfolded,
        `shared` shows it to everybody and offers no more to share it."""
        place = answer.place
        payload = reply_payload(
            answer.reply,
            zone=answer.asker.zone if answer.asker else self.zone(),
            in_channel=place.channel is not None,
            share=place.open and answer.asker is not None and not shared,
            open=open,
            command=command,
        )
        return marked(payload, answer.reply)

    async def show(
        self,
        answer: Answer,
        where: Where,
        spoken: Spoken,
        command: str,
        *,
        trigger: str = "",
        open: bool = False,
        instead: bool = False,
    ) -> None:
        """Show the answer to a press or a form: in place where it takes the place of what stood
        there (`instead`: always), else beside it."""
        reply = answer.reply
        instead = instead or where.shown.gives_way_to(reply)
        if reply.ok and answer.asker is not None and not answer.only_reads:
            self.homes.changed(answer.asker)
        if where.home:
            await self._show_at_home(answer, trigger)
            return
        if where.view:
            view = answer_view(answer.reply, self.zone(), open=open)
            if instead or not trigger:
                await self.update_view(where.view, view)
            else:
                await self.open_view(view, trigger, push=True)
            return
        payload = self.payload(answer, command, open=open)
        if instead:
            await self.posting.instead(where, spoken.user, payload)
        else:
            await self.posting.beside(where, spoken.user, payload)

    async def _show_at_home(self, answer: Answer, trigger: str) -> None:
        """At Home a change shows itself; words, and what was asked for, stand in a modal."""
        changed = any(button.command == "undo" for button in answer.reply.buttons)
        if answer.reply.ok and changed:
            return
        view = answer_view(answer.reply, self.zone())
        if not (trigger and await self.open_view(view, trigger)) and answer.asker is not None:
            await self.posting.post(answer.asker.user, self.payload(answer, ""))

    async def open_form(
        self, form: Form, trigger: str, about: dict[str, str], *, push: bool = False
    ) -> bool:
        """Open a form; False where Slack did not (the words then say what can be typed).

        `about` says where its answer goes, and comes back with it.
        """
        try:
            view = form_view(form, private_metadata=about)
        except DulyError as error:
            log.info("a form was not opened", extra={"face": FACE, "reason": error.sentence})
            return False
        return await self.open_view(view, trigger, push=push)

    async def open_view(self, view: Json, trigger: str, *, push: bool = False) -> bool:
        """Open a modal, or put it upon the one that is open; False where Slack did not."""
        call = self.client.views_push if push else self.client.views_open
        return await self._call(call(trigger_id=trigger, view=view))

    async def update_view(self, id: str, view: Json) -> bool:
        """Show something else in a modal that is open; False where it is closed."""
        return await self._call(self.client.views_update(view_id=id, view=view))

    async def tell_outcome(self, reply: Reply, where: Where, place: Place, user: str) -> None:
        """What became of something that took a while, in the thread of the message it is about;
        only to whoever asked where the channel is shared."""
        told = Answer(reply, place)
        payload = self.payload(told, "", shared=True)
        direct = where.channel.startswith("D")
        if (place.open or direct) and await self.posting.post(
            where.channel, payload, thread=where.thread
        ):
            return
        await self.posting.beside(where, user, payload)

    async def _call(self, call: Coroutine[Any, Any, Any]) -> bool:
        try:
            await call
        except UNREACHED as error:
            log.warning("Slack did not do it", extra={"face": FACE, "reason": why(error)})
            return False
        return True

    def zone(self) -> ZoneInfo:
        """The force's time zone, in which dates are written."""
        return self.store.directory().zone

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once Slack has its answer; `settled` waits for it."""
        self._in_hand.later(work)

    async def settled(self) -> None:
        """Wait until all that was put off is done."""
        await self._in_hand.settled()
