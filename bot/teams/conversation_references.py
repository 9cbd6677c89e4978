"""Conversation references: people's personal chats with Duly, kept for proactive messages."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from bot.teams.activity import PERSONAL, ConversationReference, conversation_type
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.connector import Connector
from bot.teams.members import TeamsMember
from bot.teams.sdk import ActivityBase
from db.ledger.destinations import bind, destination
from db.store import Store

REMEMBERED = 10_000


class ConversationReferences:
    """Personal chats: in the store for people whom the organisation names, else in memory."""

    def __init__(self, store: Store, connector: Connector) -> None:
        self._store = store
        self._connector = connector
        self._others: OrderedDict[str, ConversationReference] = OrderedDict()

    async def keep(self, member: TeamsMember, activity: ActivityBase) -> None:
        """Keep the personal chat that an activity comes from, where it is new."""
        if conversation_type(activity) == PERSONAL:
            await self._keep(member, ConversationReference.of(activity), activity.recipient.id)

    async def personal_chat(
        self, member: TeamsMember, activity: ActivityBase
    ) -> ConversationReference:
        """The personal chat with somebody who wrote elsewhere; opened where there is none yet.
        Raises CallFailed."""
        known = self._known(member)
        if known is not None:
            return known
        service_url, bot = activity.service_url or "", activity.recipient.id
        id = await self._connector.open(
            service_url, bot=bot, user=member.account, tenant=member.tenant
        )
        reference = ConversationReference(id, service_url)
        await self._keep(member, reference, bot)
        return reference

    def _known(self, member: TeamsMember) -> ConversationReference | None:
        if member.person is None:
            return self._others.get(member.id)
        with self._store.read() as reading:
            row = destination(reading, PLATFORM, member.person)
        address = row.address if row is not None else {}
        if (address.get("user"), address.get("team")) != (member.id, member.tenant):
            return None
        if not address.get("conversation"):
            return None
        return ConversationReference(str(address["conversation"]), str(address["service_url"]))

    async def _keep(self, member: TeamsMember, reference: ConversationReference, bot: str) -> None:
        if self._known(member) == reference:
            return
        if member.person is None:
            self._others[member.id] = reference
            if len(self._others) > REMEMBERED:
                self._others.popitem(last=False)
            return
        address = {
            "user": member.id,
            "team": member.tenant,
            "account": member.account,
            "conversation": reference.conversation,
            "service_url": reference.service_url,
            "bot": bot,
        }
        await asyncio.to_thread(self._bind, member.person, address)

    def _bind(self, person: str, address: dict[str, str]) -> None:
        with self._store.write(ACTOR) as writing:
            bind(writing, PLATFORM, person, address)
