"""The courier to Slack and the ledger behind it, against a Slack that fails in every way."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import col

from bot.slack.channel_history import EVENT_TYPE
from bot.slack.courier import SlackCourier
from commands.request import Request
from commands.router import answer
from db import tables as t
from db.ledger.destinations import destination
from db.organisation.people import set_identity
from db.store import Store
from scheduler.courier import Letter
from scheduler.delivery import DeliveryWorker
from scheduler.report import TickReport
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    TEST,
    add_recommendation,
    at,
    create_running_force,
    messages,
    set_clock,
)
from tests.slack.fake import Broken, FakeSlack, Limited, Lost, Refused, Reset, Silent
from tests.slack.fake.workspace import TOKEN
from tests.slack.scenes import FORCE_PEOPLE as PEOPLE
from tests.support.fake_platform import end_waits


@pytest.fixture
def force(store: Store) -> Store:
    """A force whose next reminder is Jane's, on Friday 31 March 2023 at 09:00."""
    create_running_force(store, at(2023, 3, 30, 9), PEOPLE)
    set_clock(store, at(2023, 3, 31, 9))
    return store


@pytest.fixture
def courier(force: Store, slack: FakeSlack) -> SlackCourier:
    return SlackCourier(force, TOKEN, api_url=slack.api, claim=timedelta(seconds=40))


def row(store: Store) -> t.Message:
    return messages(store)[-1]


def later(store: Store, courier: SlackCourier) -> TickReport:
    end_waits(store)
    return tick(store, courier)


def to_the_secretary(slack: FakeSlack) -> list[str]:
    return [m.text for m in slack.messages if m.channel.endswith("01LEE")]


def test_a_digest_is_a_direct_message_with_its_key_and_without_previews(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    (sent,) = tick(force, courier).messages
    (message,) = slack.messages
    assert slack.channels[message.channel].user == "U01JANE"
    assert message.text == sent.text
    assert message.blocks
    assert not message.unfurls
    kept = row(force)
    assert message.metadata is not None
    assert message.metadata["event_type"] == EVENT_TYPE
    assert message.metadata["event_payload"]["key"] == kept.key
    assert (kept.state, kept.platform) == ("sent", "slack")
    assert kept.platform_id == f"{message.channel}:{message.ts}"


def test_the_direct_messages_are_opened_once_and_kept(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    tick(force, courier)
    set_clock(force, at(2023, 4, 14, 9))
    slack.later(60)
    later(force, courier)
    assert len({m.channel for m in slack.messages}) == 1
    assert len(slack.messages) == 2
    assert len(slack.called("conversations.open")) == 1
    with force.read() as reading:
        kept = destination(reading, "slack", "jane")
    assert kept is not None
    assert kept.address["user"] == "U01JANE"


def test_a_boards_post_follows_its_channel_through_a_rename(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    run_to(force, at(2023, 4, 4, 13))
    set_clock(force, at(2023, 4, 4, 13, 30))
    tick(force, courier)
    slack.channels["C0GB"].name = "governance"
    slack.add_channel("C0OTHER", "gb")
    run_to(force, at(2023, 5, 2, 13))
    set_clock(force, at(2023, 5, 2, 13, 30))
    slack.later(60)
    later(force, courier)
    posts = [m for m in slack.messages if "begins at 14:00" in m.text]
    assert [m.channel for m in posts] == ["C0GB", "C0GB"]


def test_a_limit_is_waited_for_as_long_as_slack_says(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    slack.faults.queue("chat.postMessage", Limited(seconds=90))
    assert tick(force, courier).messages == []
    kept = row(force)
    assert (kept.state, kept.reason) == ("gathered", "Slack asks to wait.")
    assert kept.next_attempt_at is not None
    wait = kept.next_attempt_at - force.clock.machine()
    assert timedelta(seconds=80) < wait <= timedelta(seconds=90)
    assert tick(force, courier).messages == []
    assert len(slack.called("chat.postMessage")) == 1
    assert len(later(force, courier).messages) == 1
    assert len(slack.messages) == 1


@pytest.mark.parametrize("fault", [Broken(), Reset(), Lost(), Silent(6), Silent(6, done=True)])
def test_whatever_happens_to_a_post_it_arrives_once(
    force: Store, courier: SlackCourier, slack: FakeSlack, fault: Any
) -> None:
    slack.faults.queue("chat.postMessage", fault)
    assert tick(force, courier).messages == []
    assert row(force).state == "claimed"
    report = later(force, courier)
    assert [m.to for m in report.messages] == ["jane"]
    assert len(slack.messages) == 1
    assert slack.called("conversations.history")
    assert row(force).platform_id == f"{slack.messages[0].channel}:{slack.messages[0].ts}"
    assert not row(force).repeat


def test_a_process_that_dies_between_posting_and_recording_posts_no_second_time(
    force: Store, courier: SlackCourier, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = SlackCourier.post

    async def post_and_die(self: SlackCourier, letter: Letter) -> str:
        await post(self, letter)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(SlackCourier, "post", post_and_die)
        with pytest.raises(KeyboardInterrupt):
            tick(force, courier)
    assert row(force).state == "claimed"
    assert tick(force, courier).messages == []  # the claim of the dead one still stands
    assert [m.to for m in later(force, courier).messages] == ["jane"]
    assert len(slack.messages) == 1
    assert row(force).state == "sent"


def test_what_cannot_be_looked_for_is_sent_again_and_says_so(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    slack.faults.queue("chat.postMessage", Lost())
    tick(force, courier)
    slack.later(60)
    slack.faults.queue("conversations.history", Refused("missing_scope"))
    later(force, courier)
    assert len(slack.messages) == 2
    assert slack.messages[1].text.startswith("This may have reached you already.")
    assert row(force).repeat


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("archived", "the channel is archived"),
        ("left", "Duly is not in the channel"),
        ("shared", "shared with another organisation"),
        ("gone", "Slack knows no such channel"),
    ],
)
def test_a_channel_that_takes_no_post_becomes_a_line_to_the_secretary(
    force: Store, courier: SlackCourier, slack: FakeSlack, harm: str, words: str
) -> None:
    channel = slack.channels["C0PIB"]
    if harm == "archived":
        channel.is_archived = True
    elif harm == "left":
        channel.members.clear()
    elif harm == "shared":
        channel.is_ext_shared = True
    else:
        del slack.channels["C0PIB"]
    run_to(force, at(2023, 4, 4, 15))
    set_clock(force, at(2023, 4, 4, 16))
    tick(force, courier)
    posts = [m for m in slack.messages if m.channel == "C0PIB"]
    assert posts == []
    (line,) = to_the_secretary(slack)
    assert "#pib could not be delivered" in line
    assert words in line
    with force.read() as reading:
        (failed,) = reading.all(reading.select(t.Message).where(t.Message.state == "failed"))
        rows = reading.all(reading.select(t.Reminder).where(t.Reminder.message_id == failed.id))
    assert {r.state for r in rows} == {"failed"}
    assert words in str(rows[0].reason)
    before = len(slack.calls)
    later(force, courier)
    assert len(slack.calls) == before


def test_a_deactivated_user_becomes_a_line_to_the_secretary_and_no_loop(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    slack.users["U01JANE"].deleted = True
    slack.users["U01LEE"].deleted = True
    tick(force, courier)
    with force.read() as reading:
        asked = reading.select(t.Message).where(t.Message.state == "failed")
        failed = reading.all(asked.order_by(col(t.Message.id)))
    assert [m.destination for m in failed] == ["jane", "lee"]
    assert "Jane Doe could not be delivered: the Slack account is deactivated" in failed[1].text
    before = len(slack.calls)
    later(force, courier)
    assert len(slack.calls) == before


def test_messages_to_one_channel_are_a_second_apart(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    letters = [Letter(f"1/#pib/channel/{n}", "#pib", None, "channel", at(2023, 4, 3).date(), "Hi")
               for n in range(3)]  # fmt: skip
    with force.write(TEST) as writing:
        for one in letters:
            writing.add(
                t.Message(
                    organisation=writing.key, key=one.key, destination="#pib", kind="channel",
                    day=one.day, text=one.text, gathered_at=writing.now,
                )
            )  # fmt: skip
    assert len(DeliveryWorker(force, [courier]).run()) == 3
    posts = slack.called("chat.postMessage")
    assert [p.outcome for p in posts] == ["ok", "ok", "ok"]
    gaps = [b.at - a.at for a, b in pairwise(posts)]
    assert min(gaps) >= 1.0


def test_a_settled_line_is_ticked_once_with_what_became_of_it(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    set_clock(force, at(2023, 3, 30, 9))
    add_recommendation(force, "24133", 1)
    set_clock(force, at(2023, 3, 31, 9))
    tick(force, courier)
    (message,) = slack.messages
    set_clock(force, at(2023, 4, 3, 10))
    said_ok = answer(
        force, Request("24087 on track: PND checks are live", person="jane", face="slack")
    )
    assert said_ok.ok
    tick(force, courier)
    assert message.edits == 1
    assert "✓ #24087" in message.text
    assert "updated: on track (Jane Doe, 3 April 2023)" in message.text
    assert "• #24133" in message.text
    assert any("~" in str(block) for block in message.blocks)
    tick(force, courier)
    assert message.edits == 1
    assert answer(force, Request("undo", person="jane", face="slack")).ok
    tick(force, courier)
    assert message.edits == 2
    assert "✓" not in message.text


def test_after_seven_days_a_digest_stays_as_it_is(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    tick(force, courier)
    (message,) = slack.messages
    set_clock(force, at(2023, 4, 8, 10))
    answer(force, Request("24087 on track: all is well", person="jane", face="slack"))
    tick(force, courier)
    assert message.edits == 0


def test_an_edit_that_slack_does_not_take_is_made_later(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    tick(force, courier)
    answer(force, Request("24087 on track: all is well", person="jane", face="slack"))
    slack.faults.queue("chat.update", Broken())
    tick(force, courier)
    assert slack.messages[0].edits == 0
    later(force, courier)
    assert slack.messages[0].edits == 1


def test_somebody_without_a_slack_id_is_told_of_to_the_secretary_and_reached_later(
    force: Store, courier: SlackCourier, slack: FakeSlack
) -> None:
    with force.write(TEST) as writing:
        set_identity(writing, "jane", "slack", None)
        writing.forget_directory()
    tick(force, courier)
    (line,) = to_the_secretary(slack)
    assert "Jane Doe cannot be reached" in line
    tick(force, courier)
    assert len(slack.messages) == 1
    with force.write(TEST) as writing:
        set_identity(writing, "jane", "slack", "U01JANE")
        writing.forget_directory()
    assert [m.to for m in later(force, courier).messages] == ["jane"]
