"""An answer waits for every import, so it imports only what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Duly

ROOT = Path(__file__).parents[2]
NOT_FOR_AN_ANSWER = {
    "aiohttp",
    "alembic",
    "apscheduler",
    "bot.cli.shapes",
    "bot.doctor",
    "bot.run",
    "bot.slack",
    "bot.teams",
    "bot.web",
    "documents.organisation",
    "documents.readers",
    "fastapi",
    "governance.deadlines",
    "jinja2",
    "microsoft_teams",
    "rich",
    "ruamel",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy.dialects.postgresql",
    "structlog",
    "uvicorn",
}


@pytest.mark.parametrize("text", ["/rec 24087", "help", "list"])
def test_an_answer_from_a_store_that_is_there_imports_only_what_it_needs(
    duly: Duly, folder: Path, text: str
) -> None:
    duly("db", "upgrade")
    program = (
        "import sys; from bot.cli import invoke; invoke(sys.argv[1:]); print('|'.join(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "say", text],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    imported = set(ran.stdout.splitlines()[-1].split("|"))
    assert "commands.router" in imported
    assert imported & NOT_FOR_AN_ANSWER == set()
