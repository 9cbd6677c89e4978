"""`duly db`: migration of the store."""

from __future__ import annotations

from bot.cli.context import opened
from bot.cli.options import At, Db, command_group
from bot.cli.output import say

app = command_group("db", "The store.")


@app.command()
def upgrade(db: Db = None, at: At = None) -> None:
    """Bring the store to this version of Duly, or create it."""
    with opened(db, at) as store:
        store.prepare()
        say(f"{store.address} is up to date.")
