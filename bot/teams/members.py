"""Members of the tenant: an activity's sender becomes a person of the organisation.

Nobody is matched on a name or an e-mail address. Guests, people of another tenant, anonymous
visitors of a meeting and other bots are refused; what Teams says of somebody is read again every
ten minutes, and when it says that somebody came or went.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.chat.members import FRESH, STALE, AccessDenied, AccessLog, PlatformCache
from bot.teams.activity import ConversationReference, Json, is_from_bot, object_id, tenant_ids
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed, Connector, lookup
from bot.teams.sdk import ActivityBase
from bot.teams.settings import TeamsSettings
from db.ledger.destinations import known_addresses
from db.store import Store

GUEST = "Duly answers members of this organisation, and you are a guest here."
BOT = "Duly answers people, not other apps."
STRANGER = "Duly answers people of its own organisation, and your account belongs to another."
ANONYMOUS = "Duly answers people who are signed in to its own organisation, and you are not."
ELSEWHERE = frozenset({403, 404})
"""Statuses with which Teams answers about a conversation in which Duly is not."""
NO_MEMBER = "MemberNotFoundInConversation"
"""Teams' word for somebody who is in the conversation no more."""
UNKNOWN = "Teams could not say who you are just now. Please try again in a moment."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamsMember:
    """Somebody who may ask. `person` is None for a member of the tenant with no post."""

    id: str
    """The directory object id; in development the account's own id where there is none."""
    tenant: str
    account: str
    """Their id in Teams: "29:…"."""
    person: str | None


@dataclass(frozen=True)
class _Check:
    """A cached check of one account."""

    whose: tuple[str, str]
    """The tenant and object id that it was checked for."""
    refusal: str | None


class TeamsMembers:
    """Identifies the senders of activities, with a cache of what Teams says of each."""

    def __init__(self, store: Store, connector: Connector, settings: TeamsSettings) -> None:
        self._store = store
        self._connector = connector
        self._development = settings.development
        self._tenant = settings.tenant_id.casefold() if settings.tenant_id else None
        self._checks: PlatformCache[_Check] = PlatformCache(store, FRESH, STALE)
        self._access = AccessLog(PLATFORM)

    @property
    def tenant(self) -> str:
        """The one tenant that is answered; in development, where none is set, the first seen."""
        return self._tenant or ""

    async def find(self, activity: ActivityBase) -> TeamsMember:
        """The sender of an activity. Raises AccessDenied."""
        account = activity.from_.id
        user = object_id(activity) or (account if self._development else "")
        refusal = self._stranger(activity, user) or await self._guest(activity, user)
        if refusal is not None:
            tenant = ", ".join(sorted(tenant_ids(activity)))
            now = self._store.clock.machine()
            self._access.refused(user or account, tenant, refusal, now)
            raise AccessDenied(refusal)
        wanted = {user.casefold(), account.casefold()} if self._development else {user.casefold()}
        people = self._store.directory().people.values()
        ids = {p.key: p.identities.get(PLATFORM, "") for p in people}
        person = next((key for key, id in ids.items() if id.casefold() in wanted), None)
        return TeamsMember(user, self.tenant, account, person)

    def of_this_tenant(self, activity: ActivityBase) -> bool:
        """True for an activity of the one tenant that is answered, and no other."""
        tenants = tenant_ids(activity)
        if self._development and self._tenant is None and len(tenants) == 1:
            (self._tenant,) = tenants
        if self._development and not self._tenant:
            return not tenants
        return tenants == {self._tenant}

    def forget(self, account: str) -> None:
        """Drop an account from the cache: an update says that it came or went."""
        self._checks.forget(account)

    def forget_all(self) -> None:
        """Drop the cache, so that Teams is asked anew about everybody."""
        self._checks.clear()

    def _stranger(self, activity: ActivityBase, user: str) -> str | None:
        if is_from_bot(activity):
            return BOT
        if not user:
            return ANONYMOUS
        return None if self.of_this_tenant(activity) else STRANGER

    async def _guest(self, activity: ActivityBase, user: str) -> str | None:
        # What was said of one account is not believed of another that names the same object id.
        account, generation = activity.from_.id, self._checks.generation
        whose = (self.tenant, user.casefold())
        cached = self._checks.fresh(account)
        if cached is not None and cached.whose == whose:
            return cached.refusal
        try:
            member = await lookup(self._member(activity, user))
        except CallFailed as error:
            cached = self._checks.stale(account) if error.code != NO_MEMBER else None
            if cached is not None and cached.whose == whose:
                return cached.refusal
            if self._development and error.status:
                return None  # the local client does not know everybody who writes in it
            log.warning("a member was not found", extra={"user": user, "reason": str(error)})
            return UNKNOWN
        refusal = _refusal(member, object_id(activity), user, self.tenant)
        return self._checks.put(account, _Check(whose, refusal), generation).refusal

    async def _member(self, activity: ActivityBase, user: str) -> Json:
        """Teams' description of somebody in the activity's conversation; where Duly is not in it,
        in their own chat with it. Raises CallFailed."""
        account, where = activity.from_.id, ConversationReference.of(activity)
        try:
            return await self._connector.member(where, account)
        except CallFailed as error:
            if error.status not in ELSEWHERE:
                raise
            with self._store.read() as reading:
                addresses = known_addresses(reading, PLATFORM)
            kept = next((a for a in addresses if a.get("user") == user), {})
            if kept.get("conversation") in (None, where.conversation):
                raise
            try:
                own = ConversationReference(str(kept["conversation"]), str(kept["service_url"]))
                return await self._connector.member(own, account)
            except CallFailed:
                raise error from None  # what was kept has gone stale


def _refusal(member: Json, object_id: str, user: str, tenant: str) -> str | None:
    """The reason why somebody whom Teams describes so is refused."""
    role = str(member.get("userRole") or "").casefold()
    if role == "anonymous":
        return ANONYMOUS
    if role == "guest" or "#ext#" in str(member.get("userPrincipalName") or "").casefold():
        return GUEST
    home = str(member.get("tenantId") or tenant).casefold()
    described = str(member.get("aadObjectId") or member.get("objectId") or user)
    if home != tenant or (object_id and described.casefold() != user.casefold()):
        return STRANGER
    return None
