"""The Slack app: every listener over one store.

`build` makes it; HTTP requests and Socket Mode envelopes are dispatched to it by the process.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import pretended
from bot.chat.members import PATIENCE
from bot.settings import on_loopback
from bot.slack.client import UNREACHED, quiet_logger, web_client, why
from bot.slack.context import Answering
from bot.slack.listeners import actions, commands, events, options, shortcuts, views
from bot.slack.members import Identity, Workspace
from bot.slack.oauth.installations import Installed
from bot.slack.settings import SlackSettings
from db.store import Store
from governance.errors import BadConfiguration

NOT_YET = "Duly cannot reach Slack just now, and answers as soon as it can. Please try again soon."

log = logging.getLogger(__name__)


def build(
    store: Store,
    settings: SlackSettings,
    *,
    client: AsyncWebClient | None = None,
    installed: Installed | None = None,
    own: str | None = None,
    patience: float = PATIENCE,
) -> DulyApp:
    """The app over `store`, its listeners registered; nothing is asked of Slack yet.

    `client` replaces the one made of the settings. It is in the workspace of SLACK_BOT_TOKEN, or
    where it was `installed`; `own` is the organisation's own workspace, where that is another;
    `patience` as in Identity.
    Raises BadConfiguration without a bot token, or for a pretended or demonstration store on a
    Slack that is not on loopback.
    """
    workspace = None
    if installed is not None:
        token = installed.token
        workspace = Workspace(installed.team, installed.bot, bot="", name=installed.name)
    elif settings.bot_token is not None:
        token = settings.bot_token.get_secret_value()
    else:
        raise BadConfiguration("Slack needs SLACK_BOT_TOKEN, the token that begins with xoxb-.")
    refuse_pretended(store, settings.api_url)
    calls = client or web_client(token, settings.api_url)
    identity = Identity(store, calls, workspace=workspace, own=own, patience=patience)
    secret = settings.signing_secret
    app = DulyApp(token, calls, identity, secret.get_secret_value() if secret is not None else None)
    app.answering = Answering(store, calls, identity)
    for family in (commands, actions, views, events, shortcuts, options):
        family.register(app, app.answering)
    return app


def refuse_pretended(store: Store, api_url: str) -> None:
    """Keep a store that is not real away from a Slack that is."""
    if not on_loopback(api_url):
        pretended.refuse_pretended(store, "Slack")


class DulyApp(AsyncApp):
    """Bolt's app with Duly's own door: signatures, authorisation, and what nobody handles."""

    answering: Answering

    def __init__(
        self, token: str, client: AsyncWebClient, identity: Identity, secret: str | None
    ) -> None:
        self._verifier = SignatureVerifier(secret) if secret else None
        self._identity = identity
        client.token = None  # Bolt would authorise by it alone, and ask Slack each time

        async def authorize() -> AuthorizeResult:
            found = await identity.workspace()
            return AuthorizeResult(
                enterprise_id=None,
                team_id=found.team,
                bot_user_id=found.user,
                bot_id=found.bot,
                bot_token=client.token or token,  # a refreshed one takes its place there
            )

        logger = quiet_logger("duly.slack")
        logger.disabled = True  # Bolt warns that it leaves SLACK_BOT_TOKEN alone, as it should
        super().__init__(
            name="duly",
            logger=logger,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            signing_secret="",
            client=client,
            authorize=authorize,
            request_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        logger.disabled = False
        client.token = token
        # Where SLACK_CLIENT_ID is set, Bolt makes installation pages and files of its own.
        self._async_oauth_flow = None
        self._async_installation_store = None
        self.error(_failed)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Every request comes through here; one over HTTP must be signed, and fresh."""
        if req.mode == "http" and not self._is_signed(req):
            return BoltResponse(status=401, body={"error": "invalid request"})
        if req.body.get("type") != "url_verification":  # it asks about the address alone
            try:
                await self._identity.workspace()
            except UNREACHED as error:
                return _not_authorised(req, error)
        # Slack sends again what was not answered in time, and says so.
        req.context["redelivered"] = "x-slack-retry-num" in req.headers
        return await super().async_dispatch(req)

    def _is_signed(self, req: AsyncBoltRequest) -> bool:
        timestamp = req.headers.get("x-slack-request-timestamp", [""])[0]
        signature = req.headers.get("x-slack-signature", [""])[0]
        if self._verifier is None or not (timestamp.isascii() and timestamp.isdigit()):
            return False
        return self._verifier.is_valid(req.raw_body, timestamp, signature)


def _not_authorised(req: AsyncBoltRequest, error: BaseException) -> BoltResponse:
    """Slack has never confirmed the bot token: whoever typed a command is told, and the rest is
    an error, after which Slack sends an event again."""
    log.error(
        "Slack does not say whose token this is", extra={"face": "slack", "reason": why(error)}
    )
    if req.body.get("command"):
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": NOT_YET})
    return BoltResponse(status=503, body={"error": "not ready"})


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """What nobody handles, and what went wrong, is logged and answered as an error."""
    what = body.get("type") or body.get("command") or "request"
    if isinstance(error, BoltUnhandledRequestError):
        named = [a.get("action_id") for a in body.get("actions", ())]
        named += [body.get("callback_id"), body.get("event", {}).get("type")]
        said = ", ".join(str(name) for name in named if name)
        log.error("nobody handles this", extra={"face": "slack", "what": what, "named": said})
        return BoltResponse(status=404, body={"error": "unhandled request"})
    incident = uuid.uuid4().hex[:8]
    log.error(
        "request failed",
        exc_info=error,
        extra={"face": "slack", "what": what, "incident": incident},
    )
    if body.get("command"):
        told = f"Something went wrong here. Incident {incident} is in the log."
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": told})
    return BoltResponse(status=500, body={"error": f"incident {incident}"})
