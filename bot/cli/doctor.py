"""`duly doctor`: checks of the configuration, each failure with its cure."""

from __future__ import annotations

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_json, say


def doctor(db: Db = None, at: At = None, json: Json = False) -> int:
    """Say what is missing, a line each with its cure. Exit status 1 when something is."""
    from bot.doctor.examine import examine
    from bot.platforms import load_platforms
    from bot.settings import load_settings

    settings, platforms = load_settings(), load_platforms()
    with opened(db, at) as store:
        checks = examine(store, settings, platforms)
    ok = all(check.ok for check in checks)
    if json:
        from bot.cli.shapes import DoctorOutput

        print_json(DoctorOutput(ok, checks))
    else:
        for check in checks:
            state = "ok   " if check.ok else "WRONG"
            say(f"{state}  {check.name}: {check.text} {check.cure}".rstrip())
    return 0 if ok else 1
