"""`duly run` and `duly doctor`: on the configured platforms, and what is missing for it."""

from __future__ import annotations

import gc
import sys

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_shape, say


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(doctor)


def run(db: Db = None, at: At = None) -> None:
    """Run the configured platforms: answer, remind, until Ctrl-C."""
    from bot.logs import log_to_standard_error
    from bot.settings import load_settings, load_slack_settings, load_teams_settings, missing
    from governance.errors import BadConfiguration

    settings, slack, teams = load_settings(), load_slack_settings(), load_teams_settings()
    # Before anything is imported or opened: nothing is to happen where nothing is configured.
    lacking = missing(slack, teams)
    if lacking is not None:
        raise BadConfiguration(lacking)
    log_to_standard_error()
    gc.enable()  # this one stays
    from bot.run import serve

    serve(settings, slack, teams, url=db, at=at, say=_tell)


def doctor(db: Db = None, at: At = None, json: Json = False) -> int:
    """Say what is missing, a line each with its cure. Exit status 1 when something is."""
    from bot.doctor.examine import examine
    from bot.settings import load_settings, load_slack_settings, load_teams_settings

    settings, slack, teams = load_settings(), load_slack_settings(), load_teams_settings()
    with opened(db, at) as store:
        checks = examine(store, settings, slack, teams)
    ok = all(check.ok for check in checks)
    if json:
        from bot.shapes import Doctor

        print_shape(Doctor.model_validate({"ok": ok, "checks": checks}))
    else:
        for check in checks:
            state = "ok   " if check.ok else "WRONG"
            say(f"{state}  {check.name}: {check.text} {check.cure}".rstrip())
    return 0 if ok else 1


def _tell(line: str) -> None:
    """At once, also where the output is a file: somebody waits for the address."""
    say(line)
    sys.stdout.flush()
