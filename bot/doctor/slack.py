"""Checks of `duly doctor` in Slack: tokens, scopes, the clock, channels, people, workspaces."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.doctor.check import Check, failed
from bot.settings import Settings
from bot.slack.channels import PLATFORM
from bot.slack.client import SCOPES, why
from bot.slack.oauth.installation_store import NO_KEY, ROTATE_BEFORE, TokenCipher
from bot.slack.settings import SlackSettings
from db.installations import installations
from db.ledger.destinations import destination
from db.store import Reading
from db.tables import Installation
from governance.directory import Person
from governance.errors import DulyError

TIMEOUT = 5
"""Seconds for one call."""
CLOCK_SECONDS = 60
"""A clock further off is reported; from five minutes on, what Slack sends is refused."""
PAGE = 200
SHARED = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")
UNREACHED = (SlackApiError, OSError, TimeoutError)
"""Errors of a call that was not done."""

log = logging.getLogger("duly.slack.checkup")
Channel = Mapping[str, Any]


def check_slack(reading: Reading, settings: Settings, slack: SlackSettings) -> Iterator[Check]:
    """Everything that can be asked with the tokens given, without writing to anybody."""
    if slack.bot_token is not None:
        yield from _home(reading, slack, slack.bot_token.get_secret_value())
    if slack.several:
        yield from _workspaces(reading, settings, slack)


def _client(slack: SlackSettings, token: str, retries: int = 0) -> WebClient:
    return WebClient(
        token=token,
        base_url=slack.api_url,
        timeout=TIMEOUT,
        logger=log,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=retries)],
    )


def _home(reading: Reading, slack: SlackSettings, token: str) -> Iterator[Check]:
    """The workspace of the bot token; nothing more where Slack refuses it."""
    client = _client(slack, token, retries=2)
    try:
        yield from _token(client)
    except UNREACHED as error:
        yield _refused(error)
        return
    if slack.app_token is not None:
        yield _app_token(client, slack.app_token.get_secret_value())
    yield from _channels(client, reading)
    yield from _people(client, reading)


def _refused(error: BaseException) -> Check:
    if isinstance(error, SlackApiError) and isinstance(error.response.data, dict):
        return Check(
            "bot token",
            False,
            f"Slack does not take SLACK_BOT_TOKEN: {why(error)}.",
            "Copy the token that begins with xoxb- from OAuth & Permissions on the app's page.",
        )
    return Check(
        "bot token",
        False,
        f"Slack cannot be reached: {why(error)}.",
        "Check the network, the proxy (HTTPS_PROXY), and SLACK_API_URL.",
    )


def _token(client: WebClient) -> Iterator[Check]:
    """The token's workspace, what it may do, and Slack's clock, all from one answer."""
    response = client.auth_test()
    received = datetime.now(UTC)
    name = response.get("team") or response.get("team_id")
    yield Check("bot token", True, f"Slack takes it, as {response.get('user')} of {name}.")
    headers = {str(k).lower(): v for k, v in response.headers.items()}
    yield from _scopes(headers.get("x-oauth-scopes"))
    yield from check_clock(headers.get("date"), received)


def _scopes(header: str | None) -> Iterator[Check]:
    if header is None:
        yield Check("scopes", True, "This Slack does not say which scopes the token has.")
        return
    held = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in SCOPES if scope not in held]
    for scope in missing:
        yield Check(
            "scope",
            False,
            f"{scope} is missing, for {SCOPES[scope]}.",
            "Add it under OAuth & Permissions, then reinstall the app to the workspace.",
        )
    if not missing:
        yield Check("scopes", True, f"All {len(SCOPES)} are granted.")


def check_clock(header: str | None, received: datetime) -> Iterator[Check]:
    """This machine's time beside that of a response's Date header."""
    if header is None:
        return
    ahead = (received - parsedate_to_datetime(header)).total_seconds()
    if abs(ahead) <= CLOCK_SECONDS:
        yield Check("clock", True, f"Within {max(1, round(abs(ahead)))} s of Slack's.")
        return
    side = "ahead of" if ahead > 0 else "behind"
    yield Check(
        "clock",
        False,
        f"This machine's clock is {round(abs(ahead))} s {side} Slack's; from 300 s on nothing "
        "Slack sends over HTTP is believed.",
        "Set it by a time server (NTP).",
    )


def _app_token(client: WebClient, token: str) -> Check:
    try:
        client.apps_connections_open(app_token=token)
    except UNREACHED as error:
        return Check(
            "app token",
            False,
            f"Slack does not open a socket: {why(error)}.",
            "Make one with the scope connections:write under Basic Information, App-Level Tokens, "
            "and switch Socket Mode on.",
        )
    return Check("app token", True, "Slack opens sockets.")


def _channels(client: WebClient, reading: Reading) -> Iterator[Check]:
    """The channel of each board: there, Duly in it, open, and the organisation's own."""
    boards = [board for board in reading.directory.boards.values() if board.channel]
    if not boards:
        return
    try:
        joined = _joined(client)
    except UNREACHED as error:
        yield Check("channels", False, f"Slack does not list Duly's channels: {why(error)}.",
                    "See the scopes above.")  # fmt: skip
        return
    for channel in dict.fromkeys(str(board.channel) for board in boards):
        name = f"#{channel.lstrip('#')}"
        row = destination(reading, "slack", name)
        id = str(row.address.get("channel") or "") if row is not None else ""
        yield _channel(name, _find_channel(joined, name, id))


def _joined(client: WebClient) -> list[Channel]:
    """Every channel that Duly is in, archived ones included."""
    pages = client.users_conversations(types="public_channel,private_channel", limit=PAGE)
    return [channel for page in pages for channel in page["channels"]]


def _find_channel(joined: list[Channel], name: str, id: str) -> Channel | None:
    """The channel bound to the board, by its id; else the one that is called so."""
    if id:
        return next((one for one in joined if one["id"] == id), None)
    wanted = name.lstrip("#").casefold()
    return next((one for one in joined if str(one.get("name")).casefold() == wanted), None)


def _channel(name: str, channel: Channel | None) -> Check:
    if channel is None:
        return Check("channel", False, f"Duly is not in {name}.", f"Type /invite @Duly in {name}.")
    if channel.get("is_archived"):
        return Check(
            "channel",
            False,
            f"{name} is archived, so its board's posts are held.",
            "Unarchive it, or name another channel in the organisation file.",
        )
    if any(channel.get(flag) for flag in SHARED):
        return Check(
            "channel",
            False,
            f"{name} is shared with another organisation, so its board's posts are held.",
            "Name a channel of your own in the organisation file.",
        )
    renamed = str(channel.get("name")) != name.lstrip("#")
    now = f", now called #{channel.get('name')}" if renamed else ""
    return Check("channel", True, f"Duly is in {name}{now}.")


def _people(client: WebClient, reading: Reading) -> Iterator[Check]:
    """The people of the organisation, and whether Slack knows them."""
    people = reading.directory.people
    wrong = 0
    reachable = [person for person in people.values() if "slack" in person.identities]
    for person in reachable:
        trouble = _person(client, person)
        if trouble is not None:
            wrong += 1
            yield trouble
    if reachable and not wrong:
        yield Check("people", True, f"Slack knows all {len(reachable)} who are named with an id.")
    named = ", ".join(sorted(_seated(reading) - {person.key for person in reachable}))
    if named:
        yield Check(
            "people",
            False,
            f"In a post, and without a Slack id, so that no reminder reaches them: {named}.",
            "Give each `slack: U…` under people in the organisation file (Copy member ID in the "
            "person's profile).",
        )


def _seated(reading: Reading) -> set[str]:
    """The people who hold or deputise for a post today."""
    posts = reading.directory.posts.values()
    seated = {post.holder(reading.today) for post in posts} | {post.deputy for post in posts}
    return {person for person in seated if person is not None}


def _person(client: WebClient, person: Person) -> Check | None:
    """A failed check of somebody who gets nothing; None where all is well."""
    id = person.identities["slack"]
    named = f"{person.name} ({person.key}), {id},"
    correct = "Correct `slack:` for them in the organisation file."
    try:
        response = client.users_info(user=id.rpartition("/")[2])
    except UNREACHED as error:
        if why(error) in ("user_not_found", "user_not_visible", "users_not_found"):
            return Check("person", False, f"{named} is unknown to this Slack.", correct)
        return Check(
            "person", False, f"{named} could not be looked up: {why(error)}.",
            "See the scopes above, and ask again.",
        )  # fmt: skip
    user: Mapping[str, Any] = response["user"]
    if user.get("deleted"):
        return Check("person", False, f"{named} is deactivated in Slack.", correct)
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        guest = f"{named} is a guest in Slack, and a guest gets nothing."
        return Check("person", False, guest, "Have them made a full member.")
    return None


def _workspaces(reading: Reading, settings: Settings, slack: SlackSettings) -> Iterator[Check]:
    """The token of each workspace that Duly was installed in by OAuth; none is refreshed."""
    if settings.token_key is None:
        yield failed("workspace", NO_KEY)
        return
    rows = installations(reading, PLATFORM)
    if not rows:
        yield Check("workspace", True, "Installed nowhere yet; duly slack invite makes a link.")
        return
    try:
        vault = TokenCipher(settings.token_key)
        for row in rows:
            yield _workspace(row, vault, slack, reading.clock.machine())
    except DulyError as error:
        yield failed("workspace", error.sentence)


def _workspace(row: Installation, vault: TokenCipher, slack: SlackSettings, now: datetime) -> Check:
    if row.token is None:
        text = f"Duly was removed from {row.name}. duly slack invite makes a link to install it "
        return Check("workspace", True, f"{text}again.")
    if row.expires_at is not None and row.expires_at - now < ROTATE_BEFORE:
        return Check("workspace", True, f"{row.name}: its token is renewed when it is next used.")
    try:
        _client(slack, vault.decrypt(row.token)).auth_test()
    except SlackApiError as error:
        return Check(
            "workspace",
            False,
            f"Slack does not take the token of {row.name}: {why(error)}.",
            "Install Duly there again: duly slack invite makes a link.",
        )
    except UNREACHED as error:
        return Check(
            "workspace",
            False,
            f"Slack cannot be reached for {row.name}: {why(error)}.",
            "Check the network, the proxy (HTTPS_PROXY), and SLACK_API_URL.",
        )
    return Check("workspace", True, f"Slack takes the token of {row.name}.")
