"""A clock that is set back, and a subject that cannot be planned: what waits, and what does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db import tables as t
from db.store import Store
from scheduler.courier import Letter
from scheduler.tick import tick
from tests.factories import TEST, add_message, add_recommendation, add_report, at, change, ledger
from tests.support.clocks import MachineClock
from tests.support.fake_platform import FakePlatform

# The clock is set back


def test_set_back_an_hour_the_clock_keeps_nothing_waiting(
    store: Store, now: MachineClock, caplog: pytest.LogCaptureFixture
) -> None:
    for key, state in (("retry", "gathered"), ("dead", "claimed")):
        add_message(store, key, state=state, platform="platform")
    add_message(store, "paced", "#pib")
    with store.write(TEST) as writing:
        for row in writing.all(writing.select(t.Message)):
            soon = now.machine() + timedelta(seconds=20)
            if row.key == "retry":
                row.next_attempt_at = soon
            if row.key == "dead":
                row.claimed_by, row.claimed_until = "a dead process", soon
            writing.session.add(row)
        writing.add(
            t.Destination(
                organisation=writing.key, key="#pib", platform="platform", next_free_at=soon
            )
        )
    platform = FakePlatform()
    now.go(hours=-1)
    tick(store, platform)
    assert sorted(platform.keys) == ["paced", "retry"]
    (told,) = [r for r in caplog.records if "set back" in r.message]
    assert told.__dict__["seconds"] == 3600
    now.go(minutes=10)
    tick(store, platform)
    now.go(seconds=10)
    tick(store, platform)
    assert sorted(platform.keys) == ["dead", "paced", "retry"]
    assert len([r for r in caplog.records if "set back" in r.message]) == 1


def test_set_back_the_clock_takes_no_claim_from_who_is_posting(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    platform, other = FakePlatform(), FakePlatform()

    def meanwhile(_letter: Letter) -> None:
        now.go(hours=-1)
        tick(store, other)

    platform.posting = meanwhile
    tick(store, platform)
    assert (platform.keys, other.keys, other.looks) == (["one"], [], 0)


def test_set_back_the_clock_plans_nothing_twice_for_whoever_is_away_now(
    store: Store, now: MachineClock
) -> None:
    add_recommendation(store, "24087", add_report(store), deadline=at(2023, 4, 17).date())
    now.moment = at(2023, 4, 3, 9)
    platform = FakePlatform()
    tick(store, platform)
    planned = [(r.recipient, r.rule) for r in ledger(store) if r.recommendation_id]
    assert planned == [("jane", "deadline")]
    now.go(hours=-1)
    tick(store, platform)
    with store.write(TEST) as writing:
        writing.add(
            t.Absence(
                organisation=writing.key, person="jane",
                starts=at(2023, 4, 3).date(), ends=at(2023, 4, 4).date(), source="chat",
            )
        )  # fmt: skip
        writing.replan_all()
    change(store, 1, progress="on_track")
    for _ in range(3):
        now.go(minutes=30)
        tick(store, platform)
    assert [(r.recipient, r.rule) for r in ledger(store) if r.recommendation_id] == planned


# A subject that cannot be planned


def test_a_digest_waits_for_what_cannot_be_planned_until_that_is_set_aside(
    store: Store, now: MachineClock
) -> None:
    report = add_report(store)
    for ref in ("24087", "24133"):
        add_recommendation(store, ref, report, deadline=at(2023, 4, 17).date())
    with store.write(TEST) as writing:
        broken = writing.recommendation(2)
        broken.progress = "nonsense"
        writing.session.add(broken)
    waited = 0
    platform = FakePlatform()
    now.moment = at(2023, 4, 3, 9)
    while not platform.keys and waited < 20:
        tick(store, platform)
        now.go(minutes=1)
        waited += 1
    digest, notice = sorted(platform.letters, key=lambda one: one.kind)
    assert digest.destination == "jane"
    assert "#24087" in digest.text
    assert "Late" not in digest.text
    assert "set aside" in notice.text
    assert 3 < waited < 10


def test_a_digest_has_what_could_be_planned_only_the_second_time(
    store: Store, now: MachineClock
) -> None:
    report = add_report(store)
    for ref in ("24087", "24133"):
        add_recommendation(store, ref, report, deadline=at(2023, 4, 17).date())
    platform = FakePlatform()
    now.moment = at(2023, 4, 3, 9)
    for progress in ("nonsense", "not_started"):
        with store.write(TEST) as writing:
            row = writing.recommendation(2)
            row.progress = progress
            writing.session.add(row)
        tick(store, platform)
        now.go(minutes=2)
    (digest,) = platform.letters
    assert "#24087" in digest.text
    assert "#24133" in digest.text
