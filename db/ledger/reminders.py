"""Queries of the ledger's reminders, and of the messages that they are in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import and_, col, or_

from db import tables as t
from db.transaction import Reading, Writing
from governance.subject import Subject


def planned(reading: Reading) -> list[t.Reminder]:
    """The reminders that fell due and are in no message yet, in the order of their moments."""
    statement = reading.select(t.Reminder).where(t.Reminder.state == "planned")
    return reading.all(statement.order_by(col(t.Reminder.at), col(t.Reminder.id)))


def in_messages(reading: Reading, messages: Iterable[int]) -> list[t.Reminder]:
    """The reminders in messages with these ids, in the order of their moments."""
    statement = reading.select(t.Reminder).order_by(col(t.Reminder.at), col(t.Reminder.id))
    return reading.all_in(statement, t.Reminder.message_id, messages)


def gathered(reading: Reading) -> list[t.Message]:
    """The messages that nobody has begun to post."""
    return reading.all(reading.select(t.Message).where(t.Message.state == "gathered"))


def shown_digests(reading: Reading, since: datetime) -> list[t.Message]:
    """The digests that a platform shows and that were sent since a moment. Those being posted are
    among them: they may be there already, or be posted yet."""
    return reading.all(
        reading.select(t.Message).where(
            t.Message.kind == "digest",
            or_(
                and_(
                    t.Message.state == "sent",
                    col(t.Message.sent_at) >= since,
                    col(t.Message.platform).is_not(None),
                    t.Message.platform != "printed",
                ),
                t.Message.state == "claimed",
            ),
        )
    )


def same_occurrence(reading: Reading, row: t.Reminder) -> list[t.Reminder]:
    """The other reminders of a reminder's rule, occurrence, board and recipient: those that were
    split off from it, in no message and not sent."""
    return reading.all(
        reading.select(t.Reminder).where(
            t.Reminder.rule == row.rule,
            t.Reminder.occurrence == row.occurrence,
            t.Reminder.recipient == row.recipient,
            t.Reminder.board == row.board,
            t.Reminder.id != row.id,
            col(t.Reminder.message_id).is_(None),
            col(t.Reminder.state).in_(("planned", "skipped")),
        )
    )


def skipped_for(
    reading: Reading, row: t.Reminder, recipients: Iterable[str], reason: str
) -> list[t.Reminder]:
    """The reminders like one, to other recipients, that were skipped for a reason."""
    return reading.all(
        reading.select(t.Reminder).where(
            t.Reminder.rule == row.rule,
            t.Reminder.subject == row.subject,
            t.Reminder.occurrence == row.occurrence,
            t.Reminder.state == "skipped",
            t.Reminder.reason == reason,
            col(t.Reminder.recipient).in_(list(recipients)),
        )
    )


def was_sent_before(reading: Reading, row: t.Reminder) -> bool:
    """Whether a reminder like this one was sent to the same post at an earlier moment."""
    statement = reading.select(t.Reminder).where(
        t.Reminder.rule == row.rule,
        t.Reminder.subject == row.subject,
        t.Reminder.occurrence == row.occurrence,
        t.Reminder.to == row.to,
        t.Reminder.state == "sent",
        t.Reminder.id != row.id,
        t.Reminder.at < row.at,
    )
    return reading.first(statement.limit(1)) is not None


def split_off(writing: Writing, row: t.Reminder, recommendation: int) -> t.Reminder:
    """One recommendation of a reminder that lists several, as a new reminder in no message; the
    caller takes it out of the list."""
    part = t.Reminder(
        **row.model_dump(exclude={"id", "items", "subject", "detail", "message_id"}),
        subject=Subject.recommendation(recommendation),
        items=[recommendation],
        detail=dict(row.detail),
    )
    writing.session.add(part)
    return part
