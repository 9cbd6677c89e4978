"""Clocks: the field's, which may be pretended, and the machine's.

The field clock (`now`) drives rules, updates and planned times, and can be pretended. The
machine's clock alone serves signatures, tokens, claims, pacing and the history's second stamp.
Both give time-zone-aware UTC moments.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    @property
    def pretended(self) -> bool:
        """True where `now` is not the machine's time."""
        ...

    def now(self) -> datetime: ...

    def machine(self) -> datetime: ...


class SystemClock:
    """The machine's time for both."""

    pretended = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def machine(self) -> datetime:
        return datetime.now(UTC)


class PretendedClock(SystemClock):
    """A field clock set to `moment`; with `running` it goes on from there, else it stands still."""

    pretended = True

    def __init__(self, moment: datetime, *, running: bool = False) -> None:
        self.running = running
        self.set(moment)

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("a pretended moment needs a time zone")
        self._moment = moment.astimezone(UTC)
        self._set_at = self.machine()

    def now(self) -> datetime:
        elapsed = self.machine() - self._set_at if self.running else timedelta(0)
        return self._moment + elapsed
