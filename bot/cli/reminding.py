"""`duly tick` and `duly forecast`: what is due, and what will be."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json, read_day
from bot.cli.output import print_shape, print_table, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from governance.directory import Directory
    from scheduler.model import RowView, TickReport


def register(app: typer.Typer) -> None:
    app.command()(tick)
    app.command()(forecast)


def tick(db: Db = None, at: At = None, json: Json = False) -> None:
    """Plan and deliver what is due now, once."""
    with opened(db, at) as store:
        from scheduler.tick import tick as pass_once

        report = pass_once(store, None)
    if json:
        from bot.shapes import Tick

        print_shape(Tick.model_validate(report))
    else:
        _print_tick(report)


def _print_tick(report: TickReport) -> None:
    if report.note:
        say(report.note)
    elif not report.messages and not report.skipped:
        say("Nothing is due.")
    for message in report.messages:
        say(f"To {message.to}:")
        say(f"{message.text}\n")
    if report.held:
        say("Held, and not sent: no platform is configured.")
    for skipped in report.skipped:
        row = skipped.reminder
        say(f"Skipped for {row.person or row.to}: {row.why} ({skipped.reason})")


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
        from scheduler.forecast import forecast as walk

        rows = walk(reading, start, end)
        directory = reading.directory
    if json:
        from bot.shapes import Forecast, ReminderShape

        print_shape(Forecast(reminders=[ReminderShape.model_validate(row) for row in rows]))
    elif rows:
        print_table(
            ("When", "Rule", "About", "To", "Days", "Why"),
            [_line(row, directory, directory.zone) for row in rows],
        )
    else:
        say("No reminders in that time.")


def _line(row: RowView, directory: Directory, zone: ZoneInfo) -> tuple[str, ...]:
    from governance.dates import say_moment

    named = " ".join(f"#{part}" if part == row.ref else part for part in _about(row))
    to = directory.person_name(row.person) if row.person else row.to
    return (
        say_moment(datetime.fromisoformat(row.at), zone),
        row.rule.replace("_", " "),
        named,
        to,
        "" if row.days is None else str(row.days),
        row.why,
    )


def _about(row: RowView) -> list[str]:
    return [part for part in (row.ref, row.recommendation, row.board) if part]
