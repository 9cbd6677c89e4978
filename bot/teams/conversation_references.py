"""Where somebody is reached again: their personal chat with Duly, kept in the store."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

from bot.teams.activity import Turn
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.connector import Connector
from bot.teams.identity import Asker
from db.destinations import bind, destination
from db.store import Store

REMEMBERED = 10_000


@dataclass(frozen=True)
class Contact:
    """A personal chat."""

    conversation: str
    service_url: str


class Contacts:
    """People's personal chats: in the store for whoever the organisation names, else for as long
    as the process lives."""

    def __init__(self, store: Store, connector: Connector) -> None:
        self._store = store
        self._connector = connector
        self._others: OrderedDict[str, Contact] = OrderedDict()

    async def met(self, asker: Asker, turn: Turn) -> None:
        """Somebody spoke to Duly, or added it: keep where, where that is news."""
        if not turn.personal:
            return
        await self._keep(asker, Contact(turn.conversation, turn.service_url), turn.bot)

    async def reach(self, asker: Asker, turn: Turn) -> Contact:
        """The personal chat of whoever asked elsewhere; opened where there is none yet. Raises
        CallFailed."""
        known = self._known(asker)
        if known is not None:
            return known
        id = await self._connector.open(
            turn.service_url, bot=turn.bot, user=turn.account, tenant=asker.tenant
        )
        contact = Contact(id, turn.service_url)
        await self._keep(asker, contact, turn.bot)
        return contact

    def _known(self, asker: Asker) -> Contact | None:
        if asker.person is None:
            return self._others.get(asker.user)
        with self._store.read() as reading:
            kept = destination(reading, PLATFORM, asker.person)
        address = kept.address if kept is not None else {}
        if (address.get("user"), address.get("team")) != (asker.user, asker.tenant):
            return None
        if not address.get("conversation"):
            return None
        return Contact(str(address["conversation"]), str(address["service_url"]))

    async def _keep(self, asker: Asker, contact: Contact, bot: str) -> None:
        if self._known(asker) == contact:
            return
        if asker.person is None:
            self._others[asker.user] = contact
            if len(self._others) > REMEMBERED:
                self._others.popitem(last=False)
            return
        address = {
            "user": asker.user,
            "team": asker.tenant,
            "account": asker.account,
            "conversation": contact.conversation,
            "service_url": contact.service_url,
            "bot": bot,
        }
        await asyncio.to_thread(self._bind, asker.person, address)

    def _bind(self, person: str, address: dict[str, str]) -> None:
        with self._store.write(ACTOR) as writing:
            bind(writing, PLATFORM, person, address)
