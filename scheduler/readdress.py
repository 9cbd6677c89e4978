"""Recipients judged on the day of sending: a reminder goes to whoever stands in for its posts then.

It was planned for whoever did so on the day it fell due; since then they may have gone away, come
back, or left the post.
"""

from __future__ import annotations

from collections.abc import Sequence

from db import tables as t
from db.ledger import reminders
from db.ledger.reminders import addressed, addressees_of
from db.store import Writing
from governance.reminders import Addressee
from governance.reminders.recipients import Share, shares
from scheduler.reconcile import skip

NOBODY = "nobody holds a post"
"""The reason of a reminder that is held until somebody can receive it."""
HAS_IT = "they have it for another post"


class Readdressed:
    """The reminders of a pass after each was handed to today's recipients.

    `going` are those that somebody can receive, `skipped` those that their reader has already.
    """

    def __init__(self, writing: Writing, rows: Sequence[t.Reminder]) -> None:
        self._writing = writing
        self._going: dict[int | None, t.Reminder] = {row.id: row for row in rows}
        self.skipped: list[t.Reminder] = []
        for row in rows:
            if row.id in self._going and not is_post(row):
                self._judge(row)
        writing.session.flush()

    @property
    def going(self) -> list[t.Reminder]:
        return list(self._going.values())

    def _judge(self, row: t.Reminder) -> None:
        shared = shares(self._writing.directory, addressees_of(row), self._writing.today)
        found = [share for share in shared if share.person is not None]
        if not found:
            row.state, row.reason = "held", NOBODY
            self._writing.session.add(row)
            del self._going[row.id]
            return
        if row.state == "held":
            row.state, row.reason = "planned", None
        if len(found) == 1 and (found[0].to, found[0].person) == (row.to, row.person):
            return
        own = next((share for share in found if share.person == row.person), found[0])
        copies = [(self._copy(row), share) for share in found if share is not own]
        for one, share in [(row, own), *copies]:
            self._hand(one, share)

    def _copy(self, row: t.Reminder) -> t.Reminder:
        return t.Reminder(**row.model_dump(exclude={"id", "detail"}), detail=dict(row.detail))

    def _hand(self, row: t.Reminder, share: Share) -> None:
        """Give a reminder to one recipient; of two that are one by now the other is kept."""
        writing = self._writing
        assert share.person is not None
        other = reminders.like(writing, row, share.person) if share.person != row.person else None
        if other is None:
            row.recipient = row.person = share.person
            _list(row, share.to, share.addressees)
            self._going[writing.add(row).id] = row
        elif other.state in ("planned", "skipped"):
            before = addressees_of(other) if other.state == "planned" else ()
            _list(other, other.to if before else share.to, (*before, *share.addressees))
            if other.state == "skipped":
                other.state, other.reason = "planned", None
                self._going[other.id] = other
            writing.add(other)
            self._drop(row)
        elif fresh := [id for id in share.items if id not in other.items]:
            for id in fresh:
                part = reminders.split_off(writing, row, id)
                part.recipient, part.person, part.to = share.person, share.person, share.to
                self._going[writing.add(part).id] = part
            self._drop(row)
        elif row.id is not None:
            skip(row, HAS_IT, writing.now)
            writing.add(row)
            del self._going[row.id]
            self.skipped.append(row)

    def _drop(self, row: t.Reminder) -> None:
        """Forget a reminder whose place another takes."""
        if row.id is not None:
            self._going.pop(row.id, None)
            self._writing.delete(row)


def is_post(row: t.Reminder) -> bool:
    """Whether a reminder is posted in a channel, and is for nobody in particular."""
    return row.person is None and row.to.startswith("#")


def _list(row: t.Reminder, to: str, addressees: Sequence[Addressee]) -> None:
    """Let a reminder be for some addressees, and list what it lists for them."""
    row.to = to
    row.items = list(dict.fromkeys(id for one in addressees for id in one.items))
    row.detail = {**row.detail, **addressed(addressees)}
