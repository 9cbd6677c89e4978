"""Work that waits until the platform has its answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class InHand:
    """Background tasks of one face, put off until after its answer."""

    def __init__(self, face: str) -> None:
        self._face = face
        self._tasks: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something once the platform has its answer; `settled` waits for it."""
        task = asyncio.create_task(self._told(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until all that was put off is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            # The outermost place of work that nobody waits for: what went wrong must be found
            # again.
            log.exception("work after the answer failed", extra={"face": self._face})
