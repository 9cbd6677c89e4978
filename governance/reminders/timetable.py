from __future__ import annotations

from datetime import datetime

from governance.reminders.model import Schedule


def next_moment(schedule: Schedule, after: datetime) -> datetime | None:
    return None
