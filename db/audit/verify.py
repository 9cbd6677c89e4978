"""Verification of the history's chains: rows edited, moved, put in or taken out, by number; and of
the tables against them (`db.audit.replay`).

Beside it stand the two acts that begin with a verification: sealing a history with a key, and
giving it another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from db.audit import history, replay
from db.audit.seals import KEYED, START, RowsDigest, is_keyed, same, seal
from db.store import Reading, Store, Writing
from db.tables import History, Organisation
from governance.errors import DulyError

MOST_EXAMINED = 100
"""Rows that do not verify and of which it is examined whether they were moved; with more of them
it is plain that something else is wrong."""


ERASED = (
    "The history is empty, and the store holds what only a change can bring: all of the history "
    "was taken away."
)


@dataclass
class _Findings:
    """The state of a walk through a chain."""

    problems: list[str] = field(default_factory=list)
    bad: int = 0
    """The number of seals that are not their row's."""
    first_keyed: int | None = None
    verified: int = 0
    """The number of seals that are right with the key."""
    rekeyed: int = 0
    """The last row that gave the chain this key; those before it have a former one."""
    digest: RowsDigest = field(default_factory=RowsDigest)
    """Of the rows seen so far, as long as they have a former key."""
    unread: list[int] = field(default_factory=list)
    """Rows sealed with a key, where none is given: the first and the last."""


def verify(session: Session, organisation: int, key: bytes | None = None) -> list[str]:
    """The faults of an organisation's chain, a sentence each; empty when there is none."""
    seen = _Findings(rekeyed=_rekeyed(session, organisation, key))
    last = history.Tip(0, START)
    moved_before = False
    rows = select(History).where(History.organisation == organisation).order_by(col(History.seq))
    for row in session.exec(rows.execution_options(yield_per=500)):
        at = history.Tip(row.seq, row.hash)
        moved = _check_seal(session, row, key, seen)
        if row.seq > last.seq + 1:
            seen.problems.append(_missing(last.seq + 1, row.seq - 1))
        elif row.seq <= last.seq:
            seen.problems.append(f"Change {row.seq} was put in: the history begins with 1.")
        elif row.previous != last.hash and not moved and not moved_before:
            follows = f"change {last.seq}" if last.seq else "the beginning"
            seen.problems.append(
                f"Change {row.seq} does not follow {follows}: one of the two was written anew."
                if last.seq
                else f"Change {row.seq} does not follow {follows}: others went before it."
            )
        last, moved_before = at, moved
    if seen.verified == 0 and seen.first_keyed is not None and key is not None:
        return [
            "No change verifies with this DULY_AUDIT_KEY: it is not the key that the history is "
            "sealed with."
        ]
    if seen.unread:
        first, end = seen.unread
        changes = f"Change {first} is" if first == end else f"Changes {first} to {end} are"
        seen.problems.append(
            f"{changes} sealed with DULY_AUDIT_KEY, which is not set here; without it nobody can "
            "tell whether they were edited."
        )
    if key is not None and last.seq and seen.first_keyed is None:
        seen.problems.append(
            "No change is sealed with DULY_AUDIT_KEY. If the key is new here, say once: duly audit "
            "seal. If it is not, somebody replaced the history."
        )
    if (problem := _end(session, organisation, last, key)) is not None:
        seen.problems.append(problem)
    return seen.problems


def _check_seal(session: Session, row: History, key: bytes | None, seen: _Findings) -> bool:
    """Look at one row's seal; gives whether the row stands where another belongs."""
    keyed = is_keyed(row.hash)
    if row.seq < seen.rekeyed:
        seen.digest.add(row)
        return False
    if row.seq == seen.rekeyed and row.changes[history.HELD][1] != seen.digest.hex():
        seen.problems.append(
            f"Changes 1 to {row.seq - 1} have a former key, and are not as they were when change "
            f"{row.seq} gave the history this one: some of them were edited, or are missing."
        )
    if keyed and key is None:
        seen.first_keyed = seen.first_keyed or row.seq
        seen.unread = [seen.unread[0] if seen.unread else row.seq, row.seq]
        return False
    used = key if keyed else None
    right = same(seal(row, used), row.hash)
    seen.bad += not right
    was = _written_as(session, row, used) if not right and seen.bad <= MOST_EXAMINED else None
    if was is not None:
        seen.problems.append(f"Change {row.seq} was moved: it was written as change {was}.")
        return True
    if not right:
        seen.problems.append(f"Change {row.seq} was edited after it was written.")
    elif not keyed and seen.first_keyed is not None:
        seen.problems.append(
            f"Change {row.seq} is not sealed with the key, and change {seen.first_keyed} before "
            "it is: Duly did not write it."
        )
    if keyed:
        seen.first_keyed = seen.first_keyed or row.seq
        seen.verified += right
    return False


def _rekeyed(session: Session, organisation: int, key: bytes | None) -> int:
    """The number of the last row that gave the chain this key; 0 where none did."""
    if key is None:
        return 0
    statement = select(History).where(
        History.organisation == organisation, History.action == history.REKEY
    )
    for row in session.exec(statement.order_by(col(History.seq).desc())):
        if history.HELD in row.changes and is_keyed(row.hash) and same(seal(row, key), row.hash):
            return row.seq
    return 0


def _written_as(session: Session, row: History, key: bytes | None) -> int | None:
    """The number under which a row's seal is right, by its neighbours of then; None where none."""
    own = History.organisation == row.organisation
    after = session.exec(select(History.seq).where(own, History.previous == row.hash)).all()
    before = session.exec(select(History.seq).where(own, History.hash == row.previous)).all()
    near = range(row.seq - 2, row.seq + 3)
    places: list[int] = [*(n - 1 for n in after), *(n + 1 for n in before), *near, 1]
    for seq in places:
        if seq != row.seq and same(seal(row, key, seq), row.hash):
            return seq
    return None


def _end(session: Session, organisation: int, last: history.Tip, key: bytes | None) -> str | None:
    """The fault that the mark of the history's end shows, if any."""
    mark = history.end_mark(session, organisation)
    if mark is None:
        if is_keyed(last.hash):
            return "The mark of where the history ends is gone; changes may be missing at its end."
        return None
    if history.agrees(mark, organisation, last, key):
        return None
    number = mark.rpartition(" ")[2]
    noted = int(number) if number.isdecimal() else 0
    if noted > last.seq:
        return _missing(last.seq + 1, noted)
    if noted < last.seq:
        return (
            f"The history was noted to end with change {noted}, and Duly did not write what "
            "follows, or wrote it after some were taken away."
        )
    return f"The mark of where the history ends was made for another change {last.seq}."


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Change {first} is missing."
    return f"Changes {first} to {last} are missing."


@dataclass(frozen=True)
class Audit:
    """The outcome of a verification: `changes` rows in the chain, `head` the seal of the latest.

    `keyed_from` is the first change that is sealed with a key; None where none is.
    """

    changes: int
    head: str
    problems: tuple[str, ...]
    keyed_from: int | None = None

    @property
    def ok(self) -> bool:
        return not self.problems


def audit(reading: Reading, key: bytes | None = None, head: str | None = None) -> Audit:
    """Verify the organisation's chain; `head` is one printed earlier, which must be in it."""
    return _audit(reading.session, reading.key, key, head, replayed=False)


def audit_all(
    reading: Reading, key: bytes | None = None, head: str | None = None, *, replayed: bool = True
) -> dict[str, Audit]:
    """Verify the chain of every organisation in the store, by the organisations' keys.

    `head` is of the one whose rows are read. With `replayed` false the other tables are not
    compared with the chain.
    """
    return {
        row.key: _audit(
            reading.session, row.id, key, head if row.id == reading.key else None, replayed
        )
        for row in _organisations(reading.session)
        if row.id is not None
    }


def _audit(
    session: Session, organisation: int, key: bytes | None, head: str | None, replayed: bool = True
) -> Audit:
    own = History.organisation == organisation
    problems = verify(session, organisation, key)
    if replay.is_erased(session, organisation):
        problems.append(ERASED)
    elif replayed:
        problems += replay.differences(session, organisation)
    if head is not None and not _holds(session, organisation, head):
        problems.append(f"No change of this history has the seal {head}, which was printed.")
    return Audit(
        changes=session.exec(select(func.count()).select_from(History).where(own)).one(),
        head=history.tip(session, organisation).hash,
        problems=tuple(problems),
        keyed_from=_keyed_from(session, organisation),
    )


def _organisations(session: Session) -> Sequence[Organisation]:
    return session.exec(select(Organisation).order_by(col(Organisation.id))).all()


def _keyed_from(session: Session, organisation: int) -> int | None:
    return session.exec(
        select(func.min(History.seq)).where(
            History.organisation == organisation,
            col(History.hash).startswith(KEYED, autoescape=True),
        )
    ).one()


def _holds(session: Session, organisation: int, head: str) -> bool:
    if head == START:
        return True
    seals = (head, f"{KEYED}{head}")
    statement = select(History.id).where(
        History.organisation == organisation, col(History.hash).in_(seals)
    )
    return session.exec(statement).first() is not None


def check_key(store: Store) -> None:
    """Raises HistorySealed where this process could not tell a change with the key it has."""
    with store.read() as reading:
        for row in _organisations(reading.session):
            if row.id is not None:
                history.check_key(reading.session, row.id, store.audit_key)


def seal_history(writing: Writing, key: bytes | None) -> int:
    """Seal with the key what was written before it was given; gives how many changes.

    Raises DulyError without a key, where the history is sealed already, and where it is not as it
    was written: what is wrong must not be sealed as right.
    """
    if key is None:
        raise DulyError("There is nothing to seal with: set DULY_AUDIT_KEY first.")
    after = history.tip(writing.session, writing.key)
    if is_keyed(after.hash):
        history.check_key(writing.session, writing.key, key)
        raise DulyError("The history is sealed with this key already.")
    if after.seq == 0:
        raise DulyError(
            "The history is empty, and needs no seal: its first change will be sealed with the key."
        )
    wrong = verify(writing.session, writing.key)
    if wrong:
        raise DulyError(f"Not sealed, since the history is not as it was written: {wrong[0]}")
    writing.note(
        history.SEAL, "organisation", note=f"{after.seq} changes were written before the key."
    )
    return after.seq


def under_another_key(store: Store) -> list[str]:
    """The keys of the organisations whose latest change is not sealed with the store's key."""
    keys: list[str] = []
    with store.read() as reading:
        for row in _organisations(reading.session):
            own = select(History).where(History.organisation == row.id)
            last = reading.session.exec(own.order_by(col(History.seq).desc()).limit(1)).first()
            if last is not None and not same(seal(last, store.audit_key), last.hash):
                keys.append(row.key)
    return keys


def rekey_history(writing: Writing, former: bytes | None, key: bytes | None) -> int:
    """Seal with `key` from now on, in the place of `former`; gives how many changes are held.

    The history is append-only, so what is sealed stays so; the row that tells of the new key has
    a digest of all before it. Raises DulyError where a key is lacking or not the history's, and
    where the history is not as it was written.
    """
    if key is None or former is None:
        raise DulyError(
            "Set DULY_AUDIT_KEY to the new key, and DULY_AUDIT_KEY_OLD to the one it replaces."
        )
    after = history.tip(writing.session, writing.key)
    own = select(History).where(History.organisation == writing.key).order_by(col(History.seq))
    if not is_keyed(after.hash):
        raise DulyError("The history is not sealed with a key; duly audit seal does that.")
    rows = writing.session.exec(own).all()
    if same(seal(rows[-1], key), after.hash):
        raise DulyError("The history is sealed with this DULY_AUDIT_KEY already.")
    wrong = verify(writing.session, writing.key, former)
    if wrong:
        raise DulyError(f"Not sealed anew, since with DULY_AUDIT_KEY_OLD: {wrong[0]}")
    digest = RowsDigest()
    for row in rows:
        digest.add(row)
    history.change_key(writing.session, former)
    writing.note(
        history.REKEY,
        "organisation",
        {history.HELD: (None, digest.hex())},
        note=f"{after.seq} changes were sealed with the former key.",
    )
    return after.seq
