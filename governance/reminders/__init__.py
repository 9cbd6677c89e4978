"""Which reminders fall when: `next_moment` says when, `rows_at` says which; `walk` and `rows_of`
say both from moment to moment."""

from governance.reminders.model import Row, Schedule, Snapshot, SubjectState, subject_key
from governance.reminders.rows import rows_at, rows_of
from governance.reminders.timetable import go_live_moment, moment_of, next_moment, walk

__all__ = [
    "Row",
    "Schedule",
    "Snapshot",
    "SubjectState",
    "go_live_moment",
    "moment_of",
    "next_moment",
    "rows_at",
    "rows_of",
    "subject_key",
    "walk",
]
