"""Settings: the environment, the `.env` file, and the example that documents them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import Settings, load_settings
from bot.slack.settings import SlackSettings
from bot.teams.settings import TeamsSettings

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
