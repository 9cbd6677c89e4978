"""One pass of the scheduler: plan, gather, deliver."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from db import tables as t
from db.ledger import messages, reminders
from db.queries.lookup import by_ids
from db.store import Reading, Store, Writing
from governance.dates import say_moment
from scheduler.courier import Courier, Couriers, each, route
from scheduler.delivery import DeliveryWorker
from scheduler.gather import Gathered, gather, gather_anew
from scheduler.group_commit import ACTOR
from scheduler.outbox import CLAIM, shorten_claims
from scheduler.planner import plan
from scheduler.reconcile import reconcile
from scheduler.recovery import hold_forgotten, look_back
from scheduler.report import Delivered, Skipped, TickReport
from scheduler.views import of_ledger, order

LAST_TICK = "last_tick"
NO_PLATFORM = "no platform"
SET_BACK = "set_back"
"""The mark with the last tick's moment when it was told that the clock had been set back."""
SKEW = timedelta(seconds=5)
"""So far the clocks of two processes may lie apart, and it is nothing to tell."""
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
            said = say_moment(earlier, writing.directory.zone)
            return TickReport(
                note=f"Nothing was planned: the last tick was later, on {said}. "
                "Tick at that moment or after it."
            )
        if earlier is not None:
            _tell_set_back(writing, earlier)
        gathered = _gathered(writing, through)
        writing.set_mark(LAST_TICK, (earlier or writing.now).isoformat())
        report = TickReport(skipped=_skipped(writing, gathered.skipped))
        if not through:
            printed = store.clock.pretended or writing.mark("kind") in PRINTED
            _settle_printed(writing, gathered.messages, sent=printed)
            report.messages = _delivered(writing, [m.id for m in gathered.messages])
            report.held = 0 if printed else len(gathered.messages)
            return report
    ids = DeliveryWorker(store, through, claim, stopping, gathered.letters).run()
    with store.read() as reading:
        report.messages = _delivered(reading, ids)
        report.waiting = messages.backlog(reading)
    return report


def _gathered(writing: Writing, couriers: Sequence[Courier]) -> Gathered:
    """Everything due is in the ledger, and what may go now is in messages."""
    plan(writing)
    needless: list[t.Reminder] = []
    if couriers:
        shorten_claims(writing)
        needless += release_held(writing, couriers)
        hold_forgotten(writing)
    needless += reconcile(writing)
    found = gather(writing)
    found.skipped = [*needless, *found.skipped]
    return found


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
    said = writing.mark(LAST_TICK)
    last = datetime.fromisoformat(said) if said else None
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


def _skipped(reading: Reading, rows: Sequence[t.Reminder]) -> list[Skipped]:
    if not rows:
        return []
    about = by_ids(reading, (r.recommendation_id for r in rows if r.recommendation_id))
    views = of_ledger(rows, about, reading.directory.zone)
    found = [Skipped(view, str(row.reason)) for view, row in zip(views, rows, strict=True)]
    return sorted(found, key=lambda skipped: order(skipped.reminder))


def _delivered(reading: Reading, ids: Iterable[int | None]) -> list[Delivered]:
    """What was sent, in this order, with its reminders."""
    wanted = [id for id in ids if id is not None]
    if not wanted:
        return []
    of_message = {m.id: m for m in reminders.messages_with(reading, wanted)}
    rows: dict[int | None, list[t.Reminder]] = defaultdict(list)
    for row in reminders.in_messages(reading, wanted):
        rows[row.message_id].append(row)
    about = by_ids(
        reading, (r.recommendation_id for g in rows.values() for r in g if r.recommendation_id)
    )
    zone = reading.directory.zone
    return [
        Delivered(
            to=message.destination,
            person=message.person,
            text=message.text,
            reminders=tuple(sorted(of_ledger(rows[message.id], about, zone), key=order)),
        )
        for message in (of_message[id] for id in wanted)
    ]
