"""Delivery: gathered messages go to a face, and the ledger remembers what became of them.

A message is claimed before each post and settled after it, each in a transaction of its own. So
a process that dies in between leaves a claim that another takes over when it runs out; whether
the post arrived is then asked of the platform before it is posted again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from db import tables as t
from db.errors import StoreBusy
from db.store import Actor, Reading, Store, Writing
from governance.errors import DulyError
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.ledger import settle
from scheduler.letters import letters
from scheduler.model import Courier, Letter, Platform
from scheduler.notices import FROM_DULY, tell_secretary
from scheduler.outcome import put_off, repeated, settled

ACTOR = Actor("scheduler", "scheduler")
PATIENCE = timedelta(seconds=3)
"""How long a pass waits for a destination to be free; a longer wait is for a later pass."""
BUSY_TRIES = 5
"""What a platform has taken is worth waiting for the store, each time as long as it allows."""

WAITING = timedelta(seconds=20)
"""How long a pass goes on waiting for one destination after another."""

T = TypeVar("T")


class _TakenOver(DulyError):
    """A claim ran out, and another process has the message now."""


@dataclass(frozen=True)
class _Waiting:
    """A message to be posted, what it says, and through whom; None where nobody reaches it."""

    message: t.Message
    letter: Letter
    courier: Courier | None


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
        delivered: list[int] = []
        seen: set[int | None] = set()
        # What could not be delivered is told the secretary, in this pass too.
        while queue := self._queue(seen, ready):
            seen |= {one.message.id for one in queue}
            near = [one for one in queue if _is_near(one.courier)]
            if near and not self.stopping.is_set():
                delivered.extend(self._at_once(near))
            self._each(
                [one for one in queue if not _is_near(one.courier)],
                lambda one: self._attempt(one, delivered),
            )
        return delivered

    def _queue(self, seen: Container[int | None], ready: Mapping[int, Letter]) -> list[_Waiting]:
        """What waits and was not attempted in this pass, with its letter and its courier."""
        with self.store.read() as reading:
            soon = reading.clock.machine() + PATIENCE
            found = [m for m in claims.waiting(reading, soon) if m.id not in seen]
            unwritten = [m for m in found if m.id not in ready]
            written = {**ready, **(letters(reading, unwritten) if unwritten else {})}
            return [
                _Waiting(m, written[m.id], route(reading, self.couriers, m.destination))
                for m in found
                if m.id is not None
            ]

    def _at_once(self, queue: Sequence[_Waiting]) -> list[int]:
        """Hand messages to couriers within this process: claimed together and settled together.

        Whatever ends it early, each is settled as far as it came; the one in hand stays claimed.
        """

        def take(writing: Writing) -> list[tuple[Claim, Letter]]:
            found = []
            for one in queue:
                assert one.courier is not None
                claim = claims.take(writing, one.message, one.courier, self.lasting)
                if isinstance(claim, Claim):
                    found.append((claim, one.letter))
            return found

        left = self._write(take)
        done: dict[int, str] = {}
        failed: list[tuple[Claim, NotDelivered]] = []
        try:
            while left:
                claim, letter = left.pop(0)
                if claim.begun:
                    _, letter = self._look(claim, letter)
                try:
                    done[claim.message.id or 0] = claim.courier.post(letter)
                except NotDelivered as error:
                    failed.append((claim, error))
        finally:
            self._write(lambda w: settled(w, done, failed, [claim for claim, _ in left]))
        return list(done)

    def _attempt(self, one: _Waiting, delivered: list[int]) -> datetime | None:
        """One attempt at one message; gives when to try again if that is soon."""
        message, courier = one.message, one.courier
        assert message.id is not None
        if courier is None:
            self._unreached(message)
            return None
        claim = self._write(lambda w: claims.take(w, message, courier, self.lasting))
        if not isinstance(claim, Claim):
            return claim
        again = self._post(claim, one.letter)
        if again is True:
            delivered.append(message.id)
        return again if isinstance(again, datetime) else None

    def edited(self) -> int:
        """Show posted messages anew whose lines were settled since; gives how many were."""
        platforms = {c.name: c for c in self.couriers if isinstance(c, Platform)}
        if not platforms:
            return 0
        with self.store.read() as reading:
            asked = reading.select(t.Message).where(
                t.Message.state == "sent", t.Message.shown != t.Message.revision
            )
            queue = reading.all(asked)
            written = letters(reading, queue) if queue else {}
        done = 0

        def attempt(message: t.Message) -> datetime | None:
            nonlocal done
            courier = platforms.get(message.platform or "")
            if courier is None or message.id is None:
                return None
            claim = self._write(lambda w: claims.take_edit(w, message, courier, self.lasting))
            if not isinstance(claim, Claim):
                return claim
            again = self._edit(claim, courier, written[message.id])
            done += again is None
            return again

        self._each(queue, attempt)
        return done

    def _each(self, queue: Sequence[T], attempt: Callable[[T], datetime | None]) -> None:
        """Attempt each; those that have to wait a moment are attempted again after it."""
        clock = self.store.clock
        end = clock.machine() + WAITING
        left = list(queue)
        while left and not self.stopping.is_set():
            later: list[tuple[datetime, T]] = []
            for one in left:
                if self.stopping.is_set():
                    return
                until = attempt(one)
                if until is not None and until - clock.machine() <= PATIENCE:
                    later.append((until, one))
            if not later or clock.machine() > end:
                return
            left = [one for _, one in later]
            wait = min(until for until, _ in later) - clock.machine()
            self.stopping.wait(max(0.0, wait.total_seconds()))

    def _post(self, claim: Claim, one: Letter) -> bool | datetime | None:
        """One attempt: True when it is delivered, or when to try again if that is soon."""
        message, courier = claim.message, claim.courier
        begun = claim.begun
        try:
            found = None
            if begun:
                found, one = self._look(claim, one)
            if found is None:
                begun = False
                found = courier.post(one)
        except _TakenOver:
            return None
        except NotDelivered as error:
            failed = error
            return self._write(lambda w: put_off(w, claim, failed, uncertain=begun))
        platform_id = found

        def mark(writing: Writing) -> bool:
            assert message.id is not None
            settle(
                writing,
                [message.id],
                state="sent",
                platform_id=platform_id,
                sent_at=writing.now,
                claimed_by=None,
                claimed_until=None,
                next_attempt_at=None,
                repeat=one.repeat,
            )
            if isinstance(courier, Platform):
                free = writing.clock.machine() + courier.pace
                claims.pause(writing, message, courier.name, free)
            return True

        return self._write(mark)

    def _look(self, claim: Claim, one: Letter) -> tuple[str | None, Letter]:
        """Whether a post that was never answered arrived; marked as a repeat where nobody knows."""
        courier = claim.courier
        unknown = not isinstance(courier, Platform)
        found = None
        if isinstance(courier, Platform):
            try:
                found = courier.find(one)
            except NotDelivered as error:
                if not error.for_good:
                    raise
                unknown = True
        if found is None:
            if not self._write(lambda w: claims.renew(w, claim, self.lasting)):
                raise _TakenOver("Another process took this message over.")
            if unknown:
                one = self._write(lambda w: repeated(w, claim.message))
        return found, one

    def _edit(self, claim: Claim, courier: Platform, one: Letter) -> datetime | None:
        message, revision = claim.message, claim.message.revision
        error: NotDelivered | None = None
        try:
            courier.edit(one, message.platform_id or "")
        except NotDelivered as failed:
            error = failed

        def mark(writing: Writing) -> datetime | None:
            now = writing.clock.machine()
            kept = writing.session.get_one(t.Message, message.id)
            kept.claimed_by = kept.claimed_until = kept.next_attempt_at = None
            again = None
            if error is None or error.for_good:
                kept.shown = revision
            elif error.retry_after is not None:
                again = kept.next_attempt_at = now + timedelta(seconds=error.retry_after)
            else:
                kept.next_attempt_at = claims.backoff(kept.attempts, now)
            writing.session.add(kept)
            return again

        return self._write(mark)

    def _unreached(self, message: t.Message) -> None:
        """Nobody knows where its reader is reached: it waits, and the secretary is told."""

        def hold(writing: Writing) -> None:
            assert message.id is not None
            who = writing.directory.person_name(message.destination)
            reason = f"no platform reaches {who}"
            settle(writing, [message.id], state="held", reason=reason)
            if FROM_DULY not in message.key:
                tell_secretary(
                    writing,
                    f"unreached/{message.destination}/{message.id}",
                    f"{who} cannot be reached: no chat identity of theirs is in the organisation "
                    "file. What is meant for them waits.",
                )

        self._write(hold)

    def _write(self, act: Callable[[Writing], T]) -> T:
        """One transaction; a busy store is waited for."""
        for _ in range(BUSY_TRIES - 1):
            try:
                with self.store.write(ACTOR) as writing:
                    return act(writing)
            except StoreBusy:
                continue
        with self.store.write(ACTOR) as writing:
            return act(writing)


def _is_near(courier: Courier | None) -> bool:
    """Whether a courier is within this process, where no answer is lost."""
    return courier is not None and not isinstance(courier, Platform)


def route(reading: Reading, couriers: Sequence[Courier], destination: str) -> Courier | None:
    """The first courier that reaches a destination; those within this process reach all."""
    return next(
        (c for c in couriers if not isinstance(c, Platform) or c.reaches(reading, destination)),
        None,
    )
