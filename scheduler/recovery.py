"""After a backup was restored: what may have gone out since it was taken is not sent again.

The restored store knows nothing of the time between. What was on its way in it, and what fell
due before it was restored, is therefore held until the platform has been asked: each message
carries what its reminders are for good, so the look needs neither the message's key nor the
reminder's number, which a restored store gives out anew. What is found there is settled as sent;
what is not goes out, late. Where a platform cannot be asked it goes out as a possible repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from db import tables as t
from db.ledger import reminders
from db.ledger.messages import settle, unsent
from db.queries.history import last_seq
from db.store import Actor, Reading, Store, Writing
from scheduler.courier import Courier, NotDelivered, Posted, Recalled, route
from scheduler.letters import identity
from scheduler.notices import FROM_DULY

log = logging.getLogger(__name__)

ACTOR = Actor("scheduler", "scheduler")
RESTORED_AT = "restored_at"
"""The mark with the moment (field time) at which the store was restored."""
LOOKED_FOR = "looked_for"
"""In a reminder's detail: the restore after which it was looked for."""
MAYBE_SENT = "maybe_sent"
"""In a reminder's detail: it may have gone out before the store was restored."""
IN_DOUBT = "may have been sent before the store was restored, and is looked for first"
SKEW = timedelta(hours=1)
"""How far a platform's clock may be from ours."""
LOOKS = 50
"""How many destinations one pass looks into, so that it does not hold up the others."""
PRINTED = ("pretended", "demonstration")


def doubt(writing: Writing) -> int:
    """Mark a store as restored now; gives how many reminders and notices are in doubt already.

    Called once for each organisation, before anything else happens to the store.
    """
    messages = unsent(writing)
    # What Duly tells of itself keeps its key, by which it is looked for before it is posted.
    own = [m for m in messages if FROM_DULY in m.key]
    free: dict[str, Any] = {"claimed_by": None, "claimed_until": None, "next_attempt_at": None}
    settle(writing, [m.id for m in own if m.id is not None], state="claimed", **free)
    held = 0
    for message in messages:
        if message in own:
            continue
        assert message.id is not None
        for row in reminders.in_messages(writing, [message.id]):
            row.state, row.reason, row.message_id = "held", IN_DOUBT, None
            writing.session.add(row)
            held += 1
        writing.session.flush()
        writing.session.delete(message)
    writing.set_mark(RESTORED_AT, writing.now.isoformat())
    writing.session.flush()
    return held + len(own)


def hold_forgotten(writing: Writing) -> None:
    """Of what is planned, hold what fell due before the store was restored, until it is looked
    for. Does nothing in a store that never was."""
    restored = writing.mark(RESTORED_AT)
    if restored is None:
        return
    moment = datetime.fromisoformat(restored)
    for row in reminders.planned(writing):
        if row.at <= moment and row.detail.get(LOOKED_FOR) != restored:
            row.state, row.reason = "held", IN_DOUBT
            writing.session.add(row)
    writing.session.flush()


def may_be_forgotten(reading: Reading, message: t.Message) -> bool:
    """Whether a message may have gone out at a time of which the store knows nothing."""
    restored = reading.mark(RESTORED_AT)
    return restored is not None and message.gathered_at <= datetime.fromisoformat(restored)


def look_back(store: Store, couriers: Sequence[Courier]) -> None:
    """Ask the platforms what of the reminders in doubt was sent: that is settled, the rest is
    planned again. What cannot be asked just now stays held for a later pass."""
    with store.read() as reading:
        if reading.mark(RESTORED_AT) is None:
            return
        doubtful: dict[str, list[t.Reminder]] = defaultdict(list)
        for row in reminders.held_for(reading, IN_DOUBT):
            if row.message_id is None:
                doubtful[row.recipient].append(row)
        printed = not couriers and (store.clock.pretended or reading.mark("kind") in PRINTED)
        through = {place: route(reading, couriers, place) for place in doubtful}
    looks = 0
    for place, rows in doubtful.items():
        courier = through[place]
        recalled: Recalled | None = None
        if courier is not None:
            if looks >= LOOKS:
                return
            looks += 1
            try:
                recalled = asyncio.run(courier.recall(place, _since(store, rows)))
            except NotDelivered as error:
                if not error.for_good:
                    continue
                looks -= 1
            except Exception as error:  # one destination must not keep the others back
                log.error("could not look back", extra={"destination": place}, exc_info=error)
                continue
        elif not printed:
            continue
        with store.write(ACTOR) as writing:
            _settle(writing, [row.id for row in rows], courier, recalled)


def _since(store: Store, rows: Sequence[t.Reminder]) -> datetime:
    """Before this none of them was sent, by the platform's clock."""
    if store.clock.pretended:
        return datetime.fromtimestamp(0, UTC)
    return min(row.at for row in rows) - SKEW


def _settle(
    writing: Writing,
    ids: Sequence[int | None],
    courier: Courier | None,
    recalled: Recalled | None,
) -> None:
    """What became of the reminders in doubt for one destination; None recalls nothing."""
    rows = reminders.held_for(writing, IN_DOUBT)
    wanted = set(ids)
    known = {identity(row): row for row in rows if row.id in wanted}
    # One that does not say what it holds may be any of them.
    told_all = (
        recalled is not None
        and recalled.whole
        and all(posted.holds or FROM_DULY in posted.key for posted in recalled.posted)
    )
    sent: dict[str, Posted] = {}
    for posted in recalled.posted if recalled is not None else ():
        for one in posted.holds:
            sent.setdefault(one, posted)
    messages: dict[str, t.Message] = {}
    for one, row in known.items():
        found = sent.get(one)
        if found is not None:
            message = messages.get(found.platform_id)
            if message is None:
                message = _remember(writing, row, found, courier, known)
                messages[found.platform_id] = message
            row.state, row.reason, row.message_id = "sent", None, message.id
        else:
            row.state, row.reason = "planned", None
            row.detail = {**row.detail, LOOKED_FOR: writing.mark(RESTORED_AT)}
            if not told_all:
                row.detail = {**row.detail, MAYBE_SENT: True}
        writing.session.add(row)
    writing.session.flush()


def _remember(
    writing: Writing,
    row: t.Reminder,
    posted: Posted,
    courier: Courier | None,
    known: Mapping[str, t.Reminder],
) -> t.Message:
    """A message that was sent at a time of which the store knew nothing."""
    taken = reminders.message_keyed(writing, posted.key)
    if taken is not None and taken.platform_id == posted.platform_id:
        return taken
    # One that holds more than this store knows is not shown anew: that would lose lines of it.
    all_known = courier is not None and set(posted.holds) <= set(known)
    return writing.add(
        t.Message(
            organisation=writing.key,
            key=posted.key if taken is None else f"{posted.key}/{posted.platform_id}",
            destination=row.recipient,
            person=row.person,
            kind="digest" if row.person is not None and "/digest/" in posted.key else "channel",
            day=posted.at.astimezone(writing.directory.zone).date(),
            text="",
            state="sent",
            platform=courier.name if courier is not None and all_known else None,
            platform_id=posted.platform_id,
            attempts=1,
            gathered_at=posted.at,
            sent_at=posted.at,
            seq=last_seq(writing, posted.at),
        )
    )
