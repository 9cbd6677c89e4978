"""Checks of `duly doctor` in Teams: the token, Microsoft's keys, people, channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import jwt

from bot.doctor.check import Check
from bot.settings import Settings
from bot.teams.channels import PLATFORM
from bot.teams.connector import CallFailed, Connector
from bot.teams.sdk import PUBLIC, CloudEnvironment, TokenValidator
from bot.teams.settings import TeamsSettings
from bot.teams.token_check import EndorsedKeys
from db.ledger.destinations import destination
from db.store import Reading

Ask = Callable[[TeamsSettings], None]


def ask_token(settings: TeamsSettings) -> None:
    """Ask Microsoft for a token. Raises CallFailed."""

    async def request() -> None:
        connector = Connector(settings)
        try:
            await connector.token()
        finally:
            await connector.close()

    asyncio.run(request())


def check_teams(
    reading: Reading,
    _settings: Settings,
    teams: TeamsSettings,
    cloud: CloudEnvironment = PUBLIC,
    token: Ask = ask_token,
) -> Iterator[Check]:
    """Everything that can be asked without writing to anybody."""
    if teams.development:
        yield Check(
            "Teams development",
            False,
            "TEAMS_DEVELOPMENT=1: whoever is on this machine can speak as anybody.",
            "Good for a rehearsal; take it away before real people are answered.",
        )
    else:
        yield _token(teams, token)
        yield _keys(teams, cloud)
    yield from _people(reading)
    yield from _channels(reading)


def _token(settings: TeamsSettings, ask: Ask) -> Check:
    try:
        ask(settings)
    except CallFailed as error:
        return Check(
            "Teams token",
            False,
            error.sentence,
            "Check TEAMS_CLIENT_ID, TEAMS_CLIENT_SECRET (it may have run out), TEAMS_TENANT_ID "
            "and the network.",
        )
    return Check("Teams token", True, "Microsoft gives one for TEAMS_CLIENT_ID.")


def _keys(settings: TeamsSettings, cloud: CloudEnvironment) -> Check:
    """Microsoft's signing keys, by which requests from Teams are verified."""
    url = TokenValidator.for_service(str(settings.client_id), cloud=cloud).options.jwks_uri
    try:
        keys = EndorsedKeys(url, timeout=5).get_signing_keys()
    except jwt.PyJWTError as error:
        return Check(
            "Teams keys",
            False,
            f"Microsoft's keys cannot be read, so nothing from Teams is believed: {error}",
            f"Let this machine reach {url}.",
        )
    return Check("Teams keys", True, f"{len(keys)} of Microsoft's keys were read.")


def _people(reading: Reading) -> Iterator[Check]:
    """People who are in Teams by the organisation file, and have not been met there."""
    known = [p for p in reading.directory.people.values() if PLATFORM in p.identities]
    unmet = [p.name for p in known if not _has(reading, p.key, "conversation")]
    if not known:
        yield Check(
            "Teams people",
            False,
            "Nobody in the organisation file has a Teams id, so everybody is a viewer.",
            "Give each person `teams:`, their object id in the directory.",
        )
    elif unmet:
        yield Check(
            "Teams people",
            False,
            f"Not met in Teams yet: {', '.join(unmet)}.",
            "They open Duly in Teams, or an administrator installs it for them.",
        )
    else:
        yield Check("Teams people", True, f"All {len(known)} were met in Teams.")


def _channels(reading: Reading) -> Iterator[Check]:
    for board in reading.directory.boards.values():
        if not board.channel:
            continue
        key = f"#{board.channel.lstrip('#')}"
        if destination(reading, "slack", key) is not None:
            continue
        if _has(reading, key, "channel"):
            yield Check("Teams channel", True, f"{key} of the {board.name} was met.")
        else:
            yield Check(
                "Teams channel",
                False,
                f"{key} of the {board.name} was not met in Teams.",
                "Add Duly to the team that has a channel of that name.",
            )


def _has(reading: Reading, key: str, name: str) -> bool:
    row = destination(reading, PLATFORM, key)
    return row is not None and bool(row.address.get(name))
