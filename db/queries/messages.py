"""Queries of messages and of the reminders in them, for what shows them."""

from __future__ import annotations

from sqlalchemy import String, cast
from sqlmodel import col, func, or_, select

from db.store import Reading
from db.tables import Message, Recommendation, Reminder


def last_sent(reading: Reading, destination: str) -> int:
    """The id of the last message that reached `destination`, 0 for none."""
    statement = select(func.max(Message.id)).where(
        Message.organisation == reading.key,
        Message.destination == destination,
        Message.state == "sent",
    )
    return reading.session.exec(statement).one() or 0


def newest_sent(reading: Reading, destination: str, most: int) -> list[Message]:
    """The newest messages that reached `destination`, oldest first."""
    newest = reading.all(
        reading.select(Message)
        .where(Message.destination == destination, Message.state == "sent")
        .order_by(col(Message.id).desc())
        .limit(most)
    )
    return newest[::-1]


def sent_to(reading: Reading) -> list[tuple[str, int]]:
    """The destination and the id of every message that was sent."""
    statement = select(Message.destination, Message.id).where(
        Message.organisation == reading.key, Message.state == "sent"
    )
    return [(to, id) for to, id in reading.session.exec(statement) if id is not None]


def reminders_about(
    reading: Reading, recommendation: Recommendation
) -> list[tuple[Reminder, Message | None]]:
    """The reminders about a recommendation or that list it, each with the message it is in."""
    id = recommendation.id
    assert id is not None
    statement = reading.select(Reminder).where(
        or_(
            col(Reminder.recommendation_id) == id,
            cast(col(Reminder.items), String).contains(str(id)),
        )
    )
    rows = [
        row
        for row in reading.all(statement.order_by(col(Reminder.at), col(Reminder.id)))
        if row.recommendation_id == id or id in row.items
    ]
    ids = {row.message_id for row in rows if row.message_id is not None}
    messages = {m.id: m for m in reading.all_in(reading.select(Message), Message.id, ids)}
    return [(row, messages.get(row.message_id)) for row in rows]
