"""The courier to Teams: one attempt at one message, in a personal chat or a board's channel.

Teams has no way to look for a message by its key, so one whose answer was lost is repeated, and
says that it may be a repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

from bot.chat.loop_local import LoopLocal
from bot.teams.activity import ConversationReference, Json
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.connector import AppTokens, CallFailed, Connector
from bot.teams.messages import letter_message
from bot.teams.settings import TeamsSettings
from db.errors import StoreBusy
from db.ledger.destinations import bind, destination, known_addresses
from db.store import Reading, Store, Writing
from scheduler.courier import Courier, Letter, NotDelivered
from scheduler.notices import tell_secretary
from scheduler.outbox import CLAIM

PACE = timedelta(seconds=2)
"""Between two messages in one conversation: within all of Teams' limits at once, of which 1,800
an hour is the strictest."""
CALL_SECONDS = 10.0
"""For one call, unless the claim leaves less: a post is up to four calls, which together take less
than a quarter of it."""
CALLS = 4
ANYWHERE = "https://smba.trafficmanager.net/teams/"
"""The service address at which a chat is opened with somebody who was never met."""

FOR_GOOD = {
    400: "Teams does not take the message's form.",
    405: "Teams does not let Duly do that.",
    413: "Teams finds the message too long.",
}
"""Refusals that no further attempt would change, by status."""
GONE = frozenset({403, 404})
"""The conversation is gone, or Duly was taken out of it."""


class TeamsCourier(Courier):
    """Posts letters. `claim` is how long a message is claimed for: each call's time-out stays so
    short that a whole post takes less than a quarter of it."""

    name = PLATFORM
    pace = PACE

    def __init__(self, store: Store, settings: TeamsSettings, *, claim: timedelta = CLAIM) -> None:
        self._store = store
        self._settings = settings
        timeout = min(CALL_SECONDS, claim.total_seconds() / 4 / (CALLS + 1))
        tokens = None if settings.development else AppTokens(settings)
        self._connectors = LoopLocal(
            lambda: Connector(settings, timeout=timeout, tokens=tokens), Connector.close
        )

    def reaches(self, reading: Reading, destination: str) -> bool:
        """True for a channel where Duly was met; for a person whom the organisation file knows in
        Teams, and who was met there or is known nowhere else."""
        if destination.startswith("#"):
            return _address(reading, destination) is not None
        person = reading.directory.people.get(destination)
        if person is None or PLATFORM not in person.identities:
            return False
        chat = _chat(_address(reading, destination), person.identities[PLATFORM])
        return len(person.identities) == 1 or chat is not None

    async def post(self, letter: Letter) -> str:
        """Post a letter; gives "conversation|message". Raises NotDelivered."""
        where = await self._conversation(letter)
        connector, message = await self._connectors.get(), letter_message(letter)
        try:
            id = await connector.post(where, message)
        except CallFailed as error:
            if error.status not in GONE:
                _fail(error)
            if letter.destination.startswith("#"):
                raise NotDelivered(
                    f"Duly is no longer in the team of {letter.destination}.", for_good=True
                ) from error
            where = await self._open(letter.destination)  # the chat that was known has gone stale
            try:
                id = await connector.post(where, message)
            except CallFailed as failed:
                _fail(failed)
        return f"{where.conversation}|{id}"

    async def edit(self, letter: Letter, platform_id: str) -> None:
        """Edit a posted letter. Raises NotDelivered."""
        conversation, _, id = platform_id.rpartition("|")
        address, _ = await asyncio.to_thread(self._known, letter.destination)
        service_url = str((address or {}).get("service_url") or self._anywhere())
        where = ConversationReference(conversation, service_url)
        connector = await self._connectors.get()
        try:
            await connector.edit(where, id, letter_message(letter))
        except CallFailed as error:
            if error.status in GONE:
                raise NotDelivered("the message is gone.", for_good=True) from error
            _fail(error)

    async def _conversation(self, letter: Letter) -> ConversationReference:
        """The conversation that a letter goes to. Raises NotDelivered."""
        address, user = await asyncio.to_thread(self._known, letter.destination)
        if not letter.destination.startswith("#"):
            return _chat(address, user) or await self._open(letter.destination)
        if address is None:
            raise NotDelivered(f"Duly is in no team with a channel {letter.destination}.")
        if address.get("stopped"):
            raise NotDelivered(str(address["stopped"]), for_good=True)
        return ConversationReference(str(address["channel"]), str(address["service_url"]))

    async def _open(self, person: str) -> ConversationReference:
        """Open a personal chat with somebody of whom the directory's id is known. Raises
        NotDelivered; the secretary is told once where Duly is not installed for them.

        Where the store is busy neither is kept: the next attempt opens it, or tells them, again.
        """
        name, user, addresses = await asyncio.to_thread(self._met, person)
        if not user:
            raise NotDelivered(f"{name} has no Teams id in the organisation file.", for_good=True)
        bot = next((a["bot"] for a in addresses if a.get("bot")), f"28:{self._settings.client_id}")
        near = next((a["service_url"] for a in addresses if a.get("service_url")), None)
        service_url = str(near or self._anywhere())
        tenant = self._settings.tenant_id
        tenant = tenant or str(next((a["team"] for a in addresses if a.get("user")), ""))
        connector = await self._connectors.get()
        try:
            id = await connector.open(service_url, bot=str(bot), user=user, tenant=tenant)
        except CallFailed as error:
            if error.status not in GONE:
                _fail(error)
            notice = f"{name} has not added Duly in Teams, so nothing reaches them there yet."
            await self._write(lambda w: tell_secretary(w, f"teams/{person}/{user}", notice))
            raise NotDelivered(notice) from error
        address = {
            "user": user.casefold(),
            "team": tenant.casefold(),
            "conversation": id,
            "service_url": service_url,
            "bot": str(bot),
        }
        await self._write(lambda w: bind(w, PLATFORM, person, address))
        return ConversationReference(id, service_url)

    def _anywhere(self) -> str:
        if self._settings.development:
            raise NotDelivered("nobody was met in this Teams yet.")
        return ANYWHERE

    def _known(self, destination: str) -> tuple[Json | None, str | None]:
        """The address that was kept of a destination, and the Teams id of a person."""
        with self._store.read() as reading:
            person = reading.directory.people.get(destination)
            user = person.identities.get(PLATFORM) if person is not None else None
            return _address(reading, destination), user

    def _met(self, person: str) -> tuple[str, str | None, list[Mapping[str, Any]]]:
        """A person's name and Teams id, and the addresses of everybody who was met."""
        _, user = self._known(person)
        with self._store.read() as reading:
            return reading.directory.person_name(person), user, known_addresses(reading, PLATFORM)

    async def _write(self, act: Callable[[Writing], object]) -> None:
        def write() -> None:
            with suppress(StoreBusy), self._store.write(ACTOR) as writing:
                act(writing)

        await asyncio.to_thread(write)


def _address(reading: Reading, key: str) -> Json | None:
    row = destination(reading, PLATFORM, key)
    return row.address if row is not None and row.address.get("service_url") else None


def _chat(address: Json | None, user: str | None) -> ConversationReference | None:
    """The personal chat that was kept, where it is still this user's."""
    if address is None or user is None or not address.get("conversation"):
        return None
    ids = {str(address.get(name) or "").casefold() for name in ("user", "account")}
    if user.casefold() not in ids:
        return None
    return ConversationReference(str(address["conversation"]), str(address["service_url"]))


def _fail(error: CallFailed) -> NoReturn:
    """Raise the NotDelivered that a failed call means for the message."""
    raise NotDelivered(
        FOR_GOOD.get(error.status, error.sentence),
        for_good=error.status in FOR_GOOD,
        retry_after=error.retry_after if error.status in (412, 429) else None,
        uncertain=error.perhaps_done,
    ) from error
