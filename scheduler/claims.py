"""Claims: who is posting which message, until when, and how soon its destination is free.

Everything here is by the machine's clock. A message is locked while it is claimed, so that of any
number of processes one gets it; each claim has a name of its own, so that whoever lost one (it ran
out while a post hung) can no longer settle the message; the pace stands in the store, so that all
share it.

A clock may be set back. A wait that is longer than any that is ever written counts as over, and a
claim that is longer than any is cut to the longest: never is one taken from a process that may
still be posting.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from db import tables as t
from db.store import Reading, Writing
from scheduler import queued
from scheduler.model import Courier, Platform
from scheduler.queued import Queued

CLAIM = timedelta(seconds=120)
"""When a dead process's claim may be taken over, unless DULY_CLAIM_SECONDS says otherwise."""
LONGEST_CLAIM = timedelta(minutes=10)
UNTIL_THERE = timedelta(seconds=10)
"""What was posted without an answer is there after so long, if it is ever to be; or after a
claim's time, where that is shorter."""
LONGEST_WAIT = timedelta(minutes=30)
Row: TypeAlias = "t.Message | Queued"
OPEN = ("gathered", "claimed")
"""The states of a message that waits: surely not posted, and perhaps posted."""


class Claim(NamedTuple):
    """One message that is ours until a moment. `begun`: an earlier post was never answered, so
    that it has to be looked for."""

    message: Queued
    """As it was when it was claimed, or queued as it still was then."""
    courier: Courier
    name: str
    until: datetime
    attempts: int
    """This one too, if it is begun."""
    begun: bool = False
    at: datetime | None = None
    """Its place at its destination, before which it is not to be posted."""

    @property
    def id(self) -> int:
        return self.message.id


def unposted(reading: Reading, by: datetime) -> list[Queued]:
    """The messages that were surely not posted and that may be until `by`, the oldest first."""
    return _open(reading, "gathered", by)


def uncertain(reading: Reading, by: datetime) -> list[Queued]:
    """Those that were perhaps posted, and may be looked for until `by`, the oldest first."""
    return _open(reading, "claimed", by)


def _open(reading: Reading, state: str, by: datetime) -> list[Queued]:
    now = reading.clock.machine()
    return queued.waiting(reading, state, now, max(now, by), now + LONGEST_WAIT)


def waiting(organisation: int, *states: str) -> SelectOfScalar[t.Message]:
    """The messages in one of these states, the oldest first."""
    return (
        select(t.Message)
        .where(t.Message.organisation == organisation, col(t.Message.state).in_(states))
        .order_by(col(t.Message.gathered_at), col(t.Message.id))
    )


def take(
    writing: Writing, message: Row, courier: Courier, lasting: timedelta
) -> Claim | datetime | None:
    """Claim a message for `courier`: the claim, or when to try again, or None.

    None when somebody else has it or it is settled meanwhile. Nothing is begun yet: whoever dies
    now leaves a message that was surely not posted, or one that is looked for as before.
    """
    now = writing.clock.machine()
    current = _locked(writing, message)
    if current is None or current.state not in OPEN or _is_held(current, now):
        return None
    begun = current.state == "claimed"
    if begun and current.claimed_until is not None and isinstance(courier, Platform):
        # Its process died or hangs. From now on it cannot begin a post; one that is under way
        # gets the time to arrive.
        current.claimed_by = current.claimed_until = None
        current.next_attempt_at = now + until_there(lasting)
        writing.session.add(current)
        writing.session.flush()
        return current.next_attempt_at
    if (later := wait_of(current.next_attempt_at, now)) is not None:
        return later
    return _claimed(writing, current, courier, now + lasting, begun=begun)


def take_edit(
    writing: Writing, message: Row, courier: Platform, lasting: timedelta
) -> Claim | datetime | None:
    """Claim a posted message that is to be shown anew; as `take`."""
    now = writing.clock.machine()
    current = _locked(writing, message)
    if current is None or current.state != "sent" or _is_held(current, now):
        return None
    if current.shown == current.revision:
        return None
    if (later := wait_of(current.next_attempt_at, now)) is not None:
        return later
    current.attempts += 1
    return _claimed(writing, current, courier, now + lasting)


def begin(
    writing: Writing,
    claim: Claim,
    courier: Courier | None,
    lasting: timedelta,
    *,
    repeat: bool = False,
) -> Claim | datetime | None:
    """Remember that a claimed message is about to be posted: the claim, for its whole time again,
    or when its destination is free; it is nobody's until then.

    `repeat`: it was looked for in vain, and nobody could say that it is not there. None when
    somebody else has it by now, or where there is no `courier` to its reader: then it waits.
    """
    current = _locked(writing, claim.message)
    if current is None or current.claimed_by != claim.name or current.state not in OPEN:
        return None
    now = writing.clock.machine()
    current.repeat = current.repeat or repeat
    free = _reserve(writing, current, courier, now) if courier is not None else None
    if courier is None or free is not None:
        current.state = "gathered"
        current.claimed_by = current.claimed_until = current.next_attempt_at = None
        writing.session.add(current)
        writing.session.flush()
        return free
    current.state, current.platform, current.next_attempt_at = "claimed", courier.name, None
    current.attempts += 1
    return _claimed(writing, current, courier, now + lasting)


def renew(writing: Writing, claim: Claim, lasting: timedelta) -> Claim | None:
    """Have the claim for its whole time again; None when somebody else has the message by now."""
    until = writing.clock.machine() + lasting
    done = writing.session.connection().execute(
        update(t.Message)
        .where(col(t.Message.id) == claim.id, col(t.Message.claimed_by) == claim.name)
        .values(claimed_until=until)
    )
    return claim._replace(until=until) if done.rowcount else None


def new_name() -> str:
    """A claim's own, which nobody else has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_ending(claim: Claim, now: datetime, lasting: timedelta) -> bool:
    """Whether so little is left of a claim that no post may be begun, or the clock went back."""
    return not lasting / 4 <= claim.until - now <= lasting


def cut(writing: Writing) -> int:
    """Cut claims that are longer than any ever made, since the clock was set back meanwhile."""
    longest = writing.clock.machine() + LONGEST_CLAIM
    done = writing.session.connection().execute(
        update(t.Message)
        .where(col(t.Message.organisation) == writing.key, col(t.Message.claimed_until) > longest)
        .values(claimed_until=longest)
    )
    return done.rowcount


def free(now: datetime) -> ColumnElement[bool]:
    """Nobody has the message."""
    return or_(col(t.Message.claimed_until).is_(None), col(t.Message.claimed_until) <= now)


def pause(writing: Writing, message: Row, platform: str, until: datetime) -> None:
    """Nothing more to the message's destination before `until`."""
    place = _place(writing, message, platform)
    if (wait_of(place.next_free_at, writing.clock.machine()) or until) <= until:
        place.next_free_at = until
        writing.session.add(place)


def backoff(attempts: int, now: datetime, lasting: timedelta = CLAIM) -> datetime | None:
    """When to try again after so many attempts; None for the next pass."""
    if attempts <= 1:
        return None
    return now + min(until_there(lasting) * (1 << min(attempts - 2, 16)), LONGEST_WAIT)


def until_there(lasting: timedelta) -> timedelta:
    """How long after a post without an answer its message is looked for."""
    return min(UNTIL_THERE, lasting)


def _locked(writing: Writing, message: Row) -> t.Message | None:
    """The message as it is now, which nobody else changes until the transaction ends; None when
    somebody else is changing it."""
    asked = writing.select(t.Message).where(t.Message.id == message.id)
    return writing.first(
        asked.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )


def _claimed(
    writing: Writing, message: t.Message, courier: Courier, until: datetime, *, begun: bool = False
) -> Claim:
    message.claimed_by, message.claimed_until = new_name(), until
    writing.session.add(message)
    writing.session.flush()
    return Claim(
        queued.queued(message), courier, message.claimed_by, until, message.attempts, begun
    )


def _reserve(
    writing: Writing, message: t.Message, courier: Courier, now: datetime
) -> datetime | None:
    """Take the destination's next free place; gives when it is free where it is not yet."""
    if not isinstance(courier, Platform):
        return None
    place = _place(writing, message, courier.name)
    if (later := wait_of(place.next_free_at, now)) is not None:
        return later
    place.next_free_at = now + courier.pace
    writing.session.add(place)
    writing.session.flush()
    return None


def _place(writing: Writing, message: Row, platform: str) -> t.Destination:
    """The message's destination, locked; known from the first post on, though not yet where."""
    key = (writing.key, message.destination, platform)
    found = writing.session.get(t.Destination, key, with_for_update=True, populate_existing=True)
    if found is not None:
        return found
    values = {"organisation": key[0], "key": key[1], "platform": key[2], "address": {}}
    writing.insert_new(t.Destination, [values])
    return writing.session.get_one(t.Destination, key, with_for_update=True)


def wait_of(until: datetime | None, now: datetime) -> datetime | None:
    """A moment that has yet to come; None when it came, or is further off than any wait is."""
    return until if until is not None and now < until <= now + LONGEST_WAIT else None


def _is_held(message: t.Message, now: datetime) -> bool:
    return message.claimed_until is not None and message.claimed_until > now
