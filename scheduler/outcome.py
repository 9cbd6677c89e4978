"""What becomes of a message after an attempt: sent, put off, given up, or perhaps a repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from db import tables as t
from db.store import Writing
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.ledger import settle
from scheduler.model import Platform
from scheduler.notices import FROM_DULY, tell_secretary
from scheduler.queued import Queued

NO_PLATFORM = "no platform"
TELL_AFTER = 9
"""After so many attempts, some twenty minutes, the secretary hears that a message is still here."""
MOST_ATTEMPTS = 345
"""After so many, a week, it is given up: the ledger keeps it, and it can be tried once more."""
FREE_CLAIM: Mapping[str, Any] = {"claimed_by": None, "claimed_until": None}
FREE: Mapping[str, Any] = {**FREE_CLAIM, "next_attempt_at": None}


def delivered(writing: Writing, claim: Claim, platform_id: str, *, repeat: bool = False) -> bool:
    """A platform has taken a message, and gave it this id.

    That is so even where the claim was lost meanwhile, and whoever has it now will find it. What
    was marked as a possible repeat stays one: whoever took the claim over may have posted it so.
    """
    settle(
        writing,
        [claim.id],
        state="sent",
        only=[col(t.Message.state).in_(claims.OPEN)],
        platform=claim.courier.name,
        platform_id=platform_id,
        sent_at=writing.now,
        repeat=True if repeat else col(t.Message.repeat),
        **FREE,
    )
    if isinstance(claim.courier, Platform):
        free = writing.clock.machine() + claim.courier.pace
        claims.pause(writing, claim.message, claim.courier.name, free)
    return True


def settled(
    writing: Writing,
    done: Mapping[int, str],
    failed: Sequence[tuple[Claim, NotDelivered]],
    left: Sequence[Claim],
) -> None:
    """What became of messages that were claimed together; those not begun are free again."""
    settle(writing, done, state="sent", sent_at=writing.now, **FREE)
    for id, platform_id in done.items():
        message = writing.session.get_one(t.Message, id)
        message.platform_id = platform_id
        writing.session.add(message)
    for claim in left:
        if not claim.begun:
            settle(writing, [claim.id], state="gathered", only=_ours(claim), **FREE)
    for claim, error in failed:
        put_off(writing, claim, error)


def settle_printed(writing: Writing, messages: Sequence[t.Message], *, sent: bool) -> None:
    """Where printing is the delivery the messages are sent; else they wait for a platform."""
    ids = [m.id for m in messages if m.id is not None]
    if sent:
        settle(writing, ids, state="sent", attempts=1, platform="printed", sent_at=writing.now)
    else:
        settle(writing, ids, state="held", reason=NO_PLATFORM)


def put_off(
    writing: Writing,
    claim: Claim,
    error: NotDelivered,
    *,
    uncertain: bool = False,
    looked: bool = False,
    lasting: timedelta = claims.CLAIM,
) -> bool:
    """Keep a message that was not delivered for a later attempt, or give it up and say so.

    One that may have arrived (`uncertain`, or by the error's own word) stays claimed by nobody, so
    that the next attempt looks for it first. False for whoever lost the claim meanwhile, which
    changes nothing.
    """
    message = claim.message
    now = writing.clock.machine()
    attempts = claim.attempts + looked
    if error.for_good or attempts >= MOST_ATTEMPTS:
        given_up = settle(
            writing,
            [claim.id],
            state="failed",
            reason=error.sentence,
            only=_ours(claim),
            repeat=message.repeat or uncertain or error.uncertain,
            **FREE,
        )
        if given_up and FROM_DULY not in message.key:
            said = f"{_what(writing, message, 'could not be delivered')} {error.sentence}"
            tell_secretary(writing, f"undelivered/{claim.id}", said)
        return bool(given_up)
    uncertain = uncertain or error.uncertain
    again = None
    if error.retry_after is not None:
        again = now + min(timedelta(seconds=error.retry_after), claims.LONGEST_WAIT)
    later = again or claims.backoff(attempts, now, lasting)
    if uncertain:
        later = max(later or now, now + claims.until_there(lasting))
    kept = settle(
        writing,
        [claim.id],
        state="claimed" if uncertain else "gathered",
        reason=error.sentence,
        only=_ours(claim),
        next_attempt_at=later,
        attempts=attempts,
        **FREE_CLAIM,
    )
    if kept and again is not None:
        claims.pause(writing, message, claim.courier.name, again)
    if kept and attempts == TELL_AFTER and FROM_DULY not in message.key:
        said = f"{_what(writing, message, 'has not been delivered yet')} {error.sentence}"
        tell_secretary(writing, f"undelivered-yet/{claim.id}", f"{said} Duly goes on trying.")
    return bool(kept)


NO_IDENTITY = (
    "no chat identity of theirs is in the organisation file. What is meant for them waits."
)
UNMET = "Duly has not been added to that channel. What is meant for it waits."


def unreached(writing: Writing, message: Queued) -> None:
    """Nobody knows where a message's reader is reached: it waits, and the secretary is told."""
    who = writing.directory.person_name(message.destination)
    # It may have gone out before somewhere that is no more.
    repeat = message.repeat or message.state == "claimed"
    held = settle(
        writing,
        [message.id],
        state="held",
        reason=f"no platform reaches {who}",
        only=[col(t.Message.state) == message.state, claims.free(writing.clock.machine())],
        repeat=repeat,
        **FREE,
    )
    if held and FROM_DULY not in message.key:
        why = UNMET if message.destination.startswith("#") else NO_IDENTITY
        tell_secretary(
            writing,
            f"unreached/{message.destination}/{message.id}",
            f"{who} cannot be reached: {why}",
        )


def _what(writing: Writing, message: Queued, became: str) -> str:
    who = (
        message.destination
        if message.person is None
        else writing.directory.person_name(message.person)
    )
    kind = {"digest": "The digest of", "channel": "The post of", "notice": "A notice of"}
    day = f"{message.day.day} {message.day:%B %Y}"
    return f"{kind[message.kind]} {day} for {who} {became}:"


def _ours(claim: Claim) -> list[ColumnElement[bool]]:
    return [col(t.Message.claimed_by) == claim.name]
