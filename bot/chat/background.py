"""Background tasks: work that waits until the platform has its answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class BackgroundTasks:
    """The tasks of one face, which it awaits before it stops."""

    def __init__(self, face: str) -> None:
        self._face = face
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once the platform has its answer; `settled` waits for it."""
        task = asyncio.create_task(self._logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until every task is done, those included that others began."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            # The outermost place of work that nobody waits for: an error must be found again.
            log.exception("work after the answer failed", extra={"face": self._face})
