"""Transitions of a message on its way: the operations that the outbox carries out.

gathered → claimed (`Begin`) → sent (`Sent`), or back to wait (`Release`, `PutOff`), or failed
(`PutOff`), or held (`Hold`). A claimed message that nobody has any more may have been posted: it is
claimed to be looked for, and begun again where it is not there (`BeginAgain`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.ledger import destinations
from db.ledger.messages import OPEN, LedgerMessage
from scheduler.courier import Courier, NotDelivered
from scheduler.notices import FROM_DULY
from scheduler.outbox import (
    AHEAD,
    Batch,
    Begun,
    Claim,
    Operation,
    arrival,
    asked_for,
    backoff,
    is_held,
    wait_until,
)

TELL_AFTER = 9
"""After so many attempts, some twenty minutes, the secretary hears that a message is still here."""
MOST_ATTEMPTS = 345
"""After so many, a week, it is given up: the ledger keeps it, and it can be tried once more."""
NO_IDENTITY = (
    "no chat identity of theirs is in the organisation file. What is meant for them waits."
)
UNMET = "Duly has not been added to that channel. What is meant for it waits."
FREE_CLAIM: Mapping[str, Any] = {"claimed_by": None, "claimed_until": None}
FREE: Mapping[str, Any] = {**FREE_CLAIM, "next_attempt_at": None}


@dataclass(frozen=True)
class OfMessage(Operation):
    """An operation on a message that may be another process's: it waits for nobody."""

    message: LedgerMessage

    @property
    def row_id(self) -> int:
        return self.message.id


@dataclass(frozen=True)
class Begin(OfMessage):
    """Claim a message that is due, and begin its post; one that may have been posted is claimed
    to be looked for. `ahead` as in AHEAD."""

    courier: Courier
    ahead: timedelta = AHEAD
    begins = True

    @property
    def place(self) -> destinations.Place:
        return self.message.destination, self.courier.name

    def apply(self, batch: Batch, row: LedgerMessage) -> Begun:
        if row.state not in OPEN or is_held(row, batch.now):
            return None
        if row.state == "claimed" and row.claimed_until is not None:
            # Its process died or hangs. From now on it cannot begin a post; one that is under
            # way gets the time to arrive.
            later = batch.now + arrival(batch.lasting)
            batch.change(row, next_attempt_at=later, **FREE_CLAIM)
            return later
        if (until := wait_until(row.next_attempt_at, batch.now)) is not None:
            return until
        if row.state == "claimed":
            return batch.claim(row, self.courier)._replace(uncertain=True)
        return _begin(batch, row, self.courier, self.ahead)


def _begin(batch: Batch, row: LedgerMessage, courier: Courier, ahead: timedelta) -> Begun:
    """Reserve the next place at a message's destination, and remember that its post is begun."""
    place = row.destination, courier.name
    at = batch.free_at(place)
    if at - batch.now > ahead:
        return at
    batch.set_free(place, at + courier.pace)
    claim = batch.claim(
        row, courier, state="claimed", platform=courier.name, attempts=row.attempts + 1,
        next_attempt_at=None,
    )  # fmt: skip
    return claim._replace(at=at)


@dataclass(frozen=True)
class OfClaim(Operation):
    """An operation on a claimed message, which does nothing where the claim was lost."""

    claim: Claim
    waits = True

    @property
    def row_id(self) -> int:
        return self.claim.id

    @property
    def place(self) -> destinations.Place | None:
        return self.claim.message.destination, self.claim.courier.name

    def is_ours(self, row: LedgerMessage) -> bool:
        return row.claimed_by == self.claim.name


@dataclass(frozen=True)
class BeginAgain(OfClaim):
    """Begin to post a message that was looked for in vain, through `courier`; it waits where that
    is None, or where its destination is not free. `repeat`: nobody could say whether it arrived."""

    courier: Courier | None
    repeat: bool = False
    ahead: timedelta = AHEAD
    begins = True

    @property
    def place(self) -> destinations.Place | None:
        return (self.claim.message.destination, self.courier.name) if self.courier else None

    def apply(self, batch: Batch, row: LedgerMessage) -> Begun:
        if not self.is_ours(row) or row.state not in OPEN:
            return None
        row = batch.change(row, repeat=row.repeat or self.repeat)
        begun = _begin(batch, row, self.courier, self.ahead) if self.courier is not None else None
        if not isinstance(begun, Claim):
            batch.change(row, state="gathered", **FREE)
        return begun


@dataclass(frozen=True)
class Renew(OfClaim):
    """Have the claim for its whole time again."""

    def apply(self, batch: Batch, row: LedgerMessage) -> Claim | None:
        if not self.is_ours(row):
            return None
        batch.change(row, claimed_until=batch.until)
        return self.claim._replace(until=batch.until)


@dataclass(frozen=True)
class Release(OfClaim):
    """Let a message that was begun and surely not posted wait again, as if it had not been begun;
    its place at its destination is free again where nobody took the one after it."""

    def apply(self, batch: Batch, row: LedgerMessage) -> None:
        if not self.is_ours(row):
            return
        batch.change(row, state="gathered", attempts=row.attempts - 1, **FREE_CLAIM)
        place, at = (row.destination, self.claim.courier.name), self.claim.at
        if at is not None and batch.free_at(place) == at + self.claim.courier.pace:
            batch.set_free(place, at)


@dataclass(frozen=True)
class Sent(OfClaim):
    """Settle a message that a platform has taken, even where the claim was lost: whoever has it
    now would find it. What was marked as a possible repeat stays one."""

    platform_id: str
    repeat: bool
    free_at: datetime
    """The moment from which the destination is free for the next one."""

    def apply(self, batch: Batch, row: LedgerMessage) -> None:
        courier = self.claim.courier
        batch.pause((row.destination, courier.name), self.free_at)
        if row.state in OPEN:
            batch.settle(
                row, "sent", None, platform=courier.name, platform_id=self.platform_id,
                sent_at=batch.writing.now, repeat=row.repeat or self.repeat, **FREE,
            )  # fmt: skip


@dataclass(frozen=True)
class PutOff(OfClaim):
    """Keep a message that was not delivered for a later attempt, or give it up, and tell.

    One that may have arrived (`uncertain`, or by the error's own word) stays claimed by nobody,
    so that the next attempt looks for it first. `looked`: the attempt that failed was a look.
    """

    error: NotDelivered
    uncertain: bool = False
    looked: bool = False

    def apply(self, batch: Batch, row: LedgerMessage) -> datetime | None:
        """Gives when to try again, where the platform said so."""
        if not self.is_ours(row):
            return None
        error, attempts = self.error, row.attempts + self.looked
        uncertain = self.uncertain or error.uncertain
        if error.for_good or attempts >= MOST_ATTEMPTS:
            batch.settle(row, "failed", error.sentence, repeat=row.repeat or uncertain, **FREE)
            self._tell(batch, row, "undelivered", "could not be delivered")
            return None
        again = asked_for(error, batch.now)
        later = again or backoff(attempts, batch.now, batch.lasting)
        if uncertain:
            later = max(later or batch.now, batch.now + arrival(batch.lasting))
        if again is not None:
            batch.pause((row.destination, self.claim.courier.name), again)
        batch.settle(
            row, "claimed" if uncertain else "gathered", error.sentence, next_attempt_at=later,
            attempts=attempts, **FREE_CLAIM,
        )  # fmt: skip
        if attempts == TELL_AFTER:
            self._tell(
                batch, row, "undelivered-yet", "has not been delivered yet", " Duly goes on trying."
            )
        return again

    def _tell(
        self, batch: Batch, row: LedgerMessage, name: str, became: str, more: str = ""
    ) -> None:
        if FROM_DULY in row.key:
            return
        who = (
            row.destination
            if row.person is None
            else batch.writing.directory.person_name(row.person)
        )
        kind = {"digest": "The digest of", "channel": "The post of", "notice": "A notice of"}
        what = f"{kind[row.kind]} {row.day.day} {row.day:%B %Y} for {who} {became}:"
        batch.lines.append((f"{name}/{row.id}", f"{what} {self.error.sentence}{more}"))


@dataclass(frozen=True)
class Hold(OfMessage):
    """Let a message wait whose reader no platform reaches, and tell the secretary."""

    def apply(self, batch: Batch, row: LedgerMessage) -> None:
        if row.state != self.message.state or is_held(row, batch.now):
            return
        who = batch.writing.directory.person_name(row.destination)
        # It may have gone out before somewhere that is no more.
        repeat = row.repeat or row.state == "claimed"
        batch.settle(row, "held", f"no platform reaches {who}", repeat=repeat, **FREE)
        if FROM_DULY not in row.key:
            why = UNMET if row.destination.startswith("#") else NO_IDENTITY
            name = f"unreached/{row.destination}/{row.id}"
            batch.lines.append((name, f"{who} cannot be reached: {why}"))


@dataclass(frozen=True)
class BeginEdit(OfMessage):
    """Claim a posted message that is to be shown anew."""

    courier: Courier

    def apply(self, batch: Batch, row: LedgerMessage) -> Begun:
        if row.state != "sent" or row.shown == row.revision or is_held(row, batch.now):
            return None
        if (until := wait_until(row.next_attempt_at, batch.now)) is not None:
            return until
        return batch.claim(row, self.courier, attempts=row.attempts + 1)


@dataclass(frozen=True)
class EndEdit(OfClaim):
    """Settle an edit that was made, or that failed; it is never a new post."""

    error: NotDelivered | None

    @property
    def place(self) -> None:
        return None

    def apply(self, batch: Batch, row: LedgerMessage) -> datetime | None:
        """Gives when to try again, where the platform said so."""
        if not self.is_ours(row):
            return None
        if self.error is None or self.error.for_good:
            batch.change(row, shown=self.claim.message.revision, **FREE)
            return None
        again = asked_for(self.error, batch.now)
        later = again or backoff(row.attempts, batch.now, batch.lasting)
        batch.change(row, next_attempt_at=later, **FREE_CLAIM)
        return again
