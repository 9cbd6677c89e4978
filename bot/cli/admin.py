"""`duly admin`: administrators."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, command_group
from bot.cli.output import say

app = command_group("admin", "Administrators.")


@app.command()
def add(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A person's key.")],
    db: Db = None,
    at: At = None,
) -> None:
    """Make somebody an administrator."""
    from db.organisation.people import name_administrator
    from db.store import Actor

    with opened(db, at) as store, store.write(Actor("local", "cli")) as writing:
        new = name_administrator(writing, person)
    say(f"{person} is an administrator." if new else f"{person} is an administrator already.")
