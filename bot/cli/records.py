"""`duly import` and `duly export`: records in, papers out."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import complain, print_shape, print_table, print_verbatim, say
from documents.writers import FORMATS, write_export
from governance.errors import DulyError

if TYPE_CHECKING:
    from db.importing.records import ImportOutcome
    from db.store import Store

PATIENCE = 0.5
"""Seconds before an import is long enough for a progress bar."""


def register(app: typer.Typer) -> None:
    app.command("import")(import_files)
    app.command("export")(export_store)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Response records.")],
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> int:
    """Import response records. Importing one again changes only what differs in it."""
    with opened(db, at) as store, closing(_with_progress(files)) as each:
        store.prepare()
        outcomes = [done for file in each if (done := _import_one(store, file)) is not None]
    if json:
        from bot.shapes import FileShape, Import

        print_shape(Import(files=[FileShape.model_validate(done) for done in outcomes]))
    elif outcomes:
        _print_report(outcomes)
    return 0 if outcomes else 1


def _import_one(store: Store, file: Path) -> ImportOutcome | None:
    """Import one file in one transaction; None, and one line, when it cannot be read."""
    from db.backend import BATCH_SECONDS
    from db.importing.records import import_record
    from db.store import Actor
    from documents.readers import NotUnderstood, read_document

    try:
        record = read_document(file.name, file.read_bytes())
    except OSError as error:
        complain(f"{file} cannot be read: {error.strerror}.")
        return None
    except NotUnderstood as error:
        complain(error.sentence.replace(file.name, str(file), 1))
        return None
    store.busy_timeout = BATCH_SECONDS
    with store.write(Actor("import", "cli")) as writing:
        return import_record(writing, record, str(file))


def _print_report(outcomes: list[ImportOutcome]) -> None:
    print_table(
        ("File", "Report", "Force", "Added", "Changed", "Unchanged", "Warnings"),
        [
            (
                Path(done.file).name,
                done.report or "not named",
                done.force or "not named",
                str(done.added),
                str(done.changed),
                str(done.unchanged),
                str(len(done.warnings)),
            )
            for done in outcomes
        ],
    )
    for done in outcomes:
        for warning in done.warnings:
            place = f"{done.file}:{warning.line}" if warning.line else done.file
            say(f"{place}: {warning.text}")


def _with_progress(files: list[Path]) -> Generator[Path, None, None]:
    """The files one after another, with a bar on standard error once it has taken a while."""
    import sys

    if not sys.stderr.isatty():
        yield from files
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("Importing", total=len(files))
    begun = time.monotonic()
    try:
        for done, file in enumerate(files):
            if time.monotonic() - begun > PATIENCE:
                bar.start()
            bar.update(task, completed=done, description=file.name)
            yield file
    finally:
        bar.stop()


def export_store(
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
        from db.queries.exports import export

        told = export(reading)
    text = write_export(told, format)
    if output is None:
        print_verbatim(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise DulyError(f"{output} cannot be written: {error.strerror}.") from None
    complain(f"{len(told.recommendations)} recommendations written to {output}.")
