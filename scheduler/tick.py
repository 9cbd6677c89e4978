"""The tick, one pass of the scheduler: recover, plan, reconcile, gather, deliver."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from db import tables as t
from db.ledger import messages
from db.store import Store, Writing
from governance.dates import say_moment
from scheduler.courier import Courier, Couriers, each, route
from scheduler.delivery import DeliveryWorker
from scheduler.gather import Gathered, gather, gather_anew
from scheduler.group_commit import ACTOR
from scheduler.outbox import CLAIM, shorten_claims
from scheduler.planner import plan
from scheduler.reconcile import reconcile
from scheduler.recovery import hold_forgotten, look_back
from scheduler.report import TickReport, delivered_in, skipped_in

LAST_TICK = "last_tick"
NO_PLATFORM = "no platform"
SET_BACK = "set_back"
"""The mark with the last tick's moment when it was told that the clock had been set back."""
SKEW = timedelta(seconds=5)
"""Tolerated difference between the clocks of two processes."""
PRINTED = ("pretended", "demonstration")
"""Stores that never reach a platform: what the caller prints is the delivery."""

log = logging.getLogger(__name__)


def tick(
    store: Store,
    couriers: Couriers = None,
    *,
    claim: timedelta = CLAIM,
    stopping: threading.Event | None = None,
) -> TickReport:
    """One pass at the store's field time. Without a courier the report itself is the delivery in
    a pretended or demonstration store; elsewhere the rows are held with the reason "no platform".

    A message goes out through the first courier that reaches its reader, under a claim that lasts
    `claim`; once `stopping` is set, no further post is begun. A tick earlier than the last one
    plans nothing: at a pretended moment it says so and ends there; where the machine's clock was
    set back (or this is one of two whose clocks differ) it says so in the log and delivers.
    """
    through = each(couriers)
    look_back(store, through)
    with store.write(ACTOR) as writing:
        earlier = _later_tick(writing)
        if earlier is not None and store.clock.pretended:
            last = say_moment(earlier, writing.directory.zone)
            return TickReport(
                note=f"Nothing was planned: the last tick was later, on {last}. "
                "Tick at that moment or after it."
            )
        if earlier is not None:
            _tell_set_back(writing, earlier)
        gathered = _gathered(writing, through)
        writing.set_mark(LAST_TICK, (earlier or writing.now).isoformat())
        report = TickReport(skipped=skipped_in(writing, gathered.skipped))
        if not through:
            printed = store.clock.pretended or writing.mark("kind") in PRINTED
            _settle_printed(writing, gathered.messages, sent=printed)
            report.messages = delivered_in(writing, [m.id for m in gathered.messages])
            report.held = 0 if printed else len(gathered.messages)
            return report
    ids = DeliveryWorker(store, through, claim, stopping, gathered.letters).run()
    with store.read() as reading:
        report.messages = delivered_in(reading, ids)
        report.waiting = messages.backlog(reading)
    return report


def _gathered(writing: Writing, couriers: Sequence[Courier]) -> Gathered:
    """Plan what is due, reconcile, and gather what may be sent now into messages."""
    plan(writing)
    needless: list[t.Reminder] = []
    if couriers:
        shorten_claims(writing)
        needless += release_held(writing, couriers)
        hold_forgotten(writing)
    needless += reconcile(writing)
    gathered = gather(writing)
    gathered.skipped = [*needless, *gathered.skipped]
    return gathered


def release_held(writing: Writing, couriers: Sequence[Courier]) -> list[t.Reminder]:
    """Let messages that were held be gathered anew once a courier reaches their reader.

    Gives the reminders that are skipped instead, since a later one of them says more.
    """
    held = messages.held(writing)
    reached = [m for m in held if route(writing, couriers, m.destination) is not None]
    return gather_anew(writing, reached) if reached else []


def _settle_printed(writing: Writing, gathered: Sequence[t.Message], *, sent: bool) -> None:
    """Where printing is the delivery the messages are sent; else they wait for a platform."""
    ids = [m.id for m in gathered if m.id is not None]
    if sent:
        now = writing.now
        messages.settle(writing, ids, state="sent", attempts=1, platform="printed", sent_at=now)
    else:
        messages.settle(writing, ids, state="held", reason=NO_PLATFORM)


def _later_tick(writing: Writing) -> datetime | None:
    """The last tick's moment when it lies after now."""
    mark = writing.mark(LAST_TICK)
    last = datetime.fromisoformat(mark) if mark else None
    return last if last is not None and last > writing.now else None


def _tell_set_back(writing: Writing, earlier: datetime) -> None:
    """Say once in the log that the clock was set back: what fell due up to then is planned."""
    by = earlier - writing.now
    if by <= SKEW or writing.mark(SET_BACK) == earlier.isoformat():
        return
    writing.set_mark(SET_BACK, earlier.isoformat())
    log.warning(
        "the clock was set back; what was planned stays, and nothing is planned twice",
        extra={"seconds": round(by.total_seconds()), "last_tick": earlier.isoformat()},
    )
