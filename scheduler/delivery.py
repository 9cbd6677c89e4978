"""Delivery: gathered messages go to a face, and the ledger remembers what became of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col

from db import tables as t
from db.store import Actor, Reading, Store, Writing
from scheduler.errors import NotDelivered
from scheduler.model import Courier, Letter
from scheduler.wording import Words

NO_PLATFORM = "no platform"
ACTOR = Actor("scheduler", "scheduler")


def letter(reading: Reading, message: t.Message) -> Letter:
    """A message as a face delivers it."""
    written = None
    if message.kind == "digest":
        asked = reading.select(t.Reminder).where(t.Reminder.message_id == message.id)
        rows = reading.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
        written = Words(reading, rows).digest(message.destination, rows, message.day)
    return Letter(
        key=message.key,
        destination=message.destination,
        person=message.person,
        kind=message.kind,
        day=message.day,
        text=written.text if written else message.text,
        digest=written,
    )


def deliver(store: Store, courier: Courier) -> list[int]:
    """Post every gathered message; gives the ids of those delivered.

    Each is marked in a transaction of its own right after its post, so that a later failure
    undoes nothing. One that could not be delivered stays gathered, with the reason.
    """
    with store.read() as reading:
        asked = reading.select(t.Message).where(t.Message.state == "gathered")
        waiting = [
            (m.id, letter(reading, m)) for m in reading.all(asked.order_by(col(t.Message.id)))
        ]
    delivered: list[int] = []
    for id, one in waiting:
        assert id is not None
        try:
            platform_id = courier.post(one)
        except NotDelivered as error:
            with store.write(ACTOR) as writing:
                _settle(writing, id, state="gathered", reason=error.sentence)
            continue
        with store.write(ACTOR) as writing:
            _settle(writing, id, state="sent", platform=courier.name, platform_id=platform_id)
        delivered.append(id)
    return delivered


def settle_printed(writing: Writing, messages: Iterable[t.Message], *, sent: bool) -> None:
    """Where printing is the delivery the messages are sent; else they wait for a platform."""
    for message in messages:
        assert message.id is not None
        if sent:
            _settle(writing, message.id, state="sent", platform="printed")
        else:
            _settle(writing, message.id, state="held", reason=NO_PLATFORM)


def _settle(
    writing: Writing,
    id: int,
    *,
    state: str,
    reason: str | None = None,
    platform: str | None = None,
    platform_id: str | None = None,
) -> None:
    message = writing.first(writing.select(t.Message).where(t.Message.id == id))
    assert message is not None
    message.state, message.reason = state, reason
    message.attempts += 1
    message.platform, message.platform_id = platform, platform_id
    message.sent_at = writing.now if state == "sent" else None
    writing.session.add(message)
    for row in writing.all(writing.select(t.Reminder).where(t.Reminder.message_id == id)):
        row.state, row.reason = state, reason
        writing.session.add(row)
    writing.session.flush()
