"""`duly run` and `duly doctor`: on the configured platforms, and what is missing for it."""

from __future__ import annotations

import gc
import sys

import typer

from bot.cli.options import At, Db
from bot.cli.printing import say


def register(app: typer.Typer) -> None:
    app.command()(run)


def run(db: Db = None, at: At = None) -> None:
    """Run the configured platforms: answer, remind, until Ctrl-C."""
    from bot.logs import log_to_standard_error
    from bot.settings import load_settings, load_slack_settings
    from governance.errors import BadConfiguration

    settings, slack = load_settings(), load_slack_settings()
    # Before anything is imported or opened: nothing is to happen where nothing is configured.
    missing = slack.missing()
    if missing is not None:
        raise BadConfiguration(missing)
    log_to_standard_error()
    gc.enable()  # this one stays
    from bot.run import serve

    serve(settings, slack, url=db, at=at, say=_tell)


def _tell(line: str) -> None:
    """At once, also where the output is a file: somebody waits for the address."""
    say(line)
    sys.stdout.flush()
