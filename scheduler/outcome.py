"""What becomes of a message after an attempt: sent, put off, given up, or perhaps a repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from db import tables as t
from db.store import Writing
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.ledger import settle
from scheduler.letters import letters
from scheduler.model import Letter
from scheduler.notices import FROM_DULY, tell_secretary

NO_PLATFORM = "no platform"


def settled(
    writing: Writing,
    done: Mapping[int, str],
    failed: Sequence[tuple[Claim, NotDelivered]],
    left: Sequence[Claim],
) -> None:
    """What became of messages that were claimed together; those not begun are free again."""
    free = {"claimed_by": None, "claimed_until": None, "next_attempt_at": None}
    settle(writing, done, state="sent", sent_at=writing.now, **free)
    for id, platform_id in done.items():
        message = writing.session.get_one(t.Message, id)
        message.platform_id = platform_id
        writing.session.add(message)
    settle(writing, [c.message.id or 0 for c in left if not c.begun], state="gathered", **free)
    for claim, error in failed:
        put_off(writing, claim, error, uncertain=False)


def settle_printed(writing: Writing, messages: Sequence[t.Message], *, sent: bool) -> None:
    """Where printing is the delivery the messages are sent; else they wait for a platform."""
    ids = [m.id for m in messages if m.id is not None]
    if sent:
        settle(writing, ids, state="sent", attempts=1, platform="printed", sent_at=writing.now)
    else:
        settle(writing, ids, state="held", reason=NO_PLATFORM)


def put_off(
    writing: Writing, claim: Claim, error: NotDelivered, *, uncertain: bool
) -> datetime | None:
    """Keep a message that was not delivered for a later attempt, or give it up and say so.

    Gives when to try again where the platform said so. One that may have arrived stays claimed by
    nobody, so that the next attempt looks for it first.
    """
    message = claim.message
    assert message.id is not None
    now = writing.clock.machine()
    free = {"claimed_by": None, "claimed_until": None}
    if error.for_good:
        settle(writing, [message.id], state="failed", reason=error.sentence, **free)
        if FROM_DULY not in message.key:
            tell_secretary(
                writing, f"undelivered/{message.id}", f"{_what(writing, message)} {error.sentence}"
            )
        return None
    again = None
    if error.retry_after is not None:
        again = now + timedelta(seconds=error.retry_after)
        claims.pause(writing, message, claim.courier.name, again)
    settle(
        writing,
        [message.id],
        state="claimed" if uncertain or error.uncertain else "gathered",
        reason=error.sentence,
        next_attempt_at=again or claims.backoff(message.attempts, now),
        **free,
    )
    return again


def _what(writing: Writing, message: t.Message) -> str:
    who = (
        message.destination
        if message.person is None
        else writing.directory.person_name(message.person)
    )
    kind = {"digest": "The digest of", "channel": "The post of", "notice": "A notice of"}
    day = f"{message.day.day} {message.day:%B %Y}"
    return f"{kind[message.kind]} {day} for {who} could not be delivered:"


def repeated(writing: Writing, message: t.Message) -> Letter:
    """Mark a message as one that may have arrived before."""
    kept = writing.session.get_one(t.Message, message.id)
    kept.repeat = True
    writing.session.add(kept)
    writing.session.flush()
    return letters(writing, [kept])[kept.id or 0]
