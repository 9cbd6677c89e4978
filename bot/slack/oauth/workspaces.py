"""Several workspaces in one process: what comes from one goes to its own app, with its own token,
over its own organisation's rows; and what goes out takes the token of where its reader is."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta

from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.app import DulyApp, build
from bot.slack.channels import PLATFORM
from bot.slack.client import web_client
from bot.slack.courier import SlackCourier
from bot.slack.oauth.installations import Installations, Installed
from bot.slack.settings import SlackSettings
from db.store import FOUNDING, Reading, Store
from governance.errors import DulyError
from scheduler.errors import NotDelivered
from scheduler.model import Letter, Recalled

NOT_HERE = "Duly is not installed in this workspace."
NOWHERE = "Duly is not installed in the organisation's Slack workspace."

log = logging.getLogger("duly.slack")


class Workspaces:
    """An app for each workspace, made when it is first heard from. `home` is that of
    SLACK_BOT_TOKEN, which also hears what comes from a workspace Duly is not installed in.

    Takes requests as an AsyncApp does; their signatures were checked before.
    """

    def __init__(
        self, installations: Installations, settings: SlackSettings, home: DulyApp | None
    ) -> None:
        self.installations = installations
        self.home = home
        self.client = home.client if home is not None else web_client("", settings.api_url)
        self._settings = settings
        self._apps: dict[str, DulyApp] = {}

    @property
    def apps(self) -> list[DulyApp]:
        """Every app there is now."""
        return [*self._apps.values(), *([self.home] if self.home is not None else ())]

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        team = req.context.team_id
        try:
            app = await self._app(team) if team else self.home
        except DulyError as error:
            log.error("not answered", extra={"face": "slack", "reason": error.sentence})
            return BoltResponse(status=500, body={"error": "not configured"})
        if app is not None:
            return await app.async_dispatch(req)
        body = req.body or {}
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        log.warning("refused", extra={"face": "slack", "team": team, "reason": NOT_HERE})
        if body.get("command"):
            told = {"response_type": "ephemeral", "text": NOT_HERE}
            return BoltResponse(status=200, body=told)
        # What is told of a workspace that was left is heard, and needs nothing more.
        return BoltResponse(status=200 if body.get("type") == "event_callback" else 404)

    async def belongs(self, team: str) -> int | None:
        """The organisation whose workspace is that of SLACK_BOT_TOKEN, where this is it."""
        if self.home is None:
            return None
        own = await self.home.answering.identity.workspace()
        return FOUNDING if own.team == team else None

    async def _app(self, team: str) -> DulyApp | None:
        found = self.installations.found(team)
        if found is not None and found.runs_out(self.installations.store.clock.machine()):
            found = await asyncio.to_thread(self.installations.fresh, team)
        if found is None:
            self._apps.pop(team, None)
            return self.home
        app = self._apps.get(team)
        if app is None:
            own = await self._own(found.organisation)
            app = self._apps.setdefault(team, self._built(found, own))
        app.client.token = found.token
        return app

    async def _own(self, organisation: int) -> str | None:
        """The organisation's own workspace, all of whose members are answered."""
        if self.home is not None and organisation == FOUNDING:
            return (await self.home.answering.identity.workspace()).team
        return self.installations.own(organisation)

    def _built(self, found: Installed, own: str | None) -> DulyApp:
        store = self.installations.store.of(found.organisation)
        app = build(store, self._settings, installed=found, own=own)

        async def removed(told_at: datetime | None) -> None:
            await asyncio.to_thread(self.installations.forget, found.team, told_at)

        app.answering.removed = removed
        return app


class WorkspacesCourier:
    """Posts one organisation's letters, each with the token of its reader's workspace, which is
    refreshed before the post when it runs out within 10 minutes. `home` is the courier of
    SLACK_BOT_TOKEN, where that is the organisation's.

    Implements `scheduler.model.Platform`.
    """

    name = PLATFORM
    pace = SlackCourier.pace

    def __init__(
        self,
        installations: Installations,
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
        courier = await asyncio.to_thread(self._of, letter.destination)
        return await courier.post(letter)

    async def foresee(self, destination: str) -> None:
        with suppress(NotDelivered):
            courier = await asyncio.to_thread(self._of, destination)
            await courier.foresee(destination)

    async def find(self, letter: Letter) -> str | None:
        courier = await asyncio.to_thread(self._of, letter.destination)
        return await courier.find(letter)

    async def edit(self, letter: Letter, platform_id: str) -> None:
        courier = await asyncio.to_thread(self._of, letter.destination)
        await courier.edit(letter, platform_id)

    async def recall(self, destination: str, since: datetime) -> Recalled:
        courier = await asyncio.to_thread(self._of, destination)
        return await courier.recall(destination, since)

    def _of(self, destination: str) -> SlackCourier:
        """The courier to the reader's workspace. Raises NotDelivered."""
        with self.store.read() as reading:
            named = _slack_id(reading, destination)
        team = (named or "").rpartition("/")[0]
        if team not in self._installations.teams(self._organisation):
            if self._home is not None:
                return self._home
            team = self._installations.own(self._organisation) or ""
        try:
            found = self._installations.fresh(team)
        except DulyError as error:
            raise NotDelivered(error.sentence) from error
        if found is None or found.organisation != self._organisation:
            raise NotDelivered(NOWHERE)
        courier = self._couriers.get(team)
        if courier is None:
            courier = self._couriers[team] = SlackCourier(
                self.store, found.token, api_url=self._api_url, claim=self._claim
            )
        courier.use(found.token)
        return courier


def _slack_id(reading: Reading, person: str) -> str | None:
    named = reading.directory.people.get(person)
    return named.identities.get("slack") if named is not None else None
