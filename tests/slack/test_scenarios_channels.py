"""Boards' channels that are archived, shared or renamed, and the notices of it."""

from __future__ import annotations

from db.ledger.destinations import destination
from db.store import Store
from db.tables import Message
from tests.slack.scenes import PIB
from tests.slack.world import World


def address(store: Store) -> dict[str, str]:
    with store.read() as reading:
        found = destination(reading, "slack", "#pib")
    assert found is not None
    return dict(found.address)


def told_the_secretary(store: Store) -> str:
    with store.read() as reading:
        notices = reading.all(reading.select(Message).where(Message.kind == "notice"))
    return "\n".join(n.text for n in notices if n.destination == "lee")


def test_an_archived_channel_stops_its_posts_and_the_secretary_is_told(
    world: World, store: Store
) -> None:
    world.person("U01JANE").slash("24044", channel=PIB)
    world.slack.channels[PIB].is_archived = True
    world.event({"type": "channel_archive", "channel": PIB, "user": "U01LEE"})
    assert address(store) == {"channel": PIB, "stopped": "the channel is archived"}
    line = "Nothing more is posted in #pib for the People Intelligence Board, because the channel"
    assert f"{line} is archived." in told_the_secretary(store)


def test_the_same_news_twice_is_told_once(world: World, store: Store) -> None:
    world.person("U01JANE").slash("24044", channel=PIB)
    world.slack.channels[PIB].is_ext_shared = True
    world.event({"type": "channel_shared", "channel": PIB, "connected_team_id": "T02"})
    world.again(1)
    world.event({"type": "channel_rename", "channel": {"id": PIB, "name": "pib-2"}})
    assert told_the_secretary(store).count("is shared with another organisation") == 1


def test_a_channel_that_is_ours_again_is_posted_to_again(world: World, store: Store) -> None:
    world.person("U01JANE").slash("24044", channel=PIB)
    world.slack.channels[PIB].is_ext_shared = True
    world.event({"type": "channel_shared", "channel": PIB, "connected_team_id": "T02"})
    world.slack.channels[PIB].is_ext_shared = False
    world.event({"type": "channel_unshared", "channel": PIB, "is_ext_shared": False})
    assert address(store) == {"channel": PIB}
    assert "Duly posts in #pib for the People Intelligence Board again." in told_the_secretary(
        store
    )


def test_an_archived_channel_that_is_also_shared_stays_shut(world: World, store: Store) -> None:
    world.person("U01JANE").slash("24044", channel=PIB)
    world.slack.channels[PIB].is_ext_shared = True
    world.slack.channels[PIB].is_archived = True
    world.event({"type": "channel_archive", "channel": PIB, "user": "U01LEE"})
    world.slack.channels[PIB].is_archived = False
    world.event({"type": "channel_unarchive", "channel": PIB, "user": "U01LEE"})
    assert address(store)["stopped"] == "the channel is shared with another organisation"


def test_a_channel_that_is_no_boards_is_nobodys_concern(world: World, store: Store) -> None:
    world.slack.add_channel("C0LUNCH", "lunch", is_archived=True)
    world.event({"type": "channel_archive", "channel": "C0LUNCH", "user": "U01LEE"})
    assert told_the_secretary(store) == ""
