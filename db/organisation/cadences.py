"""A board's change of cadence: the meetings held before it stay, and none ahead is lost unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col

from db import tables as t
from db.store import Writing
from governance.dates import say_day
from governance.directory import Cadence
from governance.errors import DulyError
from governance.meetings import occurrences

_CADENCE = ("first", "rule", "every_months")


def has_other_cadence(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two entries of a board differ in its cadence."""
    return any(old[name] != new[name] for name in _CADENCE)


def cadence_of(board: Mapping[str, Any]) -> Cadence:
    """The cadence of a board's entry."""
    return Cadence(datetime.fromisoformat(board["first"]), board["rule"], board["every_months"])


def is_meeting(board: Mapping[str, Any], original: str) -> bool:
    """Whether a board's entry has a meeting with this original start."""
    start = datetime.fromisoformat(original)
    return bool(occurrences(cadence_of(board)).after(start, inc=True) == start)


def change_cadence(writing: Writing, key: str, new: Mapping[str, Any]) -> None:
    """Keep the present cadence with the moment until which it held, if meetings were held by it.

    What was moved or cancelled and lies ahead must be a meeting of the new cadence too. What the
    last file said of others this one cannot say, and it is forgotten. Raises DulyError that names
    the meetings changed in chat.
    """
    row = writing.session.get(t.Board, (writing.key, key))
    if row is None:
        return
    now = writing.now.astimezone(writing.directory.zone).replace(tzinfo=None)
    before = cadence_of({name: getattr(row, name) for name in _CADENCE})
    if occurrences(before).before(now, inc=True) is not None:
        kept = {name: getattr(row, name) for name in _CADENCE}
        earlier = {**kept, "until": writing.now.isoformat()}
        row.earlier_cadences = [*row.earlier_cadences, earlier]
        writing.add(row)
    rule = occurrences(cadence_of(new))
    lost: list[str] = []
    changes = writing.select(t.MeetingChange).where(t.MeetingChange.board == key)
    for change in writing.all(changes.order_by(col(t.MeetingChange.original))):
        original = datetime.fromisoformat(change.original)
        stands = datetime.fromisoformat(change.moved_to or change.original)
        if stands <= now or rule.after(original, inc=True) == original:
            continue
        if change.moved_to == change.original or change.source == "file":
            writing.delete(change)
        else:
            became = f"moved to {say_day(stands.date())}" if change.moved_to else "cancelled"
            lost.append(f"{say_day(original.date())}, {original:%H:%M}, {became}")
    if lost:
        raise DulyError(
            f"Board {key}: the changed cadence has no meeting where one was changed in chat: "
            f"{'; '.join(lost)}. Put it back in chat first, then apply the file."
        )
    writing.forget_directory()
