"""`duly backup`: a checked copy of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db
from bot.cli.output import counted, say

TO_DUMP = "backed up with pg_dump, which is consistent while Duly runs"


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must be new.")],
    db: Db = None,
    at: At = None,
) -> None:
    """Copy the store to a file, whole and checked, while Duly goes on."""
    from bot.settings import load_settings
    from db.backup import back_up, file_of

    source = file_of(db or load_settings().database_url, TO_DUMP)
    with opened(db, at) as store:
        made = back_up(store, source, file)
    say(
        f"{made.file} written and checked: {counted(made.recommendations, 'recommendation')}, "
        f"{counted(made.changes, 'change')} of the history, {made.size:,} bytes."
    )
