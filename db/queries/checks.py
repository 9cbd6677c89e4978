"""Queries of `duly doctor`: what could not be planned or sent, and the store's own time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlmodel import col

from db.store import Reading
from db.tables import Message, Schedule


def set_aside_subjects(reading: Reading) -> list[str]:
    """The subjects whose reminders could not be planned."""
    statement = reading.select(Schedule).where(col(Schedule.set_aside_at).is_not(None))
    return [row.subject for row in reading.all(statement)]


def held_messages(reading: Reading) -> Counter[str | None]:
    """Counts of held messages by the reason, None where none was noted."""
    rows = reading.all(reading.select(Message).where(Message.state == "held"))
    return Counter(row.reason for row in rows)


def server_time(reading: Reading) -> datetime | None:
    """The time of the database server, by which all replicas can compare; None for SQLite."""
    return reading.backend.server_time(reading.session.connection())
