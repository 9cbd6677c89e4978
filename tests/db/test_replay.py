"""What is done to the store past Duly: a history erased, a row edited, put in or taken out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from db.audit.verify import audit_all
from db.backup import restore
from db.clock import PretendedClock
from db.errors import HistorySealed
from db.importing.records import import_record
from db.store import Store
from documents.readers import read_document
from governance.errors import DulyError
from tests.db.test_sealing import KEY, forge, tell
from tests.factories import START, TEST
from tests.support.chat import say

ERASED = (
    "The history is empty, and the store holds what only a change can bring: all of the history "
    "was taken away."
)


@pytest.fixture
def keyed(store: Store, clock: PretendedClock, sample_records: Path) -> Store:
    """A store sealed from its first change, with a sample and some changes by hand."""
    store.audit_key = KEY
    path = sample_records / "cumbria-vetting-2022.txt"
    with store.write(TEST) as writing:
        import_record(writing, read_document(path.name, path.read_bytes()), path.name)
    clock.set(START + timedelta(minutes=1))
    for words in (
        "24087 on track training is booked",
        "24133 done: all of it",
        "undo",
        "24133 note: one more",
        "close 24087 superseded because of another",
    ):
        assert say(store, words).ok, words
    return store


def problems(store: Store) -> tuple[str, ...]:
    with store.read() as reading:
        return audit_all(reading, store.audit_key)[reading.organisation.key].problems


def test_a_store_that_only_duly_wrote_to_is_as_its_history_says(keyed: Store) -> None:
    assert problems(keyed) == ()


def test_a_history_erased_whole_is_missed_and_nothing_is_written_over_it(
    keyed: Store, clock: PretendedClock
) -> None:
    forge(keyed, "DELETE FROM history", "DELETE FROM mark WHERE key LIKE 'history_end%'")
    assert problems(keyed) == (ERASED,)
    clock.set(START + timedelta(hours=1))
    with pytest.raises(HistorySealed, match="all of it was taken away"):
        tell(keyed, "one")
    assert problems(keyed) == (ERASED,)


def test_an_erased_history_is_not_restored(keyed: Store, tmp_path: Path) -> None:
    if keyed.file is None:
        return  # a backup is a file of SQLite's
    forge(keyed, "DELETE FROM history", "DELETE FROM mark WHERE key LIKE 'history_end%'")
    with pytest.raises(DulyError, match="all of the history was taken away"):
        restore(
            keyed.file, tmp_path / "again.db", clock=keyed.clock, audit_key=KEY, doubt=lambda _: 0
        )
    assert not (tmp_path / "again.db").exists()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE recommendation SET closure = NULL WHERE ref = '24087'",
            "#24087: by the history its closure is superseded, in the store nothing.",
        ),
        (
            "UPDATE recommendation SET closure = 'verified' WHERE ref = '24133'",
            "#24133: by the history its closure is nothing, in the store verified.",
        ),
        (
            "UPDATE recommendation SET progress = 'complete' WHERE ref = '24133'",
            "#24133: by the history its progress is not started, in the store complete.",
        ),
        (
            "UPDATE recommendation SET owner = 'chief' WHERE ref = '24133'",
            "#24133: by the history its owner is nothing, in the store chief.",
        ),
        (
            "UPDATE recommendation SET text = 'Do nothing.' WHERE ref = '24133'",
            "#24133: its text is not what the history says.",
        ),
        (
            "UPDATE \"update\" SET text = 'all is well' WHERE id = 1",
            "The update 1 is not as change ",
        ),
        (
            'UPDATE "update" SET undone = NOT undone WHERE id = 1',
            "The update 1 is not as change ",
        ),
        ('DELETE FROM "update" WHERE id = 1', "The update 1 of change "),
    ],
)
def test_a_row_edited_past_duly_is_named_with_its_field(
    keyed: Store, statement: str, problem: str
) -> None:
    forge(keyed, statement)
    (found,) = problems(keyed)
    assert found.startswith(problem)


def test_a_deadline_moved_past_duly_is_named(keyed: Store) -> None:
    forge(keyed, "UPDATE recommendation SET deadline = '2031-01-01' WHERE deadline IS NOT NULL")
    assert problems(keyed)[0].endswith(", in the store 2031-01-01.")


def test_of_many_differences_the_first_are_named(keyed: Store) -> None:
    forge(keyed, "UPDATE recommendation SET progress = 'at_risk', owner = 'chief'")
    found = problems(keyed)
    assert len(found) == 21
    assert found[-1] == "More of the store is not as the history says."
