"""Teams as one face of the running process: what it serves, and whether it is ready."""

from __future__ import annotations

import asyncio
import logging

from fastapi import FastAPI

from bot.faces.pretended import refuse_pretended
from bot.settings import TeamsSettings
from bot.teams.app import TeamsApp
from bot.teams.connector import Connector
from bot.teams.inbound import Door
from db.store import Store
from governance.errors import BadConfiguration

SETTLE_SECONDS = 3.0
"""What was put off until after an answer may take so long when the process ends."""

log = logging.getLogger("duly.teams")


class TeamsFace:
    """The app behind its door. Raises BadConfiguration for settings that cannot be used."""

    name = "Teams"

    def __init__(self, store: Store, settings: TeamsSettings) -> None:
        missing = settings.missing()
        if missing is not None or settings.client_id is None:
            raise BadConfiguration(missing or "TEAMS_CLIENT_ID is not set.")
        self.settings = settings
        self._store = store
        self.refuse_pretended()
        self._connector = Connector(settings)
        self._door = Door(settings)
        self.app = TeamsApp(store, settings, self._connector)

    def route(self, server: FastAPI) -> None:
        self._door.route(server, self.app.handle)

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish what is in hand, and let go of Teams."""
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.app.answering.settled()
        except TimeoutError:
            log.warning("something was not finished before the end")
        self._door.close()
        await self._connector.close()

    def refuse_pretended(self) -> None:
        """Raises BadConfiguration once the store is one that real people must not hear from."""
        if not self.settings.development:
            refuse_pretended(self._store, "Teams")
