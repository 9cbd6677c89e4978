"""Mentions, direct messages, and answers in a thread."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from db.clock import PretendedClock
from db.ledger.destinations import destination
from db.store import Store
from tests.factories import updates
from tests.slack.fake import Lost, Refused
from tests.slack.scenes import PIB, another_process
from tests.slack.world import World

IN_THE_MEETING = datetime(2023, 1, 11, 10, 30, tzinfo=ZoneInfo("Europe/London"))


def said_by_duly(world: World) -> int:
    return sum(message.by_bot for message in world.slack.messages)


def test_a_mention_is_answered_to_whoever_asked(world: World) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    jane.mention("24087", channel=PIB)
    assert jane.latest(PIB).text.startswith("#24087")
    assert jane.latest(PIB).private
    assert [m for m in lee.sees(PIB) if m.message.by_bot] == []


def test_during_the_boards_meeting_a_mention_is_answered_in_its_thread(
    world: World, clock: PretendedClock
) -> None:
    clock.set(IN_THE_MEETING)
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    said = jane.mention("24087", channel=PIB)
    shown = lee.latest(PIB)
    assert shown.message.thread_ts == said.ts
    assert not shown.message.unfurls


def test_a_mention_in_a_thread_is_answered_in_that_thread(world: World) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    root = lee.says("Where are we with vetting?", PIB)
    jane.mention("24044 on track: booked", channel=PIB, thread=root.ts)
    assert jane.latest(PIB).message.thread_ts == root.ts
    assert "not started → on track" in jane.latest(PIB).text


def test_a_direct_message_is_answered_there(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.direct("24044 at risk: the supplier is late")
    assert "not started → at risk" in jane.latest_direct().text
    jane.direct("24044")
    assert "the supplier is late" in jane.latest_direct().text
    assert len(updates(store)) == 1


def test_a_thread_in_direct_messages_stays_one(world: World) -> None:
    jane = world.person("U01JANE")
    root = jane.direct("24044")
    jane.direct("history 24044", thread=root.ts)
    assert jane.latest_direct().message.thread_ts == root.ts


def test_a_form_can_be_opened_from_a_direct_message_by_its_button(world: World) -> None:
    jane = world.person("U01JANE")
    jane.direct("update 24044")
    assert jane.latest_direct().text.startswith("How is #24044?")
    jane.press("Update")
    jane.submit({"Progress": "On track"})
    assert "not started → on track" in jane.latest_direct().text


def test_a_redelivered_update_is_saved_and_answered_once(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.direct("24044 on track: booked")
    world.again(1)
    world.again(2)
    assert len(updates(store)) == 1
    assert said_by_duly(world) == 1


def test_an_answer_that_slack_did_not_take_is_given_at_the_next_delivery(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    world.slack.faults.queue("chat.postMessage", Refused("ratelimited"))
    jane.direct("24044 on track: booked")
    assert said_by_duly(world) == 0
    world.again(1)
    assert len(updates(store)) == 1
    assert "not started → on track" in jane.latest_direct().text
    world.again(2)
    assert said_by_duly(world) == 1


def test_a_lost_connection_after_an_answer_loses_no_update(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    world.slack.faults.queue("chat.postMessage", Lost())
    jane.direct("24044 on track: booked")
    world.again(1)
    assert len(updates(store)) == 1


def test_another_process_answers_no_event_that_the_first_has_answered(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    jane.direct("24044")
    with another_process(world, store) as other:
        other.again(1)
    assert said_by_duly(world) == 1


def test_duly_answers_neither_itself_nor_another_bot_nor_an_edit(
    world: World, store: Store
) -> None:
    jane = world.person("U01JANE")
    place = jane.direct_channel
    base = {
        "type": "message",
        "channel_type": "im",
        "channel": place,
        "ts": "1.1",
        "team": "T0HOME",
    }
    world.event({**base, "user": "U0DULY", "bot_id": "B0DULY", "text": "24044 on track"})
    world.event({**base, "subtype": "bot_message", "bot_id": "B0ELSE", "text": "24044 on track"})
    world.event({**base, "user": "U01JANE", "bot_id": "B0ELSE", "text": "24044 on track"})
    edited = {"user": "U01JANE", "text": "24044 on track", "ts": "1.1"}
    world.event({**base, "subtype": "message_changed", "message": edited})
    world.event({**base, "subtype": "message_deleted", "deleted_ts": "1.1"})
    mention = {**base, "type": "app_mention", "channel": PIB, "user": "U01JANE"}
    world.event({**mention, "text": "<@U0DULY> 24044 on track", "edited": {"ts": "2.1"}})
    assert len(updates(store)) == 0
    assert said_by_duly(world) == 0


def test_talk_in_a_channel_that_is_not_to_duly_is_left_alone(world: World) -> None:
    answer = world.event(
        {"type": "message", "channel_type": "channel", "channel": PIB, "user": "U01JANE",
         "text": "24044 on track", "ts": "1.1", "team": "T0HOME"}
    )  # fmt: skip
    assert answer.status == 200
    assert said_by_duly(world) == 0


def test_an_owner_may_be_mentioned(world: World) -> None:
    alex = world.person("U01ALEX")
    alex.mention("assign 24087 <@U01JANE>", channel=PIB)
    assert "#24087 is now with ACU DCI (Jane Doe)" in alex.latest(PIB).text


def test_where_somebody_was_last_reached_is_kept(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.direct("help")
    with store.read() as reading:
        found = destination(reading, "slack", "jane")
    assert found is not None
    assert found.address == {"user": "U01JANE", "team": "T0HOME", "channel": jane.direct_channel}
