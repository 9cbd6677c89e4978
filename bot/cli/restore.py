"""`duly restore`: a store made from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db
from bot.cli.output import counted, say

if TYPE_CHECKING:
    from db.store import Store

TO_LOAD = (
    "restored with pg_restore or psql, into an empty database, and then with duly restore --loaded"
)


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A backup.")] = None,
    db: Db = None,
    at: At = None,
    loaded: Annotated[
        bool,
        typer.Option(
            "--loaded", help="The copy is in its place already, by pg_restore for example."
        ),
    ] = False,
    unverified: Annotated[
        bool,
        typer.Option("--unverified", help="Also a store whose history does not verify."),
    ] = False,
) -> None:
    """Make a store from a backup, where there is none. What went out since is not sent again."""
    from bot.pretended_clock import clock_at
    from bot.settings import load_settings
    from db.backup import file_of, take_over
    from db.backup import restore as restore_file
    from governance.dates import say_moment

    settings = load_settings()
    if loaded == (file is not None):
        raise typer.BadParameter("Name a backup, or say --loaded.")
    if file is None:
        with opened(db, at) as store:
            restored = take_over(
                store, store.backend.name, "the copy", _doubt, unverified=unverified
            )
    else:
        restored = restore_file(
            file,
            file_of(db or settings.database_url, TO_LOAD),
            clock=clock_at(at),
            audit_key=settings.audit_bytes,
            doubt=_doubt,
            unverified=unverified,
        )
    with opened(db, at) as store, store.read() as reading:
        zone = reading.directory.zone
    taken = f", taken {say_moment(restored.taken, zone)}" if restored.taken is not None else ""
    count = counted(restored.recommendations, "recommendation")
    say(f"{restored.place} restored from {file or 'the copy there'}{taken}: {count}.")
    for key, audit in restored.audits.items():
        of = "" if len(restored.audits) == 1 else f"{key}: "
        state = "as they were written" if audit.ok else "NOT verified"
        say(
            f"{of}{counted(audit.changes, 'change')} of the history, {state}. "
            f"The latest is {audit.head}."
        )
        for problem in audit.problems:
            say(f"  {problem}")
    if restored.in_doubt:
        say(f"{counted(restored.in_doubt, 'reminder')} waited to be sent then.")
    say(
        "What may have gone out since it was taken is looked for on the platform before it is "
        "sent, or marked as a possible repeat where nobody can look."
    )


def _doubt(store: Store) -> int:
    """Mark what may have gone out since the backup; gives how many reminders that is."""
    from db.directory_cache import invalidation_mark
    from db.store import Actor
    from scheduler.recovery import mark_restored

    with store.write(Actor("local", "cli")) as writing:
        count = mark_restored(writing)
        # A process that had the store open here before may still cache its directory.
        writing.session.merge(invalidation_mark(writing.key))
        writing.note("restore", "organisation", note="The store was restored from a backup.")
    return count
