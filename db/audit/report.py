"""Whether the history is as it was written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from db.audit import history
from db.audit.seals import KEYED, START, Digest, is_keyed, same, seal
from db.audit.verify import verify
from db.store import Reading, Store, Writing
from db.tables import History, Organisation
from governance.errors import DulyError


@dataclass(frozen=True)
class Audit:
    """`changes` rows in the chain, `head` the seal of the latest, and what is wrong, if anything.

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
    return _audit(reading.session, reading.key, key, head)


def audit_all(
    reading: Reading, key: bytes | None = None, head: str | None = None
) -> dict[str, Audit]:
    """Verify the chain of every organisation in the store, by the organisations' keys.

    `head` is of the one whose rows are read.
    """
    asked = select(Organisation).order_by(col(Organisation.id))
    return {
        one.key: _audit(reading.session, one.id, key, head if one.id == reading.key else None)
        for one in reading.session.exec(asked).all()
        if one.id is not None
    }


def _audit(session: Session, organisation: int, key: bytes | None, head: str | None) -> Audit:
    own = History.organisation == organisation
    problems = verify(session, organisation, key)
    if head is not None and not _holds(session, organisation, head):
        problems.append(f"No change of this history has the seal {head}, which was printed.")
    return Audit(
        changes=session.exec(select(func.count()).select_from(History).where(own)).one(),
        head=history.tip(session, organisation).hash,
        problems=tuple(problems),
        keyed_from=_keyed_from(session, organisation),
    )


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
    asked = select(History.id).where(
        History.organisation == organisation, col(History.hash).in_(seals)
    )
    return session.exec(asked).first() is not None


def check_key(store: Store) -> None:
    """Raises HistorySealed where this process could not tell a change with the key it has."""
    with store.read() as reading:
        for one in reading.session.exec(select(Organisation)).all():
            if one.id is not None:
                history.check_key(reading.session, one.id, store.audit_key)


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
    found: list[str] = []
    with store.read() as reading:
        for one in reading.session.exec(select(Organisation).order_by(col(Organisation.id))).all():
            assert one.id is not None
            own = select(History).where(History.organisation == one.id)
            last = reading.session.exec(own.order_by(col(History.seq).desc()).limit(1)).first()
            if last is not None and not same(seal(last, store.audit_key), last.hash):
                found.append(one.key)
    return found


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
    digest = Digest()
    for row in rows:
        digest.add(row)
    history.change_key(writing.session, former)
    writing.note(
        history.REKEY,
        "organisation",
        {history.HELD: (None, digest.said)},
        note=f"{after.seq} changes were sealed with the former key.",
    )
    return after.seq
