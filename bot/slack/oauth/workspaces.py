"""Installed workspaces: the context of each, with its own token and its organisation's rows, and
the courier that posts with the token of the reader's workspace."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from bot.slack.channels import PLATFORM
from bot.slack.client import web_client
from bot.slack.context import SlackContext
from bot.slack.courier import SlackCourier
from bot.slack.members import SlackMembers, Workspace
from bot.slack.oauth.installation_store import InstallationStore, InstalledBot
from bot.slack.settings import SlackSettings
from db.installations import installations
from db.store import FOUNDING, Reading, Store
from governance.errors import DulyError
from scheduler.courier import Courier, Letter, NotDelivered, Recalled

NOWHERE = "Duly is not installed in the organisation's Slack workspace."


class InstalledWorkspaces:
    """A context for each workspace, made when it is first heard from. `home` is that of
    SLACK_BOT_TOKEN, whose workspace is the first organisation's."""

    def __init__(
        self, installations: InstallationStore, settings: SlackSettings, home: SlackContext | None
    ) -> None:
        self.installations = installations
        self._settings = settings
        self._home = home
        self._contexts: dict[str, SlackContext] = {}

    @property
    def contexts(self) -> list[SlackContext]:
        return list(self._contexts.values())

    async def find(self, team: str) -> SlackContext | None:
        """The context of a workspace in which Duly is installed now, with a fresh token."""
        bot = self.installations.read(team)
        if bot is not None and self.installations.runs_out(bot):
            bot = await asyncio.to_thread(self.installations.find, team)
        if bot is None:
            self._contexts.pop(team, None)
            return None
        slack = self._contexts.get(team)
        if slack is None:
            own_team = await self._own_team(bot.organisation)
            slack = self._contexts.setdefault(team, self._context(team, bot, own_team))
        slack.client.token = bot.bot_token
        return slack

    async def belongs_to_home(self, team: str) -> bool:
        """The workspace is that of SLACK_BOT_TOKEN."""
        return self._home is not None and (await self._home.members.workspace()).team == team

    async def _own_team(self, organisation: int) -> str | None:
        """The organisation's own workspace, all of whose members are answered."""
        if self._home is not None and organisation == FOUNDING:
            return (await self._home.members.workspace()).team
        return next(iter(self.installations.teams(organisation)), None)

    def _context(self, team: str, bot: InstalledBot, own_team: str | None) -> SlackContext:
        store = self.installations.store.of(bot.organisation)
        client = web_client(bot.bot_token, self._settings.api_url)
        workspace = Workspace(team, bot.bot_user_id, bot="", name=bot.team_name or "")
        members = SlackMembers(store, client, workspace=workspace, own_team=own_team)

        async def removed(at: datetime | None) -> None:
            await asyncio.to_thread(self.installations.delete, team, at)

        return SlackContext(store, client, members, removed)


class WorkspacesCourier(Courier):
    """Posts one organisation's letters, each with the token of its reader's workspace. `home` is
    the courier of SLACK_BOT_TOKEN, where that is the organisation's.
    """

    name = PLATFORM
    pace = SlackCourier.pace
    in_flight = SlackCourier.in_flight

    def __init__(
        self,
        installations: InstallationStore,
        organisation: int,
        *,
        api_url: str,
        claim: timedelta,
        home: SlackCourier | None = None,
    ) -> None:
        self.store: Store = installations.store.of(organisation)
        self._installations = installations
        self._organisation = organisation
        self._api_url = api_url
        self._claim = claim
        self._home = home
        self._couriers: dict[str, SlackCourier] = {}

    def reaches(self, reading: Reading, destination: str) -> bool:
        """A channel always; a person whose Slack id the organisation file names."""
        return destination.startswith("#") or _slack_id(reading, destination) is not None

    async def post(self, letter: Letter) -> str:
        return await (await self._courier(letter.destination)).post(letter)

    async def resolve(self, destination: str) -> None:
        with suppress(NotDelivered):
            await (await self._courier(destination)).resolve(destination)

    async def find(self, letter: Letter) -> str | None:
        return await (await self._courier(letter.destination)).find(letter)

    async def edit(self, letter: Letter, platform_id: str) -> None:
        await (await self._courier(letter.destination)).edit(letter, platform_id)

    async def recall(self, destination: str, since: datetime) -> Recalled:
        return await (await self._courier(destination)).recall(destination, since)

    async def _courier(self, destination: str) -> SlackCourier:
        """The courier to the reader's workspace. Raises NotDelivered."""
        return await asyncio.to_thread(self._find_courier, destination)

    def _find_courier(self, destination: str) -> SlackCourier:
        team = self._team(destination)
        if team is None:
            assert self._home is not None
            return self._home
        try:
            bot = self._installations.find(team)
        except DulyError as error:
            raise NotDelivered(error.sentence) from error
        if bot is None or bot.organisation != self._organisation:
            raise NotDelivered(NOWHERE)
        courier = self._couriers.get(team)
        if courier is None:
            courier = self._couriers[team] = SlackCourier(
                self.store, bot.bot_token, api_url=self._api_url, claim=self._claim
            )
        courier.use(bot.bot_token)
        return courier

    def _team(self, destination: str) -> str | None:
        """The reader's workspace, else the organisation's own; None for that of SLACK_BOT_TOKEN."""
        with self.store.read() as reading:
            team = (_slack_id(reading, destination) or "").rpartition("/")[0]
            rows = installations(reading, PLATFORM)
        if any(row.team == team and row.token is not None for row in rows):
            return team
        if self._home is not None:
            return None
        return rows[0].team if rows else ""


def _slack_id(reading: Reading, person: str) -> str | None:
    named = reading.directory.people.get(person)
    return named.identities.get(PLATFORM) if named is not None else None
