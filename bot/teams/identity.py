"""Who is asking: a directory object id and tenant become a person of the organisation, or a
refusal.

Nobody is matched on a name or an e-mail address. Guests, people of another tenant, anonymous
visitors of a meeting and other bots get nothing; what Teams says of somebody is read again every
day.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.chat.members import FRESH, PATIENCE, STALE, AccessLog, Refused
from bot.teams.activity import Turn
from bot.teams.connector import Connector
from bot.teams.errors import CallFailed
from bot.teams.settings import TeamsSettings
from db.destinations import known_addresses
from db.store import Store

GUEST = "Duly answers members of this organisation, and you are a guest here."
BOT = "Duly answers people, not other apps."
STRANGER = "Duly answers people of its own organisation, and your account belongs to another."
ANONYMOUS = "Duly answers people who are signed in to its own organisation, and you are not."
ELSEWHERE = frozenset({403, 404})
"""What Teams answers about a conversation in which Duly is not."""
UNKNOWN = "Teams could not say who you are just now. Please try again in a moment."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asker:
    """Somebody who may ask. `person` is None for a member of the tenant with no post."""

    user: str
    """The directory object id; in development the account's own id where there is none."""
    tenant: str
    account: str
    person: str | None
    zone: ZoneInfo
    """The force's time zone, in which dates are written."""


@dataclass(frozen=True)
class _Member:
    refusal: str | None
    read_at: datetime


class Identity:
    """Looks people up, and remembers for a day what Teams said of them."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        settings: TeamsSettings,
        patience: float = PATIENCE,
    ) -> None:
        """`patience`: the seconds that Teams has to say who somebody is."""
        self._patience = patience
        self._store = store
        self._connector = connector
        self._development = settings.development
        self._tenant = settings.tenant_id.casefold() if settings.tenant_id else None
        self._members: dict[str, _Member] = {}
        self._access = AccessLog("teams")

    @property
    def tenant(self) -> str:
        """The one tenant that is answered; in development, where none is set, the first seen."""
        return self._tenant or ""

    async def who(self, turn: Turn) -> Asker:
        """Who sent it. Raises Refused."""
        user = turn.object_id or (turn.account if self._development else "")
        refusal = self._stranger(turn, user) or await self._guest(turn, user)
        if refusal is not None:
            tenant = ", ".join(sorted(turn.tenants))
            now = self._store.clock.machine()
            self._access.refused(user or turn.account, tenant, refusal, now)
            raise Refused(refusal)
        directory = self._store.directory()
        known = (
            {user.casefold(), turn.account.casefold()} if self._development else {user.casefold()}
        )
        ids = {p.key: p.identities.get("teams", "") for p in directory.people.values()}
        person = next((key for key, id in ids.items() if id.casefold() in known), None)
        return Asker(user, self.tenant, turn.account, person, directory.zone)

    def of_this_tenant(self, turn: Turn) -> bool:
        """Whether an activity comes from the one tenant that is answered, and no other."""
        if self._development and self._tenant is None and len(turn.tenants) == 1:
            (self._tenant,) = turn.tenants
        if self._development and not self._tenant:
            return not turn.tenants
        return turn.tenants == {self._tenant}

    def forget_all(self) -> None:
        """Ask Teams anew about everybody."""
        self._members.clear()

    def _stranger(self, turn: Turn, user: str) -> str | None:
        if turn.from_bot:
            return BOT
        if not user:
            return ANONYMOUS
        return None if self.of_this_tenant(turn) else STRANGER

    async def _guest(self, turn: Turn, user: str) -> str | None:
        now = self._store.clock.machine()
        known = self._members.get(user)
        if known is not None and now - known.read_at < FRESH:
            return known.refusal
        try:
            told = await asyncio.wait_for(self._asked(turn, user), self._patience)
        except (CallFailed, TimeoutError) as error:
            if known is not None and now - known.read_at < STALE:
                return known.refusal
            if self._development and isinstance(error, CallFailed) and error.status:
                return None  # the local client does not know everybody who writes in it
            log.warning("a member was not found", extra={"user": user, "reason": str(error)})
            return UNKNOWN
        refusal = _refusal(told, turn, user, self.tenant)
        self._members[user] = _Member(refusal, now)
        return refusal

    async def _asked(self, turn: Turn, user: str) -> dict[str, object]:
        """What Teams says of somebody where they are; where Duly is not there, in their own chat
        with it. Raises CallFailed."""
        try:
            return await self._connector.member(turn.service_url, turn.conversation, turn.account)
        except CallFailed as error:
            if error.status not in ELSEWHERE:
                raise
            with self._store.read() as reading:
                kept = next(
                    (a for a in known_addresses(reading, "teams") if a.get("user") == user), {}
                )
            if kept.get("conversation") in (None, turn.conversation):
                raise
            try:
                return await self._connector.member(
                    str(kept["service_url"]), str(kept["conversation"]), turn.account
                )
            except CallFailed:
                raise error from None  # what was kept has gone stale


def _refusal(told: dict[str, object], turn: Turn, user: str, tenant: str) -> str | None:
    """Why whoever Teams describes so gets nothing."""
    role = str(told.get("userRole") or "").casefold()
    if role == "anonymous":
        return ANONYMOUS
    if role == "guest" or "#ext#" in str(told.get("userPrincipalName") or "").casefold():
        return GUEST
    home = str(told.get("tenantId") or tenant).casefold()
    object_id = str(told.get("aadObjectId") or told.get("objectId") or user)
    if home != tenant or (turn.object_id and object_id.casefold() != user.casefold()):
        return STRANGER
    return None
