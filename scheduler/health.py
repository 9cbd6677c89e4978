"""Health of the ledger: the counts of what is due and what waits, and the longest needless wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from db import tables as t
from db.ledger import messages, reminders, schedules
from db.store import Reading
from governance.calendar import MORNING, working_calendar
from governance.reminders.relevance import LATE_AFTER
from governance.reminders.rules import BY_RULE, Medium
from governance.words import Rule
from scheduler.snooze import UNTIL

UNSENT = ("gathered", "claimed", "held", "failed")
ON_THEIR_WAY = ("gathered", "claimed")


@dataclass(frozen=True)
class LedgerHealth:
    """Counts of one organisation's ledger: what was not sent, and how long it waited."""

    reminders_due: int = 0
    """Planned rows whose moment has come, those that wait for working hours or are snoozed too."""
    schedules_due: int = 0
    """Subjects to be planned now."""
    messages: Mapping[str, int] = field(default_factory=dict)
    """The number in each state of UNSENT."""
    set_aside: tuple[str, ...] = ()
    """Subjects whose planning failed too often ("board:pib")."""
    waited: timedelta = timedelta(0)
    """The longest time that anything which may be sent has waited."""


def ledger_health(reading: Reading) -> LedgerHealth:
    """The ledger of the organisation that is read, as it is now."""
    planned = reminders.planned_until(reading, reading.now)
    since = _since_planned(reading, planned)
    if (oldest := messages.oldest_gathered(reading, ON_THEIR_WAY)) is not None:
        since.append(oldest)
    return LedgerHealth(
        reminders_due=len(planned),
        schedules_due=schedules.count_due(reading),
        messages=messages.counts(reading, UNSENT),
        set_aside=tuple(schedules.set_aside(reading)),
        waited=max((reading.now - moment for moment in since), default=timedelta(0)),
    )


def combined(ledgers: Iterable[LedgerHealth]) -> LedgerHealth:
    """Several organisations' ledgers as one."""
    each = list(ledgers)
    return LedgerHealth(
        reminders_due=sum(one.reminders_due for one in each),
        schedules_due=sum(one.schedules_due for one in each),
        messages={state: sum(one.messages.get(state, 0) for one in each) for state in UNSENT},
        set_aside=tuple(subject for one in each for subject in one.set_aside),
        waited=max((one.waited for one in each), default=timedelta(0)),
    )


def lateness(reading: Reading, keys: Iterable[str]) -> list[timedelta]:
    """The time from its moment to its sending, of each reminder in the messages with these keys.

    Those that waited because their reader wished so are not among them.
    """
    return [
        sent_at - at
        for at, detail, sent_at in reminders.sent_moments(reading, keys)
        if sent_at is not None and UNTIL not in detail
    ]


def _since_planned(reading: Reading, planned: Iterable[t.Reminder]) -> list[datetime]:
    """The moment since which each planned reminder that may be sent could have been: a late one
    only in working hours, counted from their beginning."""
    zone = reading.directory.zone
    now = reading.now.astimezone(zone)
    moments = []
    for row in planned:
        since = max(row.at, row.planned_at)
        if (
            reading.now - row.at > LATE_AFTER
            and BY_RULE[Rule(row.rule)].medium is not Medium.NOTICE
        ):
            if not working_calendar(reading.directory.nation).in_hours(now):
                continue
            since = max(since, datetime.combine(now.date(), MORNING, zone))
        if UNTIL in row.detail and date.fromisoformat(row.detail[UNTIL]) > now.date():
            continue
        moments.append(since)
    return moments
