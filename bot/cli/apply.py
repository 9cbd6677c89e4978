"""`duly apply`: the organisation file, applied to the store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_json, say
from governance.errors import DulyError


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The organisation file.")],
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Apply an organisation file: posts, people, boards, owners. Sends nobody a message."""
    from db.backend import BATCH_SECONDS
    from db.store import Actor
    from documents.organisation import read_organisation
    from scheduler.applying import apply_from_now

    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DulyError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise DulyError(f"{file} is not a text file in UTF-8.") from None
    organisation = read_organisation(text, str(file))
    with opened(db, at) as store:
        store.busy_timeout = BATCH_SECONDS
        with store.write(Actor("apply", "cli")) as writing:
            outcome = apply_from_now(writing, organisation)
    if json:
        from bot.cli.shapes import ApplyOutput

        print_json(ApplyOutput(outcome.changes, outcome.warnings))
        return
    for change in outcome.changes or ["Nothing to change."]:
        say(change)
    for warning in outcome.warnings:
        say(f"Warning: {warning}")
