"""Recovery after a restore: what may have gone out since the backup was taken is not sent again.

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
from db.ledger import messages, reminders
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
"""Tolerated difference between a platform's clock and ours."""
LOOKS = 50
"""Most destinations that one pass looks into, so that it does not hold up the others."""
PRINTED = ("pretended", "demonstration")


def mark_restored(writing: Writing) -> int:
    """Mark a store as restored now; gives the number of reminders and notices in doubt.

    Called once for each organisation, before anything else happens to the store.
    """
    unsent = messages.unsent(writing)
    # Duly's own notices keep their keys, by which they are looked for before they are posted.
    own = [message for message in unsent if FROM_DULY in message.key]
    free: dict[str, Any] = {"claimed_by": None, "claimed_until": None, "next_attempt_at": None}
    messages.settle(writing, [m.id for m in own if m.id is not None], state="claimed", **free)
    held = 0
    for message in unsent:
        if message in own or message.id is None:
            continue
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
    """Hold the planned reminders that fell due before the store was restored, until they are looked
    for. Does nothing in a store that never was restored."""
    restored = writing.mark(RESTORED_AT)
    if restored is None:
        return
    for row in reminders.planned_until(writing, datetime.fromisoformat(restored)):
        if row.detail.get(LOOKED_FOR) != restored:
            row.state, row.reason = "held", IN_DOUBT
            writing.session.add(row)
    writing.session.flush()


def may_be_forgotten(reading: Reading, message: t.Message) -> bool:
    """True for a message that may have gone out at a time of which the store knows nothing."""
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
    """Settle the reminders in doubt for one destination: those recalled were sent, the rest is
    planned again. None recalls nothing."""
    wanted = set(ids)
    rows = reminders.held_for(writing, IN_DOUBT)
    known = {identity(row): row for row in rows if row.id in wanted}
    # A message that does not say what it holds may be any of them.
    is_complete = (
        recalled is not None
        and recalled.whole
        and all(posted.holds or FROM_DULY in posted.key for posted in recalled.posted)
    )
    sent: dict[str, Posted] = {}
    for posted in recalled.posted if recalled is not None else ():
        for one in posted.holds:
            sent.setdefault(one, posted)
    recorded: dict[str, t.Message] = {}
    for key, row in known.items():
        post = sent.get(key)
        if post is not None:
            message = recorded.get(post.platform_id)
            if message is None:
                message = _record(writing, row, post, courier, known)
                recorded[post.platform_id] = message
            row.state, row.reason, row.message_id = "sent", None, message.id
        else:
            row.state, row.reason = "planned", None
            row.detail = {**row.detail, LOOKED_FOR: writing.mark(RESTORED_AT)}
            if not is_complete:
                row.detail = {**row.detail, MAYBE_SENT: True}
        writing.session.add(row)
    writing.session.flush()


def _record(
    writing: Writing,
    row: t.Reminder,
    posted: Posted,
    courier: Courier | None,
    known: Mapping[str, t.Reminder],
) -> t.Message:
    """Add a message that was sent at a time of which the store knew nothing."""
    taken = messages.keyed(writing, posted.key)
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
