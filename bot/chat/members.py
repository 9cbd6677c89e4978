"""Somebody who gets no answer: the refusal they read, and a line about it in the access log."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from governance.errors import DulyError

FRESH = timedelta(days=1)
"""What a platform said of somebody holds so long; then it is read again."""
STALE = timedelta(days=2)
"""Where the platform does not answer, what it said last holds so long and no longer."""
QUIET = timedelta(hours=1)
"""Between two lines of the access log about the same person and reason."""
PATIENCE = 1.2
"""Seconds to wait for the platform to say who somebody is, or what a channel is."""

log = logging.getLogger("duly.access")


class Refused(DulyError):
    """Somebody Duly does not answer; the sentence says why."""


class AccessLog:
    """One line a person, reason and hour, however often they try."""

    def __init__(self, face: str) -> None:
        self._face = face
        self._told: dict[tuple[str, str, str], datetime] = {}

    def refused(self, user: str, team: str, why: str, at: datetime) -> None:
        about = (user, team, why)
        last = self._told.get(about)
        if last is not None and at - last < QUIET:
            return
        if len(self._told) > 1000:  # forget those whose hour is over
            self._told = {k: v for k, v in self._told.items() if at - v < QUIET}
        self._told[about] = at
        log.warning(
            "refused", extra={"face": self._face, "user": user, "team": team, "reason": why}
        )
