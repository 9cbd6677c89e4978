"""Duly is added somewhere or taken out again, and what becomes of a team's channels."""

from __future__ import annotations

from typing import Any

from db.ledger.destinations import destination
from db.store import Store
from tests.teams.fake import BOT, OTHER_TENANT
from tests.teams.test_on_message import told
from tests.teams.world import CHANNELS, TEAM, World


def address(store: Store, key: str) -> dict[str, Any] | None:
    with store.read() as reading:
        found = destination(reading, "teams", key)
    return found.address if found is not None else None


def test_added_to_a_team_it_knows_the_boards_channels(world: World, store: Store) -> None:
    jane = world.person("jane")
    added = jane.activity("conversationUpdate", channel="talk", membersAdded=[{"id": BOT}])
    world.deliver(added)
    for board in ("pib", "gb"):
        assert address(store, f"#{board}") == {
            "channel": CHANNELS[board],
            "team": TEAM,
            "service_url": world.teams.url,
        }
    assert address(store, "#talk") is None


def test_where_teams_serves_a_channel_or_a_chat_elsewhere_it_is_reached_there(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.mention("help", "pib")
    jane.say("help")
    moved = world.teams.url.replace("127.0.0.1", "localhost")
    jane.mention("help", "pib", serviceUrl=moved)
    jane.say("help", serviceUrl=moved)
    for key in ("#pib", "jane"):
        kept = address(store, key)
        assert kept is not None
        assert kept["service_url"] == moved


def test_added_by_somebody_it_says_hello_and_reaches_them(world: World, store: Store) -> None:
    jane = world.person("jane")
    world.deliver(jane.activity("installationUpdate", action="add"))
    world.deliver(jane.activity("conversationUpdate", membersAdded=[{"id": BOT}]))
    assert "Hello, this is Duly." in told(world)
    assert len(jane.chat.messages) == 1
    kept = address(store, "jane")
    assert kept is not None
    assert kept["conversation"] == jane.place


def test_taken_out_by_somebody_it_writes_to_them_there_no_more(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("help")
    world.deliver(jane.activity("installationUpdate", action="remove"))
    kept = address(store, "jane")
    assert kept is not None
    assert "conversation" not in kept


def test_only_an_update_of_its_own_service_address_and_tenant_takes_a_chat_away(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.say("help")
    removed = jane.activity("installationUpdate", action="remove")
    other = {"conversation": {**removed["conversation"], "tenantId": OTHER_TENANT}}
    for change in ({"serviceUrl": "http://127.0.0.1:9/elsewhere"}, other):
        world.deliver({**removed, **change})
        kept = address(store, "jane")
        assert kept is not None
        assert kept["conversation"] == jane.place


def test_taken_out_of_a_team_its_boards_are_posted_to_no_more_until_it_is_back(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.mention("help", "pib")
    removed = jane.activity("conversationUpdate", channel="talk", membersRemoved=[{"id": BOT}])
    world.deliver(removed)
    assert (address(store, "#pib") or {})["stopped"] == "Duly was removed from the team"
    world.deliver(jane.activity("conversationUpdate", channel="talk", membersAdded=[{"id": BOT}]))
    assert "stopped" not in (address(store, "#pib") or {})


def test_a_deleted_channel_is_posted_to_no_more_until_it_is_restored(
    world: World, store: Store
) -> None:
    jane = world.person("jane")
    jane.mention("help", "pib")
    for event, stopped in (("channelDeleted", True), ("channelRestored", False)):
        said = jane.activity("conversationUpdate", channel="pib")
        said["channelData"] |= {"eventType": event}
        world.deliver(said)
        assert ("stopped" in (address(store, "#pib") or {})) is stopped


def test_another_tenant_s_team_is_nobody_s(world: World, store: Store) -> None:
    jane = world.person("jane")
    added = jane.activity("conversationUpdate", channel="talk", membersAdded=[{"id": BOT}])
    added["conversation"] |= {"tenantId": OTHER_TENANT}
    added["channelData"] |= {"tenant": {"id": OTHER_TENANT}}
    world.deliver(added)
    assert address(store, "#pib") is None


def test_a_guest_who_adds_it_is_not_written_to(world: World, store: Store) -> None:
    guest = world.person("jane", userRole="guest")
    world.deliver(guest.activity("installationUpdate", action="add"))
    assert guest.chat.messages == []
    assert address(store, "jane") is None
