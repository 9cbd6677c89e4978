"""Installing Duly in a workspace: from a link that `duly slack invite` printed, to Slack's page
where somebody allows it, and back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.slack.channels import PLATFORM
from bot.slack.client import SCOPES
from bot.slack.oauth.installations import ACTOR, Installations
from bot.slack.settings import SlackSettings
from db import installations as kept
from governance.errors import DulyError

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
COOKIE = "duly_install"
QUIET = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The link is a secret: nobody keeps it, and nobody is told of it."""

Belongs = Callable[[str], Awaitable[int | None]]
"""Whose a workspace is by other means than an installation: that of SLACK_BOT_TOKEN."""

log = logging.getLogger("duly.slack.oauth")


class NotInstalled(DulyError):
    """Somebody did not allow it, or Slack answered what cannot be used."""


def link(public_url: str, secret: str) -> str:
    """What is given to whoever installs Duly."""
    return f"{public_url.rstrip('/')}{INSTALL}?{urlencode({'invitation': secret})}"


class Installing:
    """The two addresses. `public_url` is where the world finds them; without it Slack comes back
    to the app's first redirect address."""

    def __init__(
        self,
        installations: Installations,
        settings: SlackSettings,
        public_url: str | None,
        belongs: Belongs,
    ) -> None:
        self._installations = installations
        self._store = installations.store
        self._settings = settings
        self._redirect = f"{public_url.rstrip('/')}{REDIRECT}" if public_url else None
        self._secure = urlsplit(public_url or "").scheme == "https"
        self._belongs = belongs

    def route(self, server: FastAPI) -> None:
        server.add_route(INSTALL, self.install, methods=["GET"])
        server.add_route(REDIRECT, self.redirected, methods=["GET"])

    async def install(self, request: Request) -> Response:
        """Off to Slack's page, with a state that only this browser can bring back."""
        try:
            state, cookie = await asyncio.to_thread(
                self._leave, request.query_params.get("invitation", "")
            )
        except DulyError as error:
            return _told(error.sentence, 403)
        asked = {
            "client_id": self._settings.client_id,
            "scope": ",".join(SCOPES),
            "state": state,
        }
        if self._redirect is not None:
            asked["redirect_uri"] = self._redirect
        base = self._settings.api_url.removesuffix("api/")
        away = RedirectResponse(
            f"{base}oauth/v2/authorize?{urlencode(asked)}", status_code=302, headers=QUIET
        )
        away.set_cookie(
            COOKIE,
            cookie,
            max_age=int(kept.AWAY.total_seconds()),
            path="/slack",
            httponly=True,
            # Not strict: the way back leads over Slack's page.
            samesite="lax",
            secure=self._secure or request.url.scheme == "https",
        )
        return away

    async def redirected(self, request: Request) -> Response:
        """Back from Slack: the workspace is the inviting organisation's from now on."""
        asked = request.query_params
        try:
            name = await self._installed(
                asked.get("state", ""), request.cookies.get(COOKIE, ""), asked.get("code", "")
            )
        except DulyError as error:
            answer = _told(error.sentence, 403)
        else:
            answer = _told(f"Duly is installed in {name}. In Slack, type /rec help.", 200)
        answer.delete_cookie(COOKIE, path="/slack")
        return answer

    def _leave(self, secret: str) -> tuple[str, str]:
        with self._store.read() as reading:
            organisation = kept.invited(reading, secret)
        with self._store.of(organisation).write(ACTOR) as writing:
            return kept.leave_for_platform(writing, secret)

    async def _installed(self, state: str, cookie: str, code: str) -> str:
        """The name of the workspace. Raises DulyError, and then nothing is installed."""
        organisation, invitation = await asyncio.to_thread(self._back, state, cookie)
        if not code:
            raise NotInstalled("Nothing was installed: Slack says that it was not allowed.")
        exchange = self._installations.exchange
        told = await asyncio.to_thread(exchange.code, code, self._redirect)
        team = told.get("team") or {}
        if told.get("is_enterprise_install") or not team.get("id") or not told.get("bot_user_id"):
            raise NotInstalled(
                "Nothing was installed: Duly is installed in one workspace at a time, "
                "not in a whole organisation on Slack."
            )
        id, name = str(team["id"]), str(team.get("name") or team["id"])
        if await self._belongs(id) not in (None, organisation):
            raise kept.TakenWorkspace
        tokens = exchange.tokens(told, self._store.clock.machine())

        def keep() -> None:
            with self._store.of(organisation).write(ACTOR) as writing:
                kept.install(
                    writing,
                    invitation,
                    PLATFORM,
                    id,
                    name=name,
                    bot=str(told["bot_user_id"]),
                    tokens=tokens,
                )

        await asyncio.to_thread(keep)
        log.info("installed", extra={"team": id, "organisation": organisation})
        return name

    def _back(self, state: str, cookie: str) -> tuple[int, int]:
        with self._store.read() as reading:
            organisation = kept.returning(reading, state, cookie)
        with self._store.of(organisation).write(ACTOR) as writing:
            return organisation, kept.back_from_platform(writing, state, cookie)


def closed(server: FastAPI, why: str) -> None:
    """Both addresses answer why nobody can install anything here."""

    async def told(_: Request) -> Response:
        return _told(why, 503)

    for path in (INSTALL, REDIRECT):
        server.add_route(path, told, methods=["GET"])


def _told(sentence: str, status: int) -> Response:
    return PlainTextResponse(f"{sentence}\n", status_code=status, headers=QUIET)
