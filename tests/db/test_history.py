from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import col

from db.audit.verify import verify
from db.store import Store
from db.tables import History
from governance.subject import Subject
from tests.factories import TEST
from tests.support.backends import without_guards


@pytest.fixture
def told(store: Store) -> Store:
    with store.write(TEST) as writing:
        for n in range(1, 5):
            writing.note(
                "update", Subject.recommendation(n), {"progress": ("not_started", "on_track")}
            )
    return store


def wrong(store: Store) -> list[str]:
    with store.read() as reading:
        return verify(reading.session, reading.key)


def test_an_untouched_history_verifies(told: Store) -> None:
    assert wrong(told) == []


def test_a_character_that_not_every_database_keeps_does_not_break_the_chain(told: Store) -> None:
    with told.write(TEST) as writing:
        writing.note("update", "recommendation:1", {"owner_words": (None, "a\0b")}, note="odd \0")
    assert wrong(told) == []


def test_what_a_savepoint_takes_back_leaves_no_gap_in_the_chain(told: Store) -> None:
    with told.write(TEST) as writing:
        writing.note("update", "recommendation:1", note="kept")
        with writing.session.begin_nested() as inner:
            writing.note("update", "recommendation:1", note="taken back")
            writing.session.flush()
            inner.rollback()
        writing.note("update", "recommendation:1", note="kept too")
    assert wrong(told) == []
    with told.read() as reading:
        assert [
            h.seq for h in reading.all(reading.select(History).order_by(col(History.seq)))
        ] == list(range(1, 7))


@pytest.mark.parametrize(
    ("edit", "noticed"),
    [
        ("UPDATE history SET actor = 'somebody else' WHERE seq = 2", ["Change 2 was edited"]),
        ("UPDATE history SET note = 'nothing' WHERE seq = 4", ["Change 4 was edited"]),
        ("DELETE FROM history WHERE seq = 2", ["Change 2 is missing."]),
        ("DELETE FROM history WHERE seq = 1", ["Change 1 is missing."]),
        (
            "UPDATE history SET changes = '{}', hash = 'f00d' WHERE seq = 3",
            ["Change 3 was edited", "Change 4 does not follow"],
        ),
    ],
)
def test_a_row_edited_behind_the_triggers_is_noticed(
    told: Store, edit: str, noticed: list[str]
) -> None:
    with told.engine.connect() as raw:
        without_guards(raw)
        raw.execute(text(edit))
        raw.commit()
    found = wrong(told)
    assert len(found) == len(noticed)
    assert all(sentence.startswith(said) for sentence, said in zip(found, noticed, strict=True))
