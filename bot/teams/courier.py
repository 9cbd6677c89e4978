"""The courier to Teams: one attempt at one message, in a personal chat or a board's channel.

Teams has no way to look for a message by its key, so one whose answer was lost is repeated, and
says that it may be a repeat.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

from bot.teams.activity import ConversationReference
from bot.teams.background import Background
from bot.teams.channels import ACTOR, PLATFORM
from bot.teams.connector import Connector
from bot.teams.errors import CallFailed
from bot.teams.messages import letter_message
from bot.teams.settings import TeamsSettings
from db.destinations import bind, destination, known_addresses
from db.errors import StoreBusy
from db.store import Reading, Store
from scheduler.claims import CLAIM
from scheduler.errors import NotDelivered
from scheduler.model import Letter
from scheduler.notices import tell_secretary

PACE = timedelta(seconds=2)
"""Between two messages in one conversation: within all of Teams' limits at once, of which 1,800
an hour is the strictest."""
TIMEOUT = 10.0
"""Seconds for one call, unless the claim leaves less: a post is up to four calls, which together
take less than a quarter of it."""
CALLS = 4
ANYWHERE = "https://smba.trafficmanager.net/teams/"
"""Where a chat is opened with somebody who was never met."""

FOR_GOOD = {
    400: "Teams does not take the message's form.",
    405: "Teams does not let Duly do that.",
    413: "Teams finds the message too long.",
}
"""What no further attempt would change, by status."""
GONE = frozenset({403, 404})
"""The conversation is gone, or Duly was taken out of it."""

Json = dict[str, Any]
T = TypeVar("T")

log = logging.getLogger(__name__)


class TeamsCourier:
    """Posts letters. `claim` is how long a message is claimed for: each call's time-out stays so
    short that a whole post takes less than a quarter of it.

    Implements `scheduler.model.Platform`. Its calls run on an event loop of its own, as many at
    once as threads deliver, and what is in hand is finished when the process ends.
    """

    name = PLATFORM
    pace = PACE

    def __init__(self, store: Store, settings: TeamsSettings, *, claim: timedelta = CLAIM) -> None:
        self._store = store
        self._settings = settings
        self._timeout = min(TIMEOUT, claim.total_seconds() / 4 / (CALLS + 1))
        self._made: tuple[Background, Connector] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """End once what is in hand is finished; later posts are not made."""
        with self._lock:
            self._closed = True
            made, self._made = self._made, None
        if made is not None:
            background, connector = made
            background.close(connector.close())

    def reaches(self, reading: Reading, destination: str) -> bool:
        """A channel where Duly was met; a person whom the organisation file knows in Teams, and
        who was met there or is known nowhere else."""
        if destination.startswith("#"):
            return _address(reading, destination) is not None
        person = reading.directory.people.get(destination)
        if person is None or "teams" not in person.identities:
            return False
        chat = _chat(_address(reading, destination), person.identities["teams"])
        return "slack" not in person.identities or chat is not None

    def post(self, letter: Letter) -> str:
        """Post a letter; gives "conversation|message". Raises NotDelivered."""
        contact = self._place(letter)
        message = letter_message(letter)
        try:
            id = self._post(contact, message)
        except CallFailed as error:
            if error.status not in GONE:
                _failed(error)
            if letter.destination.startswith("#"):
                raise NotDelivered(
                    f"Duly is no longer in the team of {letter.destination}.", for_good=True
                ) from error
            contact = self._open(letter.destination)  # the chat that was known has gone stale
            try:
                id = self._post(contact, message)
            except CallFailed as failed:
                _failed(failed)
        return f"{contact.conversation}|{id}"

    def find(self, letter: Letter) -> str | None:
        """Raises NotDelivered: whether a letter arrived, Teams never says."""
        raise NotDelivered(f"Teams cannot say whether {letter.key} arrived.", for_good=True)

    def edit(self, letter: Letter, platform_id: str) -> None:
        """Show a letter anew where it stands. Raises NotDelivered."""
        conversation, _, id = platform_id.rpartition("|")
        with self._store.read() as reading:
            address = _address(reading, letter.destination) or {}
        service_url = str(address.get("service_url") or self._anywhere())
        message = letter_message(letter)
        try:
            self._run(lambda c: c.edit(service_url, conversation, id, message))
        except CallFailed as error:
            if error.status in GONE:
                raise NotDelivered("the message is gone.", for_good=True) from error
            _failed(error)

    def _post(self, contact: ConversationReference, message: Json) -> str:
        return self._run(lambda c: c.post(contact.service_url, contact.conversation, message))

    # Where

    def _place(self, letter: Letter) -> ConversationReference:
        """The conversation that a letter goes to. Raises NotDelivered."""
        with self._store.read() as reading:
            address = _address(reading, letter.destination)
            person = reading.directory.people.get(letter.destination)
        if letter.destination.startswith("#"):
            if address is None:
                raise NotDelivered(f"Duly is in no team with a channel {letter.destination}.")
            if address.get("stopped"):
                raise NotDelivered(str(address["stopped"]), for_good=True)
            return ConversationReference(str(address["channel"]), str(address["service_url"]))
        known = _chat(address, person.identities.get("teams") if person is not None else None)
        return known or self._open(letter.destination)

    def _open(self, person: str) -> ConversationReference:
        """A personal chat with somebody of whom the directory's id is known. Raises
        NotDelivered; the secretary is told once where Duly is not installed for them.

        Where the store is busy neither is kept: the next attempt opens it, or tells them, again.
        """
        with self._store.read() as reading:
            named = reading.directory.people.get(person)
            who = reading.directory.person_name(person)
            met = known_addresses(reading, PLATFORM)
        user = named.identities.get("teams") if named is not None else None
        tenant = self._settings.tenant_id
        if not user:
            raise NotDelivered(f"{who} has no Teams id in the organisation file.", for_good=True)
        near = next((a for a in met if a.get("service_url")), {})
        bot = next((a["bot"] for a in met if a.get("bot")), f"28:{self._settings.client_id}")
        service_url = str(near.get("service_url") or self._anywhere())
        tenant = tenant or str(next((a["team"] for a in met if a.get("user")), ""))
        try:
            id = self._run(lambda c: c.open(service_url, bot=str(bot), user=user, tenant=tenant))
        except CallFailed as error:
            if error.status not in GONE:
                _failed(error)
            told = f"{who} has not added Duly in Teams, so nothing reaches them there yet."
            with suppress(StoreBusy), self._store.write(ACTOR) as writing:
                tell_secretary(writing, f"teams/{person}/{user}", told)
            raise NotDelivered(told) from error
        address = {
            "user": user.casefold(),
            "team": tenant.casefold(),
            "conversation": id,
            "service_url": service_url,
            "bot": str(bot),
        }
        with suppress(StoreBusy), self._store.write(ACTOR) as writing:
            bind(writing, PLATFORM, person, address)
        return ConversationReference(id, service_url)

    def _anywhere(self) -> str:
        if self._settings.development:
            raise NotDelivered("nobody was met in this Teams yet.")
        return ANYWHERE

    # Calls

    def _run(self, call: Callable[[Connector], Coroutine[Any, Any, T]]) -> T:
        """One call. Raises CallFailed."""
        with self._lock:
            if self._closed:
                raise CallFailed("Duly is ending.")
            if self._made is None:
                connector = Connector(self._settings, timeout=self._timeout)
                self._made = Background("teams-posts"), connector
            background, connector = self._made
            begun = background.begin(call(connector))
        return begun.result()


def _address(reading: Reading, key: str) -> dict[str, Any] | None:
    found = destination(reading, PLATFORM, key)
    return found.address if found is not None and found.address.get("service_url") else None


def _chat(address: dict[str, Any] | None, user: str | None) -> ConversationReference | None:
    """The personal chat that was kept, where it is still this user's."""
    if address is None or user is None or not address.get("conversation"):
        return None
    theirs = {str(address.get(name) or "").casefold() for name in ("user", "account")}
    if user.casefold() not in theirs:
        return None
    return ConversationReference(str(address["conversation"]), str(address["service_url"]))


def _failed(error: CallFailed) -> NoReturn:
    """What a failed call means for the message. Raises NotDelivered."""
    raise NotDelivered(
        FOR_GOOD.get(error.status, error.sentence),
        for_good=error.status in FOR_GOOD,
        retry_after=error.retry_after if error.status in (412, 429) else None,
        uncertain=error.perhaps_done,
    ) from error
