"""`duly forecast`: the reminders of a range of days."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json, read_day
from bot.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from governance.directory import Directory
    from scheduler.report import RowView


def forecast(
    start: Annotated[
        date, typer.Option("--from", metavar="DATE", parser=read_day, help="The first day.")
    ],
    end: Annotated[
        date, typer.Option("--to", metavar="DATE", parser=read_day, help="The last day, included.")
    ],
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Say which reminders will be sent, to whom and why. Writes nothing."""
    if end < start:
        raise typer.BadParameter(f"{end} is before {start}.", param_hint="--to")
    with opened(db, at) as store, store.read() as reading:
        from scheduler.forecast import forecast as compute

        rows = compute(reading, start, end)
        directory = reading.directory
    if json:
        from bot.cli.shapes import ForecastOutput

        print_json(ForecastOutput(rows))
    elif rows:
        print_table(
            ("When", "Rule", "About", "To", "Days", "Why"), [_cells(row, directory) for row in rows]
        )
    else:
        say("No reminders in that time.")


def _cells(row: RowView, directory: Directory) -> tuple[str, ...]:
    from governance.dates import say_moment

    ref = f"#{row.ref}" if row.ref else None
    return (
        say_moment(datetime.fromisoformat(row.at), directory.zone),
        row.rule.replace("_", " "),
        " ".join(part for part in (ref, row.recommendation, row.board) if part),
        directory.person_name(row.person) if row.person else row.to,
        "" if row.days is None else str(row.days),
        row.why,
    )
