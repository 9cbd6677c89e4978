"""The reminder rules: `next_moment` is when a subject's next reminders fall, `rows_at` which they
are; `walk` and `rows_of` give both from moment to moment."""

from governance.reminders.board_slots import moment_of
from governance.reminders.model import Addressee, Row, Schedule, Snapshot, SubjectState, subject_key
from governance.reminders.rows import rows_at, rows_of
from governance.reminders.slots import go_live_moment
from governance.reminders.timetable import next_moment, walk

__all__ = [
    "Addressee",
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
