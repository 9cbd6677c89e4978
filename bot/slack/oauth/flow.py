"""OAuth installation: from a link that `duly slack invite` printed, to Slack's page where somebody
allows it, and back."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from slack_sdk.oauth.authorize_url_generator import AuthorizeUrlGenerator
from slack_sdk.oauth.installation_store import Bot
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.slack.channels import ACTOR
from bot.slack.client import SCOPES
from bot.slack.oauth.installation_store import NotInstalled
from bot.slack.oauth.workspaces import InstalledWorkspaces
from bot.slack.settings import SlackSettings
from db import installations as rows
from db.store import FOUNDING
from governance.errors import DulyError

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
COOKIE = "duly_install"
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The link is a secret: nobody keeps it, and nobody is told of it."""

log = logging.getLogger("duly.slack.oauth")


def invitation_link(public_url: str, secret: str) -> str:
    """The link for whoever installs Duly."""
    return f"{public_url.rstrip('/')}{INSTALL}?{urlencode({'invitation': secret})}"


class OAuthFlow:
    """The handlers of the two addresses. `public_url` is where the world finds them; without it
    Slack comes back to the app's first redirect address."""

    def __init__(
        self, workspaces: InstalledWorkspaces, settings: SlackSettings, public_url: str | None
    ) -> None:
        self._workspaces = workspaces
        self._installations = workspaces.installations
        self._store = self._installations.store
        self._redirect = f"{public_url.rstrip('/')}{REDIRECT}" if public_url else None
        self._secure = urlsplit(public_url or "").scheme == "https"
        base = settings.api_url.removesuffix("api/")
        self._authorize_url = AuthorizeUrlGenerator(
            client_id=settings.client_id or "",
            redirect_uri=self._redirect,
            scopes=list(SCOPES),
            authorization_url=f"{base}oauth/v2/authorize",
        )

    def route(self, server: FastAPI) -> None:
        server.add_route(INSTALL, self.install, methods=["GET"])
        server.add_route(REDIRECT, self.callback, methods=["GET"])

    async def install(self, request: Request) -> Response:
        """Redirect to Slack's page, with a state that only this browser can bring back."""
        secret = request.query_params.get("invitation", "")
        try:
            state, cookie = await asyncio.to_thread(self._issue_state, secret)
        except DulyError as error:
            return _page(error.sentence, 403)
        response = RedirectResponse(
            self._authorize_url.generate(state), status_code=302, headers=HEADERS
        )
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(rows.AWAY.total_seconds()),
            path="/slack",
            httponly=True,
            # Not strict: the way back leads over Slack's page.
            samesite="lax",
            secure=self._secure or request.url.scheme == "https",
        )
        return response

    async def callback(self, request: Request) -> Response:
        """Back from Slack: the workspace is the inviting organisation's from now on."""
        query, cookie = request.query_params, request.cookies.get(COOKIE, "")
        try:
            bot = await self._install(query.get("state", ""), cookie, query.get("code", ""))
        except DulyError as error:
            response = _page(error.sentence, 403)
        else:
            response = _page(
                f"Duly is installed in {bot.team_name}. In Slack, type /rec help.", 200
            )
        response.delete_cookie(COOKIE, path="/slack")
        return response

    async def _install(self, state: str, cookie: str, code: str) -> Bot:
        """Raises DulyError, and then nothing is installed."""
        organisation, invitation = await asyncio.to_thread(self._consume_state, state, cookie)
        if not code:
            raise NotInstalled("Nothing was installed: Slack says that it was not allowed.")
        bot = await asyncio.to_thread(self._installations.exchange, code, self._redirect)
        if organisation != FOUNDING and await self._workspaces.belongs_to_home(bot.team_id or ""):
            raise rows.TakenWorkspace
        await asyncio.to_thread(self._installations.save, organisation, invitation, bot)
        log.info("installed", extra={"team": bot.team_id, "organisation": organisation})
        return bot

    def _issue_state(self, secret: str) -> tuple[str, str]:
        with self._store.read() as reading:
            organisation = rows.invited(reading, secret)
        with self._store.of(organisation).write(ACTOR) as writing:
            return rows.leave_for_platform(writing, secret)

    def _consume_state(self, state: str, cookie: str) -> tuple[int, int]:
        """The organisation and the invitation that brought this browser to Slack's page."""
        with self._store.read() as reading:
            organisation = rows.returning(reading, state, cookie)
        with self._store.of(organisation).write(ACTOR) as writing:
            return organisation, rows.back_from_platform(writing, state, cookie)


def route_closed(server: FastAPI, reason: str) -> None:
    """Both addresses answer why nobody can install anything here."""

    async def closed(_: Request) -> Response:
        return _page(reason, 503)

    for path in (INSTALL, REDIRECT):
        server.add_route(path, closed, methods=["GET"])


def _page(sentence: str, status: int) -> Response:
    return PlainTextResponse(f"{sentence}\n", status_code=status, headers=HEADERS)
