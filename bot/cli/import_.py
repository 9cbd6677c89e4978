"""`duly import`: response records, read and imported one file a transaction."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import complain, print_json, print_table, say
from governance.inert import inert

if TYPE_CHECKING:
    from db.importing.records import ImportOutcome
    from db.store import Store

PROGRESS_BAR_AFTER = 0.5
"""Seconds before an import is long enough for a progress bar."""


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Response records.")],
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> int:
    """Import response records. Importing one again changes only what differs in it."""
    with opened(db, at) as store, closing(_with_progress(files)) as each:
        store.prepare()
        outcomes = [outcome for file in each if (outcome := _import_one(store, file)) is not None]
    if json:
        from bot.cli.shapes import ImportOutput

        print_json(ImportOutput(outcomes))
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
                Path(outcome.file).name,
                outcome.report or "not named",
                outcome.force or "not named",
                str(outcome.added),
                str(outcome.changed),
                str(outcome.unchanged),
                str(len(outcome.warnings)),
            )
            for outcome in outcomes
        ],
    )
    for outcome in outcomes:
        for warning in outcome.warnings:
            place = f"{outcome.file}:{warning.line}" if warning.line else outcome.file
            say(f"{place}: {warning.text}")


def _with_progress(files: list[Path]) -> Generator[Path, None, None]:
    """The files one after another, with a bar on standard error once it has taken a while."""
    if not sys.stderr.isatty():
        yield from files
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task("Importing", total=len(files))
    begun = time.monotonic()
    try:
        for count, file in enumerate(files):
            if time.monotonic() - begun > PROGRESS_BAR_AFTER:
                bar.start()
            bar.update(task, completed=count, description=escape(inert(file.name)))
            yield file
    finally:
        bar.stop()
