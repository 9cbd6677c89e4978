"""Settings: the environment, the `.env` file, and the example that documents them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, load, load_settings
from bot.slack.settings import SlackSettings
from bot.teams.settings import TeamsSettings
from governance.errors import BadConfiguration

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")


def test_the_example_names_every_setting_and_its_default() -> None:
    shown = dict(re.findall(r"^((?:DULY|SLACK|TEAMS)_\w+)=(.*)$", EXAMPLE, re.M))
    defaults = {
        f"{kind.model_config['env_prefix']}{name.upper()}": field.default
        for kind in (Settings, SlackSettings, TeamsSettings)
        for name, field in kind.model_fields.items()
    }
    defaults["DULY_LOG"] = "duly.log"
    defaults["TEAMS_DEVELOPMENT"] = None
    assert shown == {n: "" if d is None else str(d) for n, d in defaults.items()}


def test_a_file_in_the_working_folder_is_read_and_the_environment_beats_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("DULY_PORT=9000\nDULY_HOST=::1\nSLACK_BOT_TOKEN=unused\n")
    monkeypatch.setenv("DULY_HOST", "127.0.0.2")
    settings = load_settings()
    assert (settings.port, settings.host) == (9000, "127.0.0.2")


def test_an_empty_variable_is_as_good_as_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_DATABASE_URL", "")
    assert load_settings().database_url == "sqlite:///duly.db"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("DULY_PORT", "eighty", "DULY_PORT is 'eighty', which cannot be used: "),
        ("DULY_HEARTBEAT_URL", "ftp://h/SECRET", "DULY_HEARTBEAT_URL is set, but cannot be used: "),
        ("DULY_PUBLIC_URL", "x://u:SECRET@h", "DULY_PUBLIC_URL is set, but cannot be used: "),
        ("SLACK_API_URL", "http://u:SECRET@slack.example/", "SLACK_API_URL is set, but "),
    ],
)
def test_a_bad_setting_is_named_and_shown_only_where_it_holds_no_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfiguration) as caught:
        load(SlackSettings if name.startswith("SLACK_") else Settings)
    assert caught.value.sentence.startswith(shown)
    assert "SECRET" not in caught.value.sentence
