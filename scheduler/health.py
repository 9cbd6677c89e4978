"""How the ledger stands at a moment: what is due, what waits, and for how long it need not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlmodel import col, func, select

from db import tables as t
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
    """What one organisation's ledger holds that was not sent."""

    reminders_due: int = 0
    """Planned rows whose moment has come, those that wait for working hours or are snoozed too."""
    schedules_due: int = 0
    """Subjects to be planned now."""
    messages: Mapping[str, int] = field(default_factory=dict)
    """How many are in each state of UNSENT."""
    set_aside: tuple[str, ...] = ()
    """Subjects whose planning failed too often ("board:pib")."""
    waited: timedelta = timedelta(0)
    """For how long the oldest of what may go has been kept waiting; nothing where all went out."""


def ledger_health(reading: Reading) -> LedgerHealth:
    """The ledger of the organisation that is read, as it is now."""
    key, now = reading.key, reading.now
    states = reading.session.exec(
        select(t.Message.state, func.count())
        .where(t.Message.organisation == key, col(t.Message.state).in_(UNSENT))
        .group_by(t.Message.state)
    )
    counted: dict[str, int] = dict(states.all())
    aside = reading.session.exec(
        select(t.Schedule.subject).where(
            t.Schedule.organisation == key, col(t.Schedule.set_aside_at).is_not(None)
        )
    )
    due = reading.session.exec(
        select(func.count())
        .select_from(t.Schedule)
        .where(
            t.Schedule.organisation == key,
            col(t.Schedule.next_remind_at) <= now,
            col(t.Schedule.set_aside_at).is_(None),
        )
    ).one()
    planned = reading.all(
        reading.select(t.Reminder).where(t.Reminder.state == "planned", t.Reminder.at <= now)
    )
    since = [*_since_gathered(reading), *_since_planned(reading, planned)]
    return LedgerHealth(
        reminders_due=len(planned),
        schedules_due=due,
        messages={state: counted.get(state, 0) for state in UNSENT},
        set_aside=tuple(aside.all()),
        waited=max((now - moment for moment in since), default=timedelta(0)),
    )


def combined(found: Iterable[LedgerHealth]) -> LedgerHealth:
    """Several organisations' ledgers as one."""
    each = list(found)
    return LedgerHealth(
        reminders_due=sum(one.reminders_due for one in each),
        schedules_due=sum(one.schedules_due for one in each),
        messages={state: sum(one.messages.get(state, 0) for one in each) for state in UNSENT},
        set_aside=tuple(subject for one in each for subject in one.set_aside),
        waited=max((one.waited for one in each), default=timedelta(0)),
    )


def lateness(reading: Reading, keys: Iterable[str]) -> list[timedelta]:
    """How long after its moment each reminder went out, of the messages with these keys.

    Those that waited because their reader wished so are not among them.
    """
    wanted = sorted(set(keys))
    found: list[timedelta] = []
    for start in range(0, len(wanted), 500):
        asked = select(t.Reminder.at, t.Reminder.detail, t.Message.sent_at).where(
            t.Reminder.organisation == reading.key,
            t.Reminder.message_id == t.Message.id,
            t.Message.state == "sent",
            col(t.Message.key).in_(wanted[start : start + 500]),
        )
        found += [
            sent_at - at
            for at, detail, sent_at in reading.session.exec(asked)
            if sent_at is not None and UNTIL not in detail
        ]
    return found


def _since_gathered(reading: Reading) -> list[datetime]:
    first = reading.session.exec(
        select(func.min(t.Message.gathered_at)).where(
            t.Message.organisation == reading.key, col(t.Message.state).in_(ON_THEIR_WAY)
        )
    ).one()
    return [first] if first is not None else []


def _since_planned(reading: Reading, planned: Iterable[t.Reminder]) -> list[datetime]:
    """Since when each planned row that may go could have gone: a late one only in working hours,
    counted from their beginning."""
    zone = reading.directory.zone
    now = reading.now.astimezone(zone)
    found = []
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
        found.append(since)
    return found
