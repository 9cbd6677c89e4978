"""`duly ledger`: the state of each reminder and message, and the retry of failed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from governance.directory import Directory
    from scheduler.operations import Entry

LIMIT = 50
Failed = Annotated[
    bool, typer.Option("--failed", help="Only what failed or waits for a cure, failed first.")
]


app = typer.Typer(name="ledger", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def ledger(
    context: typer.Context,
    failed: Failed = False,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="Only these; it may be given several times."),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--for", metavar="WHO", help="One person, or one #channel.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many at most; 0 for all.")] = LIMIT,
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Show what is planned, on its way, held, skipped, failed, and lately sent, and why."""
    if context.invoked_subcommand is not None:
        context.obj = (db, at)
        return
    from scheduler.operations import STATES, entries

    for name in state or ():
        if name not in STATES:
            raise typer.BadParameter(
                f"{name!r} is none of {', '.join(STATES)}.", param_hint="--state"
            )
    with opened(db, at) as store, store.read() as reading:
        shown = entries(reading, states=state or (), to=to, failed=failed, limit=limit)
        directory = reading.directory
    if json:
        print_json(shown)
        return
    if not shown.entries:
        none = "The ledger has nothing of that; what is sent or skipped is shown for a week."
        say("Nothing failed, and nothing is held." if failed else none)
        return
    print_table(
        ("No", "State", "Due", "What", "To", "Tries", "Reason", "Next try"),
        [_cells(entry, directory) for entry in shown.entries],
    )
    if shown.left_out:
        which = "more" if failed else "earlier"
        say(f"{shown.left_out} {which} not shown; --limit 0 shows all.")


def _cells(entry: Entry, directory: Directory) -> tuple[str, ...]:
    from governance.dates import say_moment

    zone = directory.zone
    state = entry.state
    if entry.sent is not None:
        state = f"sent {say_moment(entry.sent, zone)}"
    if entry.repeat:
        state += ", perhaps twice"
    return (
        entry.number,
        state,
        say_moment(entry.due, zone),
        entry.what,
        directory.person_name(entry.person) if entry.person else entry.to,
        str(entry.attempts) if entry.attempts else "",
        entry.reason or "",
        say_moment(entry.next_attempt, zone) if entry.next_attempt else "",
    )


@app.command()
def retry(
    context: typer.Context,
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="N", help="As duly ledger gives them.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="All that failed.")] = False,
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> int:
    """Let the next tick try again what failed or is held."""
    if bool(numbers) == failed:
        raise typer.BadParameter("give the numbers to try again, or --failed for all of them.")
    group_db, group_at = context.obj or (None, None)
    from db.store import Actor
    from scheduler.operations import failed as all_failed
    from scheduler.operations import retry as retry_entries

    with (
        opened(db or group_db, at or group_at) as store,
        store.write(Actor("local", "cli")) as writing,
    ):
        retried = retry_entries(writing, numbers or all_failed(writing))
    ok = all(entry.ok for entry in retried)
    if json:
        from bot.cli.shapes import RetryOutput

        print_json(RetryOutput(ok, retried))
    else:
        for entry in retried:
            say(f"{entry.number}: {entry.text}")
        if not retried:
            say("Nothing failed.")
    return 0 if ok else 1
