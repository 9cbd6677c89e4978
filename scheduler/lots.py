"""Many messages at once: those that were posted are settled and the next are begun, by a handful
of statements in one transaction, however many they are.

No row becomes an object, and each statement is for all of them: this is what delivery spends its
time on. It is for the plain case, a message that waits and is surely not posted; `claims` and
`outcome` have all the others, one message at a time.

Rows are locked in one order, messages by number and then destinations by name, so that two
processes never wait for each other crosswise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple, TypeAlias

from db.statements import Statements
from scheduler import claims
from scheduler.claims import Claim
from scheduler.model import Platform
from scheduler.queued import Queued, told

AHEAD = timedelta(seconds=1.25)
"""So long before its destination is free a message may be begun, so that all is ready at the
moment at which it may go: well within three quarters of the shortest claim."""

Place: TypeAlias = "tuple[str, str]"
"""A destination on a platform."""


class Wanted(NamedTuple):
    """A message that is to be posted, as it was queued; `ahead` as in AHEAD."""

    message: Queued
    courier: Platform
    ahead: timedelta = timedelta(0)

    @property
    def place(self) -> Place:
        return self.message.destination, self.courier.name


class Sent(NamedTuple):
    """A message that a platform has taken."""

    claim: Claim
    platform_id: str
    repeat: bool
    free: datetime
    """When its destination is free for the next one, by the machine's clock."""

    @property
    def place(self) -> Place:
        return self.claim.message.destination, self.claim.courier.name


class Other(Enum):
    BEGUN = "begun"
    """A process that died, or hangs, has begun it."""


Begun: TypeAlias = "Claim | datetime | Other | None"
"""The claim; or when to try again; or that it is to be looked for; or that somebody else has the
message, or it is settled."""

_CLAIM = (
    "UPDATE message SET state = 'claimed', platform = ?, claimed_by = ?, claimed_until = ?, "
    "attempts = attempts + 1, next_attempt_at = NULL WHERE id IN (SELECT id FROM message "
    "WHERE id IN ({}) AND state = 'gathered' AND (claimed_until IS NULL OR claimed_until <= ?) "
    "AND (next_attempt_at IS NULL OR next_attempt_at <= ? OR next_attempt_at > ?) "
    "FOR UPDATE SKIP LOCKED) RETURNING id, text, attempts, repeat, CAST(settled AS text), revision"
)
_AS_IT_IS = "SELECT id, state, claimed_until, next_attempt_at FROM message WHERE id = ?"
_LET_GO = (
    "UPDATE message SET state = 'gathered', claimed_by = NULL, claimed_until = NULL, "
    "attempts = attempts - 1 WHERE id IN ({}) AND claimed_by IN ({})"
)
_LOCK = "SELECT id FROM message WHERE id IN ({}) ORDER BY id FOR UPDATE"
_SETTLE = (
    "UPDATE message SET state = 'sent', reason = NULL, platform = told.column2, "
    "platform_id = told.column3, repeat = message.repeat OR told.column4, sent_at = ?, "
    "claimed_by = NULL, claimed_until = NULL, next_attempt_at = NULL FROM (VALUES {}) AS told "
    "WHERE message.id = told.column1 AND state IN ('gathered', 'claimed') RETURNING message.id"
)
_SETTLE_REMINDERS = "UPDATE reminder SET state = 'sent', reason = NULL WHERE message_id IN ({})"
_PLACES = (
    'SELECT "key", platform, next_free_at FROM destination WHERE organisation = ? '
    'AND platform IN ({}) AND "key" IN ({}) ORDER BY "key", platform FOR UPDATE'
)
_NEW_PLACES = (
    'INSERT INTO destination (organisation, "key", platform, address) VALUES {} '
    "ON CONFLICT DO NOTHING"
)
_RESERVE = (
    "UPDATE destination SET next_free_at = told.column3 FROM (VALUES {}) AS told "
    'WHERE organisation = ? AND "key" = told.column1 AND platform = told.column2'
)


def act(
    hand: Statements,
    sent: Sequence[Sent],
    wanted: Sequence[Wanted],
    lasting: timedelta,
    left: Sequence[Claim] = (),
) -> list[Begun]:
    """Settle what was sent, and begin what is wanted, each claimed for `lasting`; gives what came
    of each of `wanted`. What is `left` was begun here and is surely not posted: it waits again.

    What a platform took is sent even where its claim was lost meanwhile. A destination's pace is
    taken with the claim, and kept from when the last message was taken there.
    """
    if sent or left:
        ids = [one.claim.id for one in sent] + [claim.id for claim in left]
        hand.lock(_LOCK.format(_marks(ids)), *ids)
    claimed = _claim(hand, wanted, lasting)
    before = _places(hand, {*(one.place for one in sent), *(one.place for one in wanted)})
    free = dict(before)
    for one in sent:
        known = claims.wait_of(free[one.place], hand.machine)
        free[one.place] = one.free if known is None else max(known, one.free)
    begun = [_placed(hand, one, claimed.get(one.message.id), free) for one in wanted]
    early = [one.message.id for one, at in zip(wanted, begun, strict=True)
             if isinstance(at, datetime)]  # fmt: skip
    _let_go(hand, [*left, *(claimed[id] for id in early if id in claimed)])
    _settle(hand, sent)
    # A moment that is past already holds nobody up.
    _reserve(hand, {p: at for p, at in free.items() if at != before[p] and _is_ahead(hand, at)})
    return begun


def _claim(hand: Statements, wanted: Sequence[Wanted], lasting: timedelta) -> dict[int, Claim]:
    """Claim what waits and is nobody's, of each platform at once."""
    claimed: dict[int, Claim] = {}
    now, until = hand.machine, hand.machine + lasting
    for courier in {one.courier.name: one.courier for one in wanted}.values():
        of_it = {one.message.id: one.message for one in wanted if one.courier.name == courier.name}
        name = claims.new_name()
        found = hand.change(
            _CLAIM.format(_marks(of_it)),
            courier.name, name, until, *of_it, now, now, now + claims.LONGEST_WAIT,
        )  # fmt: skip
        for id, text, attempts, repeat, settled, revision in found:
            message = of_it[id]
            if (text, bool(repeat), revision) != (message.text, message.repeat, message.revision):
                message = message._replace(
                    text=text, repeat=bool(repeat), revision=revision, settled=told(settled)
                )
            claimed[id] = Claim(message, courier, name, until, attempts)
    return claimed


def _placed(
    hand: Statements, one: Wanted, claim: Claim | None, free: dict[Place, datetime | None]
) -> Begun:
    """What comes of one that was claimed, or was not: its place at its destination is taken, if
    that is soon."""
    if claim is None:
        return _why(hand, one.message)
    at = claims.wait_of(free[one.place], hand.machine) or hand.machine
    if at - hand.machine > one.ahead:
        return at
    free[one.place] = at + one.courier.pace
    return claim._replace(at=at)


def _why(hand: Statements, message: Queued) -> Begun:
    """Why a message could not be claimed: seldom asked."""
    for _, state, until, later in hand.ask(_AS_IT_IS, message.id):
        held = hand.moment(until)
        if state not in claims.OPEN or (held is not None and held > hand.machine):
            return None
        return claims.wait_of(hand.moment(later), hand.machine) or (
            Other.BEGUN if state == "claimed" else None
        )
    return None


def _places(hand: Statements, places: Collection[Place]) -> dict[Place, datetime | None]:
    """When each destination is free; each is known from the first post on, though not yet where."""
    if not places:
        return {}
    keys = sorted({key for key, _ in places})
    platforms = sorted({platform for _, platform in places})
    asked = _PLACES.format(_marks(platforms), _marks(keys))

    def found() -> dict[Place, datetime | None]:
        rows = hand.ask(asked, hand.key, *platforms, *keys)
        return {(key, platform): hand.moment(free) for key, platform, free in rows}

    free = found()
    if new := sorted(set(places) - set(free)):
        rows = ", ".join(["(?, ?, ?, '{}')"] * len(new))
        values = [value for place in new for value in (hand.key, *place)]
        hand.change(_NEW_PLACES.format(rows), *values)
        free = found()
    return {place: free[place] for place in places}


def _let_go(hand: Statements, begun: Sequence[Claim]) -> None:
    """As if they had not been begun."""
    if begun:
        ids, names = [one.id for one in begun], sorted({one.name for one in begun})
        hand.change(_LET_GO.format(_marks(ids), _marks(names)), *ids, *names)


def _settle(hand: Statements, sent: Sequence[Sent]) -> None:
    if not sent:
        return
    rows = ", ".join(["(?, ?, ?, ?)"] * len(sent))
    values = [
        value
        for one in sent
        for value in (one.claim.id, one.claim.courier.name, one.platform_id, one.repeat)
    ]
    moved = [id for (id,) in hand.change(_SETTLE.format(rows), hand.now, *values)]
    if moved:
        hand.change(_SETTLE_REMINDERS.format(_marks(moved)), *moved)


def _is_ahead(hand: Statements, at: datetime | None) -> bool:
    return at is not None and at > hand.machine


def _reserve(hand: Statements, free: Mapping[Place, datetime | None]) -> None:
    if free:
        rows = ", ".join(["(?, ?, ?)"] * len(free))
        values = [value for place, at in free.items() for value in (*place, at)]
        hand.change(_RESERVE.format(rows), *values, hand.key)


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
