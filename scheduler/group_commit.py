"""Group commit: the outbox operations that concurrent posts ask for at one moment are one
transaction, made in a thread while the posts go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeAlias

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
)

from db.errors import StoreAway, StoreBusy
from db.store import Actor, Store
from scheduler.outbox import Operation, commit

ACTOR = Actor("scheduler", "scheduler")
LINGER = 0.01
"""Seconds for which a transaction waits for others' operations: a commit takes as long for two
hundred as for one, and posts that are under way need the processor now."""
STORE_ATTEMPTS = 5
"""Attempts at a transaction while the store is busy or away, each as long as the store allows: what
a platform has taken is worth the wait."""

_Pending: TypeAlias = "tuple[Operation, asyncio.Future[Any]]"


class GroupCommit:
    """Carries out outbox operations, all that were submitted meanwhile in one transaction.

    A store that is busy or away is waited for. What is wrong with one operation takes nothing of
    the others back.
    """

    def __init__(self, store: Store, lasting: timedelta) -> None:
        self._store = store
        self._lasting = lasting
        self._pending: list[_Pending] = []
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._flushing: asyncio.Task[None] | None = None

    def submit(self, operation: Operation) -> asyncio.Future[Any]:
        """The operation's result, once it is committed. Raises StoreBusy and StoreAway."""
        future = asyncio.get_running_loop().create_future()
        self._pending.append((operation, future))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return future

    async def close(self) -> None:
        """Carry out all that was submitted."""
        while self._flushing is not None:
            await self._flushing
        self._thread.shutdown()

    async def _flush(self) -> None:
        while self._pending:
            await asyncio.sleep(LINGER)
            pending, self._pending = self._pending, []
            await self._carry_out(pending)
        self._flushing = None

    async def _carry_out(self, pending: Sequence[_Pending]) -> None:
        operations = [operation for operation, _ in pending]
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._thread, self._commit, operations)
        except Exception as error:  # noqa: BLE001  raised again by whoever submitted it
            if len(pending) > 1 and not isinstance(error, StoreBusy | StoreAway):
                for one in pending:
                    await self._carry_out([one])
                return
            for _, future in pending:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(pending, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _commit(self, operations: Sequence[Operation]) -> list[Any]:
        def wait(state: RetryCallState) -> float:
            # A store that is busy has let the attempt wait for as long already.
            error = state.outcome.exception() if state.outcome is not None else None
            return self._store.busy_timeout if isinstance(error, StoreAway) else 0.0

        for attempt in Retrying(
            retry=retry_if_exception_type((StoreBusy, StoreAway)),
            stop=stop_after_attempt(STORE_ATTEMPTS),
            wait=wait,
            reraise=True,
        ):
            with attempt, self._store.write(ACTOR, alone=False) as writing:
                return commit(writing, operations, self._lasting)
        raise AssertionError("an attempt returns or raises")
