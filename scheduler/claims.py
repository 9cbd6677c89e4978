"""Claims: who is posting which message, until when, and how soon its destination is free.

Everything here is by the machine's clock. A claim is one conditional statement, so that of any
number of processes one gets it; the pace stands in the store, so that they share it.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, update

from db import tables as t
from db.destinations import destination
from db.store import Reading, Writing
from scheduler.model import Courier, Platform

CLAIM = timedelta(seconds=120)
"""When a dead process's claim may be taken over, unless DULY_CLAIM_SECONDS says otherwise."""
LEAST_CLAIM = timedelta(seconds=4)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)
CLAIMANT = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
"""This process, among all that send."""


@dataclass(frozen=True)
class Claim:
    """One message that is ours to post. `begun`: an earlier post was never answered."""

    message: t.Message
    courier: Courier
    begun: bool


def waiting(reading: Reading, by: datetime) -> list[t.Message]:
    """The messages that nobody is posting and that may be attempted until `by`, in order."""
    asked = (
        reading.select(t.Message)
        .where(col(t.Message.state).in_(("gathered", "claimed")))
        .order_by(col(t.Message.id))
    )
    now = reading.clock.machine()
    return [
        m
        for m in reading.all(asked)
        if not _is_held(m, now) and (m.next_attempt_at is None or m.next_attempt_at <= by)
    ]


def take(
    writing: Writing, message: t.Message, courier: Courier, lasting: timedelta
) -> Claim | datetime | None:
    """Claim a message for `courier`: the claim, or when to try again, or None.

    None when somebody else has it or it is settled meanwhile.
    """
    now = writing.clock.machine()
    current = writing.first(writing.select(t.Message).where(t.Message.id == message.id))
    if current is None or current.state not in ("gathered", "claimed") or _is_held(current, now):
        return None
    if current.next_attempt_at is not None and current.next_attempt_at > now:
        return current.next_attempt_at
    if isinstance(courier, Platform) and (free := _reserve(writing, current, courier, now)):
        return free
    begun = current.state == "claimed"
    if not _claim(writing, current, now, lasting, courier):
        return None
    writing.session.refresh(current)
    return Claim(current, courier, begun)


def take_edit(
    writing: Writing, message: t.Message, courier: Platform, lasting: timedelta
) -> Claim | datetime | None:
    """Claim a posted message that is to be shown anew; as `take`."""
    now = writing.clock.machine()
    current = writing.first(writing.select(t.Message).where(t.Message.id == message.id))
    if current is None or current.shown == current.revision or _is_held(current, now):
        return None
    if current.next_attempt_at is not None and current.next_attempt_at > now:
        return current.next_attempt_at
    done = writing.session.connection().execute(
        update(t.Message)
        .where(col(t.Message.id) == current.id, _free(now))
        .values(claimed_by=CLAIMANT, claimed_until=now + lasting, attempts=current.attempts + 1)
    )
    return Claim(current, courier, False) if done.rowcount else None


def renew(writing: Writing, claim: Claim, lasting: timedelta) -> bool:
    """Have the claim for its whole time again; False when somebody else has it by now."""
    done = writing.session.connection().execute(
        update(t.Message)
        .where(col(t.Message.id) == claim.message.id, col(t.Message.claimed_by) == CLAIMANT)
        .values(claimed_until=writing.clock.machine() + lasting)
    )
    return bool(done.rowcount)


def pause(writing: Writing, message: t.Message, platform: str, until: datetime) -> None:
    """Nothing more to the message's destination before `until`."""
    place = destination(writing, platform, message.destination)
    if place is not None and (place.next_free_at is None or place.next_free_at < until):
        place.next_free_at = until
        writing.session.add(place)


def backoff(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None for the next pass."""
    if attempts <= 1:
        return None
    return now + min(FIRST_WAIT * (1 << min(attempts - 2, 16)), LONGEST_WAIT)


def _reserve(
    writing: Writing, message: t.Message, courier: Platform, now: datetime
) -> datetime | None:
    """Take the destination's next free place; gives when it is free where it is not yet."""
    place = destination(writing, courier.name, message.destination)
    if place is None:
        return None
    if place.next_free_at is not None and place.next_free_at > now:
        return place.next_free_at
    place.next_free_at = now + courier.pace
    writing.session.add(place)
    writing.session.flush()
    return None


def _claim(
    writing: Writing, message: t.Message, now: datetime, lasting: timedelta, courier: Courier
) -> bool:
    done = writing.session.connection().execute(
        update(t.Message)
        .where(
            col(t.Message.id) == message.id,
            col(t.Message.state).in_(("gathered", "claimed")),
            _free(now),
        )
        .values(
            state="claimed",
            claimed_by=CLAIMANT,
            claimed_until=now + lasting,
            attempts=message.attempts + 1,
            platform=courier.name,
        )
    )
    return bool(done.rowcount)


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(col(t.Message.claimed_until).is_(None), col(t.Message.claimed_until) <= now)


def _is_held(message: t.Message, now: datetime) -> bool:
    return message.claimed_until is not None and message.claimed_until > now
