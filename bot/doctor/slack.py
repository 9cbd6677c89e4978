"""What `duly doctor` asks of Slack: tokens, scopes, channels, people, the clock."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.doctor.examine import Check
from bot.settings import SlackSettings
from bot.slack.client import SCOPES, why
from db.destinations import destination
from db.store import Reading
from governance.directory import Person

TIMEOUT = 5
"""Seconds for one call."""
FAR_SECONDS = 60
"""Slack's requests are refused when their time is five minutes from ours; this is worth a word."""
PAGE = 200
SHARED = ("is_ext_shared", "is_org_shared", "is_pending_ext_shared")
UNREACHED = (SlackApiError, OSError, TimeoutError)
"""What a call raises when it was not done."""

log = logging.getLogger("duly.slack.checkup")
Channel = Mapping[str, Any]


def check_slack(reading: Reading, settings: SlackSettings) -> list[Check]:
    """Everything that can be asked with the tokens given; nothing more where Slack refuses them."""
    assert settings.bot_token is not None
    client = WebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.api_url,
        timeout=TIMEOUT,
        logger=log,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=2)],
    )
    checks: list[Check] = []
    try:
        checks += _token(client)
    except UNREACHED as error:
        return [_refused(error)]
    if settings.app_token is not None:
        checks.append(_app_token(client, settings.app_token.get_secret_value()))
    checks += _channels(client, reading)
    checks += _people(client, reading)
    return checks


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
    told = client.auth_test()
    heard = datetime.now(UTC)
    name = told.get("team") or told.get("team_id")
    yield Check("bot token", True, f"Slack takes it, as {told.get('user')} of {name}.")
    headers = {str(k).lower(): v for k, v in told.headers.items()}
    yield from _scopes(headers.get("x-oauth-scopes"))
    yield from _clock(headers.get("date"), heard)


def _scopes(said: str | None) -> Iterator[Check]:
    if said is None:
        yield Check("scopes", True, "This Slack does not say which scopes the token has.")
        return
    held = {scope.strip() for scope in said.split(",")}
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


def _clock(said: str | None, heard: datetime) -> Iterator[Check]:
    if said is None:
        return
    ahead = (heard - parsedate_to_datetime(said)).total_seconds()
    if abs(ahead) <= FAR_SECONDS:
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
        kept = destination(reading, "slack", name)
        id = str(kept.address.get("channel") or "") if kept is not None else ""
        yield _channel(name, _found(joined, name, id))


def _joined(client: WebClient) -> list[Channel]:
    """Every channel that Duly is in, archived ones included."""
    found: list[Channel] = []
    cursor = ""
    while True:
        told = client.users_conversations(
            types="public_channel,private_channel", limit=PAGE, cursor=cursor or None
        )
        found += told["channels"]
        cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found


def _found(joined: list[Channel], name: str, id: str) -> Channel | None:
    """The channel bound to the board, by its id; else the one that is called so."""
    if id:
        return next((one for one in joined if one["id"] == id), None)
    wanted = name.lstrip("#").casefold()
    return next((one for one in joined if str(one.get("name")).casefold() == wanted), None)


def _channel(name: str, found: Channel | None) -> Check:
    if found is None:
        return Check("channel", False, f"Duly is not in {name}.", f"Type /invite @Duly in {name}.")
    if found.get("is_archived"):
        return Check(
            "channel",
            False,
            f"{name} is archived, so its board's posts are held.",
            "Unarchive it, or name another channel in the organisation file.",
        )
    if any(found.get(flag) for flag in SHARED):
        return Check(
            "channel",
            False,
            f"{name} is shared with another organisation, so its board's posts are held.",
            "Name a channel of your own in the organisation file.",
        )
    renamed = str(found.get("name")) != name.lstrip("#")
    told = f"Duly is in {name}" + (f", now called #{found.get('name')}." if renamed else ".")
    return Check("channel", True, told)


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
    """Who holds or deputises for a post today."""
    posts = reading.directory.posts.values()
    seated = {post.holder(reading.today) for post in posts} | {post.deputy for post in posts}
    return {person for person in seated if person is not None}


def _person(client: WebClient, person: Person) -> Check | None:
    """Why this person gets nothing, if so."""
    id = person.identities["slack"]
    named = f"{person.name} ({person.key}), {id},"
    correct = "Correct `slack:` for them in the organisation file."
    try:
        told = client.users_info(user=id.rpartition("/")[2])
    except UNREACHED as error:
        if why(error) in ("user_not_found", "user_not_visible", "users_not_found"):
            return Check("person", False, f"{named} is unknown to this Slack.", correct)
        return Check(
            "person", False, f"{named} could not be looked up: {why(error)}.",
            "See the scopes above, and ask again.",
        )  # fmt: skip
    user: Mapping[str, Any] = told["user"]
    if user.get("deleted"):
        return Check("person", False, f"{named} is deactivated in Slack.", correct)
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        told_guest = f"{named} is a guest in Slack, and a guest gets nothing."
        return Check("person", False, told_guest, "Have them made a full member.")
    return None
