"""Readiness of the store: it answers in time, and nothing that may go is kept waiting."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from time import monotonic

from db.backend import BUSY_SECONDS
from db.store import Store
from governance.errors import DulyError
from scheduler.health import LedgerHealth, combined, ledger_health

PROBE_SECONDS = BUSY_SECONDS
"""Time in which the store has to answer one probe."""
OVERDUE_AFTER = timedelta(minutes=15)
"""A message that may go and has not gone for longer means that a platform, or the scheduler,
fails."""

log = logging.getLogger("duly.readiness")


async def pool_reasons(timeout: float = PROBE_SECONDS) -> list[str]:
    """The reason why nothing moves, where no thread of the event loop's pool becomes free in time.

    Commands that write or search run in that pool; when all its threads are stuck, none begins.
    """
    work = asyncio.get_running_loop().run_in_executor(None, int)
    done, _ = await asyncio.wait({work}, timeout=timeout)
    if done:
        return []
    work.cancel()
    return ["Every thread that answers commands has been busy for a while; nothing moves."]


class StoreLate(DulyError):
    """The store did not answer in time."""


class StoreProbe:
    """Reads the state of some stores' ledgers within a time limit, however slow they are.

    `stores` gives one for each organisation. A read that hangs is waited for once: callers
    meanwhile get StoreLate at once, and no second one is begun.
    """

    def __init__(
        self, stores: Callable[[], Iterable[Store]], *, timeout: float = PROBE_SECONDS
    ) -> None:
        self._stores = stores
        self._timeout = timeout
        self._lock = threading.Lock()
        self._thread: _ProbeThread | None = None

    def health(self) -> LedgerHealth:
        """The state of all their ledgers together. Raises StoreLate, and what a read raises."""
        with self._lock:
            thread = self._thread
            if thread is None or not thread.is_alive():
                thread = self._thread = _ProbeThread(self._stores)
                thread.start()
        thread.join(max(0.0, thread.begun + self._timeout - monotonic()))
        if thread.is_alive():
            raise StoreLate(
                f"The store has not answered for {monotonic() - thread.begun:.1f} seconds."
            )
        return thread.result()

    def reasons(self) -> list[str]:
        """The reasons why the store is not ready, a sentence each; none when it is."""
        try:
            health = self.health()
        except DulyError as error:
            if error.public != error.sentence:
                log.warning("store not read", extra={"reason": error.sentence})
            return [error.public]
        reasons = [f"The reminders of {name} could not be planned." for name in health.set_aside]
        if health.waited > OVERDUE_AFTER:
            minutes = int(health.waited.total_seconds() // 60)
            reasons.append(f"Something that is due has not been delivered for {minutes} minutes.")
        return reasons


class _ProbeThread(threading.Thread):
    """One read of the ledgers, in a thread that the process does not wait for when it ends."""

    def __init__(self, stores: Callable[[], Iterable[Store]]) -> None:
        super().__init__(name="store probe", daemon=True)
        self.begun = monotonic()
        self._stores = stores
        self._health: LedgerHealth | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._health = combined(_health(store) for store in self._stores())
        except BaseException as error:  # noqa: BLE001  # raised again by whoever asked
            self._error = error

    def result(self) -> LedgerHealth:
        if self._error is not None:
            raise self._error
        assert self._health is not None
        return self._health


def _health(store: Store) -> LedgerHealth:
    with store.read() as reading:
        return ledger_health(reading)
