"""Delivery: gathered messages go to a face, and the ledger remembers what became of them.

A message is claimed before each post and settled after it, each in a transaction of its own. So
a process that dies in between leaves a claim that another takes over when it runs out; whether
the post arrived is then asked of the platform before it is posted again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from db import tables as t
from db.store import Reading, Store, Writing
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.letters import letters
from scheduler.model import Courier, Letter, Platform
from scheduler.outcome import delivered, put_off, settled, unreached
from scheduler.posting import Lanes
from scheduler.rounds import PATIENCE, patiently
from scheduler.together import Together

PAGE = 4000
"""So many messages a pass goes through a platform, the oldest first."""
UNEXPECTED = "Duly itself failed; its log says how."

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    """A message to be posted, what it says, and through whom; None where nobody reaches it."""

    message: t.Message
    letter: Letter
    courier: Courier | None


@dataclass(frozen=True)
class _Ours:
    """A message that is claimed, and what it says now."""

    claim: Claim
    letter: Letter


@dataclass
class Delivery:
    """One pass's posts through some couriers."""

    store: Store
    couriers: Sequence[Courier]
    lasting: timedelta = claims.CLAIM
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the process is to end: what is in hand is finished, the rest stays."""

    def __post_init__(self) -> None:
        self._together = Together(self.store)

    def posted(self, ready: Mapping[int, Letter]) -> list[int]:
        """Post all that waits; gives the ids of the messages delivered.

        `ready` has letters that are written already. One that could not be delivered stays in the
        ledger with the reason, and is tried again as long as that may help.
        """
        done: list[int] = []
        seen: set[int | None] = set()
        left = PAGE
        # What could not be delivered is told the secretary, in this pass too.
        while queue := self._queue(seen, ready):
            seen |= {one.message.id for one in queue}
            near = [one for one in queue if _is_near(one.courier)]
            if near and not self.stopping.is_set():
                done.extend(self._at_once(near))
            far = [one for one in queue if not _is_near(one.courier)][:left]
            left -= len(far)
            Lanes(
                far,
                lambda one: self._attempt(one, done),
                self.store.clock,
                self.stopping,
                lane=lambda one: one.message.destination,
                pace=_pace,
            ).run()
        return done

    def _queue(self, seen: Container[int | None], ready: Mapping[int, Letter]) -> list[_Waiting]:
        """What waits and was not attempted in this pass, with its letter and its courier."""
        with self.store.read() as reading:
            soon = reading.clock.machine() + PATIENCE
            waiting = [*claims.uncertain(reading, soon), *claims.unposted(reading, soon)]
            found = [m for m in waiting if m.id not in seen]
            unwritten = [m for m in found if m.id not in ready]
            written = {**ready, **(letters(reading, unwritten) if unwritten else {})}
            return [
                _Waiting(m, written[m.id], route(reading, self.couriers, m.destination))
                for m in found
                if m.id is not None
            ]

    # Within this process

    def _at_once(self, queue: Sequence[_Waiting]) -> list[int]:
        """Hand messages to couriers within this process: claimed together and settled together.

        Whatever ends it early, each is settled as far as it came; the one in hand stays claimed.
        """

        def take(writing: Writing) -> list[_Ours]:
            found = []
            for one in queue:
                assert one.courier is not None
                claim = claims.take(writing, one.message, one.courier, self.lasting)
                if isinstance(claim, Claim):
                    # Nobody can look whether it was printed.
                    ours = self._begun(writing, claim, one, repeat=claim.begun)
                    found += [ours] if isinstance(ours, _Ours) else []
            return found

        left = patiently(self.store, take)
        done: dict[int, str] = {}
        failed: list[tuple[Claim, NotDelivered]] = []
        try:
            while left:
                ours = left.pop(0)
                claim = self._in_time(ours.claim)
                if claim is None:
                    continue
                try:
                    done[claim.id] = claim.courier.post(ours.letter)
                except NotDelivered as error:
                    failed.append((claim, error))
        finally:
            patiently(self.store, lambda w: settled(w, done, failed, [one.claim for one in left]))
        return list(done)

    # Through a platform

    def _attempt(self, one: _Waiting, done: list[int]) -> datetime | None:
        """One attempt at one message; gives when to try again if that is soon."""
        begun = one.message.state == "claimed"
        # What may have been posted is looked for where it was posted.
        through = (self._named(one.message.platform) if begun else None) or one.courier
        if through is None:
            self._kept(one.message, lambda w: unreached(w, one.message))
            return None
        asked = through

        def take(writing: Writing) -> _Ours | datetime | None:
            claim = claims.take(writing, one.message, asked, self.lasting)
            if not isinstance(claim, Claim):
                return claim
            if claim.begun:
                return _as_it_is(writing, claim, one)
            return self._begun(writing, claim, one)

        ours = self._kept(one.message, take)
        if not isinstance(ours, _Ours):
            return ours
        result = self._looked(ours, one) if ours.claim.begun else self._posted(ours)
        if result is True:
            done.append(ours.claim.id)
        return result if isinstance(result, datetime) else None

    def _looked(self, ours: _Ours, one: _Waiting) -> bool | datetime | None:
        """Look for a message that was perhaps posted; post it where it is not there, and say that
        it may be a repeat where nobody knows."""
        claim, platform = ours.claim, ours.claim.courier
        # One of a restored store may have gone out in a time of which nobody knows through what.
        elsewhere = claim.message.platform not in (None, platform.name)
        unknown = elsewhere or not isinstance(platform, Platform)
        found = None
        if isinstance(platform, Platform) and not unknown:
            try:
                found = platform.find(ours.letter)
            except NotDelivered as error:
                if not error.for_good:
                    return self._put_off(claim, error, uncertain=True, looked=True)
                unknown = True
            except Exception as error:  # noqa: BLE001  one message must not keep the others back
                return self._put_off(claim, _unexpected(claim, error), uncertain=True, looked=True)
        if found is not None:
            return self._delivered(claim, found, repeat=claim.message.repeat)

        mine = self._kept(one.message, lambda w: self._begun(w, claim, one, repeat=unknown))
        return self._posted(mine) if isinstance(mine, _Ours) else mine

    def _begun(
        self, writing: Writing, claim: Claim, one: _Waiting, *, repeat: bool = False
    ) -> _Ours | datetime | None:
        """A claimed message that is to be posted now, or when it may be."""
        begun = claims.begin(writing, claim, one.courier, self.lasting, repeat=repeat)
        return _as_it_is(writing, begun, one) if isinstance(begun, Claim) else begun

    def _posted(self, ours: _Ours) -> bool | datetime | None:
        """Post one: True when it is delivered, or when to try again if that is soon."""
        claim = self._in_time(ours.claim)
        if claim is None:
            return None
        try:
            platform_id = claim.courier.post(ours.letter)
        except NotDelivered as error:
            return self._put_off(claim, error)
        except Exception as error:  # noqa: BLE001  one message must not keep the others back
            return self._put_off(claim, _unexpected(claim, error), uncertain=True)
        return self._delivered(claim, platform_id, repeat=ours.letter.repeat)

    def _in_time(self, claim: Claim) -> Claim | None:
        """The claim, with more than a quarter of its time left; None where somebody else has the
        message, since this process was held up for too long."""
        if not claims.is_ending(claim, self.store.clock.machine(), self.lasting):
            return claim
        return self._kept(claim.message, lambda w: claims.renew(w, claim, self.lasting))

    def _delivered(self, claim: Claim, platform_id: str, *, repeat: bool) -> bool:
        return self._kept(claim.message, lambda w: delivered(w, claim, platform_id, repeat=repeat))

    def _put_off(
        self,
        claim: Claim,
        error: NotDelivered,
        *,
        uncertain: bool = False,
        looked: bool = False,
    ) -> datetime | None:
        """Keep it for a later attempt; gives when, where that is soon."""
        now = self.store.clock.machine()
        kept = self._kept(
            claim.message,
            lambda w: put_off(
                w, claim, error, uncertain=uncertain, looked=looked, lasting=self.lasting
            ),
        )
        if not kept or error.for_good or error.retry_after is None:
            return None
        return now + timedelta(seconds=error.retry_after)

    def _kept(self, message: t.Message, act: Callable[[Writing], T]) -> T:
        """One transaction about a message, together with those of the other destinations."""
        return self._together.do(act, message.destination)

    def _named(self, platform: str | None) -> Courier | None:
        return next((c for c in self.couriers if c.name == platform), None)


def _as_it_is(writing: Writing, claim: Claim, one: _Waiting) -> _Ours:
    """What a claimed message says now; a line may have joined it since it was queued."""
    now, then = claim.message, one.message
    same = (now.text, now.settled, now.repeat) == (then.text, then.settled, then.repeat)
    return _Ours(claim, one.letter if same else letters(writing, [now])[claim.id])


def _unexpected(claim: Claim, error: Exception) -> NotDelivered:
    """What no face should raise: it is logged whole, and the message waits for a later attempt."""
    log.error("a message failed unexpectedly", extra={"key": claim.message.key}, exc_info=error)
    return NotDelivered(UNEXPECTED)


def _pace(one: _Waiting) -> timedelta:
    """How long after another one it may go; to look for one needs no waiting."""
    if isinstance(one.courier, Platform) and one.message.state != "claimed":
        return one.courier.pace
    return timedelta(0)


def _is_near(courier: Courier | None) -> bool:
    """Whether a courier is within this process, where no answer is lost."""
    return courier is not None and not isinstance(courier, Platform)


def route(reading: Reading, couriers: Sequence[Courier], destination: str) -> Courier | None:
    """The first courier that reaches a destination; those within this process reach all."""
    return next(
        (c for c in couriers if not isinstance(c, Platform) or c.reaches(reading, destination)),
        None,
    )
