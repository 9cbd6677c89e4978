"""`duly backup` and `duly restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db
from bot.cli.output import say

if TYPE_CHECKING:
    from db.store import Store

TO_DUMP = "backed up with pg_dump, which is consistent while Duly runs"
TO_LOAD = (
    "restored with pg_restore or psql, into an empty database, and then with duly restore --loaded"
)


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must be new.")],
    db: Db = None,
    at: At = None,
) -> None:
    """Copy the store to a file, whole and checked, while Duly goes on."""
    from bot.settings import load_settings
    from db.backup import back_up, file_of

    place = file_of(db or load_settings().database_url, TO_DUMP)
    with opened(db, at) as store:
        done = back_up(store, place, file)
    said = _count(done.recommendations, "recommendation")
    say(
        f"{done.file} written and checked: {said}, {_count(done.changes, 'change')} of the "
        f"history, {done.size:,} bytes."
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
    from bot.cli.context import clock_at
    from bot.settings import load_settings
    from db.backup import file_of, take_over
    from db.backup import restore as put_back
    from governance.dates import say_moment

    settings = load_settings()
    if loaded == (file is not None):
        raise typer.BadParameter("Name a backup, or say --loaded.")
    if file is None:
        with opened(db, at) as store:
            place = store.backend.name
            done = take_over(store, place, "the copy", _doubt, unverified=unverified)
    else:
        done = put_back(
            file,
            file_of(db or settings.database_url, TO_LOAD),
            clock=clock_at(at),
            audit_key=settings.audit_bytes,
            doubt=_doubt,
            unverified=unverified,
        )
    with opened(db, at) as store, store.read() as reading:
        zone = reading.directory.zone
    taken = f", taken {say_moment(done.taken, zone)}" if done.taken is not None else ""
    said = _count(done.recommendations, "recommendation")
    say(f"{done.place} restored from {file or 'the copy there'}{taken}: {said}.")
    for key, one in done.audits.items():
        of = "" if len(done.audits) == 1 else f"{key}: "
        state = "as they were written" if one.ok else "NOT verified"
        say(
            f"{of}{_count(one.changes, 'change')} of the history, {state}. "
            f"The latest is {one.head}."
        )
        for problem in one.problems:
            say(f"  {problem}")
    if done.in_doubt:
        say(f"{_count(done.in_doubt, 'reminder')} waited to be sent then.")
    say(
        "What may have gone out since it was taken is looked for on the platform before it is "
        "sent, or marked as a possible repeat where nobody can look."
    )


def _doubt(store: Store) -> int:
    from db.directory_cache import invalidation_mark
    from db.store import Actor
    from scheduler.recovery import doubt

    with store.write(Actor("local", "cli")) as writing:
        found = doubt(writing)
        # what stood at this place before may be remembered by whoever had it open
        writing.session.merge(invalidation_mark(writing.key))
        writing.note("restore", "organisation", note="The store was restored from a backup.")
    return found


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
