"""The outbox: messages are claimed, begun, settled and put off, many in one transaction.

Each operation is a step of one message's state machine, written as a function of its row as it is
now. `commit` carries out any number of them together: it locks the messages by id and then the
destinations by key, so that two processes never wait for each other crosswise, lets each operation
decide, and writes what changed in a handful of statements.

Everything here is by the machine's clock. Each claim has a name of its own, so that whoever lost
one (it ran out while a post hung) can no longer settle the message; the pace stands in the store,
so that all processes share it. A clock may be set back: a wait that is longer than any that is
ever written counts as over, and a claim that is longer than any is cut to the longest, so that
none is taken from a process that may still be posting.
"""

from __future__ import annotations

import os
import secrets
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple, TypeAlias

from db.ledger import destinations, messages
from db.ledger.messages import LONGEST_WAIT, LedgerMessage
from db.store import Writing
from scheduler.courier import Courier, NotDelivered
from scheduler.notices import tell_secretary

CLAIM = timedelta(seconds=120)
"""The time for which a claim holds, even a dead process's, unless DULY_CLAIM_SECONDS says
otherwise."""
LONGEST_CLAIM = timedelta(minutes=10)
ARRIVAL = timedelta(seconds=10)
"""A post without an answer has arrived after so long, if it ever will; or after a claim's time,
where that is shorter."""
AHEAD = timedelta(seconds=1.25)
"""So long before its destination is free a message may be begun, so that all is ready at the
moment at which it may go: well within three quarters of the shortest claim."""


class Claim(NamedTuple):
    """A message that is this process's until a moment."""

    message: LedgerMessage
    """As it was when it was claimed."""
    courier: Courier
    name: str
    until: datetime
    uncertain: bool = False
    """An earlier post was never answered: it is to be looked for, and is not begun yet."""
    at: datetime | None = None
    """Its place at its destination, before which it is not to be posted."""

    @property
    def id(self) -> int:
        return self.message.id


Begun: TypeAlias = "Claim | datetime | None"
"""The claim; or when to try again; or None: somebody else has the message, or it is settled."""


class Operation(ABC):
    """One step of one message's state machine, a function of its row as it is now."""

    waits: ClassVar[bool] = False
    """True where it waits for a row that another process has locked; else the message is left."""
    begins: ClassVar[bool] = False
    """True where it begins a post: those go last, since what was posted says when a destination is
    free."""

    @property
    @abstractmethod
    def row_id(self) -> int: ...

    @property
    def place(self) -> destinations.Place | None:
        """The destination whose pace it takes part in."""
        return None

    @abstractmethod
    def apply(self, batch: Batch, row: LedgerMessage) -> Any:
        """Decide by the row as it is now; gives what came of it."""


class Batch:
    """One transaction's rows, and the changes to them. `lasting` is how long a claim lasts."""

    def __init__(
        self, writing: Writing, operations: Sequence[Operation], lasting: timedelta
    ) -> None:
        self.writing = writing
        self.now = writing.clock.machine()
        self.lasting = lasting
        self.until = self.now + lasting
        ids: dict[bool, list[int]] = {True: [], False: []}
        for operation in operations:
            ids[operation.waits].append(operation.row_id)
        self.rows = messages.lock(writing, ids[True])
        self.rows |= messages.lock(writing, set(ids[False]) - set(self.rows), skip_locked=True)
        places = {operation.place for operation in operations}
        self.lines: list[tuple[str, str]] = []
        """Told the secretary once all is written, each with its name: a notice that is begun in
        this transaction is not added to."""
        self._free = destinations.lock_pace(writing, {p for p in places if p is not None})
        self._stored = dict(self._free)
        self._changes: dict[int, dict[str, Any]] = {}
        self._reminders: dict[int, tuple[str, str | None]] = {}

    def change(self, row: LedgerMessage, **values: Any) -> LedgerMessage:
        """Set columns of a message; gives it as it is then."""
        self._changes.setdefault(row.id, {}).update(values)
        self.rows[row.id] = changed = row._replace(
            **{name: value for name, value in values.items() if name in row._fields}
        )
        return changed

    def settle(self, row: LedgerMessage, state: str, reason: str | None, **values: Any) -> None:
        """Move a message, and the reminders in it, to `state`."""
        self._reminders[row.id] = state, reason
        self.change(row, state=state, reason=reason, **values)

    def claim(self, row: LedgerMessage, courier: Courier, **values: Any) -> Claim:
        name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        row = self.change(row, claimed_by=name, claimed_until=self.until, **values)
        return Claim(row, courier, name, self.until)

    def free_at(self, place: destinations.Place) -> datetime:
        """The moment from which the next post may be made there."""
        return wait_until(self._free[place], self.now) or self.now

    def pause(self, place: destinations.Place, until: datetime) -> None:
        """Make nothing more there before `until`."""
        self.set_free(place, max(self.free_at(place), until))

    def set_free(self, place: destinations.Place, at: datetime) -> None:
        self._free[place] = at

    def write(self) -> None:
        messages.update_each(self.writing, self._changes)
        messages.update_reminders(self.writing, self._reminders)
        # A moment that is past already holds nobody up.
        paced = {
            place: at
            for place, at in self._free.items()
            if wait_until(at, self.now) != wait_until(self._stored[place], self.now)
        }
        destinations.set_pace(self.writing, paced)


def commit(
    writing: Writing, operations: Sequence[Operation], lasting: timedelta = CLAIM
) -> list[Any]:
    """Carry out operations in one transaction; gives what came of each. None came of one whose
    message somebody else has."""
    batch = Batch(writing, operations, lasting)
    results: dict[int, Any] = {}
    for index, operation in sorted(enumerate(operations), key=lambda one: one[1].begins):
        row = batch.rows.get(operation.row_id)
        results[index] = operation.apply(batch, row) if row is not None else None
    batch.write()
    for name, line in batch.lines:
        tell_secretary(writing, name, line)
    return [results[index] for index in range(len(operations))]


def is_ending(claim: Claim, now: datetime, lasting: timedelta) -> bool:
    """True where so little of a claim is left that no post may be begun, or the clock went back."""
    return not lasting / 4 <= claim.until - now <= lasting


def shorten_claims(writing: Writing) -> None:
    """Cut claims that are longer than any ever made, since the clock was set back meanwhile."""
    messages.shorten_claims(writing, writing.clock.machine() + LONGEST_CLAIM)


def asked_for(error: NotDelivered, now: datetime) -> datetime | None:
    """The moment at which a platform that asks to wait (Retry-After) may be asked again."""
    if error.retry_after is None:
        return None
    return now + min(timedelta(seconds=error.retry_after), LONGEST_WAIT)


def backoff(attempts: int, now: datetime, lasting: timedelta = CLAIM) -> datetime | None:
    """The moment of the next try after so many attempts (back-off); None for the next pass."""
    if attempts <= 1:
        return None
    return now + min(arrival(lasting) * (1 << min(attempts - 2, 16)), LONGEST_WAIT)


def arrival(lasting: timedelta) -> timedelta:
    """The time after a post without an answer at which its message is looked for."""
    return min(ARRIVAL, lasting)


def wait_until(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that has yet to come; None when it came, or is further off than any wait is."""
    return moment if moment is not None and now < moment <= now + LONGEST_WAIT else None


def is_held(row: LedgerMessage, now: datetime) -> bool:
    return row.claimed_until is not None and row.claimed_until > now
