"""Whether the store keeps up: it answers in time, and nothing that may go is kept waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from time import monotonic

from db.backend import BUSY_SECONDS
from db.store import Store
from governance.errors import DulyError
from scheduler.health import LedgerHealth, combined, ledger_health

PATIENCE = BUSY_SECONDS
"""Seconds: a store that takes longer to answer one look is late."""
WAITED = timedelta(minutes=15)
"""Whatever may go and has not gone for longer is a reason: a platform, or the scheduler, fails."""


class StoreLate(DulyError):
    """The store did not answer in time."""


class StoreWatch:
    """Looks at the ledgers of some stores, however slow they are, without being held up.

    `stores` gives one for each organisation. A look that hangs is waited for once: whoever asks
    meanwhile hears that it hangs, and no second one is begun.
    """

    def __init__(
        self, stores: Callable[[], Iterable[Store]], *, patience: float = PATIENCE
    ) -> None:
        self._stores = stores
        self._patience = patience
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def standing(self) -> LedgerHealth:
        """How all their ledgers stand together. Raises StoreLate, and what a read raises."""
        with self._lock:
            look = self._look
            if look is None or not look.is_alive():
                look = self._look = _Look(self._stores)
                look.start()
        look.join(max(0.0, look.begun + self._patience - monotonic()))
        if look.is_alive():
            raise StoreLate(
                f"The store has not answered for {monotonic() - look.begun:.1f} seconds."
            )
        return look.outcome()

    def reasons(self) -> list[str]:
        """Why the store is not ready, a sentence each; nothing when it is."""
        try:
            found = self.standing()
        except DulyError as error:
            return [error.sentence]
        reasons = [f"The reminders of {name} could not be planned." for name in found.set_aside]
        if found.waited > WAITED:
            minutes = int(found.waited.total_seconds() // 60)
            reasons.append(f"Something that is due has not been delivered for {minutes} minutes.")
        return reasons


class _Look(threading.Thread):
    """One look, in a thread that the process does not wait for when it ends."""

    def __init__(self, stores: Callable[[], Iterable[Store]]) -> None:
        super().__init__(name="look at the store", daemon=True)
        self.begun = monotonic()
        self._stores = stores
        self._found: LedgerHealth | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._found = combined(_standing(store) for store in self._stores())
        except BaseException as error:  # noqa: BLE001  # raised again by whoever asked
            self._error = error

    def outcome(self) -> LedgerHealth:
        if self._error is not None:
            raise self._error
        assert self._found is not None
        return self._found


def _standing(store: Store) -> LedgerHealth:
    with store.read() as reading:
        return ledger_health(reading)
