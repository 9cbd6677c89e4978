"""Messages that wait: those held until a platform reaches their reader."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col

from db import tables as t
from db.store import Writing
from scheduler.delivery import route
from scheduler.gather import gather_anew
from scheduler.model import Courier


def release(writing: Writing, couriers: Sequence[Courier]) -> list[t.Reminder]:
    """Let messages that were held be gathered anew once a courier reaches their reader.

    Gives the reminders that are skipped instead, since a later one of them says more.
    """
    held = writing.all(
        writing.select(t.Message).where(t.Message.state == "held").order_by(col(t.Message.id))
    )
    reached = [m for m in held if route(writing, couriers, m.destination) is not None]
    return gather_anew(writing, reached) if reached else []
