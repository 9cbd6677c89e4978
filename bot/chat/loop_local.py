"""Resources of one event loop each, such as an HTTP session: closed when their loop is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class LoopLocal(Generic[T]):
    """A resource for each event loop, opened where it is first asked for."""

    def __init__(self, open: Callable[[], T], close: Callable[[T], Awaitable[None]]) -> None:
        self._open = open
        self._close = close
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[T, AsyncIterator[None]]] = (
            WeakKeyDictionary()
        )

    async def get(self) -> T:
        """The resource of the loop that is running."""
        loop = asyncio.get_running_loop()
        kept = self._kept.get(loop)
        if kept is not None:
            return kept[0]
        resource = self._open()
        lasting = self._lasting(resource)
        self._kept[loop] = resource, lasting
        await anext(lasting)
        return resource

    async def _lasting(self, resource: T) -> AsyncIterator[None]:
        # A loop closes its asynchronous generators when it ends.
        try:
            yield
        finally:
            await self._close(resource)
