"""A machine's clock that a test sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class MachineClock:
    """Both clocks stand still where the test puts them; nothing about them is pretended."""

    pretended = False

    def __init__(self, moment: datetime) -> None:
        self.moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        return self.moment

    def machine(self) -> datetime:
        return self.moment

    def go(self, **by: float) -> None:
        """Forward, or with a negative number back."""
        self.moment += timedelta(**by)
