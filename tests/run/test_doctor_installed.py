"""`duly doctor` about the workspaces in which Duly was installed by OAuth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from bot.slack.oauth.installation_store import TokenCipher, new_key
from db.store import Actor, Store
from db.tables import Installation
from tests.cli.conftest import Duly, duly, folder
from tests.run.test_doctor import only, slack, store
from tests.slack.fake import FakeSlack, Team

__all__ = ["duly", "folder", "slack", "store"]

KEY = new_key()


def installed(store: Store, key: str, **changes: Any) -> None:
    """Duly in a workspace it was installed in by OAuth."""
    with store.write(Actor("slack", "test")) as writing:
        given = {"team": "T0AWAY", "name": "Office of the PCC", "bot": "U0BOT", **changes}
        token = given.pop("token", "xoxb-away")
        sealed = TokenCipher(SecretStr(key)).encrypt(token) if token else None
        writing.add(
            Installation(
                organisation=writing.key, platform="slack", token=sealed,
                installed_at=writing.now, **given,
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "well", "words"),
    [
        ({}, True, "Slack takes the token of Office of the PCC."),
        ({"token": "xoxb-revoked"}, False, "does not take the token of Office of the PCC"),
        ({"token": None}, True, "Duly was removed from Office of the PCC."),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, True, "renewed when it is next used"),
    ],
)
def test_each_workspace_that_duly_was_installed_in_is_asked(
    duly: Duly,
    store: Store,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    well: bool,
    words: str,
) -> None:
    slack.add_team(Team("T0AWAY", "Office of the PCC", "xoxb-away", "U0BOT"))
    several(monkeypatch)
    installed(store, KEY, **changes)
    ran = duly("doctor")
    assert words in ran.out
    assert (ran.status == 0) is well


def test_tokens_that_another_key_encrypted_are_told(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(monkeypatch)
    assert "Installed nowhere yet" in duly("doctor").out
    installed(store, new_key())
    assert "another DULY_TOKEN_KEY" in only(duly)
    monkeypatch.delenv("DULY_TOKEN_KEY")
    assert "DULY_TOKEN_KEY is not set" in only(duly)


def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings with which Duly can be installed in several workspaces."""
    for name, value in (
        ("SLACK_CLIENT_ID", "1.2"), ("SLACK_CLIENT_SECRET", "secret"), ("DULY_TOKEN_KEY", KEY),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
