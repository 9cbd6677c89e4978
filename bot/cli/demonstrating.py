"""`duly demo`: the local page on a demonstration store."""

from __future__ import annotations

import typer

from bot.cli.options import At, Db


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(db: Db = None, at: At = None) -> None:
    """Serve the page, with a choice of persona and a clock to move."""
