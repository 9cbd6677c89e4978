"""The Home tab: shown when it is opened, and again when its reader has changed something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks.elements import section
from bot.slack.blocks.escape import escape
from bot.slack.blocks.home import home_view
from bot.slack.errors import why
from bot.slack.identity import UNREACHED, Asker
from db.store import Store
from messages.home import home

Json = dict[str, Any]

log = logging.getLogger(__name__)


class Homes:
    """Every reader's Home tab; `later` runs what need not be waited for."""

    def __init__(
        self,
        store: Store,
        client: AsyncWebClient,
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._store = store
        self._client = client
        self._later = later
        self._opened: set[str] = set()

    async def opened(self, asker: Asker) -> None:
        """Somebody looks at their Home tab."""
        self._opened.add(asker.user)
        await self._publish(asker)

    async def refused(self, user: str, sentence: str) -> None:
        """Somebody who gets nothing looks at theirs."""
        await self._put(user, {"type": "home", "blocks": [section(escape(sentence))]})

    def changed(self, asker: Asker) -> None:
        """Somebody may have changed something: show it, where their Home tab was ever opened."""
        if asker.user in self._opened:
            self._later(self._publish(asker))

    async def _publish(self, asker: Asker) -> None:
        await self._put(asker.user, await asyncio.to_thread(self._view, asker))

    def _view(self, asker: Asker) -> Json:
        with self._store.read() as reading:
            return home_view(home(reading, asker.person))

    async def _put(self, user: str, view: Json) -> None:
        try:
            await self._client.views_publish(user_id=user, view=view)
        except UNREACHED as error:
            log.warning("Home was not shown", extra={"user": user, "reason": why(error)})
