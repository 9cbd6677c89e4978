"""One pass of the scheduler: plan, gather, deliver."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from db import tables as t
from db.ledger import reminders
from db.queries.lookup import by_ids
from db.store import Reading, Store, Writing
from governance.dates import say_moment
from scheduler import claims
from scheduler.claims import CLAIM
from scheduler.delivery import Delivery
from scheduler.editing import edited
from scheduler.gather import Gathered, gather
from scheduler.model import Courier, Couriers, Delivered, Skipped, TickReport, each
from scheduler.outcome import settle_printed
from scheduler.planner import plan
from scheduler.reconcile import reconcile
from scheduler.recovery import hold_forgotten, look_back
from scheduler.rounds import ACTOR
from scheduler.views import of_ledger, order
from scheduler.waiting import release

LAST_TICK = "last_tick"
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
            settle_printed(writing, gathered.messages, sent=printed)
            report.messages = _delivered(writing, [m.id for m in gathered.messages])
            report.held = 0 if printed else len(gathered.messages)
            return report
    delivery = Delivery(store, through, claim, stopping or threading.Event())
    ids = delivery.posted(gathered.letters)
    edited(store, through, claim, delivery.stopping)
    with store.read() as reading:
        report.messages = _delivered(reading, ids)
        report.waiting = len(reading.all(claims.waiting(reading.key, *claims.OPEN)))
    return report


def _gathered(writing: Writing, couriers: Sequence[Courier]) -> Gathered:
    """Everything due is in the ledger, and what may go now is in messages."""
    plan(writing)
    needless: list[t.Reminder] = []
    if couriers:
        claims.cut(writing)
        needless += release(writing, couriers)
        hold_forgotten(writing)
    needless += reconcile(writing)
    found = gather(writing)
    found.skipped = [*needless, *found.skipped]
    return found


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
    messages = {m.id: m for m in reminders.messages_with(reading, wanted)}
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
        for message in (messages[id] for id in wanted)
    ]
