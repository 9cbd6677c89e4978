"""`duly run`: the configured platforms and the scheduler, in the foreground."""

from __future__ import annotations

import gc

from bot.cli.options import At, Db
from bot.cli.output import say_at_once


def run(db: Db = None, at: At = None) -> None:
    """Run the configured platforms: answer, remind, until Ctrl-C."""
    from bot.logs import log_to_standard_error
    from bot.platforms import load_platforms, missing
    from bot.settings import load_settings
    from governance.errors import BadConfiguration

    settings, platforms = load_settings(), load_platforms()
    # Before anything is imported or opened: nothing is to happen where nothing is configured.
    lacking = missing(platforms)
    if lacking is not None:
        raise BadConfiguration(lacking)
    log_to_standard_error()
    gc.enable()  # off since `main`, which is right only for a command that ends
    from bot.run import serve

    serve(settings, platforms, url=db, at=at, say=say_at_once)
