"""From what was said in Teams to its answer: who asks, where, and the core's reply."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from bot.chat.background import InHand
from bot.chat.dispatch import Deliveries, invoked, respond
from bot.chat.members import PATIENCE, Refused
from bot.teams.activity import Turn
from bot.teams.channels import Place, Places
from bot.teams.connector import Connector, answering
from bot.teams.conversation_references import Contacts
from bot.teams.errors import CallFailed
from bot.teams.identity import Asker, Identity
from bot.teams.messages import reply_message, words
from bot.teams.settings import TeamsSettings
from commands.request import FormAnswer
from db.errors import StoreBusy
from db.store import Store
from messages.reply import Reply, Visibility

FACE = "teams"
Json = dict[str, Any]

PRIVATELY = "I have answered you privately."
NO_CHAT = (
    "I cannot answer you privately yet: open a chat with Duly, say hello there, and ask again."
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """A reply with whom and where it is for; `asker` is None for somebody who gets none."""

    reply: Reply
    place: Place
    asker: Asker | None = None

    @classmethod
    def private(cls, reply: Reply) -> Self:
        """One that only whoever asked sees."""
        return cls(reply, Place())

    @property
    def here(self) -> bool:
        """Whether it may stand where it was asked."""
        visible = self.reply.visibility is Visibility.CHANNEL and self.place.open
        return self.place.channel is None or visible or self.asker is None


class Answering:
    """What every kind of activity shares: the store, who is who, where is where."""

    def __init__(
        self,
        store: Store,
        settings: TeamsSettings,
        connector: Connector,
        patience: float = PATIENCE,
    ) -> None:
        """`patience` as in Identity and Places."""
        self.store = store
        self.connector = connector
        self.identity = Identity(store, connector, settings, patience)
        development = settings.development
        self.places = Places(store, connector, development=development, patience=patience)
        self.contacts = Contacts(store, connector)
        self.deliveries = Deliveries(store, FACE)
        self._in_hand = InHand(FACE)
        self.later = self._in_hand.later
        self.settled = self._in_hand.settled

    async def answer(
        self,
        turn: Turn,
        text: str = "",
        form: FormAnswer | None = None,
        id: str | None = None,
        *,
        private: bool = False,
    ) -> Answer:
        """The core's answer; a refusal where this person gets none. `id` is for redelivery;
        `private` where only they see the answer, wherever they ask."""
        try:
            asker = await self.identity.who(turn)
        except Refused as error:
            return Answer.private(Reply(error.sentence, ok=False))
        place = Place() if private else await self.places.place(turn)
        with suppress(StoreBusy):  # it is kept when they speak again
            await self.contacts.met(asker, turn)
        invocation = invoked(
            FACE,
            asker.person,
            text=text,
            form=form,
            channel=place.channel,
            shared=place.shared,
            id=id,
        )
        return Answer(await respond(self.store, invocation), place, asker)

    async def say(self, answer: Answer, turn: Turn) -> None:
        """Answer below what was said; privately, and a line that says so, where it is private.
        Raises CallFailed."""
        if answer.here:
            await self.post(turn, reply_message(answer.reply))
            return
        told = PRIVATELY if await self.privately(answer, turn) else NO_CHAT
        await self.post(turn, words(told))

    async def post(self, turn: Turn, message: Json) -> str:
        """Write where something was said; gives the message's id. Raises CallFailed."""

        async def post() -> str:
            return await self.connector.post(turn.service_url, turn.conversation, message)

        return await answering(post)

    async def privately(self, answer: Answer, turn: Turn) -> bool:
        """Answer in the personal chat; False where there is none."""
        assert answer.asker is not None
        try:
            contact = await self.contacts.reach(answer.asker, turn)
            message = reply_message(answer.reply)

            async def post() -> str:
                return await self.connector.post(contact.service_url, contact.conversation, message)

            await answering(post)
        except CallFailed as error:
            log.warning("not answered privately", extra={"face": FACE, "reason": error.sentence})
            return False
        return True
