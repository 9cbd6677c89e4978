"""The ledger's contract as due-work-harness has it: every profile claimed, and no known gap.

It runs on SQLite, with a platform that remembers; the kill test has the processes and Postgres.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from due_work_harness import (
    AmbiguityAware,
    BoundedRetry,
    Claim,
    ConvergentWrite,
    DueWorkContract,
    DueWorkSweep,
    FencedOwnership,
    InFlightExecution,
    Profile,
    ReplaySafeEffect,
    Retention,
    SafetyContract,
    SafetyProfile,
    StateDerived,
    due_work_contract_suite,
)
from due_work_harness.host import Host, configure
from due_work_harness.profiles.automatic_recovery import with_contract_page_size
from sqlalchemy.dialects import sqlite
from sqlmodel import col

import scheduler.delivery
from bot.serving import Heartbeat
from bot.slack.courier import SlackCourier
from db import tables as t
from db.schedule import subject_of
from db.store import Store
from scheduler import claims, ledger, outcome, planner, waiting
from scheduler.claims import CLAIM
from scheduler.errors import NotDelivered
from scheduler.letters import letters
from scheduler.model import Letter, TickReport
from scheduler.tick import tick
from tests.slack.fake import FakeSlack
from tests.slack.fake.workspace import TOKEN
from tests.support.clocks import MachineClock
from tests.support.field import at
from tests.support.platform import Platform, waiting_message
from tests.support.stored import TEST, add_report, apply

PEOPLE = 14
NOW = at(2023, 4, 3, 10)
"""A Monday morning, in working hours."""


class Selected(list[t.Message]):
    """What is waiting, with the question that production asked for it."""


class Plans:
    """What SQLite says of the production selection."""

    def understands(self, selection: object) -> bool:
        return isinstance(selection, Selected)

    def index_served(self, _selection: object) -> tuple[bool, str]:
        with world() as w:
            asked = claims.waiting(1, "gathered").compile(
                dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
            )
            with w.store.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}").all()
        said = "; ".join(str(row[-1]) for row in plan)
        return "USING INDEX ix_message_state" in said, said

    def replica_read(self, _selection: object) -> None:
        return None


configure(
    Host(
        production_packages=frozenset({"scheduler", "db", "bot", "governance"}),
        selection_inspectors=(Plans(),),  # type: ignore[arg-type]
    )
)


class World:
    """A force of many owners, each with a post, on a store of its own."""

    def __init__(self, place: Path, template: Path) -> None:
        shutil.copy(template, place / "duly.db")
        self.clock = MachineClock(NOW)
        self.store = Store(f"sqlite:///{place}/duly.db", self.clock)
        self.platform = Platform()
        self.numbers = itertools.count(1)
        self.report: TickReport = TickReport()

    # Messages

    def make(self, age: timedelta = timedelta(0), **more: Any) -> t.Message:
        """A message that waits for its reader, somebody of their own."""
        n = next(self.numbers)
        id = waiting_message(
            self.store, f"key {n}", f"person{n}", gathered_at=self.clock.now() - age, **more
        )
        return self.row(id)

    def row(self, id: int) -> t.Message:
        with self.store.read() as reading:
            return reading.session.get_one(t.Message, id)

    def expire(self, id: int) -> None:
        with self.store.write(TEST) as writing:
            row = writing.session.get_one(t.Message, id)
            row.claimed_until = writing.clock.machine() - timedelta(seconds=1)
            writing.session.add(row)

    # Recommendations

    def recommend(self, **more: Any) -> str:
        """One that is somebody's of their own, whose reminder of a fortnight falls due today."""
        n = next(self.numbers)
        with self.store.write(TEST) as writing:
            report = writing.first(writing.select(t.Report))
            assert report is not None
            due = date(2023, 4, 17)
            fields: dict[str, Any] = {
                "report_id": report.id, "ref": str(24_000 + n), "kind": "recommendation",
                "number": str(n), "text": "Do.", "text_key": "do", "deadline": due,
                "original_deadline": due, "deadline_kind": "by_date", "owner": f"post{n}",
                "deadline_set_at": at(2023, 3, 29, 10), "imported_at": at(2023, 3, 29, 10),
                "updated_at": writing.now, **more,
            }  # fmt: skip
            row = writing.add(t.Recommendation(organisation=writing.key, **fields))
            writing.add(
                t.Schedule(
                    organisation=writing.key, subject=subject_of(row),
                    planned_through=at(2023, 3, 29, 10),
                )
            )  # fmt: skip
            writing.replan(subject_of(row))
        return f"person{n}"

    def of(self, person: str) -> t.Recommendation:
        with self.store.read() as reading:
            owner = person.replace("person", "post")
            found = reading.first(
                reading.select(t.Recommendation).where(t.Recommendation.owner == owner)
            )
            assert found is not None
            return found

    def reminders(self, person: str) -> list[t.Reminder]:
        with self.store.read() as reading:
            return reading.all(
                reading.select(t.Reminder)
                .where(t.Reminder.recipient == person)
                .order_by(col(t.Reminder.id))
            )


def organisation() -> str:
    posts = "".join(
        f"  - {{key: post{n}, title: Post {n}, role: owner, holder: person{n}}}\n"
        for n in range(1, PEOPLE)
    )
    return f"""
force: {{key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}}
posts:
  - {{key: superintendent, title: PSD Superintendent, role: lead, holder: alex}}
  - {{key: secretary, title: Board Secretary, role: secretary, holder: lee}}
{posts}
people:
  - {{key: person1, name: Person 1, slack: U01ONE}}
"""


_TEMPLATE = Path(tempfile.mkdtemp(prefix="duly-due-work-"))


def template() -> Path:
    """A store with the force in it, made once."""
    path = _TEMPLATE / "duly.db"
    if not path.exists():
        made = _TEMPLATE / "made.db"
        store = Store(f"sqlite:///{made}", MachineClock(at(2023, 3, 29, 9)))
        apply(store, organisation())
        add_report(store)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        store.close()
        made.rename(path)
    return path


_worlds: list[World] = []


@contextmanager
def world() -> Iterator[World]:
    """A world of its own; the one that is open, for a proof of two bindings together."""
    if _worlds:
        yield _worlds[0]
        return
    with tempfile.TemporaryDirectory(prefix="duly-due-work-") as place:
        found = World(Path(place), template())
        _worlds.append(found)
        try:
            yield found
        finally:
            _worlds.clear()
            found.store.close()


def selected(w: World) -> Selected:
    with w.store.read() as reading:
        return Selected(claims.unposted(reading, w.clock.machine()))


def ticked(w: World) -> int:
    w.report = tick(w.store, w.platform)
    return len(w.report.messages)


@contextmanager
def sweep() -> Iterator[DueWorkSweep]:
    with world() as w:
        # ARRANGE
        def make_terminal(*, age: timedelta) -> list[t.Message]:
            return [w.make(age, state=state) for state in ("sent", "skipped", "failed")]

        # EXTERNAL SEAM: a post hangs until it is let go
        @contextmanager
        def in_flight(row: t.Message, run: Callable[[], int]) -> Iterator[None]:
            begun, go_on = threading.Event(), threading.Event()

            def hang(letter: Letter) -> None:
                reached.append(letter.key)
                begun.set()
                assert go_on.wait(60)

            w.platform.posting = hang
            worker = threading.Thread(target=run)
            worker.start()
            assert begun.wait(60)
            yield
            go_on.set()
            worker.join(60)

        reached: list[str] = []

        def recurs() -> None:
            twice = threading.Semaphore(0)
            heartbeat = Heartbeat(twice.release, 0.02)
            heartbeat.start()
            assert all(twice.acquire(timeout=60) for _ in range(2))
            heartbeat.stop()

        yield DueWorkSweep(
            name="messages",
            # REAL PRODUCTION
            due_work=lambda: selected(w),
            run_tick=lambda: ticked(w),
            make_owed=w.make,
            make_terminal=make_terminal,
            recovery_delay=timedelta(0),
            page_size=scheduler.delivery.PAGE,
            assert_scheduled=recurs,
            in_flight=InFlightExecution(
                make_owed=w.make,
                start=in_flight,
                execution_count_for=lambda row: reached.count(row.key),
            ),
            # OBSERVE
            observe_outstanding=lambda: float(w.report.waiting),
            dispatched_ids=lambda: [letter.destination for letter in w.platform.letters],
            identity_of=lambda row: row.destination,
        )


@contextmanager
def ownership() -> Iterator[FencedOwnership]:
    with world() as w:
        held: dict[str, claims.Claim] = {}

        # REAL PRODUCTION
        def claim() -> tuple[int, Any] | None:
            with w.store.write(TEST) as writing:
                now = writing.clock.machine()
                for row in [*claims.uncertain(writing, now), *claims.unposted(writing, now)]:
                    got = claims.take(writing, row, w.platform, CLAIM)
                    if isinstance(got, claims.Claim):
                        begun = got if got.begun else claims.begin(writing, got, w.platform, CLAIM)
                        assert isinstance(begun, claims.Claim)
                        held[begun.name] = begun
                        return begun.id, begun.name
            return None

        def put_off(_id: int, name: Any) -> bool:
            with w.store.write(TEST) as writing:
                return outcome.put_off(writing, held[name], NotDelivered("No answer."))

        def give_up(_id: int, name: Any) -> bool:
            with w.store.write(TEST) as writing:
                return outcome.put_off(writing, held[name], NotDelivered("Gone.", for_good=True))

        def renew(_id: int, name: Any) -> bool:
            with w.store.write(TEST) as writing:
                return claims.renew(writing, held[name], CLAIM) is not None

        def reclaim(id: int) -> object:
            with w.store.write(TEST) as writing:
                row = writing.session.get_one(t.Message, id)
                got = claims.take(writing, row, w.platform, CLAIM)
            # EXTERNAL SEAM: what may be under way gets its time to arrive
            w.clock.go(seconds=10)
            return got

        # OBSERVE
        def observe(id: int) -> tuple[Any, ...]:
            row = w.row(id)
            return row.state, row.claimed_by, row.claimed_until, row.next_attempt_at, row.attempts

        yield FencedOwnership(
            name="claims",
            # ARRANGE
            make_claimable=w.make,
            expire_lease=w.expire,
            claim=claim,
            fenced_write=put_off,
            other_fenced_writes={"give up": give_up},
            renew_lease=renew,
            reclaim_stalled=reclaim,
            observe=observe,
        )


@contextmanager
def ambiguity() -> Iterator[AmbiguityAware]:
    with world() as w:
        held: dict[int, claims.Claim] = {}

        # ARRANGE
        def claim() -> tuple[int, Any]:
            row = w.make()
            with w.store.write(TEST) as writing:
                # REAL PRODUCTION
                got = claims.take(writing, row, w.platform, CLAIM)
            assert isinstance(got, claims.Claim)
            held[got.id] = got
            return got.id, got.name

        def start_attempt(id: int, _name: Any) -> None:
            with w.store.write(TEST) as writing:
                claims.begin(writing, held[id], w.platform, CLAIM)

        def resolve(id: int) -> str:
            with w.store.write(TEST) as writing:
                row = writing.session.get_one(t.Message, id)
                got = claims.take(writing, row, w.platform, CLAIM)
            return "safe" if isinstance(got, claims.Claim) and not got.begun else "uncertain"

        # EXTERNAL SEAM: the platform has it after all, and says so when it is asked
        def evidence(id: int) -> str:
            row = w.row(id)
            with w.store.read() as reading:
                w.platform.letters.append(letters(reading, [row])[id])
            w.clock.go(seconds=10)
            tick(w.store, w.platform)
            return w.row(id).state

        def ordinary() -> list[int | None]:
            return [row.id for row in selected(w)]

        yield AmbiguityAware(
            name="posts",
            claim=claim,
            start_attempt=start_attempt,
            # OBSERVE
            open_attempt=lambda number: w.row(number).attempts or None,
            expire_lease=w.expire,
            resolve_stalled=resolve,
            ambiguous_disposition="uncertain",
            retryable_disposition="safe",
            state_of=lambda number: w.row(number).state,
            ambiguous_state="claimed",
            terminal_states=("sent", "failed", "skipped"),
            apply_late_evidence=evidence,
            due_work_ids=ordinary,
        )


@contextmanager
def retention() -> Iterator[Retention]:
    """The one place where the ledger deletes: a message that was held for want of a platform makes
    way for the one in which its reminders are gathered anew."""
    with world() as w:
        # ARRANGE
        def held() -> tuple[type[Any], int]:
            person = w.recommend()
            tick(w.store)
            (reminder,) = w.reminders(person)
            assert reminder.id is not None
            return t.Reminder, reminder.id

        def superseded() -> tuple[type[Any], int]:
            held()
            with w.store.read() as reading:
                row = reading.all(claims.waiting(reading.key, "held"))[-1]
            assert row.id is not None
            return t.Message, row.id

        # REAL PRODUCTION
        def release() -> None:
            with w.store.write(TEST) as writing:
                # EXTERNAL SEAM: a platform that reaches everybody
                waiting.release(writing, [w.platform])

        # OBSERVE
        def exists(row: tuple[type[Any], int]) -> bool:
            with w.store.read() as reading:
                return reading.session.get(*row) is not None

        yield Retention(
            name="held messages",
            make_non_terminal=held,
            make_prunable=superseded,
            run_retention=release,
            still_exists=exists,
        )


@contextmanager
def convergence() -> Iterator[ConvergentWrite]:
    with world() as w:

        def state(id: int) -> tuple[Any, ...]:
            # OBSERVE
            row = w.row(id)
            return id, row.state, row.platform_id, row.sent_at, row.claimed_by

        # ARRANGE
        def sent() -> tuple[Any, ...]:
            row = w.make(state="sent", platform="platform", platform_id="platform:0")
            assert row.id is not None
            return state(row.id)

        def unsettled() -> tuple[Any, ...]:
            row = w.make()
            assert row.id is not None
            return state(row.id)

        # REAL PRODUCTION
        def arrived(before: tuple[Any, ...]) -> tuple[Any, ...]:
            # EXTERNAL SEAM: the platform's id of the post
            claim = claims.Claim(w.row(before[0]), w.platform, "somebody", w.clock.machine())
            with w.store.write(TEST) as writing:
                outcome.delivered(writing, claim, "platform:1")
            return state(before[0])

        yield ConvergentWrite(
            name="what became of a post",
            settled_state=sent,
            unsettled_state=unsettled,
            apply_evidence=arrived,
            is_settled=lambda found: found[1] == "sent",
        )


@contextmanager
def derivation() -> Iterator[StateDerived]:
    with world() as w:
        # REAL PRODUCTION
        def derive() -> None:
            with w.store.write(TEST) as writing:
                planner.plan(writing)

        def outstanding() -> list[str]:
            with w.store.read() as reading:
                return [row.recipient for row in ledger.planned(reading)]

        # EXTERNAL SEAM: the platform takes what is posted
        def settle(_person: str) -> None:
            tick(w.store, w.platform)

        def extend(person: str) -> date:
            row = w.of(person)
            assert row.id is not None
            with w.store.write(TEST) as writing:
                kept = writing.recommendation(row.id)
                fields = {
                    "deadline": date(2023, 4, 18),
                    "deadline_version": 1,
                    "deadline_set_at": writing.now,
                }
                writing.change(kept, "extend", fields)
            w.clock.go(days=1)
            return date(2023, 4, 18)

        # OBSERVE
        def desired(person: str) -> date:
            last = w.reminders(person)[-1]
            assert last.days is not None
            return last.at.date() + timedelta(days=last.days)

        # ARRANGE
        def gathered(_person: str) -> None:
            with mock.patch.object(scheduler.delivery, "PAGE", 0):
                tick(w.store, w.platform)

        yield StateDerived(
            name="reminders",
            make_implied_obligation=w.recommend,
            derive=derive,
            outstanding=outstanding,
            record_of=lambda person: [
                (r.id, r.occurrence, r.at, r.state, r.planned_at) for r in w.reminders(person)
            ],
            settle=settle,
            move_desired_state=extend,
            desired_of=desired,
            make_stopped=lambda: w.recommend(progress="complete"),
            make_recovery_eligible=gathered,
        )


@contextmanager
def replay() -> Iterator[ReplaySafeEffect]:
    """What may be done twice is done again without a question: an edit."""
    with world() as w, FakeSlack() as slack:
        slack.add_user("U01ONE", "One")
        courier = SlackCourier(w.store, TOKEN, api_url=slack.api)

        # ARRANGE
        def prepare() -> SimpleNamespace:
            row = w.make()
            with w.store.read() as reading:
                letter = letters(reading, [row])[row.id or 0]
            posted = courier.post(letter)
            slack.messages[-1].text = "as it was"
            return SimpleNamespace(letter=letter, posted=posted)

        # REAL PRODUCTION
        def execute(operation: SimpleNamespace) -> None:
            courier.edit(operation.letter, operation.posted)

        yield ReplaySafeEffect(
            name="an edit",
            prepare=prepare,
            execute=execute,
            # OBSERVE
            observe=lambda operation: [(m.ts, m.text) for m in slack.messages],
            # EXTERNAL SEAM: Slack itself
            execution_count_for=lambda operation: len(slack.called("chat.update")),
        )


@contextmanager
def retry() -> Iterator[BoundedRetry]:
    with world() as w, mock.patch.object(outcome, "MOST_ATTEMPTS", 12):
        failures: list[str] = []

        # EXTERNAL SEAM: the platform refuses this one
        def refuse(letter: Letter) -> None:
            if letter.key.startswith("key "):
                failures.append(letter.key)
                raise NotDelivered("Slack refuses: some error.")

        w.platform.posting = refuse

        # REAL PRODUCTION
        def run_once(_row: t.Message) -> None:
            tick(w.store, w.platform)

        yield BoundedRetry(
            name="messages",
            max_executions=12,
            # ARRANGE
            make_failing=w.make,
            due_work=lambda: selected(w),
            run_once=run_once,
            advance_to_due=lambda row: w.clock.go(minutes=31),
            # OBSERVE
            is_terminal=lambda row: w.row(row.id).state == "failed",
            failure_attempt_count=lambda row: failures.count(row.key),
            observe=lambda row: (w.row(row.id).state, w.row(row.id).attempts),
            identity_of=lambda row: row.key,
        )


LEDGER = DueWorkContract(
    name="the ledger",
    profiles=dict.fromkeys(Profile, Claim()),
    safety=SafetyContract(
        name="the ledger",
        profiles=dict.fromkeys(SafetyProfile, Claim()),
        replay=replay,
        retry=retry,
    ),
    sweep=with_contract_page_size(sweep, scheduler.delivery, "PAGE"),
    ownership=ownership,
    ambiguity=ambiguity,
    retention=retention,
    convergence=convergence,
    derivation=derivation,
)


@due_work_contract_suite(LEDGER)
class TestLedger:
    """The cases are generated."""
