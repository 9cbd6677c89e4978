"""Messages in Teams, and their answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.clock import PretendedClock
from db.ledger.destinations import destination
from db.store import Store
from tests.factories import at, rec, update_texts
from tests.teams import screen
from tests.teams.fake import BOT, Fault
from tests.teams.world import CHANNELS, World, account, object_id

PRIVATELY = "I have answered you privately."


def told(world: World) -> str:
    """Words of the last message in the conversation of the last activity."""
    id = world.last["conversation"]["id"]
    card = world.teams.conversation(id).latest.card
    assert card is not None
    return screen.words(card)


def test_a_look_up_in_a_personal_chat_is_a_card(world: World) -> None:
    jane = world.person("jane")
    assert jane.say("rec 24087").status == 200
    for part in ("W ○ White", "#24087 · recommendation 16", "be quick;", "31 December 2023"):
        assert part in jane.read()
    assert len(jane.chat.messages) == 1


def test_a_look_up_in_a_channel_is_answered_privately_and_a_line_says_so(world: World) -> None:
    jane = world.person("jane")
    for said in ("rec 24087", "24087"):
        jane.mention(said, "pib")
        assert told(world) == PRIVATELY
        assert "#24087" in jane.read()


def test_in_a_boards_own_channel_at_its_meeting_everybody_sees_the_answer(
    world: World, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    jane = world.person("jane")
    jane.mention("24087", "pib")
    assert "#24087 · recommendation 16" in told(world)
    assert jane.chat.messages == []
    jane.mention("mine", "pib")
    assert told(world) == PRIVATELY


def test_a_refusal_at_a_meeting_is_private_all_the_same(
    world: World, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    jane = world.person("jane")
    jane.mention("close 24044 verified because done", "pib")
    assert told(world) == PRIVATELY
    assert "You may not close it" in jane.read()


def test_a_shared_channel_and_a_group_chat_never_see_an_answer(
    world: World, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 5))
    world.teams.teams["19:team@thread.tacv2"][0]["type"] = "shared"
    jane = world.person("jane")
    jane.mention("24087", "pib")
    assert told(world) == PRIVATELY
    group = {"id": "19:meeting@thread.v2", "conversationType": "groupChat"}
    world.teams.conversation(group["id"], "groupChat")
    asked = jane.activity("message", text="24087")
    world.deliver({**asked, "conversation": {**asked["conversation"], **group}})
    assert told(world) == PRIVATELY


def test_where_duly_is_not_installed_for_somebody_they_are_told_how(world: World) -> None:
    jane = world.person("jane")
    world.teams.not_installed.add(account("jane"))
    jane.mention("24087", "talk")
    assert "open a chat with Duly" in told(world)
    assert "24087" not in told(world)


def test_the_mention_that_calls_duly_is_no_part_of_what_was_said(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.say("24044 on track ask <at>Kit</at>&nbsp;and <b>all</b>")
    assert update_texts(store) == ["ask @Kit and <b>all</b>"]


@pytest.mark.parametrize("kind", ["plain", "xml"])
def test_what_teams_escapes_is_read_as_it_was_typed(world: World, store: Store, kind: str) -> None:
    said = "24044 on track A &amp; B &lt;at&gt;Kit&lt;/at&gt; 5 &lt; 6 caf&eacute; &#163;3 &amp;lt;"
    world.deliver(world.person("jane").activity("message", text=said, textFormat=kind))
    assert update_texts(store) == ["A & B <at>Kit</at> 5 < 6 café £3 &lt;"]


def test_somebody_mentioned_as_owner_is_whoever_the_organisation_calls_so(
    world: World, store: Store
) -> None:
    alex = world.person("alex")
    alex.say("assign 24087 <at>Jane Doe</at>&nbsp;")
    assert rec(store, "24087").owner == "acu-dci"


def test_a_message_delivered_twice_acts_and_is_answered_once(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24044 on track training is booked")
    world.again()
    assert update_texts(store) == ["training is booked"]
    assert len(jane.chat.messages) == 1


def test_what_could_not_be_answered_is_answered_at_the_next_delivery_and_done_once(
    world: World, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    jane = world.person("jane")
    jane.say("help")
    world.teams.faults = [Fault(502)] * 3
    assert jane.say("24044 on track training is booked").status == 500
    (line,) = [r for r in caplog.records if r.getMessage() == "not answered yet"]
    assert (line.levelname, line.exc_info) == ("WARNING", None)
    assert world.again().status == 200
    assert update_texts(store) == ["training is booked"]
    assert "Duly noted." in jane.read()
    assert len(jane.chat.messages) == 2


def test_where_teams_is_busy_the_answer_comes_a_moment_later(world: World) -> None:
    jane = world.person("jane")
    jane.say("help")
    world.teams.faults = [Fault(429, {"Retry-After": "0.01"}), Fault(412)]
    assert jane.say("24087").status == 200
    assert "#24087" in jane.read()


def test_other_bots_and_edits_are_not_answered(world: World) -> None:
    jane = world.person("jane")
    bot = {"id": "28:another", "name": "Bot"}
    world.deliver({**jane.activity("message", text="24087"), "from": bot})
    edited = jane.activity("messageUpdate", text="24087")
    edited["channelData"] |= {"eventType": "editMessage"}
    assert world.deliver(edited).status == 200
    world.deliver(jane.activity("typing"))
    assert jane.chat.messages == []


def test_an_unknown_invoke_is_said_to_be_one(world: World) -> None:
    jane = world.person("jane")
    for name in ("frobnicate", "config/fetch"):  # the SDK knows the second
        answer = world.deliver(jane.activity("invoke", name=name, value={}))
        assert answer.status == 501
        assert name in answer.body["error"]


def test_whoever_spoke_to_duly_is_reached_again(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("help")
    with store.read() as reading:
        kept = destination(reading, "teams", "jane")
    assert kept is not None
    assert kept.address == {
        "user": object_id("jane"),
        "team": "7f1a0000-0000-4000-8000-000000000001",
        "account": account("jane"),
        "conversation": jane.place,
        "service_url": world.teams.url,
        "bot": BOT,
    }


def test_a_boards_channel_is_kept_by_its_id_and_follows_a_rename(
    world: World, store: Store, clock: PretendedClock
) -> None:
    jane = world.person("jane")
    jane.mention("help", "pib")
    for channel in world.teams.teams["19:team@thread.tacv2"]:
        channel["name"] = f"{channel['name']} renamed"
    clock.set(at(2023, 1, 11, 10, 5) + timedelta(minutes=20))
    jane.mention("24087", "pib")
    assert "#24087" in told(world)
    with store.read() as reading:
        kept = destination(reading, "teams", "#pib")
    assert kept is not None
    assert kept.address["channel"] == CHANNELS["pib"]
