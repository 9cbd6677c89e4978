"""`duly teams`: what Teams needs of Duly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import At
from bot.cli.output import say
from governance.errors import BadConfiguration

OUTPUT = Path("duly-teams.zip")


def register(app: typer.Typer) -> None:
    group = typer.Typer(name="teams", help="Microsoft Teams.", rich_markup_mode=None)
    group.callback()(_group)
    group.command()(package)
    app.add_typer(group)


def _group() -> None:
    """Microsoft Teams."""


def package(
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the package is written.")
    ] = OUTPUT,
    _at: At = None,
) -> None:
    """Write the app package that an administrator uploads to Teams."""
    from bot.settings import load_settings, load_teams_settings
    from bot.teams.package import package as packed

    settings, teams = load_settings(), load_teams_settings()
    content = packed(teams.client_id, settings.public_url)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise BadConfiguration(f"{output} cannot be written: {error.strerror}.") from error
    say(f"{output} is ready: upload it in the Teams admin center (docs/teams.md).")
