"""Queries of the ledger's reminders: planned once under their unique key, then moved from state to
state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from db import tables as t
from db.backend import in_chunks
from db.ledger.messages import listed_where
from db.transaction import Reading, Writing
from governance.reminders import Addressee, Row
from governance.subject import Subject


def named_in(row: t.Reminder) -> list[int]:
    """The recommendation that a reminder is about, or those that it lists."""
    return [row.recommendation_id] if row.recommendation_id is not None else row.items


ADDRESSEES = "for"
"""In a reminder's detail: its addressees, each as [post, board, the recommendations listed]."""
_OTHERWISE = ("recommendation", "report", "addressees")
_SAME_NAME = tuple(f.name for f in fields(Row) if f.name not in _OTHERWISE)
"""The fields of a row that stand in a column of the same name."""


def insert_planned(
    writing: Writing, rows: Iterable[Row], detail: Mapping[str, str | None] | None = None
) -> int:
    """Insert the rows that the rules planned; one that is there already stays as it is.

    Gives how many were new. One statement for all of them: a year has thousands.
    """
    shared = {
        "organisation": writing.key,
        "state": "planned",
        "late": False,
        "planned_at": writing.now,
    }
    values = [
        {
            **{name: getattr(row, name) for name in _SAME_NAME},
            **shared,
            "recipient": row.recipient,
            "recommendation_id": row.recommendation,
            "report_id": row.report,
            "detail": {**(detail or {}), **addressed(row.addressees)},
        }
        for row in rows
    ]
    return writing.insert_new(t.Reminder, values)


def addressed(addressees: Iterable[Addressee]) -> dict[str, Any]:
    """Addressees as a reminder's detail has them."""
    written = [[one.post, one.board, list(one.items)] for one in addressees]
    return {ADDRESSEES: written} if written else {}


def addressees_of(row: t.Reminder) -> tuple[Addressee, ...]:
    """The posts that a reminder is for, with what it lists for each by now; one that 0.1.0 planned
    is for the post that it went to."""
    written = row.detail.get(ADDRESSEES)
    if written is None:
        return (Addressee(row.to, tuple(row.items), row.board),)
    left = set(row.items)
    some = tuple(
        Addressee(post, tuple(id for id in items if id in left), board)
        for post, board, items in written
    )
    return tuple(one for one in some if one.items) if left else some


def like(reading: Reading, row: t.Reminder, recipient: str) -> t.Reminder | None:
    """The reminder of the same rule, subject and occurrence to another recipient."""
    return reading.first(
        reading.select(t.Reminder).where(
            t.Reminder.rule == row.rule,
            t.Reminder.subject == row.subject,
            t.Reminder.occurrence == row.occurrence,
            t.Reminder.recipient == recipient,
            t.Reminder.id != row.id,
        )
    )


def planned(reading: Reading) -> list[t.Reminder]:
    """The reminders that fell due and are in no message yet, in the order of their moments."""
    statement = reading.select(t.Reminder).where(t.Reminder.state == "planned")
    return reading.all(statement.order_by(col(t.Reminder.at), col(t.Reminder.id)))


def in_messages(reading: Reading, messages: Iterable[int]) -> list[t.Reminder]:
    """The reminders in messages with these ids, in the order of their moments."""
    statement = reading.select(t.Reminder).order_by(col(t.Reminder.at), col(t.Reminder.id))
    return reading.all_in(statement, t.Reminder.message_id, messages)


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
    """True if a reminder like this one was sent to the same post at an earlier moment."""
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


def planned_until(reading: Reading, moment: datetime) -> list[t.Reminder]:
    """The reminders in no message whose moment has come by then."""
    return reading.all(
        reading.select(t.Reminder).where(t.Reminder.state == "planned", t.Reminder.at <= moment)
    )


def sent_moments(
    reading: Reading, keys: Iterable[str]
) -> list[tuple[datetime, Mapping[str, Any], datetime | None]]:
    """The moment, the detail and the moment of sending of each reminder that was sent in the
    messages with these keys."""
    rows: list[tuple[datetime, Mapping[str, Any], datetime | None]] = []
    for part in in_chunks(sorted(set(keys))):
        statement = select(t.Reminder.at, t.Reminder.detail, t.Message.sent_at).where(
            t.Reminder.organisation == reading.key,
            t.Reminder.message_id == t.Message.id,
            t.Message.state == "sent",
            col(t.Message.key).in_(part),
        )
        rows += reading.session.exec(statement)
    return rows


def without_message(reading: Reading, states: Collection[str], since: datetime) -> list[t.Reminder]:
    """The reminders in no message and in these states, in the order of their moments; without
    states those that are not over, or fell due since a moment."""
    statement = reading.select(t.Reminder).where(
        col(t.Reminder.message_id).is_(None),
        listed_where(col(t.Reminder.state), states, col(t.Reminder.at), since),
    )
    return reading.all(statement.order_by(col(t.Reminder.at), col(t.Reminder.id)))


def reminder(reading: Reading, id: int) -> t.Reminder | None:
    """One reminder."""
    return reading.first(reading.select(t.Reminder).where(t.Reminder.id == id))


def of_rules(reading: Reading, rules: Iterable[str]) -> list[t.Reminder]:
    """All reminders of these rules, whatever became of them."""
    return reading.all(reading.select(t.Reminder).where(col(t.Reminder.rule).in_(list(rules))))


def snoozes(reading: Reading) -> list[t.Snooze]:
    """Everybody's snoozes."""
    return reading.all(reading.select(t.Snooze))


def held_for(reading: Reading, reason: str) -> list[t.Reminder]:
    """The reminders in no message that are held for a reason, in the order of their numbers."""
    statement = reading.select(t.Reminder).where(
        t.Reminder.state == "held",
        t.Reminder.reason == reason,
        col(t.Reminder.message_id).is_(None),
    )
    return reading.all(statement.order_by(col(t.Reminder.id)))
