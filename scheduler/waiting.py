"""Messages that wait: those held until a platform reaches their reader, those it fails to take."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col

from db import tables as t
from db.store import Writing
from scheduler.delivery import route
from scheduler.gather import LATE_AFTER, gather_anew
from scheduler.ledger import settle
from scheduler.model import Courier
from scheduler.wording import ABOUT_A_BOARD, Words

BEGUN = "the meeting has begun"


def release(writing: Writing, couriers: Sequence[Courier]) -> list[t.Reminder]:
    """Let messages that were held be gathered anew once a courier reaches their reader.

    Gives the reminders that are skipped instead, since a later one of them says more.
    """
    held = writing.all(
        writing.select(t.Message).where(t.Message.state == "held").order_by(col(t.Message.id))
    )
    reached = [m for m in held if route(writing, couriers, m.destination) is not None]
    return gather_anew(writing, reached) if reached else []


def drop_begun(writing: Writing) -> list[t.Reminder]:
    """Give up a board's post that a platform has not taken before its meeting began.

    One that may have arrived is left to be looked for. Gives the reminders skipped.
    """
    late = writing.all(
        writing.select(t.Message).where(
            t.Message.state == "gathered",
            t.Message.kind == "channel",
            col(t.Message.gathered_at) < writing.now - LATE_AFTER,
        )
    )
    ids = [m.id for m in late if m.id is not None]
    if not ids:
        return []
    rows = writing.all(writing.select(t.Reminder).where(col(t.Reminder.message_id).in_(ids)))
    words = Words(writing, rows)
    dropped = []
    for row in rows:
        meeting = words.meeting(row) if row.rule in ABOUT_A_BOARD else None
        if meeting is not None and meeting.start <= writing.now and row.message_id is not None:
            untaken = [col(t.Message.state) == "gathered"]
            if settle(writing, [row.message_id], state="skipped", reason=BEGUN, only=untaken):
                writing.session.refresh(row)
                dropped.append(row)
    return dropped
