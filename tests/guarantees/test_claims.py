"""Every instant at which a process may die, hang or lose its claim, and what comes of it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from db import tables as t
from db.store import Store
from scheduler import delivery, transitions
from scheduler.courier import Letter, NotDelivered
from scheduler.delivery import DeliveryWorker
from scheduler.notices import tell_secretary
from scheduler.outbox import CLAIM, is_ending
from scheduler.tick import tick
from scheduler.transitions import Begin
from tests.factories import TEST, add_message, message
from tests.support.clocks import MachineClock
from tests.support.fake_platform import FakePlatform, carry_out, queued


class Died(BaseException):
    """The process is killed."""


def died(_letter: Letter) -> None:
    raise Died


def test_killed_before_the_post_it_is_posted_once_and_looked_for(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    dying, other = FakePlatform(), FakePlatform()
    dying.posting = died
    with pytest.raises(Died):
        tick(store, dying)
    assert message(store, "one").state == "claimed"
    now.go(seconds=121)
    tick(store, other)  # from now on it is nobody's, and gets the time to arrive
    assert other.looks == 0
    now.go(seconds=10)
    tick(store, other)
    assert (other.looks, other.keys) == (1, ["one"])
    assert not message(store, "one").repeat


def test_killed_after_the_post_it_is_found_and_not_posted_again(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    platform = FakePlatform()

    def post_and_die(letter: Letter) -> None:
        platform.letters.append(letter)
        died(letter)

    platform.posting = post_and_die
    with pytest.raises(Died):
        tick(store, platform)
    platform.posting = lambda letter: None
    now.go(seconds=121)
    tick(store, platform)
    now.go(seconds=10)
    tick(store, platform)
    assert platform.keys == ["one"]
    assert message(store, "one").platform_id == "platform:1"


def test_claimed_and_not_begun_it_was_surely_not_posted(store: Store, now: MachineClock) -> None:
    """As a process of version 0.1.0 leaves it that dies between its two steps."""
    add_message(store, "one", claimed_by="dead", claimed_until=now.machine() + CLAIM)
    platform = FakePlatform()
    tick(store, platform)
    assert platform.keys == []
    now.go(seconds=121)
    tick(store, platform)
    assert (platform.looks, platform.keys) == (0, ["one"])


def test_whoever_hung_until_the_claim_ran_out_settles_nothing_any_more(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    slow, quick = FakePlatform(), FakePlatform()

    def hang(letter: Letter) -> None:
        now.go(seconds=121)
        tick(store, quick)
        now.go(seconds=10)
        tick(store, quick)
        assert quick.keys == ["one"]

    slow.posting = hang
    slow.failing = [NotDelivered("the account is deactivated.", for_good=True)]
    tick(store, slow)
    assert message(store, "one").state == "sent"
    assert slow.keys == []


def test_a_post_that_arrived_is_sent_though_its_claim_was_lost(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    platform, other = FakePlatform(), FakePlatform()

    def hang(_letter: Letter) -> None:
        now.go(seconds=121)
        tick(store, other)  # takes the claim away, and waits

    platform.posting = hang
    tick(store, platform)
    assert message(store, "one").state == "sent"
    now.go(seconds=10)
    tick(store, other)
    assert (platform.keys, other.keys) == (["one"], [])


def test_no_post_is_begun_with_less_than_a_quarter_of_the_claim_left(
    store: Store, now: MachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_message(store, "one")
    platform, other = FakePlatform(), FakePlatform()
    left: list[timedelta] = []

    def stopped_for_a_while(*arguments: Any) -> bool:
        now.go(seconds=91)
        return is_ending(arguments[0], now.machine(), CLAIM)

    monkeypatch.setattr(delivery, "is_ending", stopped_for_a_while)
    platform.posting = lambda letter: left.append(
        (message(store, "one").claimed_until or now.machine()) - now.machine()
    )
    tick(store, platform)
    assert left == [CLAIM]  # renewed

    add_message(store, "two")

    def taken_over(*arguments: Any) -> bool:
        now.go(seconds=121)
        (two,) = queued(store, "claimed")
        carry_out(store, Begin(two, other))
        return is_ending(arguments[0], now.machine(), CLAIM)

    monkeypatch.setattr(delivery, "is_ending", taken_over)
    tick(store, platform)
    assert platform.keys == ["one"]


def test_what_joins_a_notice_while_it_waits_goes_out_with_it(
    store: Store, now: MachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakePlatform, "in_flight", 1)  # the notice waits for the other one
    add_message(store, "one")
    with store.write(TEST) as writing:
        tell_secretary(writing, "first", "The first line.")
    platform = FakePlatform()
    platform.failing = [NotDelivered("the account is deactivated.", for_good=True)]
    tick(store, platform)
    (notice,) = platform.letters
    assert "The first line." in notice.text
    assert "for Jane Doe could not be delivered" in notice.text


def test_one_message_that_breaks_a_face_keeps_no_other_back(
    store: Store, now: MachineClock, caplog: pytest.LogCaptureFixture
) -> None:
    add_message(store, "one")
    add_message(store, "two")
    platform = FakePlatform()
    platform.failing = [ZeroDivisionError("a mistake of ours")]
    tick(store, platform)
    assert platform.keys == ["two"]
    assert message(store, "one").state == "claimed"  # it may be there
    assert [r.levelno for r in caplog.records] == [logging.ERROR]
    now.go(seconds=10)
    tick(store, platform)
    assert platform.keys == ["two", "one"]


def test_it_is_looked_for_where_it_was_posted(store: Store, now: MachineClock) -> None:
    add_message(store, "one")
    slack, teams = FakePlatform("slack"), FakePlatform("teams")
    slack.posting = lambda letter: slack.letters.append(letter)
    slack.failing = [NotDelivered("No answer.", uncertain=True)]
    tick(store, [slack, teams])
    slack.reached = ("nobody",)
    now.go(seconds=10)
    tick(store, [slack, teams])
    assert (slack.keys, teams.keys) == (["one"], [])
    assert message(store, "one").state == "sent"


def test_what_may_have_gone_out_before_a_restore_is_looked_for(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one", state="claimed")
    platform = FakePlatform()
    tick(store, platform)
    assert (platform.looks, [letter.repeat for letter in platform.letters]) == (1, [False])


def test_where_it_was_posted_is_no_more_it_may_be_a_repeat(store: Store, now: MachineClock) -> None:
    add_message(store, "one")
    slack, teams = FakePlatform("slack"), FakePlatform("teams")
    slack.failing = [NotDelivered("No answer.", uncertain=True)]
    tick(store, slack)
    now.go(seconds=10)
    tick(store, teams)
    assert [letter.repeat for letter in teams.letters] == [True]


def test_held_after_it_may_have_been_posted_it_says_so_once_its_reader_is_reached(
    store: Store, now: MachineClock
) -> None:
    add_message(store, "one")
    slack = FakePlatform("slack")
    slack.failing = [NotDelivered("No answer.", uncertain=True)]
    tick(store, slack)
    now.go(seconds=10)
    tick(store, FakePlatform("teams", "lee"))
    assert message(store, "one").state == "held"
    teams = FakePlatform("teams")
    tick(store, teams)
    assert [letter.repeat for letter in teams.letters if letter.key == "one"] == [True]


def test_what_fails_for_a_week_is_told_and_given_up_and_kept(
    store: Store, now: MachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transitions, "MOST_ATTEMPTS", 11)
    add_message(store, "one")
    platform = FakePlatform()

    def refuse(letter: Letter) -> None:
        if letter.key == "one":
            raise NotDelivered("Slack refuses: some error.")

    platform.posting = refuse
    for _ in range(14):
        tick(store, platform)
        now.go(minutes=31)
    told = [x.text.split("• ")[1] for x in platform.letters if x.destination == "lee"]
    assert len(told) == 2
    assert "has not been delivered yet: Slack refuses: some error. Duly goes on" in told[0]
    assert "could not be delivered: Slack refuses: some error." in told[1]
    kept = message(store, "one")
    assert (kept.state, kept.attempts) == ("failed", 11)


def test_processes_share_the_pace_of_a_channel(
    store: Store, now: MachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("one", "two"):
        add_message(store, key, "#pib")
    first, second = FakePlatform(), FakePlatform()
    first.pace = second.pace = timedelta(seconds=30)
    first.posting = lambda letter: DeliveryWorker(store, [second]).run()
    tick(store, first)
    assert (first.keys, second.keys) == (["one"], [])
    now.go(seconds=29)
    with monkeypatch.context() as briefly:
        briefly.setattr("scheduler.delivery.PASS_SECONDS", 0.2)
        tick(store, second)
    assert second.keys == []
    now.go(seconds=1)
    tick(store, second)
    assert second.keys == ["two"]


def test_a_pass_ends_after_a_page_and_says_what_is_left(
    store: Store, now: MachineClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.delivery.PAGE", 2)
    for key in ("one", "two", "three"):
        add_message(store, key)
    platform = FakePlatform()
    assert tick(store, platform).waiting == 1
    assert platform.keys == ["one", "two"]
    assert tick(store, platform).waiting == 0


def test_an_edit_that_fails_is_made_again_and_never_a_post(store: Store, now: MachineClock) -> None:
    add_message(store, "one")
    platform = FakePlatform()
    tick(store, platform)
    with store.write(TEST) as writing:
        row = writing.first(writing.select(t.Message).where(t.Message.key == "one"))
        assert row is not None
        row.revision, row.attempts = 1, 0
        writing.session.add(row)
    platform.failing = [
        NotDelivered("No answer.", uncertain=True),
        NotDelivered("Slack asks to wait.", retry_after=90),
    ]
    tick(store, platform)
    tick(store, platform)
    now.go(seconds=89)
    tick(store, platform)
    assert platform.edits == []
    now.go(seconds=1)
    tick(store, platform)
    tick(store, platform)
    assert len(platform.edits) == 1
    assert platform.keys == ["one"]
