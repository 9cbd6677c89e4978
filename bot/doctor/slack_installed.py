"""What `duly doctor` asks of the workspaces in which Duly was installed by OAuth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.doctor.examine import Check
from bot.doctor.slack import TIMEOUT, UNREACHED, log
from bot.settings import Settings, SlackSettings
from bot.slack.channels import PLATFORM
from bot.slack.client import why
from bot.slack.oauth.installations import SOON
from bot.slack.oauth.tokens import NO_KEY, Vault
from db import installations as kept
from db.store import Reading
from db.tables import Installation
from governance.errors import DulyError

NAME = "workspace"


def check_installed(reading: Reading, settings: Settings, slack: SlackSettings) -> list[Check]:
    """Whether Slack still takes the token of each; nothing is refreshed, and nobody hears of it."""
    if not slack.several:
        return []
    if settings.token_key is None:
        return [_unusable(NO_KEY)]
    rows = kept.installations(reading, PLATFORM)
    if not rows:
        return [Check(NAME, True, "Installed nowhere yet; duly slack invite makes a link.")]
    try:
        vault = Vault(settings.token_key)
        return list(_each(rows, vault, slack.api_url, reading.clock.machine()))
    except DulyError as error:
        return [_unusable(error.sentence)]


def _unusable(sentence: str) -> Check:
    """What is wrong with the key, and behind the colon its cure."""
    said, _, cure = sentence.partition(": ")
    return Check(NAME, False, f"{said}.", f"{cure[:1].upper()}{cure[1:]}")


def _each(rows: list[Installation], vault: Vault, api_url: str, now: datetime) -> Iterator[Check]:
    for row in rows:
        if row.token is None:
            said = f"Duly was removed from {row.name}."
            yield Check(NAME, True, f"{said} duly slack invite makes a link to install it again.")
            continue
        if row.expires_at is not None and row.expires_at - now < SOON:
            yield Check(NAME, True, f"{row.name}: its token is renewed when it is next used.")
            continue
        client = WebClient(
            token=vault.opened(row.token), base_url=api_url, timeout=TIMEOUT, logger=log,
            retry_handlers=[],
        )  # fmt: skip
        try:
            client.auth_test()
        except SlackApiError as error:
            yield Check(
                NAME,
                False,
                f"Slack does not take the token of {row.name}: {why(error)}.",
                "Install Duly there again: duly slack invite makes a link.",
            )
        except UNREACHED as error:
            yield Check(
                NAME, False, f"Slack cannot be reached for {row.name}: {why(error)}.",
                "Check the network, the proxy (HTTPS_PROXY), and SLACK_API_URL.",
            )  # fmt: skip
        else:
            yield Check(NAME, True, f"Slack takes the token of {row.name}.")
