"""Trying again what failed or is held, because somebody who looks after Duly asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col

from db import tables as t
from db.store import Writing
from governance.dates import say_moment
from governance.subject import Subject
from scheduler.ledger import settle
from scheduler.notices import FROM_DULY
from scheduler.recovery import may_be_forgotten
from scheduler.wording import Words

ACTION = "retry"
"""What it is called in the history, whose subject is "message:12"."""


@dataclass(frozen=True)
class Retried:
    """What became of the wish to try one entry again. `ok` when it will be, or need not be."""

    number: str
    ok: bool
    text: str


def failed(writing: Writing) -> list[str]:
    """The numbers of all messages that failed."""
    asked = writing.select(t.Message).where(t.Message.state == "failed")
    return [str(m.id) for m in writing.all(asked.order_by(col(t.Message.id)))]


def retry(writing: Writing, numbers: Sequence[str]) -> list[Retried]:
    """Put failed and held messages back, so that the next tick tries them again, at once.

    Each is told in the history. What nobody wants any more in the meantime (the meeting has
    begun, the recommendation was closed) is skipped instead, with that reason.
    """
    return [_retry(writing, number) for number in dict.fromkeys(n.lstrip("#") for n in numbers)]


def _retry(writing: Writing, number: str) -> Retried:
    if number[:1] in ("r", "R") and number[1:].isdecimal():
        return Retried(number, False, _alone(writing, int(number[1:])))
    message = None
    if number.isdecimal() and int(number) < 1 << 63:
        message = writing.first(writing.select(t.Message).where(t.Message.id == int(number)))
    if message is None:
        return Retried(number, False, "no such message; duly ledger lists them.")
    zone = writing.directory.zone
    if message.state == "sent":
        when = f" on {say_moment(message.sent_at, zone)}" if message.sent_at else ""
        return Retried(number, False, f"was sent{when} already, and is not sent twice.")
    if message.state == "skipped":
        return Retried(number, False, f"was skipped, and stays so: {message.reason}.")
    if message.state not in ("failed", "held"):
        if message.next_attempt_at is None:
            return Retried(number, True, "is on its way already; the next tick tries it.")
        until = say_moment(message.next_attempt_at, zone)
        return Retried(number, True, f"is on its way already, and tried again {until}.")
    return _put_back(writing, number, message)


def _put_back(writing: Writing, number: str, message: t.Message) -> Retried:
    assert message.id is not None
    was, reason = message.state, message.reason
    needless = _skip_needless(writing, message)
    if needless is not None:
        state, told = "skipped", f"is not sent any more: {needless}."
    else:
        # What may have gone out before the store was restored is looked for before it is posted.
        state = "claimed" if may_be_forgotten(writing, message) else "gathered"
        told = "is tried again by the next tick."
    free: dict[str, Any] = {
        "claimed_by": None,
        "claimed_until": None,
        "next_attempt_at": None,
        "attempts": 0,
    }
    settle_rows = [message.id]
    settle(writing, settle_rows, state=state, reason=needless, **free)
    writing.note(
        ACTION,
        Subject.message(message.id),
        {"state": (was, "skipped" if needless is not None else "gathered")},
        note=reason or "",
    )
    writing.session.refresh(message)
    return Retried(number, needless is None, told)


def _skip_needless(writing: Writing, message: t.Message) -> str | None:
    """Take out of a message what nobody wants any more; gives why where nothing is left."""
    if FROM_DULY in message.key:
        return None
    asked = writing.select(t.Reminder).where(t.Reminder.message_id == message.id)
    rows = writing.all(asked)
    words = Words(writing, rows)
    reasons: list[str] = []
    for row in rows:
        row.late = True
        reason = words.unwanted(row)
        if reason is None:
            continue
        reasons.append(reason)
    if rows and len(reasons) == len(rows):
        return reasons[0]
    for row in rows:
        reason = words.unwanted(row)
        if reason is not None:
            row.state, row.reason, row.message_id = "skipped", reason, None
            writing.session.add(row)
    writing.session.flush()
    return None


def _alone(writing: Writing, id: int) -> str:
    """Why a reminder that is in no message cannot be tried again."""
    row = writing.first(writing.select(t.Reminder).where(t.Reminder.id == id))
    if row is None:
        return "no such reminder; duly ledger lists them."
    if row.message_id is not None:
        return f"is in message {row.message_id}; say duly ledger retry {row.message_id}."
    if row.state == "skipped":
        return f"was skipped, and stays so: {row.reason}."
    why = f" ({row.reason})" if row.reason else ""
    return f"was not tried yet{why}; the tick sends it in its time."
