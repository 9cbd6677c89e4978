"""Delivery: gathered messages go to a platform, and the ledger remembers what became of them.

A message is claimed and begun before its post and settled after it, in two transactions of the
outbox. So a process that dies in between leaves a claim that another takes over when it runs out;
whether the post arrived is then asked of the platform before it is posted again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from db.ledger import messages
from db.ledger.messages import LedgerMessage
from db.store import Store
from governance.errors import DulyError
from scheduler.courier import Courier, Letter, NotDelivered, route
from scheduler.group_commit import GroupCommit
from scheduler.letters import letters
from scheduler.outbox import AHEAD, CLAIM, Begun, Claim, is_ending
from scheduler.transitions import (
    Begin,
    BeginAgain,
    BeginEdit,
    EndEdit,
    Hold,
    PutOff,
    Release,
    Renew,
    Sent,
)

PAGE = 4000
"""The most messages that a pass goes through, the oldest first."""
SHORT_WAIT = timedelta(seconds=3)
"""The longest wait for a destination within a pass; a longer one is left to a later pass."""
PASS_SECONDS = 20.0
"""Seconds after which a pass begins no further attempt."""
STOP_CHECK = 0.1
"""Seconds after which the worker looks again whether the process is to end."""
UNEXPECTED = "Duly itself failed; its log says how."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """A message to be posted, its letter, and its courier; None where nobody reaches its reader."""

    message: LedgerMessage
    letter: Letter
    courier: Courier | None


Attempt = Callable[[Delivery], Awaitable[datetime | None]]
"""One attempt at a message; gives when to try the same one again, where that is soon."""


class DeliveryWorker:
    """One pass of delivery: a queue for each destination, all of them at once on one event loop.

    `ready` has letters that are written already, by the messages' ids. Once `stopping` is set,
    what is in flight is finished and the rest stays.
    """

    def __init__(
        self,
        store: Store,
        couriers: Sequence[Courier],
        lasting: timedelta = CLAIM,
        stopping: threading.Event | None = None,
        ready: Mapping[int, Letter] | None = None,
    ) -> None:
        self._store = store
        self._couriers = {courier.name: courier for courier in couriers}
        self._lasting = lasting
        self._stopping = stopping or threading.Event()
        self._ready = dict(ready or {})
        self._attempted: set[int] = set()
        self._delivered: list[int] = []
        self._error: BaseException | None = None
        self._end = inf

    def run(self) -> list[int]:
        """Post all that waits, then edit what is posted and out of date; gives the ids of the
        messages delivered.

        What could not be delivered stays in the ledger with the reason, and is tried again as long
        as that may help. Raises what failed first otherwise, once all that is in flight is settled.
        """
        asyncio.run(self._run())
        return self._delivered

    async def _run(self) -> None:
        self._outbox = GroupCommit(self._store, self._lasting)
        self._settling: set[asyncio.Future[None]] = set()
        self._slots = {c.name: asyncio.Semaphore(c.in_flight) for c in self._couriers.values()}
        self._ending = asyncio.Event()
        watch = asyncio.create_task(self._watch())
        try:
            left = PAGE
            # What could not be delivered is told the secretary, in this pass too.
            while left > 0 and (queue := await asyncio.to_thread(self._queue)):
                self._attempted |= {one.message.id for one in queue}
                await self._work(queue[:left], self._attempt)
                left -= len(queue)
            await self._settled()
            if self._error is None:
                edits = await asyncio.to_thread(self._edits)
                await self._work(edits, self._edit, at_once=False)
        finally:
            watch.cancel()
            await self._settled()
            await self._outbox.close()
        if self._error is not None:
            raise self._error

    def _queue(self) -> list[Delivery]:
        """The messages that wait and were not attempted in this pass."""
        if self._is_over():
            return []
        with self._store.read() as reading:
            soon = reading.clock.machine() + SHORT_WAIT
            waiting = messages.queue(reading, ("claimed", "gathered"), soon)
            waiting = [m for m in waiting if m.id not in self._attempted]
            unwritten = [m for m in waiting if m.id not in self._ready]
            written = self._ready | (letters(reading, unwritten) if unwritten else {})
            couriers = list(self._couriers.values())
            return [
                Delivery(m, written[m.id], route(reading, couriers, m.destination)) for m in waiting
            ]

    def _edits(self) -> list[Delivery]:
        """The posted messages whose lines were settled since."""
        with self._store.read() as reading:
            outdated = messages.outdated(reading, list(self._couriers))
            written = letters(reading, outdated) if outdated else {}
        return [Delivery(m, written[m.id], self._couriers[m.platform or ""]) for m in outdated]

    # Queues

    async def _work(
        self, deliveries: Sequence[Delivery], attempt: Attempt, *, at_once: bool = True
    ) -> None:
        """Attempt all of them: those of one destination one after another, those of several
        `at_once`."""
        self._end = monotonic() + PASS_SECONDS
        queues: dict[str, deque[Delivery]] = {}
        for one in deliveries:
            queues.setdefault(one.message.destination if at_once else "", deque()).append(one)
        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(self._follow(queue, attempt))

    async def _follow(self, queue: deque[Delivery], attempt: Attempt) -> None:
        wait = timedelta(0)
        try:
            while queue and await self._rest(wait):
                again = await attempt(queue[0])
                wait = again - self._store.clock.machine() if again is not None else timedelta(0)
                if again is None or wait > SHORT_WAIT:
                    queue.popleft()
                    wait = timedelta(0)
        except BaseException as error:  # noqa: BLE001  raised again once all in flight is settled
            self._fail(error)

    async def _rest(self, wait: timedelta) -> bool:
        """Wait; False once nothing more is to be begun, at once where that is so after it."""
        seconds = wait.total_seconds()
        if self._is_over(seconds):
            return False
        if seconds > 0:
            # However the clock is set meanwhile.
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ending.wait()
        return not self._is_over()

    def _is_over(self, seconds: float = 0.0) -> bool:
        over = self._error is not None or self._stopping.is_set()
        return over or monotonic() + seconds > self._end

    def _fail(self, error: BaseException) -> None:
        """Begin nothing more; the first error is raised in the end."""
        self._error = self._error or error
        self._ending.set()

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            await asyncio.sleep(STOP_CHECK)
        self._ending.set()

    # One message

    async def _attempt(self, one: Delivery) -> datetime | None:
        uncertain = one.message.state == "claimed"
        # What may have been posted is looked for where it was posted.
        through = self._couriers.get(one.message.platform or "") if uncertain else None
        courier = through or one.courier
        if courier is None:
            await self._outbox.submit(Hold(one.message))
            return None
        async with self._slots[courier.name]:
            if not uncertain and not await self._resolved(courier, one.message):
                return None
            begun: Begun = await self._outbox.submit(Begin(one.message, courier, AHEAD))
            if isinstance(begun, Claim) and begun.uncertain:
                begun = await self._look(begun, one)
            return await self._post(begun, one) if isinstance(begun, Claim) else begun

    async def _resolved(self, courier: Courier, message: LedgerMessage) -> bool:
        """Have a platform find out where a message goes before it is begun, so that posts follow
        each other closely. False where the pass ended meanwhile."""
        try:
            await courier.resolve(message.destination)
        except Exception as error:
            log.info("not resolved", extra={"key": message.key}, exc_info=error)
        return not self._is_over()

    async def _look(self, claim: Claim, one: Delivery) -> Begun:
        """Look for a message that was perhaps posted; begin it anew where it is not there, marked
        as a possible repeat where nobody can say."""
        letter = await self._letter(claim, one)
        # One of a restored store may have gone out in a time of which nobody knows through what.
        unknown = claim.message.platform not in (None, claim.courier.name)
        if not unknown:
            try:
                platform_id = await claim.courier.find(letter)
            except NotDelivered as error:
                if not error.for_good:
                    return await self._put_off(claim, error, looked=True)
                unknown = True
            except Exception as error:  # noqa: BLE001  one message must not keep the others back
                return await self._put_off(claim, _unexpected(claim, error), looked=True)
            else:
                if platform_id is not None:
                    self._settle(claim, platform_id, repeat=claim.message.repeat)
                    return None
        begun: Begun = await self._outbox.submit(BeginAgain(claim, one.courier, unknown, AHEAD))
        return begun

    async def _post(self, claim: Claim, one: Delivery) -> datetime | None:
        """Post a message that was begun, once its destination is free."""
        letter = await self._letter(claim, one)
        now = self._store.clock.machine()
        if not await self._rest(min((claim.at or now) - now, AHEAD)):
            await self._outbox.submit(Release(claim))
            return None
        if is_ending(claim, self._store.clock.machine(), self._lasting):
            renewed: Claim | None = await self._outbox.submit(Renew(claim))
            if renewed is None:
                return None  # this process was held up for too long: somebody else has it
            claim = renewed
        try:
            platform_id = await claim.courier.post(letter)
        except NotDelivered as error:
            return await self._put_off(claim, error)
        except Exception as error:  # noqa: BLE001  one message must not keep the others back
            return await self._put_off(claim, _unexpected(claim, error), uncertain=True)
        self._settle(claim, platform_id, repeat=letter.repeat)
        return None

    async def _edit(self, one: Delivery) -> datetime | None:
        assert one.courier is not None
        claim: Begun = await self._outbox.submit(BeginEdit(one.message, one.courier))
        if not isinstance(claim, Claim):
            return claim
        error: NotDelivered | None = None
        try:
            # A line may have been settled since it was queued.
            letter = await self._letter(claim, one)
            await claim.courier.edit(letter, claim.message.platform_id or "")
        except NotDelivered as failed:
            error = failed
        except DulyError:  # the store's trouble, and no message's
            raise
        except Exception as failed:
            log.error(
                "a message could not be shown anew",
                extra={"key": claim.message.key},
                exc_info=failed,
            )
            error = NotDelivered(UNEXPECTED)
        again: datetime | None = await self._outbox.submit(EndEdit(claim, error))
        return again

    async def _letter(self, claim: Claim, one: Delivery) -> Letter:
        """The letter of a claimed message as it is now: a line may have joined it."""
        now, then = claim.message, one.message
        if (now.text, now.settled, now.repeat) == (then.text, then.settled, then.repeat):
            return one.letter

        def write() -> Letter:
            with self._store.read() as reading:
                return letters(reading, [now])[claim.id]

        return await asyncio.to_thread(write)

    async def _put_off(
        self, claim: Claim, error: NotDelivered, *, uncertain: bool = False, looked: bool = False
    ) -> datetime | None:
        again: datetime | None = await self._outbox.submit(
            PutOff(claim, error, uncertain or looked, looked)
        )
        return again

    def _settle(self, claim: Claim, platform_id: str, *, repeat: bool) -> None:
        """Settle a message that a platform has; not waited for, so that the next one of its
        destination is begun in the same transaction."""
        free_at = self._store.clock.machine() + claim.courier.pace
        settled = self._outbox.submit(Sent(claim, platform_id, repeat, free_at))
        self._settling.add(settled)

        def note(_: object) -> None:
            self._settling.discard(settled)
            if (error := settled.exception()) is not None:
                self._fail(error)
            else:
                self._delivered.append(claim.id)

        settled.add_done_callback(note)

    async def _settled(self) -> None:
        while self._settling:
            await asyncio.wait(self._settling)


def _unexpected(claim: Claim, error: Exception) -> NotDelivered:
    """An error that no courier should raise: logged whole, and the message waits for a later
    attempt."""
    log.error("a message failed unexpectedly", extra={"key": claim.message.key}, exc_info=error)
    return NotDelivered(UNEXPECTED)
