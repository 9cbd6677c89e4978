"""A store restored from a backup, on a Slack that has what was sent since the backup was taken."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.slack.courier import SlackCourier
from db import tables as t
from db.audit.verify import verify
from db.backup import Restored, back_up, restore
from db.clock import PretendedClock
from db.store import Store
from scheduler.recovery import mark_restored
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    force_file,
    set_clock,
)
from tests.slack.fake import Broken, FakeSlack, Refused
from tests.slack.fake.workspace import TOKEN
from tests.slack.scenes import FORCE_PEOPLE as PEOPLE
from tests.support.fake_platform import end_waits


@pytest.fixture
def force(store: Store) -> Store:
    """A force on 3 April 2023, the day before its Governance Board."""
    apply(store, force_file(PEOPLE))
    report = add_report(store)
    add_recommendation(store, "24087", report)
    add_recommendation(store, "24133", report, owner="manager")
    run_to(store, at(2023, 4, 3, 9))
    with store.write(TEST) as writing:
        writing.set_mark("kind", "in earnest")  # a pretended one would print what it sends
    return store


def courier_of(store: Store, slack: FakeSlack) -> SlackCourier:
    return SlackCourier(store, TOKEN, api_url=slack.api, claim=timedelta(seconds=40))


def go(store: Store, slack: FakeSlack, *moments: tuple[int, ...]) -> None:
    """Tick at each moment until nothing more happens, as `duly run` does."""
    courier = courier_of(store, slack)
    for moment in moments:
        set_clock(store, at(*moment))
        for _ in range(3):
            slack.later(2)
            end_waits(store)
            tick(store, courier)


APRIL = (
    (2023, 4, 3, 16, 0), (2023, 4, 4, 13, 30), (2023, 4, 14, 9, 0), (2023, 4, 21, 9, 0),
    (2023, 4, 24, 9, 0), (2023, 4, 25, 9, 0),
)  # fmt: skip
"""An agenda, a board about to begin, and days with digests."""


def lost_and_restored(store: Store, folder: Path, file: Path) -> tuple[Store, Restored]:
    """The store as it comes back from `file`, at the moment at which the other one was lost."""
    clock = PretendedClock(store.clock.now())
    place = folder / "restored" / "duly.db"
    place.parent.mkdir()

    def in_doubt(back: Store) -> int:
        with back.write(TEST) as writing:
            return mark_restored(writing)

    done = restore(file, place, clock=clock, audit_key=None, doubt=in_doubt)
    return Store(f"sqlite:///{place}", clock), done


def backed_up(store: Store, folder: Path) -> Path:
    back_up(store, folder / "duly.db", folder / "backup.db")
    return folder / "backup.db"


def said(slack: FakeSlack) -> list[tuple[str, str]]:
    return [(m.channel, m.text) for m in slack.messages]


def states(store: Store) -> dict[str, int]:
    with store.read() as reading:
        rows = reading.all(reading.select(t.Reminder))
        return {s: sum(r.state == s for r in rows) for s in {r.state for r in rows}}


def test_what_was_sent_since_the_backup_is_found_and_not_sent_again(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL)
    before = said(slack)
    assert len(before) >= 6
    restored, _ = lost_and_restored(force, tmp_path, file)
    go(restored, slack, (2023, 4, 25, 10, 0))
    assert said(slack) == before
    assert set(states(restored)) == {"sent"} | (set(states(force)) & {"skipped"})
    with restored.read() as reading:
        assert verify(reading.session, reading.key) == []
        sent = reading.all(reading.select(t.Message).where(t.Message.platform == "slack"))
    assert {m.platform_id for m in sent} == {f"{m.channel}:{m.ts}" for m in slack.messages}
    restored.close()


def test_what_the_lost_store_never_sent_goes_out_late_and_once(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL[:2])
    before = said(slack)
    set_clock(force, at(2023, 4, 25, 10))  # it died on 4 April, and nobody noticed for long
    restored, _ = lost_and_restored(force, tmp_path, file)
    go(restored, slack, (2023, 4, 25, 10, 0), (2023, 4, 25, 11, 0))
    new = said(slack)[len(before) :]
    assert any("24087" in text and "Late" in text for _, text in new)
    assert not any("may have reached you" in text for _, text in new)
    assert len([1 for channel, _ in new if channel.endswith("01JANE")]) == 1
    restored.close()


def test_what_waited_when_the_backup_was_taken_is_looked_for_too(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    set_clock(force, at(2023, 4, 14, 9))
    tick(force)  # gathered, and held for want of a platform
    with force.write(TEST) as writing:
        for message in writing.all(
            writing.select(t.Message).where(t.Message.day == at(2023, 4, 14).date())
        ):
            message.state, message.sent_at, message.platform = "gathered", None, None
            writing.session.add(message)
    file = backed_up(force, tmp_path)
    go(force, slack, (2023, 4, 14, 9, 1))
    before = said(slack)
    assert before
    restored, done = lost_and_restored(force, tmp_path, file)
    assert done.in_doubt > 0
    go(restored, slack, (2023, 4, 14, 10, 0))
    assert said(slack) == before
    restored.close()


def test_life_goes_on_after_a_restore_and_no_number_given_out_anew_hides_a_message(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL[:4])
    restored, _ = lost_and_restored(force, tmp_path, file)
    go(restored, slack, *APRIL[3:], (2023, 5, 2, 9, 0), (2023, 5, 2, 13, 30))
    holds = [str(m.metadata["event_payload"]["holds"]) for m in slack.messages if m.metadata]
    each = [told[n : n + 8] for told in holds for n in range(0, len(told), 8)]
    assert len(each) == len(set(each)) >= len(slack.messages)
    assert len([1 for _, text in said(slack) if "begins at 14:00" in text]) == 2
    restored.close()


def test_where_slack_does_not_let_duly_look_it_is_said_that_it_may_be_a_repeat(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL[:3])
    before = len(slack.messages)
    restored, _ = lost_and_restored(force, tmp_path, file)
    slack.faults.queue("conversations.history", *[Refused("missing_scope")] * 4)
    go(restored, slack, (2023, 4, 14, 10, 0))
    again = slack.messages[before:]
    assert again
    assert all(m.text.startswith("This may have reached you already.") for m in again)
    restored.close()


def test_while_slack_cannot_be_asked_nothing_in_doubt_goes_out(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL[:3])
    before = said(slack)
    restored, _ = lost_and_restored(force, tmp_path, file)
    slack.faults.queue("conversations.history", *[Broken()] * 8)
    go(restored, slack, (2023, 4, 14, 10, 0))
    assert said(slack) == before
    assert states(restored)["held"] > 0
    go(restored, slack, (2023, 4, 14, 11, 0))
    assert said(slack) == before
    assert "held" not in states(restored)
    restored.close()


def test_a_message_that_does_not_say_what_it_holds_leaves_it_open_what_was_sent(
    force: Store, slack: FakeSlack, tmp_path: Path
) -> None:
    file = backed_up(force, tmp_path)
    go(force, slack, *APRIL[:3])
    for message in slack.messages:
        assert message.metadata is not None
        del message.metadata["event_payload"]["holds"]
    before = len(slack.messages)
    restored, _ = lost_and_restored(force, tmp_path, file)
    go(restored, slack, (2023, 4, 14, 10, 0))
    again = slack.messages[before:]
    assert again
    assert all(m.text.startswith("This may have reached you already.") for m in again)
    restored.close()


def test_what_was_posted_is_read_back_from_a_moment_on(force: Store, slack: FakeSlack) -> None:
    go(force, slack, *APRIL[:4])
    courier = courier_of(force, slack)
    every = asyncio.run(courier.recall("jane", at(2022, 1, 1)))
    assert every.whole
    assert [len(p.holds) for p in every.posted] == [1, 1]
    later = asyncio.run(courier.recall("jane", every.posted[1].at))
    assert [p.key for p in later.posted] == [every.posted[0].key]
