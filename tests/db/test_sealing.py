"""The history's seals, with a key and without: whatever is done to the table is noticed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlmodel import Session

from db.audit.verify import audit, check_key, rekey_history, seal_history, verify
from db.clock import SystemClock
from db.errors import HistorySealed
from db.store import Store
from governance.errors import DulyError
from tests.factories import TEST

KEY = b"a key that only the operator has"
ROWS = 6
COLUMNS = ("at", "recorded_at", "actor", "face", "action", "subject", "changes", "note", "undoes")


def tell(store: Store, *notes: str) -> None:
    for note in notes:
        with store.write(TEST) as writing:
            writing.note("update", "recommendation:1", {"progress": (None, note)}, note=note)


def wrong(store: Store, key: bytes | None) -> list[str]:
    with store.read() as reading:
        return verify(reading.session, reading.key, key)


@contextmanager
def behind(store: Store) -> Iterator[Connection]:
    """The table as somebody sees it who has the file and not Duly."""
    with store.engine.connect() as raw:
        if raw.dialect.name == "postgresql":
            raw.execute(text("ALTER TABLE history DISABLE TRIGGER USER"))
        else:
            for act in ("update", "delete", "replace"):
                raw.execute(text(f"DROP TRIGGER IF EXISTS history_no_{act}"))
        yield raw
        raw.commit()


def forge(store: Store, *statements: str) -> None:
    with behind(store) as raw:
        for statement in statements:
            raw.execute(text(statement))


@pytest.fixture
def plain(store: Store) -> Store:
    tell(store, "one", "two", "three")
    return store


@pytest.fixture
def keyed(store: Store) -> Store:
    store.audit_key = KEY
    tell(store, "one", "two", "three", "four")
    return store


# What is done to the table


@pytest.fixture(scope="module", params=["without a key", "with a key", "from the middle on"])
def chain(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, empty_store: Path
) -> Iterator[tuple[Store, bytes | None]]:
    """A chain of ROWS changes, and the key to verify it with."""
    path = tmp_path_factory.mktemp("chain") / "duly.db"
    shutil.copy(empty_store, path)
    store = Store(f"sqlite:///{path}", SystemClock())
    if request.param == "with a key":
        store.audit_key = KEY
    if request.param == "from the middle on":
        tell(store, "one", "two")
        store.audit_key = KEY
        with store.write(TEST) as writing:
            seal_history(writing, KEY)
        tell(store, "four", "five", "six")
    else:
        tell(store, "one", "two", "three", "four", "five", "six")
    yield store, store.audit_key
    store.close()


Tamper = Callable[[Connection], object]


def found_after(chain: tuple[Store, bytes | None], tamper: Tamper) -> list[str]:
    """Verdict on the chain after `tamper`, which is then taken back."""
    store, key = chain
    with store.engine.connect() as raw:
        raw.exec_driver_sql("BEGIN IMMEDIATE")
        for act in ("update", "delete", "replace"):
            raw.execute(text(f"DROP TRIGGER history_no_{act}"))
        tamper(raw)
        with Session(raw, join_transaction_mode="rollback_only") as session:
            found = verify(session, 1, key)
        raw.rollback()
    assert wrong(store, key) == []
    return found


number = st.integers(1, ROWS)


@settings(deadline=None, max_examples=40)
@given(seq=number, column=st.sampled_from(COLUMNS))
def test_any_edit_is_noticed_and_named(
    chain: tuple[Store, bytes | None], seq: int, column: str
) -> None:
    to = {
        "at": "'2001-01-01 00:00:00.000000'",
        "recorded_at": "'2001-01-01 00:00:00.000000'",
        "changes": """'{"progress": [null, "complete"]}'""",
        "undoes": "77",
    }.get(column, "'something else'")
    # only our own names are put into the statement
    edit = f"UPDATE history SET {column} = {to} WHERE seq = {seq}"
    found = found_after(chain, lambda raw: raw.execute(text(edit)))
    assert found == [f"Change {seq} was edited after it was written."]


@settings(deadline=None, max_examples=20)
@given(first=number, last=number)
def test_any_deletion_is_noticed_and_named_also_at_the_end(
    chain: tuple[Store, bytes | None], first: int, last: int
) -> None:
    first, last = sorted((first, last))
    if last - first == ROWS - 1:
        first += 1
    found = found_after(
        chain,
        lambda raw: raw.execute(
            text("DELETE FROM history WHERE seq BETWEEN :first AND :last"),
            {"first": first, "last": last},
        ),
    )
    missing = (
        f"Change {first} is missing."
        if first == last
        else f"Changes {first} to {last} are missing."
    )
    assert missing in found


@settings(deadline=None, max_examples=30)
@given(pair=st.tuples(number, number).filter(lambda two: two[0] != two[1]))
def test_any_swap_is_noticed_and_each_row_is_named_with_its_place(
    chain: tuple[Store, bytes | None], pair: tuple[int, int]
) -> None:
    one, other = pair

    def swap(raw: Connection) -> None:
        for before, after in ((one, -1), (other, one), (-1, other)):
            raw.execute(
                text("UPDATE history SET seq = :after WHERE seq = :before"),
                {"before": before, "after": after},
            )

    found = found_after(chain, swap)
    for here, there in (pair, pair[::-1]):
        assert f"Change {here} was moved: it was written as change {there}." in found


@settings(deadline=None, max_examples=20)
@given(seq=number, column=st.sampled_from(("hash", "previous", "seq")))
def test_a_broken_link_is_noticed(chain: tuple[Store, bytes | None], seq: int, column: str) -> None:
    to = {"seq": "99"}.get(column, f"'{'f' * 64}'")
    edit = f"UPDATE history SET {column} = {to} WHERE seq = {seq}"
    assert found_after(chain, lambda raw: raw.execute(text(edit)))


# The key


def test_a_history_begun_with_a_key_verifies_with_it_alone(keyed: Store) -> None:
    assert wrong(keyed, KEY) == []
    (without,) = wrong(keyed, None)
    assert "Changes 1 to 4 are sealed with DULY_AUDIT_KEY, which is not set" in without
    (other,) = wrong(keyed, b"another key")
    assert "not the key that the history is sealed with" in other


@pytest.mark.parametrize(
    ("key", "words"), [(None, "which is not set here"), (b"another", "does not verify with this")]
)
def test_nothing_is_written_with_the_wrong_key_or_without_it(
    keyed: Store, key: bytes | None, words: str
) -> None:
    keyed.audit_key = key
    with pytest.raises(HistorySealed, match=words) as refused:
        tell(keyed, "five")
    assert "\n" not in refused.value.sentence
    with pytest.raises(HistorySealed, match=words):
        check_key(keyed)
    assert wrong(keyed, KEY) == []


def test_a_history_begun_without_the_key_is_sealed_once_and_then_verifies(plain: Store) -> None:
    plain.audit_key = KEY
    with pytest.raises(HistorySealed, match="duly audit seal"):
        tell(plain, "four")
    assert "No change is sealed with DULY_AUDIT_KEY" in wrong(plain, KEY)[0]
    with plain.write(TEST) as writing:
        assert seal_history(writing, KEY) == 3
    tell(plain, "five")
    assert wrong(plain, KEY) == []
    with plain.read() as reading:
        assert audit(reading, KEY).keyed_from == 4
    with pytest.raises(DulyError, match="already"), plain.write(TEST) as writing:
        seal_history(writing, KEY)


def test_what_is_wrong_already_is_not_sealed_as_right(plain: Store) -> None:
    forge(plain, "UPDATE history SET actor = 'nobody' WHERE seq = 2")
    plain.audit_key = KEY
    with pytest.raises(DulyError, match="Change 2 was edited"), plain.write(TEST) as writing:
        seal_history(writing, KEY)


def test_what_was_written_before_the_key_is_held_by_the_first_seal_with_it(plain: Store) -> None:
    plain.audit_key = KEY
    with plain.write(TEST) as writing:
        seal_history(writing, KEY)
    rewrite(plain, "UPDATE history SET note = 'forged' WHERE seq = 2", upto=3)
    assert wrong(plain, KEY) == [
        "Change 4 does not follow change 3: one of the two was written anew."
    ]


def test_a_tail_forged_without_the_key_is_noticed(keyed: Store) -> None:
    """The attacker cuts the keyed tail off and writes another, sealed as if there were no key."""
    forge(keyed, "DELETE FROM history WHERE seq > 2")
    forged = Store(keyed.url.render_as_string())
    with behind(forged) as raw:
        raw.execute(text("UPDATE history SET actor = 'casey' WHERE seq = 2"))
    rewrite(keyed, "SELECT 1", upto=2, since=2)
    found = wrong(keyed, KEY)
    assert any("Change 2 is not sealed with the key" in problem for problem in found)
    assert "Changes 3 to 4 are missing." in found
    forged.close()


def test_a_history_forged_whole_without_the_key_is_neither_verified_nor_written_to(
    keyed: Store,
) -> None:
    forge(keyed, "DELETE FROM mark WHERE key LIKE 'history_end%'")
    rewrite(keyed, "UPDATE history SET actor = 'casey'", upto=4)
    assert any("somebody replaced the history" in problem for problem in wrong(keyed, KEY))
    with pytest.raises(HistorySealed, match="somebody replaced the history"):
        tell(keyed, "five")


def test_a_cut_off_end_stays_noticed_whatever_is_written_after_it(plain: Store) -> None:
    forge(plain, "DELETE FROM history WHERE seq = 3")
    tell(plain, "another three")
    assert wrong(plain, None) != []
    tell(plain, "four")
    assert wrong(plain, None) != []


def test_the_mark_of_the_end_cannot_be_forged_or_done_away_with_under_a_key(keyed: Store) -> None:
    forge(keyed, "DELETE FROM history WHERE seq = 4", "DELETE FROM mark WHERE key LIKE 'history%'")
    (gone,) = wrong(keyed, KEY)
    assert "mark of where the history ends is gone" in gone
    tell(keyed, "another four")
    assert wrong(keyed, KEY) != []


def test_a_head_that_was_printed_must_be_in_the_history(keyed: Store) -> None:
    with keyed.read() as reading:
        head = audit(reading, KEY).head
    tell(keyed, "five")
    with keyed.read() as reading:
        assert audit(reading, KEY, head).ok
        assert not audit(reading, KEY, "f" * 64).ok


NEW = b"the key that follows it"


def rekeyed(store: Store) -> None:
    store.audit_key = NEW
    with store.write(TEST) as writing:
        assert rekey_history(writing, KEY, NEW) == 4


def test_with_another_key_the_whole_history_verifies_and_is_written_to(keyed: Store) -> None:
    rekeyed(keyed)
    tell(keyed, "six")
    assert wrong(keyed, NEW) == []
    assert wrong(keyed, KEY) != []
    check_key(keyed)
    with pytest.raises(DulyError, match="already"), keyed.write(TEST) as writing:
        rekey_history(writing, KEY, NEW)
    keyed.audit_key = KEY
    with pytest.raises(HistorySealed, match="does not verify with this"):
        tell(keyed, "seven")


def test_whoever_has_the_former_key_alone_cannot_edit_what_it_sealed(keyed: Store) -> None:
    rekeyed(keyed)
    rewrite(keyed, "UPDATE history SET note = 'forged' WHERE seq = 4", upto=4, since=4, key=KEY)
    assert any("some of them were edited" in problem for problem in wrong(keyed, NEW))


def test_a_key_is_changed_twice(keyed: Store) -> None:
    rekeyed(keyed)
    third = keyed.audit_key = b"a third one"
    with keyed.write(TEST) as writing:
        assert rekey_history(writing, NEW, third) == 5
    tell(keyed, "seven")
    assert wrong(keyed, third) == []
    forge(keyed, "UPDATE history SET note = 'forged' WHERE seq = 5")
    assert wrong(keyed, third) != []


@pytest.mark.parametrize(
    ("former", "words"), [(b"another", "not the key"), (None, "DULY_AUDIT_KEY_OLD to the one")]
)
def test_a_key_is_changed_only_by_who_has_the_former_one(
    keyed: Store, former: bytes | None, words: str
) -> None:
    keyed.audit_key = NEW
    with pytest.raises(DulyError, match=words), keyed.write(TEST) as writing:
        rekey_history(writing, former, NEW)
    assert wrong(keyed, KEY) == []


def rewrite(
    store: Store, edit: str, *, upto: int, since: int = 1, key: bytes | None = None
) -> None:
    """Edit rows and seal them anew, as whoever has the file can, without a key or with `key`."""
    from sqlmodel import col, select

    from db.audit.seals import START, seal
    from db.tables import History

    with behind(store) as raw:
        raw.execute(text(edit))
        with Session(raw, join_transaction_mode="control_fully") as session:
            rows = session.exec(select(History).order_by(col(History.seq))).all()
            previous = START
            for row in rows:
                if since <= row.seq <= upto:
                    row.previous = previous
                    row.hash = seal(row, key)
                    session.add(row)
                previous = row.hash
            session.flush()
            session.commit()
