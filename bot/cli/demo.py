"""`duly demo`: the local page on a demonstration store."""

from __future__ import annotations

import gc
import sys

import typer

from bot.cli.options import At, Db
from bot.cli.output import say


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(db: Db = None, at: At = None) -> None:
    """Serve the page, with a choice of persona and a clock to move."""
    from bot.demo import DEMO_URL, serve
    from bot.logs import log_to_standard_error
    from bot.settings import load_settings

    settings = load_settings()
    log_to_standard_error()
    gc.enable()  # this one stays
    serve(
        db or DEMO_URL,
        at=at,
        host=settings.host,
        port=settings.port,
        tick_seconds=settings.tick_seconds,
        say=_tell,
    )


def _tell(line: str) -> None:
    """At once, also where the output is a file: somebody waits for the address."""
    say(line)
    sys.stdout.flush()
