"""The bot: what every handler shares, from the core's answer to an activity to its sending."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

from bot.chat.background import BackgroundTasks
from bot.chat.channel_binding import ChatChannel
from bot.chat.dispatch import Deliveries, invoked, respond
from bot.chat.members import AccessDenied
from bot.teams.activity import ConversationReference, Json
from bot.teams.channels import PLATFORM, TeamsChannels
from bot.teams.connector import CallFailed, Connector, with_retries
from bot.teams.conversation_references import ConversationReferences
from bot.teams.members import TeamsMember, TeamsMembers
from bot.teams.messages import reply_message, text_message
from bot.teams.sdk import ActivityBase
from bot.teams.settings import TeamsSettings
from commands.request import FormAnswer
from db.errors import StoreBusy
from db.store import Store
from messages.reply import Reply, Visibility

PRIVATELY = "I have answered you privately."
NO_CHAT = (
    "I cannot answer you privately yet: open a chat with Duly, say hello there, and ask again."
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamsAnswer:
    """A reply of the core, with the channel it was asked in and who asked; `member` is None for
    somebody who is refused."""

    reply: Reply
    channel: ChatChannel
    member: TeamsMember | None = None

    @classmethod
    def private(cls, reply: Reply) -> Self:
        """An answer that only whoever asked sees."""
        return cls(reply, ChatChannel())

    @property
    def here(self) -> bool:
        """True where it may be shown in the conversation in which it was asked for."""
        visible = self.reply.visibility is Visibility.CHANNEL and self.channel.open
        return self.channel.name is None or visible or self.member is None


class TeamsBot:
    """Services that the handlers share: store, connector, users, channels, conversations."""

    def __init__(self, store: Store, settings: TeamsSettings, connector: Connector) -> None:
        self.store = store
        self.connector = connector
        self.members = TeamsMembers(store, connector, settings)
        self.channels = TeamsChannels(store, connector, development=settings.development)
        self.references = ConversationReferences(store, connector)
        self.deliveries = Deliveries(store, PLATFORM)
        self._background = BackgroundTasks(PLATFORM)
        self.later = self._background.later
        self.settled = self._background.settled

    async def answer(
        self,
        activity: ActivityBase,
        text: str = "",
        form: FormAnswer | None = None,
        id: str | None = None,
        *,
        private: bool = False,
    ) -> TeamsAnswer:
        """The core's answer, or a refusal. `id` is the idempotency key of a redelivery; `private`
        where only whoever asks sees the answer, wherever they ask."""
        try:
            member = await self.members.find(activity)
        except AccessDenied as error:
            return TeamsAnswer.private(Reply(error.sentence, ok=False))
        channel = ChatChannel() if private else await self.channels.find(activity)
        with suppress(StoreBusy):  # it is kept when they speak again
            await self.references.keep(member, activity)
        invocation = invoked(
            PLATFORM,
            member.person,
            text=text,
            form=form,
            channel=channel.name,
            shared=channel.shared,
            id=id,
        )
        return TeamsAnswer(await respond(self.store, invocation), channel, member)

    async def send(self, answer: TeamsAnswer, activity: ActivityBase) -> None:
        """Send an answer to the activity's conversation; a private one to the personal chat, and
        a line that says so. Raises CallFailed."""
        if answer.here:
            await self.post(activity, reply_message(answer.reply))
            return
        text = PRIVATELY if await self.send_privately(answer, activity) else NO_CHAT
        await self.post(activity, text_message(text))

    async def post(self, activity: ActivityBase, message: Json) -> str:
        """Post a message in the activity's conversation; gives its id. Raises CallFailed."""
        return await self._post(ConversationReference.of(activity), message)

    async def send_privately(self, answer: TeamsAnswer, activity: ActivityBase) -> bool:
        """Send an answer to the personal chat; False where there is none."""
        assert answer.member is not None
        try:
            reference = await self.references.personal_chat(answer.member, activity)
            await self._post(reference, reply_message(answer.reply))
        except CallFailed as error:
            log.warning(
                "not answered privately", extra={"face": PLATFORM, "reason": error.sentence}
            )
            return False
        return True

    async def _post(self, reference: ConversationReference, message: Json) -> str:
        return await with_retries(partial(self.connector.post, reference, message))
