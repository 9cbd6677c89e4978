"""What several threads want of the ledger at one moment is one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from db.errors import StoreAway, StoreBusy
from db.store import Store, Writing
from scheduler.rounds import patiently

T = TypeVar("T")


@dataclass
class _Asked:
    """What one thread wants done; `act` may be called more than once."""

    order: str
    act: Callable[[Writing], Any]
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None


class Together:
    """Transactions about messages, those of all threads that wait at one moment in one.

    Whoever comes first commits by itself; whoever comes while that lasts is taken along by the
    next. A commit takes as long for twenty as for one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[_Asked] = []

    def do(self, act: Callable[[Writing], T], order: str) -> T:
        """Like `patiently`: gives what `act` gave, once that is committed, or raises what it
        raised. Acts are called in the order of `order`, the destination whose rows they lock, so
        that two processes never wait for each other crosswise."""
        mine = _Asked(order, act)
        with self._lock:
            self._waiting.append(mine)
        with self._writing:
            if not mine.is_done:
                with self._lock:
                    found, self._waiting = self._waiting, []
                self._act(sorted(found, key=lambda one: one.order))
        if mine.error is not None:
            raise mine.error
        result: T = mine.result
        return result

    def _act(self, asked: list[_Asked]) -> None:
        try:
            done = patiently(self._store, lambda writing: [one.act(writing) for one in asked])
        except (StoreBusy, StoreAway) as error:
            self._fail(asked, error)
        except Exception as error:  # noqa: BLE001  raised again by the thread whose fault it is
            if len(asked) == 1:
                self._fail(asked, error)
            else:
                for one in asked:
                    self._act([one])
        except BaseException as error:
            self._fail(asked, error)
            raise
        else:
            for one, result in zip(asked, done, strict=True):
                one.result, one.is_done = result, True

    def _fail(self, asked: list[_Asked], error: BaseException) -> None:
        for one in asked:
            one.error, one.is_done = error, True
