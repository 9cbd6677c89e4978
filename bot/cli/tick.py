"""`duly tick`: one pass of the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_json, say

if TYPE_CHECKING:
    from scheduler.report import TickReport


def tick(db: Db = None, at: At = None, json: Json = False) -> None:
    """Plan and deliver what is due now, once."""
    with opened(db, at) as store:
        from scheduler.tick import tick as run_pass

        report = run_pass(store, None)
    if json:
        from bot.cli.shapes import TickOutput

        print_json(TickOutput(report.messages, report.skipped))
    else:
        _print_report(report)


def _print_report(report: TickReport) -> None:
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
