"""Who is asking: a Slack user id and team become a person of the organisation, or a refusal.

Nobody is matched on a name or an e-mail address. Guests, bots, deactivated users and strangers
from another workspace get nothing; what Slack says of somebody is read again every day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.members import FRESH, PATIENCE, STALE, AccessLog, Refused
from bot.slack.client import UNREACHED, why
from db.store import Store
from governance.directory import Directory

GUEST = "Duly answers members of this workspace, and you are a guest here."
DEACTIVATED = "This Slack account is deactivated, so Duly does not answer it."
BOT = "Duly answers people, not other apps."
STRANGER = (
    "Duly answers people of its own workspace, and your account belongs to another. "
    "Its administrator can name you in the organisation file."
)
UNKNOWN = "Slack could not say who you are just now. Please try again in a moment."

log = logging.getLogger("duly.access")


@dataclass(frozen=True)
class Workspace:
    """The workspace the bot token belongs to, and the bot's own ids there."""

    team: str
    user: str
    bot: str
    name: str = ""


@dataclass(frozen=True)
class Asker:
    """Somebody who may ask. `person` is None for a member of the workspace with no post."""

    user: str
    team: str
    person: str | None
    zone: ZoneInfo
    """The force's time zone, in which dates are written."""


@dataclass(frozen=True)
class _Member:
    """What Slack says of a user: the home team, and why they get nothing, where they do not."""

    team: str
    refusal: str | None
    read_at: datetime


class Identity:
    """Looks people up, and remembers for a day what Slack said of them."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        *,
        workspace: Workspace | None = None,
        own: str | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """`workspace` where it is known without asking Slack; `own` is the organisation's own
        one, whose every member is answered, where that is another. `patience`: the seconds that
        Slack has to say who somebody is."""
        self._store = store
        self._client = client
        self._workspace = workspace
        self._own = own
        self.patience = patience
        self._members: dict[str, _Member] = {}
        self._asking = asyncio.Lock()
        self._access = AccessLog("slack")

    async def workspace(self) -> Workspace:
        """The bot's own workspace, asked of Slack once. Raises what `auth.test` raises."""
        if self._workspace is None:
            async with self._asking:
                if self._workspace is None:
                    told = await self._client.auth_test()
                    self._workspace = Workspace(
                        team=str(told["team_id"]),
                        user=str(told["user_id"]),
                        bot=str(told.get("bot_id") or ""),
                        name=str(told.get("team") or ""),
                    )
        return self._workspace

    async def who(self, user: str, team: str | None) -> Asker:
        """Who `user` is; `team` is theirs as the request has it. Raises Refused."""
        workspace = await self.workspace()
        own = self._own or workspace.team
        member = await self._member(user, team or workspace.team)
        refusal = member.refusal
        person = None
        directory = self._store.directory()
        if refusal is None:
            person = _person(directory, user, member.team, own)
            if person is None and member.team != own:
                refusal = STRANGER
        if refusal is not None:
            self._access.refused(user, member.team, refusal, self._store.clock.machine())
            raise Refused(refusal)
        return Asker(user, member.team, person, directory.zone)

    def forget(self, user: str) -> None:
        """Ask Slack anew about somebody: their account has changed."""
        self._members.pop(user, None)

    async def _member(self, user: str, team: str) -> _Member:
        now = self._store.clock.machine()
        known = self._members.get(user)
        if known is not None and now - known.read_at < FRESH:
            return known
        try:
            told = await asyncio.wait_for(self._client.users_info(user=user), self.patience)
        except UNREACHED as error:
            if known is not None and now - known.read_at < STALE:
                return known
            if why(error) in _NOBODY:
                return _Member(team, STRANGER, now)
            log.warning("users.info failed", extra={"user": user, "reason": why(error)})
            return _Member(team, UNKNOWN, now)
        workspace = await self.workspace()
        found: Mapping[str, Any] = told["user"]
        member = _Member(_home(found, team, workspace.team), _refusal(found), now)
        self._members[user] = member
        return member


_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


def _home(told: Mapping[str, Any], claimed: str, own: str) -> str:
    """The team a user belongs to; in an Enterprise Grid that is each they are a member of."""
    within = told.get("enterprise_user") or {}
    if own in within.get("teams", ()) and not told.get("is_stranger"):
        return own
    return str(told.get("team_id") or claimed)


def _refusal(told: Mapping[str, Any]) -> str | None:
    if told.get("deleted"):
        return DEACTIVATED
    if told.get("is_bot") or told.get("id") == "USLACKBOT":
        return BOT
    if told.get("is_restricted") or told.get("is_ultra_restricted"):
        return GUEST
    return None


def _person(directory: Directory, user: str, team: str, own: str) -> str | None:
    """The person whom the organisation file gives this id: bare in its own workspace."""
    named = {f"{team}/{user}"} | ({user} if team == own else set())
    people = directory.people.values()
    return next((p.key for p in people if p.identities.get("slack") in named), None)
