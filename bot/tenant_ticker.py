"""Ticks of several organisations in one process, none of which waits for another's."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Protocol

from db.store import Store
from scheduler.courier import Couriers
from scheduler.tick import tick
from scheduler.watching import Witness, witnessed

TICK_THREADS = 8
"""Organisations that are ticked at once."""
TICK_WAIT_SECONDS = 1.0
"""Time that one round waits for its ticks; one that takes longer goes on, and the next round
leaves its organisation out."""

log = logging.getLogger("duly.run")


class TenantCouriers(Protocol):
    """Source of each organisation's couriers, with its store."""

    def refuse_pretended(self) -> None: ...

    def couriers(self, claim: timedelta) -> Sequence[tuple[Store, Couriers]]: ...


class TenantTicker:
    """Ticks every organisation, until the process is asked to end; `witness` counts the work."""

    def __init__(
        self, face: TenantCouriers, claim: timedelta, witness: Witness | None = None
    ) -> None:
        self.stopping = threading.Event()
        self.stores: tuple[Store, ...] = ()
        """The stores that were ticked last, one for each organisation."""
        self._face = face
        self._claim = claim
        self._witness = witness
        self._notes: dict[int, str] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._running: dict[int, Future[None]] = {}

    def tick(self) -> None:
        """Tick each organisation. Raises the first failure, once all had their turn; the others are
        in the log."""
        if self.stopping.is_set():
            return
        self._face.refuse_pretended()  # another process may have ticked this store with --at
        couriers = self._face.couriers(self._claim)
        self.stores = tuple(store for store, _ in couriers)
        if len(couriers) == 1:
            self._tick(0, *couriers[0])
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(TICK_THREADS, thread_name_prefix="tick")
        for number, (store, courier) in enumerate(couriers):
            if number not in self._running:
                self._running[number] = self._pool.submit(self._tick, number, store, courier)
        done = wait(self._running.values(), timeout=TICK_WAIT_SECONDS).done
        ended = {number: future for number, future in self._running.items() if future in done}
        for number in ended:
            del self._running[number]
        failed = [error for future in ended.values() if (error := future.exception()) is not None]
        for error in failed[1:]:
            log.error("tick failed", exc_info=error)
        if failed:
            raise failed[0]

    def _tick(self, number: int, store: Store, courier: Couriers) -> None:
        with witnessed(store, courier, self._witness) as through:
            report = tick(store, through, claim=self._claim, stopping=self.stopping)
        if report.note and report.note != self._notes.get(number):
            log.warning("nothing planned", extra={"reason": report.note})
        self._notes[number] = report.note or ""

    def reasons(self) -> list[str]:
        """The reasons why nothing is planned; none when all is well."""
        return list(dict.fromkeys(filter(None, self._notes.values())))

    def close(self) -> None:
        """Wait for the ticks that are in hand."""
        self.stopping.set()
        if self._pool is not None:
            self._pool.shutdown()
