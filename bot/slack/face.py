"""Slack as one face of the running process: its transports, couriers, and readiness."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from fastapi import FastAPI
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from bot.chat.face_group import Connection
from bot.settings import Settings
from bot.slack import http
from bot.slack.app import SlackApp, home_context, refuse_pretended
from bot.slack.client import UNREACHED, why
from bot.slack.context import SlackContext
from bot.slack.courier import SlackCourier
from bot.slack.oauth.flow import OAuthFlow, route_closed
from bot.slack.oauth.installation_store import NO_KEY, InstallationStore, TokenCipher
from bot.slack.oauth.workspaces import InstalledWorkspaces, WorkspacesCourier
from bot.slack.settings import SlackSettings
from bot.slack.socket import SocketMode
from db.installations import organisations
from db.store import FOUNDING, Store
from governance.errors import BadConfiguration
from scheduler.courier import Courier

RECHECK_SECONDS = 5 * 60.0
"""Between two checks that Slack still takes the token."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds between two checks while it does not; each failure doubles them."""
SETTLE_SECONDS = 3.0
"""Time for background work to finish when the process ends."""

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
        self._home = home_context(store, settings) if settings.bot_token is not None else None
        self._installed = self._installed_workspaces(token_key)
        if self._home is None and self._installed is None:
            raise BadConfiguration(NO_KEY if settings.several else str(settings.missing()))
        refuse_pretended(store, settings.api_url)
        self.app = SlackApp(settings.api_url, self._home, self._installed)
        self._courier: SlackCourier | None = None
        self._couriers: dict[int, WorkspacesCourier] = {}
        self._sockets: SocketMode | None = None
        self._checking: asyncio.Task[None] | None = None
        self._trouble = "Slack has not confirmed the bot token yet." if self._home else None

    def _installed_workspaces(self, token_key: SecretStr | None) -> InstalledWorkspaces | None:
        if not self.settings.several:
            return None
        if token_key is None:
            log.warning("nobody can install Duly", extra={"reason": NO_KEY})
            return None
        installations = InstallationStore(self._store, self.settings, TokenCipher(token_key))
        return InstalledWorkspaces(installations, self.settings, self._home)

    @property
    def ways(self) -> str:
        return f"on Slack by {' and '.join(self.settings.transports)}"

    def route(self, server: FastAPI) -> None:
        """HTTP mode, where a signing secret is given; installation, where the app's own id is."""
        secret = self.settings.signing_secret
        if secret is not None:
            endpoint = http.endpoint(self.app, secret.get_secret_value())
            server.add_route(http.PATH, endpoint, methods=["POST"])
        if self._installed is not None:
            OAuthFlow(self._installed, self.settings, self._public_url).route(server)
        elif self.settings.several:
            route_closed(server, NO_KEY)

    async def start(self) -> None:
        """Begin to check the token, and to open the sockets; waits for neither."""
        if self._home is not None:
            self._checking = asyncio.create_task(self._check_token(self._home))
        if self.settings.app_token is not None:
            self._sockets = SocketMode(self.app, self.settings.app_token.get_secret_value())
            self._sockets.start()

    async def stop(self) -> None:
        """Finish what is in hand, and let go of Slack."""
        if self._checking is not None:
            self._checking.cancel()
        if self._sockets is not None:
            await self._sockets.stop()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                for context in self.app.contexts:
                    await context.settled()
        except TimeoutError:
            log.warning("something was not finished before the end")

    def couriers(self, claim: timedelta) -> Couriers:
        """The courier of each organisation, with its rows. `claim` is how long a message is claimed
        for before another process may post it."""
        if self._courier is None and self.settings.bot_token is not None:
            token = self.settings.bot_token.get_secret_value()
            api_url = self.settings.api_url
            self._courier = SlackCourier(self._store, token, api_url=api_url, claim=claim)
        if self._installed is None:
            assert self._courier is not None
            return [(self._store, self._courier)]
        with self._store.read() as reading:
            numbers = organisations(reading)
        for number in numbers:
            if number not in self._couriers:
                self._couriers[number] = WorkspacesCourier(
                    self._installed.installations,
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
        """Reasons why Slack is not ready; none when it is."""
        trouble = [self._trouble] if self._trouble else []
        return trouble + (self._sockets.reasons() if self._sockets is not None else [])

    def connections(self) -> list[Connection]:
        """Its sockets, where Socket Mode is on."""
        return self._sockets.connections() if self._sockets is not None else []

    async def _check_token(self, slack: SlackContext) -> None:
        """Check that Slack takes the token, at the start until it does, later now and then."""
        wait = FIRST_WAIT
        while True:
            try:
                await slack.client.auth_test()
                await slack.members.workspace()
            except UNREACHED as error:
                self._trouble = _refusal(error)
                log.warning("token not confirmed", extra={"reason": self._trouble})
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            self._trouble, wait = None, FIRST_WAIT
            await asyncio.sleep(RECHECK_SECONDS)


def _refusal(error: BaseException) -> str:
    if isinstance(error, SlackApiError) and isinstance(error.response.data, dict):
        return f"Slack does not take SLACK_BOT_TOKEN: {why(error)}."
    return f"Slack cannot be reached: {why(error)}."


def create_face(store: Store, settings: Settings, slack: SlackSettings) -> SlackFace:
    """The face as the registry of platforms makes it."""
    return SlackFace(store, slack, token_key=settings.token_key, public_url=settings.public_url)
