"""Whether a chain is as it was written: what was edited, moved, put in or taken out, by number."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from db.audit import history
from db.audit.seals import START, Digest, is_keyed, same, seal
from db.tables import History

LOOKED_INTO = 100
"""Of so many rows that do not verify it is asked whether they were moved; of more it is plain
that something else is wrong."""


@dataclass
class _Seen:
    """What was found on the way through a chain."""

    problems: list[str] = field(default_factory=list)
    bad: int = 0
    """How many seals are not their row's."""
    first_keyed: int | None = None
    verified: int = 0
    """How many seals with the key are right."""
    rekeyed: int = 0
    """The last row that gave the chain this key; those before it have a former one."""
    digest: Digest = field(default_factory=Digest)
    """Of the rows seen so far, as long as they have a former key."""
    unread: list[int] = field(default_factory=list)
    """Rows sealed with a key, where none is given: the first and the last."""


def verify(session: Session, organisation: int, key: bytes | None = None) -> list[str]:
    """What is wrong with an organisation's chain, in sentences; empty when nothing is."""
    seen = _Seen(rekeyed=_rekeyed(session, organisation, key))
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


def _check_seal(session: Session, row: History, key: bytes | None, seen: _Seen) -> bool:
    """Look at one row's seal; gives whether the row stands where another belongs."""
    keyed = is_keyed(row.hash)
    if row.seq < seen.rekeyed:
        seen.digest.add(row)
        return False
    if row.seq == seen.rekeyed and row.changes[history.HELD][1] != seen.digest.said:
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
    was = _written_as(session, row, used) if not right and seen.bad <= LOOKED_INTO else None
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
    asked = select(History).where(
        History.organisation == organisation, History.action == history.REKEY
    )
    for row in session.exec(asked.order_by(col(History.seq).desc())):
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
    """What the mark of where the history ends finds wrong."""
    said = history.end(session, organisation)
    if said is None:
        if is_keyed(last.hash):
            return "The mark of where the history ends is gone; changes may be missing at its end."
        return None
    if history.agrees(said, organisation, last, key):
        return None
    number = said.rpartition(" ")[2]
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
