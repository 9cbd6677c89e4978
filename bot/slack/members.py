"""Members: a Slack user id and team become a person of the organisation, or a refusal.

Nobody is matched on a name or an e-mail address. Guests, bots, deactivated users and strangers
from another workspace get nothing; what Slack says of somebody is read again every ten minutes,
and when their account changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.chat.members import (
    FRESH,
    LOOKUP_SECONDS,
    STALE,
    AccessDenied,
    AccessLog,
    PlatformCache,
)
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
_NO_SUCH_USER = frozenset({"user_not_found", "user_not_visible", "users_not_found"})

log = logging.getLogger("duly.access")


@dataclass(frozen=True)
class Workspace:
    """The workspace the bot token belongs to, and the bot's own ids there."""

    team: str
    user: str
    bot: str
    name: str = ""


@dataclass(frozen=True)
class SlackMember:
    """Somebody whom Duly answers. `person` is None for a member of the workspace with no post."""

    user: str
    team: str
    person: str | None
    zone: ZoneInfo
    """The force's time zone, in which dates are written."""


@dataclass(frozen=True)
class _UserInfo:
    """The answer of users.info, cached: the home team, and the refusal of those who get nothing."""

    team: str
    refusal: str | None


class SlackMembers:
    """A cache of users.info, and the look-up of the person behind a user id."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        *,
        workspace: Workspace | None = None,
        own_team: str | None = None,
        patience: float = LOOKUP_SECONDS,
    ) -> None:
        """`workspace` where it is known without asking Slack; `own_team` is the organisation's own
        workspace, whose every member is answered, where that is another. `patience`: the time-out
        of users.info in seconds."""
        self._store = store
        self._client = client
        self._workspace = workspace
        self._own_team = own_team
        self.patience = patience
        self._cache: PlatformCache[_UserInfo] = PlatformCache(store, FRESH, STALE)
        self._workspace_lock = asyncio.Lock()
        self._access = AccessLog("slack")

    async def workspace(self) -> Workspace:
        """The bot's own workspace, asked of Slack once. Raises what `auth.test` raises."""
        if self._workspace is None:
            async with self._workspace_lock:
                if self._workspace is None:
                    response = await self._client.auth_test()
                    self._workspace = Workspace(
                        team=str(response["team_id"]),
                        user=str(response["user_id"]),
                        bot=str(response.get("bot_id") or ""),
                        name=str(response.get("team") or ""),
                    )
        return self._workspace

    async def find(self, user: str, team: str | None) -> SlackMember:
        """The member with this user id; `team` is theirs as the request has it.

        Raises AccessDenied.
        """
        workspace = await self.workspace()
        own_team = self._own_team or workspace.team
        info = await self._info(user, team or workspace.team)
        refusal = info.refusal
        person = None
        directory = self._store.directory()
        if refusal is None:
            person = _person(directory, user, info.team, own_team)
            if person is None and info.team != own_team:
                refusal = STRANGER
        if refusal is not None:
            self._access.refused(user, info.team, refusal, self._store.clock.machine())
            raise AccessDenied(refusal)
        return SlackMember(user, info.team, person, directory.zone)

    def forget(self, user: str) -> None:
        """Drop a user from the cache: an event says that their account changed."""
        self._cache.forget(user)

    async def _info(self, user: str, team: str) -> _UserInfo:
        if (cached := self._cache.fresh(user)) is not None:
            return cached
        generation = self._cache.generation
        try:
            call = self._client.users_info(user=user)
            response = await asyncio.wait_for(call, self.patience)
        except UNREACHED as error:
            if why(error) in _NO_SUCH_USER:
                return _UserInfo(team, STRANGER)
            if (cached := self._cache.stale(user)) is not None:
                return cached
            log.warning("users.info failed", extra={"user": user, "reason": why(error)})
            return _UserInfo(team, UNKNOWN)
        workspace = await self.workspace()
        profile: Mapping[str, Any] = response["user"]
        info = _UserInfo(_home_team(profile, team, workspace.team), _refusal(profile))
        return self._cache.put(user, info, generation)


def _home_team(profile: Mapping[str, Any], claimed: str, own: str) -> str:
    """The team a user belongs to; in an Enterprise Grid that is each they are a member of."""
    grid = profile.get("enterprise_user") or {}
    if own in grid.get("teams", ()) and not profile.get("is_stranger"):
        return own
    return str(profile.get("team_id") or claimed)


def _refusal(profile: Mapping[str, Any]) -> str | None:
    if profile.get("deleted"):
        return DEACTIVATED
    if profile.get("is_bot") or profile.get("id") == "USLACKBOT":
        return BOT
    if profile.get("is_restricted") or profile.get("is_ultra_restricted"):
        return GUEST
    return None


def _person(directory: Directory, user: str, team: str, own_team: str) -> str | None:
    """The person whom the organisation file gives this id: bare in its own workspace."""
    ids = {f"{team}/{user}"} | ({user} if team == own_team else set())
    people = directory.people.values()
    return next((p.key for p in people if p.identities.get("slack") in ids), None)
