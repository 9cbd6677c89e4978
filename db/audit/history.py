"""The append-only, hash-chained history: every change, from first import to closure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlmodel import Session, col, select

from db.audit.seals import START, is_keyed, plain, same, seal, seal_text
from db.errors import HistorySealed
from db.tables import History, Mark, Recommendation

SEAL = "seal"
"""The action of the row from which on a chain is keyed that was begun without a key."""
REKEY = "rekey"
"""The action of the row from which on a chain has another key."""
HELD = "held"
"""The field of such a row with the digest of all rows before it."""
_KEY, _FORMER, _SOUND = "audit_key", "former_audit_key", "history_sound"

NO_KEY = (
    "Not saved: the history is sealed with DULY_AUDIT_KEY, which is not set here; set it to the "
    "value it was sealed with."
)
WRONG_KEY = (
    "Not saved: the latest change of the history does not verify with this DULY_AUDIT_KEY; the "
    "key is another one, or the history was edited (duly audit verify says which)."
)
ERASED = (
    "Not saved: there are recommendations here, and no change of the history brought them; all of "
    "it was taken away. Restore a backup (duly restore)."
)
UNSEALED = (
    "Not saved: DULY_AUDIT_KEY is set, and no change of the history is sealed with it; if the key "
    "is new here, say once: duly audit seal. If it is not, somebody replaced the history."
)


class Tip(NamedTuple):
    """The end of an organisation's chain."""

    seq: int
    hash: str


def use_key(session: Session, key: bytes | None) -> None:
    """Seal what this session appends with `key`."""
    session.info[_KEY] = key


def change_key(session: Session, former: bytes) -> None:
    """Let this session append a row with another key than `former`, the chain's so far."""
    session.info[_FORMER] = former


def tip(session: Session, organisation: int) -> Tip:
    """The end of the organisation's chain now."""
    last = session.exec(
        select(History.seq, History.hash)
        .where(History.organisation == organisation)
        .order_by(col(History.seq).desc())
        .limit(1)
    ).first()
    return Tip(*last) if last else Tip(0, START)


def append(
    session: Session,
    after: Tip,
    *,
    organisation: int,
    at: datetime,
    recorded_at: datetime,
    actor: str,
    face: str,
    action: str,
    subject: str,
    changes: dict[str, tuple[Any, Any]],
    note: str,
    undoes: int | None,
) -> History:
    """Add the row that follows `after` to an organisation's chain, in the caller's transaction.

    Raises HistorySealed where the session's key is not the chain's.
    """
    key: bytes | None = session.info.get(_KEY)
    former: bytes | None = session.info.get(_FORMER) if action == REKEY else key
    if after.seq == 0 and _holds_older(session, organisation, at):
        raise HistorySealed(ERASED)
    _begin(session, organisation, after, former, sealing=action == SEAL)
    row = History(
        organisation=organisation,
        seq=after.seq + 1,
        at=at,
        recorded_at=recorded_at,
        actor=actor,
        face=face,
        action=action,
        subject=subject,
        changes={k: [plain(before), plain(now)] for k, (before, now) in changes.items()},
        note=note,
        undoes=undoes,
        previous=after.hash,
        hash="",
    )
    row.hash = seal(row, key)
    session.add(row)
    return row


def check_key(session: Session, organisation: int, key: bytes | None) -> None:
    """Raises HistorySealed where a change could not be told with this key."""
    after = tip(session, organisation)
    if is_keyed(after.hash):
        if key is None:
            raise HistorySealed(NO_KEY)
        last = session.exec(
            select(History).where(History.organisation == organisation, History.seq == after.seq)
        ).one()
        if not same(seal(last, key), after.hash):
            raise HistorySealed(WRONG_KEY)
    elif key is not None and after.seq:
        raise HistorySealed(UNSEALED)


def _holds_older(session: Session, organisation: int, at: datetime) -> bool:
    """True where a recommendation was imported before `at`, the moment of a first change."""
    older = select(Recommendation.id).where(
        Recommendation.organisation == organisation, Recommendation.imported_at < at
    )
    return session.exec(older.limit(1)).first() is not None


def _begin(
    session: Session, organisation: int, after: Tip, key: bytes | None, *, sealing: bool
) -> None:
    """Checks the key, and the mark of the chain's end, before a session's first row of a chain.

    The mark of the end goes on from there when the transaction is committed. One that does not
    agree with the chain stays as it is, as the evidence.
    """
    sound: dict[int, bool] = session.info.setdefault(_SOUND, {})
    if organisation in sound:
        return
    if not sealing:
        check_key(session, organisation, key)
    if not sound:
        event.listen(session, "before_commit", _mark_ends)
    mark = end_mark(session, organisation)
    if mark is None:
        sound[organisation] = not is_keyed(after.hash)  # a store older than the mark, or a new one
    else:
        sound[organisation] = agrees(mark, organisation, after, key)


def _mark_ends(session: Session) -> None:
    """Marks the end of each chain that this transaction has added to."""
    key: bytes | None = session.info.get(_KEY)
    session.flush()
    for organisation, sound in session.info.get(_SOUND, {}).items():
        if sound:
            value = _end_value(organisation, tip(session, organisation), key)
            session.merge(Mark(key=_mark_key(organisation), value=value))


def end_mark(session: Session, organisation: int) -> str | None:
    """The store's mark of the end of the chain; None where there is none."""
    return session.exec(select(Mark.value).where(Mark.key == _mark_key(organisation))).first()


def agrees(mark: str, organisation: int, at: Tip, key: bytes | None) -> bool:
    """True where a mark is that of a chain which ends at `at`; a keyed chain has a keyed mark."""
    if is_keyed(mark) and key is None:
        return mark.endswith(f" {at.seq}")  # all that can be seen without the key
    keyed = is_keyed(at.hash)
    expected = _end_value(organisation, at, key if keyed else None)
    return keyed == is_keyed(mark) and same(mark, expected)


def _end_value(organisation: int, at: Tip, key: bytes | None) -> str:
    return f"{seal_text(f'end/{organisation}/{at.seq}/{at.hash}', key)} {at.seq}"


def _mark_key(organisation: int) -> str:
    return f"history_end:{organisation}"
