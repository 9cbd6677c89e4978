"""Teams in the running process: lifecycle of its endpoint and courier, and readiness."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from bot.chat.face_group import Connection, refuse_pretended
from bot.settings import Settings, on_loopback
from bot.teams.bot import TeamsBot
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed, Connector
from bot.teams.courier import TeamsCourier
from bot.teams.endpoint import PATH, MessagingEndpoint, dispatch
from bot.teams.settings import TeamsSettings
from db.store import Store
from governance.errors import BadConfiguration
from scheduler.courier import Couriers

ASK_AGAIN = 5 * 60.0
"""Seconds between two looks whether Microsoft still gives a token."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
UNCONFIRMED = "Microsoft has not confirmed TEAMS_CLIENT_ID yet."
SETTLE_SECONDS = 3.0
"""Seconds that work put off until after an answer may take when the process ends."""

NOT_HERE = (
    "TEAMS_DEVELOPMENT=1 lets in whoever reaches this address, and DULY_HOST is {host}: take it "
    "away, or listen on 127.0.0.1."
)

log = logging.getLogger("duly.teams")


class TeamsFace:
    """Teams as a face of the process. Raises BadConfiguration for settings that cannot be used."""

    ways = f"in Teams at {PATH}"

    def __init__(self, store: Store, settings: TeamsSettings, *, host: str = "127.0.0.1") -> None:
        """`host` is where the process listens."""
        missing = settings.missing()
        if missing is not None or settings.client_id is None:
            raise BadConfiguration(missing or "TEAMS_CLIENT_ID is not set.")
        if settings.development and not on_loopback(f"http://{host}/"):
            raise BadConfiguration(NOT_HERE.format(host=host))
        self.settings = settings
        self._store = store
        self.refuse_pretended()
        self._connector = Connector(settings)
        self.bot = TeamsBot(store, settings, self._connector)
        self._endpoint = MessagingEndpoint(settings, partial(dispatch, self.bot))
        self._courier: TeamsCourier | None = None
        self._checking: asyncio.Task[None] | None = None
        self._trouble = None if settings.development else UNCONFIRMED

    def route(self, server: FastAPI) -> None:
        self._endpoint.route(server)

    async def start(self) -> None:
        """Begin to ask Microsoft for a token; does not wait for it."""
        if self._trouble is not None:
            self._checking = asyncio.create_task(self._check())

    async def stop(self) -> None:
        """Finish what is in hand, and let go of Teams."""
        if self._checking is not None:
            self._checking.cancel()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.bot.settled()
        except TimeoutError:
            log.warning("something was not finished before the end")
        self._endpoint.close()
        await self._connector.close()

    def couriers(self, claim: timedelta) -> list[tuple[Store, Couriers]]:
        """The courier of the one organisation whose tenant this is."""
        if self._courier is None:
            self._courier = TeamsCourier(self._store, self.settings, claim=claim)
        return [(self._store, self._courier)]

    def connections(self) -> list[Connection]:
        """None: Teams calls Duly, and Duly calls Teams."""
        return []

    def reasons(self) -> list[str]:
        """Reasons why Teams is not ready; none when it is."""
        return [self._trouble] if self._trouble else []

    async def _check(self) -> None:
        """Ask for a token, at the start until there is one, later now and then."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._connector.token()
            except CallFailed as error:
                self._trouble = f"Duly has no token for Teams: {error.sentence}"
                log.warning("no token", extra={"face": PLATFORM, "reason": error.sentence})
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            self._trouble, wait = None, FIRST_WAIT
            await asyncio.sleep(ASK_AGAIN)

    def refuse_pretended(self) -> None:
        """Raises BadConfiguration once the store is one that real people must not hear from."""
        if not self.settings.development:
            refuse_pretended(self._store, "Teams")


def create_face(store: Store, settings: Settings, teams: TeamsSettings) -> TeamsFace:
    """The face as the registry of platforms makes it."""
    return TeamsFace(store, teams, host=settings.host)
