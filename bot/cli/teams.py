"""`duly teams`: the app package for Teams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import At, command_group
from bot.cli.output import say
from governance.errors import BadConfiguration

OUTPUT = Path("duly-teams.zip")


app = command_group("teams", "Microsoft Teams.")


@app.command()
def package(
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the package is written.")
    ] = OUTPUT,
    _at: At = None,
) -> None:
    """Write the app package that an administrator uploads to Teams."""
    from bot.settings import load, load_settings
    from bot.teams.package import package as build_package
    from bot.teams.settings import TeamsSettings

    settings, teams = load_settings(), load(TeamsSettings)
    content = build_package(teams.client_id, settings.public_url)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise BadConfiguration(f"{output} cannot be written: {error.strerror}.") from error
    say(f"{output} is ready: upload it in the Teams admin center (docs/teams.md).")
