"""Slack as one face of the running process: what it listens on, and whether it is ready."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import cast

from fastapi import FastAPI
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.chat.face_group import Connection
from bot.settings import Settings
from bot.slack import http
from bot.slack.app import DulyApp, build, refuse_pretended
from bot.slack.client import UNREACHED, why
from bot.slack.courier import SlackCourier
from bot.slack.oauth import flow
from bot.slack.oauth.installations import Installations
from bot.slack.oauth.tokens import NO_KEY, Exchange, Vault
from bot.slack.oauth.workspaces import Workspaces, WorkspacesCourier
from bot.slack.settings import SlackSettings
from bot.slack.socket import Sockets
from db.installations import organisations
from db.store import FOUNDING, Store
from governance.errors import BadConfiguration
from scheduler.model import Courier

ASK_AGAIN = 5 * 60.0
"""Seconds between two looks whether Slack still takes the token."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
SETTLE_SECONDS = 3.0
"""What was put off until after an answer may take so long when the process ends."""

Couriers = list[tuple[Store, Courier]]

log = logging.getLogger("duly.slack")


class SlackFace:
    """The app over both transports. Raises BadConfiguration for settings that cannot be used."""

    def __init__(
        self,
        store: Store,
        settings: SlackSettings,
        *,
        token_key: SecretStr | None = None,
        public_url: str | None = None,
    ) -> None:
        self.settings = settings
        self._store = store
        self._public_url = public_url
        self._home = build(store, settings) if settings.bot_token is not None else None
        self._workspaces = self._several(token_key)
        front = self._workspaces or self._home
        if front is None:
            raise BadConfiguration(NO_KEY if settings.several else str(settings.missing()))
        refuse_pretended(store, settings.api_url)
        # One app, or several that are asked as one.
        self.app = cast(AsyncApp, front)
        self._courier: SlackCourier | None = None
        self._couriers: dict[int, WorkspacesCourier] = {}
        token = settings.app_token
        self._token = token.get_secret_value() if token is not None else None
        self._sockets: Sockets | None = None
        self._checking: asyncio.Task[None] | None = None
        self._trouble = "Slack has not confirmed the bot token yet." if self._home else None

    def _several(self, token_key: SecretStr | None) -> Workspaces | None:
        if not self.settings.several:
            return None
        if token_key is None:
            log.warning("nobody can install Duly", extra={"reason": NO_KEY})
            return None
        exchange = Exchange(self.settings, Vault(token_key))
        return Workspaces(Installations(self._store, exchange), self.settings, self._home)

    @property
    def ways(self) -> str:
        return f"on Slack by {' and '.join(self.settings.transports)}"

    def route(self, server: FastAPI) -> None:
        """HTTP mode, where a signing secret is given; installation, where the app's own id is."""
        secret = self.settings.signing_secret
        if secret is not None:
            answer = http.endpoint(self.app, secret.get_secret_value())
            server.add_route(http.PATH, answer, methods=["POST"])
        if self._workspaces is not None:
            several = self._workspaces
            flow.Installing(
                several.installations, self.settings, self._public_url, several.belongs
            ).route(server)
        elif self.settings.several:
            flow.closed(server, NO_KEY)

    async def start(self) -> None:
        """Begin to ask Slack about the token, and to open the sockets; waits for neither."""
        if self._home is not None:
            self._checking = asyncio.create_task(self._check(self._home))
        if self._token is not None:
            self._sockets = Sockets(self.app, self._token)
            self._sockets.start()

    async def stop(self) -> None:
        """Finish what is in hand, and let go of Slack."""
        if self._checking is not None:
            self._checking.cancel()
        if self._sockets is not None:
            await self._sockets.stop()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                for app in self._apps():
                    await app.answering.settled()
        except TimeoutError:
            log.warning("something was not finished before the end")

    def _apps(self) -> list[DulyApp]:
        if self._workspaces is not None:
            return self._workspaces.apps
        return [self._home] if self._home is not None else []

    def couriers(self, claim: timedelta) -> Couriers:
        """What delivers each organisation's messages, with its rows; each message is claimed for
        so long."""
        if self._courier is None and self.settings.bot_token is not None:
            token = self.settings.bot_token.get_secret_value()
            api_url = self.settings.api_url
            self._courier = SlackCourier(self._store, token, api_url=api_url, claim=claim)
        if self._workspaces is None:
            assert self._courier is not None
            return [(self._store, self._courier)]
        with self._store.read() as reading:
            numbers = organisations(reading)
        for number in numbers:
            if number not in self._couriers:
                self._couriers[number] = WorkspacesCourier(
                    self._workspaces.installations,
                    number,
                    api_url=self.settings.api_url,
                    claim=claim,
                    home=self._courier if number == FOUNDING else None,
                )
        return [(one.store, one) for one in self._couriers.values()]

    def refuse_pretended(self) -> None:
        """Raises BadConfiguration once the store is one that real people must not hear from."""
        refuse_pretended(self._store, self.settings.api_url)

    def reasons(self) -> list[str]:
        """Why Slack is not ready; nothing when it is."""
        found = [self._trouble] if self._trouble else []
        return found + (self._sockets.reasons() if self._sockets is not None else [])

    def connections(self) -> list[Connection]:
        """Its sockets, where Socket Mode is on."""
        return self._sockets.connections() if self._sockets is not None else []

    async def _check(self, app: DulyApp) -> None:
        """Ask whether Slack takes the token, at the start until it does, later now and then."""
        wait = FIRST_WAIT
        while True:
            try:
                await app.client.auth_test()
                await app.answering.identity.workspace()
            except UNREACHED as error:
                self._trouble = _refusal(error)
                log.warning("token not confirmed", extra={"reason": self._trouble})
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            self._trouble, wait = None, FIRST_WAIT
            await asyncio.sleep(ASK_AGAIN)


def _refusal(error: BaseException) -> str:
    if isinstance(error, SlackApiError) and isinstance(error.response.data, dict):
        return f"Slack does not take SLACK_BOT_TOKEN: {why(error)}."
    return f"Slack cannot be reached: {why(error)}."


def create_face(store: Store, settings: Settings, slack: SlackSettings) -> SlackFace:
    """The face as the registry of platforms makes it."""
    return SlackFace(store, slack, token_key=settings.token_key, public_url=settings.public_url)
