"""Delivery: gathered messages go to a face, and the ledger remembers what became of them.

A message is claimed before each post and settled after it, in two transactions. So a process
that dies in between leaves a claim that another takes over when it runs out; whether the post
arrived is then asked of the platform before it is posted again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from db.store import Reading, Store, Writing
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.letters import letters
from scheduler.model import Courier, Letter, Platform, waited
from scheduler.outcome import settled
from scheduler.outward import Ours, Outward, Waiting, begun
from scheduler.rounds import PATIENCE, patiently

PAGE = 4000
"""So many messages a pass goes through a platform, the oldest first."""


@dataclass
class Delivery:
    """One pass's posts through some couriers."""

    store: Store
    couriers: Sequence[Courier]
    lasting: timedelta = claims.CLAIM
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the process is to end: what is in hand is finished, the rest stays."""

    def posted(self, ready: Mapping[int, Letter]) -> list[int]:
        """Post all that waits; gives the ids of the messages delivered.

        `ready` has letters that are written already. One that could not be delivered stays in the
        ledger with the reason, and is tried again as long as that may help.
        """
        done: list[int] = []
        seen: set[int] = set()
        left = PAGE
        # What could not be delivered is told the secretary, in this pass too.
        while queue := self._queue(seen, ready):
            seen |= {one.message.id for one in queue}
            near = [one for one in queue if _is_near(one.courier)]
            if near and not self.stopping.is_set():
                done.extend(self._at_once(near))
            far = [one for one in queue if not _is_near(one.courier)][:left]
            left -= len(far)
            if far:
                asyncio.run(self._outward(far, done))
        return done

    def _queue(self, seen: Container[int], ready: Mapping[int, Letter]) -> list[Waiting]:
        """What waits and was not attempted in this pass, with its letter and its courier."""
        with self.store.read() as reading:
            soon = reading.clock.machine() + PATIENCE
            waiting = [*claims.uncertain(reading, soon), *claims.unposted(reading, soon)]
            found = [m for m in waiting if m.id not in seen]
            unwritten = [m for m in found if m.id not in ready]
            written = {**ready, **(letters(reading, unwritten) if unwritten else {})}
            return [
                Waiting(m, written[m.id], route(reading, self.couriers, m.destination))
                for m in found
            ]

    # Within this process

    def _at_once(self, queue: Sequence[Waiting]) -> list[int]:
        """Hand messages to couriers within this process: claimed together and settled together.

        Whatever ends it early, each is settled as far as it came; the one in hand stays claimed.
        """

        def take(writing: Writing) -> list[Ours]:
            found = []
            for one in queue:
                assert one.courier is not None
                claim = claims.take(writing, one.message, one.courier, self.lasting)
                if isinstance(claim, Claim):
                    # Nobody can look whether it was printed.
                    ours = begun(writing, claim, one, self.lasting, repeat=claim.begun)
                    found += [ours] if isinstance(ours, Ours) else []
            return found

        left = patiently(self.store, take)
        done: dict[int, str] = {}
        failed: list[tuple[Claim, NotDelivered]] = []
        try:
            while left:
                ours = left.pop(0)
                claim = self._renewed(ours.claim)
                if claim is None:
                    continue
                try:
                    done[claim.id] = waited(claim.courier.post(ours.letter))
                except NotDelivered as error:
                    failed.append((claim, error))
        finally:
            patiently(self.store, lambda w: settled(w, done, failed, [one.claim for one in left]))
        return list(done)

    def _renewed(self, claim: Claim) -> Claim | None:
        """The claim, with more than a quarter of its time left; None where somebody else has it."""
        if not claims.is_ending(claim, self.store.clock.machine(), self.lasting):
            return claim
        return patiently(self.store, lambda w: claims.renew(w, claim, self.lasting))

    # Through a platform

    async def _outward(self, queue: Sequence[Waiting], done: list[int]) -> None:
        outward = Outward(self.store, self.couriers, self.lasting, self.stopping, queue)
        try:
            await outward.run()
        finally:
            done += outward.done


def _is_near(courier: Courier | None) -> bool:
    """Whether a courier is within this process, where no answer is lost."""
    return courier is not None and not isinstance(courier, Platform)


def route(reading: Reading, couriers: Sequence[Courier], destination: str) -> Courier | None:
    """The first courier that reaches a destination; those within this process reach all."""
    return next(
        (c for c in couriers if not isinstance(c, Platform) or c.reaches(reading, destination)),
        None,
    )
