"""The ledger's contract as due-work-harness has it: every profile claimed, and no known gap.

It runs on SQLite, once with a platform that remembers, as Slack does, and once with one that
cannot be asked, as Teams: what came of a post is then never learned, and it ends as a repeat that
says so. The kill test has the processes and Postgres.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
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

import scheduler.delivery
from db import tables as t
from db.ledger import messages, reminders
from scheduler import outbox, planner, transitions
from scheduler.courier import Letter, NotDelivered
from scheduler.letters import letters
from scheduler.tick import release_held, tick
from scheduler.ticking import IntervalTicker
from scheduler.transitions import Begin, PutOff, Renew, Sent
from tests.factories import TEST
from tests.guarantees import force
from tests.guarantees.edits import edited_on_slack, edited_on_teams
from tests.guarantees.force import Plans, selected, ticked, world
from tests.support.fake_platform import FakePlatform, Forgetful, carry_out, queued

configure(
    Host(
        production_packages=frozenset({"scheduler", "db", "bot", "governance"}),
        selection_inspectors=(Plans(),),
    )
)


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
            ticker = IntervalTicker(twice.release, 0.02)
            ticker.start()
            assert all(twice.acquire(timeout=60) for _ in range(2))
            ticker.stop()

        def outstanding() -> float:
            with w.store.read() as reading:
                return float(messages.backlog(reading))

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
            observe_outstanding=outstanding,
            dispatched_ids=lambda: [letter.destination for letter in w.platform.letters],
            identity_of=lambda row: row.destination,
        )


@contextmanager
def ownership() -> Iterator[FencedOwnership]:
    with world() as w:
        held: dict[str, outbox.Claim] = {}

        # REAL PRODUCTION
        def claim() -> tuple[int, Any] | None:
            for row in queued(w.store, "claimed", "gathered"):
                (got,) = carry_out(w.store, Begin(row, w.platform))
                if isinstance(got, outbox.Claim):
                    held[got.name] = got
                    return got.id, got.name
            return None

        def put_off(id: int, name: Any) -> bool:
            before = observe(id)
            carry_out(w.store, PutOff(held[name], NotDelivered("No answer.")))
            return observe(id) != before

        def give_up(id: int, name: Any) -> bool:
            before = observe(id)
            carry_out(w.store, PutOff(held[name], NotDelivered("Gone.", for_good=True)))
            return observe(id) != before

        def renew(_id: int, name: Any) -> bool:
            return carry_out(w.store, Renew(held[name])) != [None]

        def reclaim(id: int) -> object:
            (got,) = carry_out(w.store, Begin(w.read(id), w.platform))
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
        # ARRANGE: claimed and not begun, as by a process of version 0.1.0
        def claim() -> tuple[int, Any]:
            row = w.make(claimed_by="somebody", claimed_until=w.clock.machine() + outbox.CLAIM)
            assert row.id is not None
            return row.id, row.claimed_by

        def start_attempt(id: int, _name: Any) -> None:
            w.expire(id)
            # REAL PRODUCTION
            (got,) = carry_out(w.store, Begin(w.read(id), w.platform))
            assert isinstance(got, outbox.Claim)

        def resolve(id: int) -> str:
            (got,) = carry_out(w.store, Begin(w.read(id), w.platform))
            return "safe" if isinstance(got, outbox.Claim) and not got.uncertain else "uncertain"

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
                row = messages.held(reading)[-1]
            assert row.id is not None
            return t.Message, row.id

        # REAL PRODUCTION
        def release() -> None:
            with w.store.write(TEST) as writing:
                # EXTERNAL SEAM: a platform that reaches everybody
                release_held(writing, [w.platform])

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
            now = w.clock.machine()
            claim = outbox.Claim(w.read(before[0]), w.platform, "somebody", now)
            carry_out(w.store, Sent(claim, "platform:1", False, now))
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
                return [row.recipient for row in reminders.planned(reading)]

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


EDITED = edited_on_slack


@contextmanager
def replay() -> Iterator[ReplaySafeEffect]:
    """An edit may be made twice, and is made again without a question."""
    with world() as w, EDITED(w) as edited:
        courier = edited.courier

        # ARRANGE
        def prepare() -> SimpleNamespace:
            row = w.make()
            with w.store.read() as reading:
                letter = letters(reading, [row])[row.id or 0]
            posted = asyncio.run(courier.post(letter))
            edited.garble()
            return SimpleNamespace(letter=letter, posted=posted)

        # REAL PRODUCTION
        def execute(operation: SimpleNamespace) -> None:
            asyncio.run(courier.edit(operation.letter, operation.posted))

        yield ReplaySafeEffect(
            name="an edit",
            prepare=prepare,
            execute=execute,
            # OBSERVE
            observe=lambda operation: edited.shown(),
            # EXTERNAL SEAM: the platform itself
            execution_count_for=lambda operation: edited.count(),
        )


@contextmanager
def retry() -> Iterator[BoundedRetry]:
    with world() as w, mock.patch.object(transitions, "MOST_ATTEMPTS", 12):
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


@pytest.fixture(autouse=True)
def one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract asks in which order a pass takes what waits; posts made at one moment have
    none, and the kill test has those."""
    monkeypatch.setattr(FakePlatform, "in_flight", 1)


@due_work_contract_suite(LEDGER)
class TestLedger:
    """The cases are generated."""


@due_work_contract_suite(LEDGER)
class TestLedgerWithoutALook:
    """The same, on a platform that cannot be asked, with Teams' edits."""

    @pytest.fixture(autouse=True)
    def nobody_can_look(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(force, "PLATFORM", Forgetful)
        monkeypatch.setattr(sys.modules[__name__], "EDITED", edited_on_teams)
