"""Failures that could hold reminders up, lose them, or send unwanted ones."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from bot.slack.courier import SlackCourier
from bot.slack.oauth.workspaces import WorkspacesCourier
from db.store import Store
from governance import reminders
from scheduler import planner
from scheduler.courier import Letter, NotDelivered, Recalled
from scheduler.tick import tick
from scheduler.ticking import run_to
from scheduler.transitions import TELL_AFTER
from scheduler.watching import WatchedCourier
from tests.factories import (
    FORCE,
    add_recommendation,
    add_report,
    apply,
    at,
    create_running_force,
    ledger,
    set_clock,
)
from tests.support.chat import say
from tests.support.fake_platform import NO_ANSWER, FakePlatform, end_waits


@pytest.fixture
def force(store: Store) -> Store:
    apply(store)
    return store


def test_who_failed_to_be_planned_and_needs_nothing_any_more_holds_nobody_back(
    force: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = add_report(force)
    failing = add_recommendation(force, "24087", report)
    add_recommendation(force, "24130", report, owner="manager", deadline=date(2023, 5, 12))
    run_to(force, at(2023, 4, 13, 9))
    right = reminders.rows_of

    def rows_of(slots: Any, snapshot: Any) -> Any:
        if getattr(snapshot.subject, "id", None) == failing:
            raise RuntimeError("not today")
        return right(slots, snapshot)

    platform = FakePlatform()
    with monkeypatch.context() as patched:
        patched.setattr(planner, "rows_of", rows_of)
        set_clock(force, at(2023, 4, 14, 9))
        assert tick(force, platform).messages == []
    assert say(force, "24087 done: all is in place", "jane").ok
    set_clock(force, at(2023, 4, 14, 9, 1))
    assert [message.to for message in tick(force, platform).messages] == ["kit"]


def test_a_snoozed_part_does_not_stand_in_the_way_of_a_moved_meeting(force: Store) -> None:
    report = add_report(force)
    for ref in ("24087", "24130"):
        add_recommendation(force, ref, report, deadline=date(2024, 6, 30))
    run_to(force, at(2023, 4, 24, 10))
    assert say(force, "snooze 24087 for 5 days", "jane").ok
    set_clock(force, at(2023, 4, 25, 9))
    platform = FakePlatform()
    platform.failing = [NotDelivered("Slack failed to answer.")]
    tick(force, platform)
    set_clock(force, at(2023, 4, 25, 9, 5))
    assert say(force, "meeting pib 3 May move to 4 May 10:00", "lee").ok
    for day in (26, 27):
        end_waits(force)
        set_clock(force, at(2023, 4, day, 9))
        tick(force, platform)
    assert [letter.destination for letter in platform.letters].count("jane") == 1


def test_what_is_reopened_is_not_reminded_of_the_time_in_which_it_was_closed(force: Store) -> None:
    add_recommendation(force, "24087", add_report(force))
    run_to(force, at(2023, 4, 28, 12))
    assert say(force, "24087 done: all is in place", "jane").ok
    run_to(force, at(2023, 8, 1, 10))
    assert say(force, "24087 off track: it is not in place", "alex").ok
    set_clock(force, at(2023, 8, 1, 11))
    assert tick(force).messages == []
    run_to(force, at(2023, 8, 31, 23))
    later = [row for row in ledger(force) if row.at > at(2023, 8, 1, 11) and row.rule == "overdue"]
    assert {row.days for row in later if row.recipient == "jane"} == {-99, -106, -113, -121}


def test_one_that_can_never_be_looked_for_is_told_the_secretary(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 3, 31, 9))

    class Blind(FakePlatform):
        async def find(self, letter: Letter) -> str | None:
            raise NotDelivered("Slack refuses: token revoked.")

    platform = Blind()
    platform.failing = [NO_ANSWER]
    for _ in range(TELL_AFTER + 1):
        tick(store, platform)
        end_waits(store)
    assert ["has not been delivered yet" in letter.text for letter in platform.letters] == [True]


def test_an_update_while_its_digest_is_on_its_way_is_shown_there(force: Store) -> None:
    report = add_report(force)
    for ref in ("24087", "24130"):
        add_recommendation(force, ref, report, deadline=date(2023, 12, 31))
    set_clock(force, at(2023, 1, 31, 9))
    tick(force)
    set_clock(force, at(2023, 2, 1, 9))
    platform = FakePlatform()
    platform.failing = [NO_ANSWER]
    tick(force, platform)
    set_clock(force, at(2023, 2, 1, 9, 2))
    assert say(force, "24087 on track: it is in hand", "jane").ok
    for _ in range(3):
        tick(force, platform)
        end_waits(force)
    shown = [*platform.letters, *platform.edits][-1]
    assert "updated: on track" in shown.text


def test_what_was_held_does_not_go_out_before_go_live(store: Store) -> None:
    create_running_force(store, at(2023, 3, 30, 9))
    set_clock(store, at(2023, 3, 31, 9))
    platform = FakePlatform()
    platform.failing = [NotDelivered("Slack failed to answer.")]
    tick(store, platform)
    apply(store, FORCE.replace("boards:", "go_live: 2023-06-01\nboards:", 1))
    end_waits(store)
    set_clock(store, at(2023, 3, 31, 9, 5))
    tick(store, platform)
    assert [letter for letter in platform.letters if letter.kind == "digest"] == []


def test_a_courier_that_is_watched_can_still_look_back() -> None:
    class Remembers(FakePlatform):
        async def recall(self, destination: str, since: Any) -> Recalled:
            raise NotDelivered(f"{destination} since {since}")

    seen = WatchedCourier(Remembers(), lambda attempt: None)
    with pytest.raises(NotDelivered, match="jane since"):
        asyncio.run(seen.recall("jane", at(2023, 1, 1) + timedelta(days=1)))
    assert all("recall" in vars(each) for each in (SlackCourier, WorkspacesCourier))


def test_one_message_that_cannot_be_shown_anew_holds_up_no_other(
    force: Store, caplog: pytest.LogCaptureFixture
) -> None:
    report = add_report(force)
    add_recommendation(force, "24087", report)
    add_recommendation(force, "24130", report, owner="manager")
    run_to(force, at(2023, 4, 13, 9))
    set_clock(force, at(2023, 4, 16, 9))
    platform = FakePlatform()
    tick(force, platform)
    set_clock(force, at(2023, 4, 17, 9))
    tick(force, platform)
    assert sorted(letter.destination for letter in platform.letters) == ["jane", "kit"]
    assert say(force, "24087 on track: it is in hand", "jane").ok
    assert say(force, "24130 on track: so is this", "kit").ok
    platform.failing = [TypeError("a face that fails"), TypeError("and again")]
    tick(force, platform)
    tick(force, platform)
    end_waits(force)
    tick(force, platform)
    assert sorted(letter.destination for letter in platform.edits) == ["jane", "kit"]
    told = [r for r in caplog.records if r.message == "a message could not be shown anew"]
    assert {vars(record)["key"] for record in told} <= {letter.key for letter in platform.letters}
    assert len(told) == 2
