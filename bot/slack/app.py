"""Bolt app: every listener, over the workspace of SLACK_BOT_TOKEN and those Duly is installed in.

HTTP requests, whose signature was checked (`bot.slack.http`), and Socket Mode envelopes are
dispatched to it by the process.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import face_group
from bot.chat.members import LOOKUP_SECONDS
from bot.settings import on_loopback
from bot.slack import listeners
from bot.slack.client import UNREACHED, quiet_logger, web_client, why
from bot.slack.context import SlackContext
from bot.slack.members import SlackMembers
from bot.slack.oauth.workspaces import InstalledWorkspaces
from bot.slack.settings import SlackSettings
from db.store import Store
from governance.errors import BadConfiguration, DulyError

NOT_YET = "Duly cannot reach Slack just now, and answers as soon as it can. Please try again soon."
NOT_INSTALLED = "Duly is not installed in this workspace."

log = logging.getLogger("duly.slack")


def home_context(
    store: Store,
    settings: SlackSettings,
    *,
    client: AsyncWebClient | None = None,
    patience: float = LOOKUP_SECONDS,
) -> SlackContext:
    """The context of SLACK_BOT_TOKEN's workspace.

    Raises BadConfiguration without a bot token, or for a pretended or demonstration store on a
    Slack that is not on loopback.
    """
    if settings.bot_token is None:
        raise BadConfiguration("Slack needs SLACK_BOT_TOKEN, the token that begins with xoxb-.")
    refuse_pretended(store, settings.api_url)
    client = client or web_client(settings.bot_token.get_secret_value(), settings.api_url)
    return SlackContext(store, client, SlackMembers(store, client, patience=patience))


def refuse_pretended(store: Store, api_url: str) -> None:
    """Keep a store that is not real away from a Slack that is. Raises BadConfiguration."""
    if not on_loopback(api_url):
        face_group.refuse_pretended(store, "Slack")


class SlackApp(AsyncApp):
    """Bolt's app, which hands each listener `slack`, the context of the request's workspace.

    `slack` is the context of SLACK_BOT_TOKEN, which also gets what comes from a workspace that
    Duly is not installed in.
    """

    def __init__(
        self,
        api_url: str,
        slack: SlackContext | None,
        installed: InstalledWorkspaces | None = None,
    ) -> None:
        self.slack = slack
        self._installed = installed
        logger = quiet_logger("duly.slack")
        logger.disabled = True  # Bolt warns that it leaves SLACK_BOT_TOKEN alone, as it should
        super().__init__(
            name="duly",
            logger=logger,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            signing_secret="",
            client=web_client(None, api_url),
            authorize=_authorize,
            request_verification_enabled=False,  # it was checked before the body was parsed
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        logger.disabled = False
        # Where SLACK_CLIENT_ID is set, Bolt makes installation pages and files of its own.
        self._async_oauth_flow = None
        self._async_installation_store = None
        self.error(_on_error)
        listeners.register(self)

    @property
    def contexts(self) -> list[SlackContext]:
        """Those of every workspace that was a request came from."""
        installed = self._installed.contexts if self._installed is not None else []
        return [*installed, *([self.slack] if self.slack is not None else [])]

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Add the workspace's context to the request, and whether Slack sends it again."""
        body = req.body
        if body.get("type") == "url_verification":  # it asks about the address alone
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        try:
            slack = await self._context(req.context.team_id)
            if slack is None:
                return _not_installed(req)
            await slack.members.workspace()
        except DulyError as error:
            log.error("not answered", extra={"face": "slack", "reason": error.sentence})
            return BoltResponse(status=500, body={"error": "not configured"})
        except UNREACHED as error:
            return _not_authorised(req, error)
        req.context["slack"] = slack
        req.context["redelivered"] = "x-slack-retry-num" in req.headers
        return await super().async_dispatch(req)

    async def _context(self, team: str | None) -> SlackContext | None:
        if self._installed is None or not team:
            return self.slack
        return await self._installed.find(team) or self.slack


async def _authorize(context: AsyncBoltContext) -> AuthorizeResult:
    slack: SlackContext = context["slack"]
    workspace = await slack.members.workspace()
    return AuthorizeResult(
        enterprise_id=None,
        team_id=workspace.team,
        bot_user_id=workspace.user,
        bot_id=workspace.bot,
        bot_token=slack.client.token,
    )


def _not_installed(req: AsyncBoltRequest) -> BoltResponse:
    """A command gets a sentence; an event of a workspace that was left needs nothing more."""
    team = req.context.team_id
    log.warning("refused", extra={"face": "slack", "team": team, "reason": NOT_INSTALLED})
    if req.body.get("command"):
        return _ephemeral(NOT_INSTALLED)
    return BoltResponse(status=200 if req.body.get("type") == "event_callback" else 404)


def _not_authorised(req: AsyncBoltRequest, error: BaseException) -> BoltResponse:
    """Slack has never confirmed the bot token: a command gets a sentence, and the rest is an
    error, after which Slack sends an event again."""
    log.error(
        "Slack does not say whose token this is", extra={"face": "slack", "reason": why(error)}
    )
    if req.body.get("command"):
        return _ephemeral(NOT_YET)
    return BoltResponse(status=503, body={"error": "not ready"})


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Log a request that no listener takes, or that failed, and answer with an error."""
    kind = body.get("type") or body.get("command") or "request"
    if isinstance(error, BoltUnhandledRequestError):
        ids = [action.get("action_id") for action in body.get("actions", ())]
        ids += [body.get("callback_id"), body.get("event", {}).get("type")]
        names = ", ".join(str(id) for id in ids if id)
        log.error("nobody handles this", extra={"face": "slack", "what": kind, "named": names})
        return BoltResponse(status=404, body={"error": "unhandled request"})
    incident = uuid.uuid4().hex[:8]
    log.error(
        "request failed",
        exc_info=error,
        extra={"face": "slack", "what": kind, "incident": incident},
    )
    if body.get("command"):
        return _ephemeral(f"Something went wrong here. Incident {incident} is in the log.")
    return BoltResponse(status=500, body={"error": f"incident {incident}"})


def _ephemeral(text: str) -> BoltResponse:
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})
