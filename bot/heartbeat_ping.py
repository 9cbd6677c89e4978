"""A sign of life: after a good tick an address is asked for, so that its owner notices silence.

For services such as healthchecks.io, which tell somebody when they have not been asked for a
while. Nothing waits for the answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http.client import HTTPException
from time import monotonic
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

EVERY_SECONDS = 60.0
TIMEOUT = 5.0
QUIET_SECONDS = 60 * 60.0
"""Between two lines of the log about the same trouble."""

log = logging.getLogger("duly.heartbeat_ping")


class SignOfLife:
    """Asks for `url` (http or https) at most once a minute, in a thread of its own."""

    def __init__(
        self, url: str, *, timeout: float = TIMEOUT, clock: Callable[[], float] = monotonic
    ) -> None:
        self._url = url
        self._timeout = timeout
        self._clock = clock
        self._asked: float | None = None
        self._told: float | None = None
        self._thread: threading.Thread | None = None

    def ticked(self, ok: bool) -> None:
        """A tick has ended; returns at once."""
        now = self._clock()
        if not ok or (self._asked is not None and now - self._asked < EVERY_SECONDS):
            return
        if self._thread is not None and self._thread.is_alive():
            return
        self._asked = now
        self._thread = threading.Thread(target=self._ask, name="sign of life", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the one on its way has ended, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _ask(self) -> None:
        # settings take http and https only
        request = Request(self._url, headers={"User-Agent": "Duly"})  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                answer.read(1)
        except (OSError, HTTPException, ValueError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        now = self._clock()
        if self._told is not None and now - self._told < QUIET_SECONDS:
            return
        self._told = now
        # The address itself is as good as a password to whoever reads it.
        host = urlsplit(self._url).hostname
        log.warning("sign of life not taken", extra={"host": host, "reason": str(error)})
