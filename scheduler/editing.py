"""Editing: posted messages whose lines were settled since are shown anew, and never posted anew."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, update

from db import tables as t
from db.store import Store, Writing
from governance.errors import DulyError
from scheduler import claims
from scheduler.claims import Claim
from scheduler.errors import NotDelivered
from scheduler.letters import letters
from scheduler.model import Courier, Platform, waited
from scheduler.outward import UNEXPECTED
from scheduler.rounds import in_turn, patiently

log = logging.getLogger(__name__)


def edited(
    store: Store,
    couriers: Sequence[Courier],
    lasting: timedelta = claims.CLAIM,
    stopping: threading.Event | None = None,
) -> int:
    """Show posted messages anew whose lines were settled since; gives how many were."""
    platforms = {c.name: c for c in couriers if isinstance(c, Platform)}
    if not platforms:
        return 0
    with store.read() as reading:
        asked = reading.select(t.Message).where(
            t.Message.state == "sent", t.Message.shown != t.Message.revision
        )
        queue = [m for m in reading.all(asked) if m.platform in platforms]
    done = 0

    def attempt(message: t.Message) -> datetime | None:
        nonlocal done
        courier = platforms[message.platform or ""]

        claim = patiently(store, lambda w: claims.take_edit(w, message, courier, lasting))
        if not isinstance(claim, Claim):
            return claim
        error: NotDelivered | None = None
        try:
            # What it says now: a line may have been settled since it was queued.
            letter = patiently(store, lambda w: letters(w, [claim.message])[claim.id])
            waited(courier.edit(letter, claim.message.platform_id or ""))
        except NotDelivered as failed:
            error = failed
        except DulyError:  # the store's trouble, and no message's
            raise
        except Exception as failed:
            log.error(
                "a message could not be shown anew",
                extra={"key": claim.message.key},
                exc_info=failed,
            )
            error = NotDelivered(UNEXPECTED)
        done += error is None
        return patiently(store, lambda w: _settled(w, claim, error, lasting))

    in_turn(queue, attempt, store.clock, stopping or threading.Event())
    return done


def _settled(
    writing: Writing, claim: Claim, error: NotDelivered | None, lasting: timedelta
) -> datetime | None:
    """What became of an edit; gives when to try again where the platform said so."""
    now = writing.clock.machine()
    again, later = None, None
    shown = {"shown": claim.message.revision} if error is None or error.for_good else {}
    if error is not None and not error.for_good:
        if error.retry_after is not None:
            again = now + min(timedelta(seconds=error.retry_after), claims.LONGEST_WAIT)
        later = again or claims.backoff(claim.attempts, now, lasting)
    writing.session.connection().execute(
        update(t.Message)
        .where(col(t.Message.id) == claim.id, col(t.Message.claimed_by) == claim.name)
        .values(claimed_by=None, claimed_until=None, next_attempt_at=later, **shown)
    )
    return again
