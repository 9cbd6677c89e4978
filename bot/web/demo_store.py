"""Store of the demonstration, with the clock that the page moves.

Commands, scheduler and ledger are the real ones; only the courier is the page's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Condition, Event, Lock

from commands.request import Request
from commands.router import answer
from db.clock import PretendedClock
from db.store import Reading, Store
from governance.dates import say_date, say_moment, take_typed_date
from governance.errors import DulyError
from messages.reply import Reply
from scheduler.courier import Courier, Letter
from scheduler.forecast import forecast
from scheduler.report import TickReport
from scheduler.tick import tick
from scheduler.ticking import run_to

STEP = timedelta(days=28)
"""A longer move is made in such steps, and cut short after one when the process is to end."""

FURTHEST = timedelta(days=800)
"""The furthest one move may go: a little over two years of reminders."""

PRESETS = {"day": timedelta(days=1), "week": timedelta(days=7)}
_TIME = re.compile(r"(?:,?\s*(?:at\s+)?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))?", re.I)
LOOK_AHEAD = (14, 90, 400)
"""Days in which the next reminder is looked for, first nearby."""


class PageCourier(Courier):
    """Courier of the page: a message that is sent in the ledger is one that the page shows."""

    name = "page"

    def reaches(self, _reading: Reading, _destination: str) -> bool:
        return True

    async def post(self, letter: Letter) -> str:
        return f"page:{letter.key}"


COURIER = PageCourier()


@dataclass(frozen=True)
class ClockMove:
    """Result of moving the clock."""

    to: datetime
    delivered: dict[str, int]
    """The number of messages that reached each person key or channel."""
    skipped: int
    stopped: bool = False
    """The process was asked to end before the clock arrived."""


class RebuildLock:
    """Shared lock for uses of the store, exclusive for rebuilding it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._rebuilding = False

    @contextmanager
    def use(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._rebuilding)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._rebuilding)
            self._rebuilding = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._rebuilding = False
                self._changed.notify_all()


@dataclass
class DemoStore:
    """A demonstration store with its clock. `rebuild` makes the store anew, at `begun`."""

    store: Store
    clock: PretendedClock
    begun: datetime
    """The moment at which "Start again" begins."""
    rebuild: Callable[[], Store]
    lock: RebuildLock = field(default_factory=RebuildLock)
    stopping: Event = field(default_factory=Event)
    _moving: Lock = field(default_factory=Lock)

    @contextmanager
    def read(self) -> Iterator[Reading]:
        with self.lock.use(), self.store.read() as reading:
            yield reading

    def answer(self, request: Request) -> Reply:
        with self.lock.use():
            return answer(self.store, request)

    def tick(self) -> TickReport | None:
        """One pass of the scheduler; None while the clock is being moved, which ticks anyway."""
        if not self._moving.acquire(blocking=False):
            return None
        try:
            with self.lock.use():
                return tick(self.store, COURIER)
        finally:
            self._moving.release()

    def start_again(self) -> None:
        with self._moving, self.lock.alone():
            self.store.close()
            self.store = self.rebuild()

    def target(self, to: str, typed: str) -> datetime:
        """The moment that a button or the clock's field means. Raises DulyError in a sentence."""
        with self.read() as reading:
            zone = reading.directory.zone
            now = reading.now.astimezone(zone)
            if to == "reminder":
                return self._next_reminder(reading, now)
        if to == "month":
            return _month_later(now)
        if to in PRESETS:
            return (now.replace(tzinfo=None) + PRESETS[to]).replace(tzinfo=zone)
        return _typed_moment(typed, now).replace(tzinfo=zone)

    def move(self, moment: datetime) -> ClockMove:
        """Let the scheduler run up to `moment`. Raises DulyError in a sentence."""
        with self._moving:
            with self.read() as reading:
                zone = reading.directory.zone
                now = reading.now
            if moment <= now:
                raise DulyError(
                    f"The clock only goes forward, and it is {say_moment(now, zone)} already; "
                    f"to go back to {say_date(self.begun.astimezone(zone).date())}, "
                    "press Start again."
                )
            if moment - now > FURTHEST:
                raise DulyError(
                    "That is more than two years ahead; move the clock there in shorter steps."
                )
            delivered: Counter[str] = Counter()
            skipped = 0
            step = now
            with self._clock_paused():
                while step < moment and not self.stopping.is_set():
                    step = min(step + STEP, moment)
                    with self.lock.use():
                        for report in run_to(self.store, step, COURIER):
                            delivered.update(message.to for message in report.messages)
                            skipped += len(report.skipped)
            return ClockMove(step, dict(delivered), skipped, stopped=step < moment)

    @contextmanager
    def _clock_paused(self) -> Iterator[None]:
        """The clock moves only as the scheduler sets it, so that 09:00 is 09:00 on the dot."""
        running = self.clock.running
        self.clock.set(self.clock.now())
        self.clock.running = False
        try:
            yield
        finally:
            self.clock.set(self.clock.now())
            self.clock.running = running

    def _next_reminder(self, reading: Reading, now: datetime) -> datetime:
        for days in LOOK_AHEAD:
            coming = forecast(reading, now.date(), now.date() + timedelta(days=days))
            later = [at for at in (datetime.fromisoformat(row.at) for row in coming) if at > now]
            if later:
                return min(later)
        raise DulyError("No reminder is coming in the next year.")


def _month_later(now: datetime) -> datetime:
    """The same day of the next month, or that month's last day."""
    first = (now.replace(day=1, tzinfo=None) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(now.day, last.day), tzinfo=now.tzinfo)


def _typed_moment(typed: str, now: datetime) -> datetime:
    """A local moment, as the date-time field gives it or in words; 09:00 where no time is said."""
    text = typed.strip()
    try:
        iso = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        if len(text) <= len("2023-04-28"):
            return iso.replace(hour=9)
        return (iso.astimezone(now.tzinfo) if iso.tzinfo else iso).replace(tzinfo=None)
    taken = take_typed_date(text, now.date())
    time = _TIME.fullmatch(taken[1].strip()) if taken else None
    if taken is None or time is None:
        quoted = f"“{text[:60]}” is not" if text else "That is not"
        raise DulyError(f"{quoted} a date and time; write one such as 28 April 2023, 09:00.")
    hour, minute = int(time["hour"] or 9), int(time["minute"] or 0)
    return datetime.combine(taken[0], datetime.min.time()).replace(hour=hour, minute=minute)
