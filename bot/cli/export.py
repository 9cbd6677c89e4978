"""`duly export`: everything the store holds, as JSON or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db
from bot.cli.output import complain, print_verbatim
from db.private_file import opener
from documents.writers import FORMATS, write_export
from governance.errors import DulyError


def export(
    format: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="What to write.")
    ] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
    db: Db = None,
    at: At = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write everything the store holds, as JSON or CSV."""
    if format not in FORMATS:
        raise typer.BadParameter(f"{format!r} is none of {', '.join(FORMATS)}.")
    if json and format != "json":
        raise typer.BadParameter(f"--json and --format {format} contradict each other.")
    with opened(db, at) as store, store.read() as reading:
        from db.queries.exports import export as read_all

        content = read_all(reading)
    text = write_export(content, format)
    if output is None:
        print_verbatim(text)
        return
    try:
        with open(output, "w", encoding="utf-8", newline="", opener=opener) as file:
            file.write(text)
    except OSError as error:
        raise DulyError(f"{output} cannot be written: {error.strerror}.") from None
    complain(f"{len(content.recommendations)} recommendations written to {output}.")
