"""`duly demo`: the local page on a demonstration store."""

from __future__ import annotations

import gc
from typing import Annotated

import typer

from bot.cli.options import At, Db
from bot.cli.output import say_at_once

Anyone = Annotated[
    bool, typer.Option("--anyone", help="Also where others can reach it: the page has no login.")
]


def demo(db: Db = None, at: At = None, anyone: Anyone = False) -> None:
    """Serve the page, with a choice of persona and a clock to move."""
    from bot.demo import DEMO_URL, serve
    from bot.logs import log_to_standard_error
    from bot.settings import load_settings

    settings = load_settings()
    log_to_standard_error()
    gc.enable()  # off since `main`, which is right only for a command that ends
    serve(
        db or DEMO_URL,
        at=at,
        host=settings.host,
        port=settings.port,
        tick_seconds=settings.tick_seconds,
        anyone=anyone,
        say=say_at_once,
    )
