"""Which reminders fall when: `next_moment` says when, `rows_at` says which."""

from governance.reminders.model import Row, Schedule, Snapshot, Subject, subject_key
from governance.reminders.rows import rows_at
from governance.reminders.timetable import go_live_moment, moment_of, next_moment

__all__ = [
    "Row",
    "Schedule",
    "Snapshot",
    "Subject",
    "go_live_moment",
    "moment_of",
    "next_moment",
    "rows_at",
    "subject_key",
]
