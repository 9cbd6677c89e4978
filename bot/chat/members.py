"""Somebody who gets no answer: the refusal they read, and a line about it in the access log."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from governance.errors import DulyError

FRESH = timedelta(days=1)
"""Time for which a member's record is used; then it is read again."""
STALE = timedelta(days=2)
"""Time for which an older record is used where the platform does not answer."""
QUIET = timedelta(hours=1)
"""Time between two lines of the access log about the same person and reason."""
LOOKUP_SECONDS = 1.2
"""Seconds to wait for the platform's record of a member or a channel."""

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
