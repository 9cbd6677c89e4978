"""Slack as one face of the running process: what it listens on, and whether it is ready."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from fastapi import FastAPI
from slack_sdk.errors import SlackApiError

from bot.settings import SlackSettings
from bot.slack import http
from bot.slack.app import build, refuse_pretended
from bot.slack.courier import SlackCourier
from bot.slack.errors import why
from bot.slack.identity import UNREACHED
from bot.slack.socket import Sockets
from db.store import Store

ASK_AGAIN = 5 * 60.0
"""Seconds between two looks whether Slack still takes the token."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
SETTLE_SECONDS = 3.0
"""What was put off until after an answer may take so long when the process ends."""

log = logging.getLogger("duly.slack")


class SlackFace:
    """The app over both transports. Raises BadConfiguration for settings that cannot be used."""

    def __init__(self, store: Store, settings: SlackSettings) -> None:
        self.settings = settings
        self.app = build(store, settings)
        self._store = store
        token = settings.app_token
        self._token = token.get_secret_value() if token is not None else None
        self._sockets: Sockets | None = None
        self._checking: asyncio.Task[None] | None = None
        self._trouble: str | None = "Slack has not confirmed the bot token yet."

    def route(self, server: FastAPI) -> None:
        """HTTP mode, where a signing secret is given."""
        secret = self.settings.signing_secret
        if secret is not None:
            answer = http.endpoint(self.app, secret.get_secret_value())
            server.add_route(http.PATH, answer, methods=["POST"])

    async def start(self) -> None:
        """Begin to ask Slack about the token, and to open the sockets; waits for neither."""
        self._checking = asyncio.create_task(self._check())
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
            await asyncio.wait_for(self.app.answering.settled(), SETTLE_SECONDS)
        except TimeoutError:
            log.warning("something was not finished before the end")

    def courier(self, claim: timedelta) -> SlackCourier:
        """What delivers the ledger's messages; each is claimed for so long."""
        token = self.settings.bot_token
        assert token is not None  # the app was built with it
        return SlackCourier(
            self._store, token.get_secret_value(), api_url=self.settings.api_url, claim=claim
        )

    def refuse_pretended(self) -> None:
        """Raises BadConfiguration once the store is one that real people must not hear from."""
        refuse_pretended(self._store, self.settings.api_url)

    def reasons(self) -> list[str]:
        """Why Slack is not ready; nothing when it is."""
        found = [self._trouble] if self._trouble else []
        return found + (self._sockets.reasons() if self._sockets is not None else [])

    async def _check(self) -> None:
        """Ask whether Slack takes the token, at the start until it does, later now and then."""
        wait = FIRST_WAIT
        while True:
            try:
                await self.app.client.auth_test()
                await self.app.answering.identity.workspace()
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
