"""One pass of the scheduler: plan, gather, deliver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import col

from db import tables as t
from db.store import Reading, Store, Writing
from governance.dates import say_moment
from scheduler.delivery import ACTOR, deliver, settle_printed
from scheduler.gather import gather
from scheduler.model import Courier, Delivered, Skipped, TickReport
from scheduler.planner import plan
from scheduler.views import of_ledger, recommendations

LAST_TICK = "last_tick"
PRINTED = ("pretended", "demonstration")
"""Stores that never reach a platform: what the caller prints is the delivery."""


def tick(store: Store, courier: Courier | None = None) -> TickReport:
    """One pass at the store's field time. Without a courier the report itself is the delivery in
    a pretended or demonstration store; elsewhere the rows are held with the reason "no platform".

    A tick earlier than the last one plans nothing and says so.
    """
    with store.write(ACTOR) as writing:
        earlier = _later_tick(writing)
        if earlier is not None:
            said = say_moment(earlier, writing.directory.zone)
            return TickReport(
                note=f"Nothing was planned: the last tick was later, on {said}. "
                "Tick at that moment or after it."
            )
        plan(writing)
        messages, skipped = gather(writing)
        writing.set_mark(LAST_TICK, writing.now.isoformat())
        report = TickReport(skipped=_skipped(writing, skipped))
        if courier is None:
            printed = store.clock.pretended or writing.mark("kind") in PRINTED
            settle_printed(writing, messages, sent=printed)
            report.messages = _delivered(writing, [m.id for m in messages])
            report.held = 0 if printed else len(messages)
            return report
    ids = deliver(store, courier)
    with store.read() as reading:
        report.messages = _delivered(reading, ids)
    return report


def _later_tick(writing: Writing) -> datetime | None:
    """The last tick's moment when it lies after now."""
    said = writing.mark(LAST_TICK)
    last = datetime.fromisoformat(said) if said else None
    return last if last is not None and last > writing.now else None


def _skipped(reading: Reading, rows: Sequence[t.Reminder]) -> list[Skipped]:
    about = recommendations(reading, (r.recommendation_id for r in rows if r.recommendation_id))
    views = of_ledger(rows, about, reading.directory.zone)
    return [Skipped(view, str(row.reason)) for view, row in zip(views, rows, strict=True)]


def _delivered(reading: Reading, ids: Iterable[int | None]) -> list[Delivered]:
    found: list[Delivered] = []
    for id in ids:
        message = reading.first(reading.select(t.Message).where(t.Message.id == id))
        asked = reading.select(t.Reminder).where(t.Reminder.message_id == id)
        rows = reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
        about = recommendations(reading, (r.recommendation_id for r in rows if r.recommendation_id))
        assert message is not None
        found.append(
            Delivered(
                to=message.destination,
                person=message.person,
                text=message.text,
                reminders=tuple(of_ledger(rows, about, reading.directory.zone)),
            )
        )
    return found
