"""The tick on a timer (APScheduler), and ticks along a pretended clock that is moved forward."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from db.clock import PretendedClock
from db.ledger.schedules import next_due
from db.store import Store
from governance.errors import DulyError, RuleError
from scheduler.courier import Couriers
from scheduler.report import TickReport
from scheduler.tick import tick

SILENT_TICKS = 4
"""Intervals without a tick after which the process is not ready."""
LEAST_SILENCE = timedelta(seconds=10)

log = logging.getLogger("duly.ticking")


class IntervalTicker:
    """Timer that ticks every `seconds`; a slow tick is not overtaken, and missed ones become one.

    `ticked` is called after each tick with whether it went well and how many seconds it took.
    """

    def __init__(
        self,
        tick: Callable[[], object],
        seconds: float,
        *,
        ticked: Callable[[bool, float], None] | None = None,
    ) -> None:
        self._tick = tick
        self._seconds = seconds
        self._ticked = ticked
        self._last: datetime | None = None
        self._trouble: str | None = None
        # The scheduler's own messages about each job run say nothing that `reasons` does not.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler: Any = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR)
        self._scheduler.add_job(
            self._run,
            "interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """End after the tick that is in hand."""
        self._scheduler.shutdown(wait=True)

    def reasons(self) -> list[str]:
        """The reasons why ticking is not ready; none when it is."""
        if self._trouble:
            return [self._trouble]
        if self._last is None:
            return ["The scheduler has not ticked yet."]
        silence = datetime.now(UTC) - self._last
        if silence > max(timedelta(seconds=self._seconds * SILENT_TICKS), LEAST_SILENCE):
            return [f"The scheduler has not ticked for {silence.total_seconds():.0f} seconds."]
        return []

    def _run(self) -> None:
        begun, ok = monotonic(), False
        try:
            self._tick()
            self._last, self._trouble, ok = datetime.now(UTC), None, True
        except DulyError as error:
            self._trouble = f"The last tick failed: {error.public}"
            log.warning("tick failed", extra={"reason": error.sentence})
        finally:
            if self._ticked is not None:
                self._ticked(ok, monotonic() - begun)

    def _failed(self, event: JobExecutionEvent) -> None:
        self._trouble = "The last tick failed; the log says why."
        log.error("tick failed", exc_info=event.exception)


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
