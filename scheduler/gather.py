"""Gathering: planned reminders become messages, one digest a person and day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from sqlmodel import col, func, select

from db import tables as t
from db.store import Writing
from governance.calendar import working_calendar
from governance.words import Rule
from scheduler.wording import Words

LATE_AFTER = timedelta(minutes=10)


def gather(writing: Writing) -> tuple[list[t.Message], list[t.Reminder]]:
    """Turn what is planned into messages; gives the new messages and the rows skipped.

    Late rows (more than 10 minutes after their moment) wait for working hours. A late board
    reminder whose meeting has begun, and one about something settled meanwhile, is skipped.
    """
    asked = writing.select(t.Reminder).where(t.Reminder.state == "planned")
    rows = writing.all(asked.order_by(col(t.Reminder.at), col(t.Reminder.id)))
    rows = [row for row in rows if _may_go(writing, row)]
    words = Words(writing, rows)
    skipped: list[t.Reminder] = []
    ready: dict[tuple[str, str], list[t.Reminder]] = defaultdict(list)
    for row in rows:
        reason = words.pointless(row)
        if reason is not None:
            row.state, row.reason = "skipped", reason
            writing.session.add(row)
            skipped.append(row)
            continue
        kind = _kind(row)
        # A digest gathers what falls to one person that day; everything else goes by itself.
        apart = "" if kind == "digest" else str(row.id)
        ready[(row.recipient, f"{kind}:{apart}")].append(row)
    found = [_message(writing, words, recipient, group) for (recipient, _), group in ready.items()]
    writing.session.flush()
    return found, skipped


def is_late(row: t.Reminder, now: datetime) -> bool:
    return now - row.at > LATE_AFTER


def _may_go(writing: Writing, row: t.Reminder) -> bool:
    """Late ones wait for 09:00–18:00 of a working day, but a notice is told at once."""
    row.late = is_late(row, writing.now)
    if not row.late or row.rule == Rule.ASSIGNED:
        return True
    directory = writing.directory
    return working_calendar(directory.nation).in_hours(writing.now.astimezone(directory.zone))


def _kind(row: t.Reminder) -> str:
    if row.rule == Rule.ASSIGNED:
        return "notice"
    if row.rule in (Rule.BOARD_AGENDA, Rule.BOARD_STARTING):
        return "channel"  # by itself, even where a board has no channel and a person gets it
    return "digest" if row.person else "channel"


def _message(writing: Writing, words: Words, recipient: str, group: list[t.Reminder]) -> t.Message:
    first = group[0]
    kind = _kind(first)
    message = writing.add(
        t.Message(
            organisation=writing.key,
            key=_key(writing, recipient, kind, first, words.today),
            destination=recipient,
            person=first.person,
            kind=kind,
            day=words.today,
            text=words.text(kind, recipient, group),
            gathered_at=writing.now,
        )
    )
    for row in group:
        row.state, row.message_id = "gathered", message.id
        writing.session.add(row)
    return message


def _key(writing: Writing, recipient: str, kind: str, first: t.Reminder, today: date) -> str:
    """The message's name for good; a second digest on one day (late rows) is counted."""
    if kind != "digest":
        return f"{writing.key}/{recipient}/{kind}/{first.id}"
    asked = select(func.count()).where(
        t.Message.organisation == writing.key,
        t.Message.destination == recipient,
        t.Message.kind == kind,
        t.Message.day == today,
    )
    before = writing.session.exec(asked).one()
    return f"{writing.key}/{recipient}/{kind}/{today}/{before + 1}"
