"""The moment at which a subject is next looked at."""

from __future__ import annotations

from db.store import Store
from db.tables import Schedule
from governance.subject import Subject
from tests.factories import TEST, add_recommendation, add_report, apply, change


def test_a_change_to_a_subject_that_was_set_aside_has_it_planned_again(store: Store) -> None:
    apply(store)
    id = add_recommendation(store, "24087", add_report(store))
    with store.write(TEST) as writing:
        row = writing.session.get_one(Schedule, (writing.key, Subject.recommendation(id)))
        row.failures, row.set_aside_at = 3, writing.now
        writing.add(row)
    change(store, id, progress="on_track")
    with store.read() as reading:
        row = reading.session.get_one(Schedule, (reading.key, Subject.recommendation(id)))
        assert (row.failures, row.set_aside_at) == (0, None)
        assert row.next_remind_at is not None
