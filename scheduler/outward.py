"""One pass of what waits through the platforms: many destinations at once, on one event loop.

A message is claimed and begun before its post and settled after it, in transactions that all in
hand share. What is plain goes through `lots`; a message that was perhaps posted is looked for.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from db.store import Store, Writing
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.letters import letters
from scheduler.lots import AHEAD, Other, Sent, Wanted
from scheduler.model import Courier, Foreseeing, Letter, Platform, asked, is_prompt
from scheduler.outcome import delivered, put_off, unreached
from scheduler.posting import Lanes
from scheduler.queued import Queued
from scheduler.together import Together

THREADS = 16
"""So many posts that wait in a thread are in hand at one moment."""
AT_ONCE = 1000
"""So many of those that wait on the loop."""
TURNS = 4
"""So many posts are begun before the loop looks whether an answer has come: the pace counts from
when it is heard."""
UNEXPECTED = "Duly itself failed; its log says how."

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Waiting:
    """A message to be posted, what it says, and through whom; None where nobody reaches it."""

    message: Queued
    letter: Letter
    courier: Courier | None


@dataclass(frozen=True)
class Ours:
    """A message that is claimed, and what it says now."""

    claim: Claim
    letter: Letter


class Outward:
    """Made and run on a loop of its own."""

    def __init__(
        self,
        store: Store,
        couriers: Sequence[Courier],
        lasting: timedelta,
        stopping: threading.Event,
        queue: Sequence[Waiting],
    ) -> None:
        self._store = store
        self._couriers = couriers
        self._lasting = lasting
        self._together = Together(store, lasting)
        self._lanes = Lanes(
            queue,
            self._attempt,
            store.clock,
            stopping,
            lane=lambda one: one.message.destination,
            pace=_pace,
        )
        self._room = {True: asyncio.Semaphore(AT_ONCE), False: asyncio.Semaphore(THREADS)}
        self._turns: deque[asyncio.Future[None]] = deque()
        self._giving: asyncio.Task[None] | None = None
        self._settling: set[asyncio.Future[None]] = set()
        self.done: list[int] = []
        """The ids of the messages delivered."""

    async def run(self) -> None:
        """Attempt all; what was delivered is settled when it returns, and when it raises."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "posting"))
        try:
            await self._lanes.run()
        finally:
            while self._settling:
                await asyncio.wait(self._settling)
            self._together.close()
        self._lanes.check()

    async def _attempt(self, one: Waiting) -> datetime | None:
        """One attempt at one message; gives when to try again if that is soon."""
        begun = one.message.state == "claimed"
        # What may have been posted is looked for where it was posted.
        through = (self._named(one.message.platform) if begun else None) or one.courier
        if through is None:
            await self._kept(one.message, lambda w: unreached(w, one.message))
            return None
        async with self._room[is_prompt(through)]:
            if begun or not isinstance(through, Platform):
                return await self._retaken(one, through)
            if not await self._foreseen(through, one):
                return None
            ahead = AHEAD if is_prompt(through) else timedelta(0)
            claim = await self._together.begin(Wanted(one.message, through, ahead))
            if claim is Other.BEGUN:
                return await self._retaken(one, through)
            if not isinstance(claim, Claim):
                return claim
            return await self._in_its_place(one, claim)

    async def _foreseen(self, through: Platform, one: Waiting) -> bool:
        """Have a platform find out where a message goes, before it is begun: posts then follow
        each other closely. False where the pass ended meanwhile."""
        if isinstance(through, Foreseeing):
            try:
                await through.foresee(one.message.destination)
            except Exception as error:
                log.info("not foreseen", extra={"key": one.message.key}, exc_info=error)
        return await self._lanes.rest(0)

    async def _in_its_place(self, one: Waiting, claim: Claim) -> datetime | None:
        """Post one that was begun, once its destination is free."""
        now = self._store.clock.machine()
        wait = min((claim.at or now) - now, AHEAD).total_seconds()
        if not await self._lanes.rest(wait):
            await self._together.release(claim)
            return None
        letter = one.letter
        if claim.message != one.message:
            letter = await asyncio.to_thread(self._rewritten, claim)
        return await self._posted(Ours(claim, letter))

    def _rewritten(self, claim: Claim) -> Letter:
        with self._store.read() as reading:
            return letters(reading, [claim.message])[claim.id]

    # One that was perhaps posted

    async def _retaken(self, one: Waiting, through: Courier) -> datetime | None:
        def take(writing: Writing) -> Ours | datetime | None:
            claim = claims.take(writing, one.message, through, self._lasting)
            if not isinstance(claim, Claim):
                return claim
            if claim.begun:
                return as_it_is(writing, claim, one)
            return begun(writing, claim, one, self._lasting)

        ours = await self._kept(one.message, take)
        if not isinstance(ours, Ours):
            return ours
        return await (self._looked(ours, one) if ours.claim.begun else self._posted(ours))

    async def _looked(self, ours: Ours, one: Waiting) -> datetime | None:
        """Look for a message that was perhaps posted; post it where it is not there, and say that
        it may be a repeat where nobody knows."""
        claim, platform = ours.claim, ours.claim.courier
        # One of a restored store may have gone out in a time of which nobody knows through what.
        elsewhere = claim.message.platform not in (None, platform.name)
        unknown = elsewhere or not isinstance(platform, Platform)
        found = None
        if isinstance(platform, Platform) and not unknown:
            try:
                found = await asked(platform.find, ours.letter)
            except NotDelivered as error:
                if not error.for_good:
                    return await self._put_off(claim, error, uncertain=True, looked=True)
                unknown = True
            except Exception as error:  # noqa: BLE001  one message must not keep the others back
                failed = _unexpected(claim, error)
                return await self._put_off(claim, failed, uncertain=True, looked=True)
        if found is not None:
            there, repeat = found, claim.message.repeat
            await self._kept(one.message, lambda w: delivered(w, claim, there, repeat=repeat))
            self.done.append(claim.id)
            return None

        mine = await self._kept(
            one.message, lambda w: begun(w, claim, one, self._lasting, repeat=unknown)
        )
        return await self._posted(mine) if isinstance(mine, Ours) else mine

    # The post

    async def _posted(self, ours: Ours) -> datetime | None:
        """Post one; gives when to try again if that is soon."""
        claim = await self._in_time(ours.claim)
        if claim is None:
            return None
        await self._turn()
        try:
            platform_id = await asked(claim.courier.post, ours.letter)
        except NotDelivered as error:
            return await self._put_off(claim, error)
        except Exception as error:  # noqa: BLE001  one message must not keep the others back
            return await self._put_off(claim, _unexpected(claim, error), uncertain=True)
        pace = claim.courier.pace if isinstance(claim.courier, Platform) else timedelta(0)
        free = self._store.clock.machine() + pace
        settled = self._together.sent(Sent(claim, platform_id, ours.letter.repeat, free))
        # Not waited for: the next one of this destination is begun in the same transaction.
        self._settling.add(settled)
        settled.add_done_callback(lambda _: self._settled(claim.id, settled))
        return None

    def _settled(self, id: int, settled: asyncio.Future[None]) -> None:
        self._settling.discard(settled)
        error = settled.exception()
        if error is None:
            self.done.append(id)
        else:
            self._lanes.fail(error)

    async def _turn(self) -> None:
        """Wait until it is one's turn to begin a post: hardly ever for longer than a moment."""
        turn = asyncio.get_running_loop().create_future()
        self._turns.append(turn)
        if self._giving is None:
            self._giving = asyncio.create_task(self._give_turns())
        await turn

    async def _give_turns(self) -> None:
        while self._turns:
            for _ in range(min(TURNS, len(self._turns))):
                turn = self._turns.popleft()
                if not turn.done():
                    turn.set_result(None)
            await asyncio.sleep(0)
        self._giving = None

    async def _in_time(self, claim: Claim) -> Claim | None:
        """The claim, with more than a quarter of its time left; None where somebody else has the
        message, since this process was held up for too long."""
        if not claims.is_ending(claim, self._store.clock.machine(), self._lasting):
            return claim
        return await self._kept(claim.message, lambda w: claims.renew(w, claim, self._lasting))

    async def _put_off(
        self,
        claim: Claim,
        error: NotDelivered,
        *,
        uncertain: bool = False,
        looked: bool = False,
    ) -> datetime | None:
        """Keep it for a later attempt; gives when, where that is soon."""
        now, lasting = self._store.clock.machine(), self._lasting
        kept = await self._kept(
            claim.message,
            lambda w: put_off(w, claim, error, uncertain=uncertain, looked=looked, lasting=lasting),
        )
        if not kept or error.for_good or error.retry_after is None:
            return None
        return now + timedelta(seconds=error.retry_after)

    async def _kept(self, message: Queued, act: Callable[[Writing], T]) -> T:
        """One transaction about a message, together with those of the other destinations."""
        return await self._together.do(act, message.destination)

    def _named(self, platform: str | None) -> Courier | None:
        return next((c for c in self._couriers if c.name == platform), None)


def begun(
    writing: Writing, claim: Claim, one: Waiting, lasting: timedelta, *, repeat: bool = False
) -> Ours | datetime | None:
    """A claimed message that is to be posted now, or when it may be."""
    found = claims.begin(writing, claim, one.courier, lasting, repeat=repeat)
    return as_it_is(writing, found, one) if isinstance(found, Claim) else found


def as_it_is(writing: Writing, claim: Claim, one: Waiting) -> Ours:
    """What a claimed message says now; a line may have joined it since it was queued."""
    now, then = claim.message, one.message
    same = (now.text, now.settled, now.repeat) == (then.text, then.settled, then.repeat)
    return Ours(claim, one.letter if same else letters(writing, [now])[claim.id])


def _unexpected(claim: Claim, error: Exception) -> NotDelivered:
    """What no face should raise: it is logged whole, and the message waits for a later attempt."""
    log.error("a message failed unexpectedly", extra={"key": claim.message.key}, exc_info=error)
    return NotDelivered(UNEXPECTED)


def _pace(one: Waiting) -> timedelta:
    """How long after another one it is attempted: one that is begun ahead, and one that is to be
    looked for, at once."""
    if not isinstance(one.courier, Platform) or one.message.state == "claimed":
        return timedelta(0)
    return timedelta(0) if is_prompt(one.courier) else one.courier.pace
