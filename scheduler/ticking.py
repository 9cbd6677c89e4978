"""Moving a pretended clock forward, ticking at every due moment on the way."""

from __future__ import annotations

from datetime import datetime

from db.clock import PretendedClock
from db.store import Store
from governance.errors import RuleError
from scheduler.model import Couriers, TickReport
from scheduler.planner import next_due
from scheduler.tick import tick


def run_to(store: Store, moment: datetime, couriers: Couriers = None) -> list[TickReport]:
    """Let the scheduler run up to `moment`, and leave the clock there.

    Gives the reports of the passes that did something. Raises RuleError for a moment before the
    present one, or when the store's clock is the machine's.
    """
    clock = store.clock
    if not isinstance(clock, PretendedClock):
        raise RuleError("Only a pretended clock can be moved.")
    if moment < clock.now():
        raise RuleError("The clock only moves forward; start again to go back.")
    reports = [tick(store, couriers)]
    while (due := _next(store)) is not None and due <= moment:
        clock.set(max(due, clock.now()))
        reports.append(tick(store, couriers))
    clock.set(moment)
    reports.append(tick(store, couriers))
    return [r for r in reports if r.messages or r.skipped or r.note]


def _next(store: Store) -> datetime | None:
    with store.read() as reading:
        return next_due(reading)
