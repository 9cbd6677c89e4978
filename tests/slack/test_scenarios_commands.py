"""The slash command /rec."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from db.clock import PretendedClock
from db.errors import StoreBusy
from db.ledger.destinations import channel_bound_to
from db.store import Store
from tests.factories import updates
from tests.slack import screen
from tests.slack.checking import read_as_markup
from tests.slack.fake import Refused, Silent
from tests.slack.scenes import GB, OTHER, PIB, SHARED, settled
from tests.slack.world import World

IN_THE_MEETING = datetime(2023, 1, 11, 10, 30, tzinfo=ZoneInfo("Europe/London"))


def test_a_look_up_is_answered_in_the_response_and_to_the_asker_alone(world: World) -> None:
    answer = world.person("U01JANE").slash("24087")
    assert answer.status == 200
    assert answer.body["response_type"] == "ephemeral"
    assert answer.body["text"].startswith("#24087 · recommendation 16")
    assert "31 December 2023" in answer.body["text"]
    assert world.slack.called("chat.postMessage") == []


def test_the_same_command_works_however_it_is_typed(world: World) -> None:
    jane = world.person("U01JANE")
    for said in ("24087", " #24087 ", "rec 24087", "REC 16 of Sample", "/rec 24087"):
        jane.slash(said)
        assert "recommendation 16" in jane.latest().text


def test_an_update_in_one_line_is_saved_and_told(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track PND checks go live on 4 December", channel=PIB)
    assert jane.latest(PIB).text.startswith("Duly noted. #24044: not started → on track.")
    assert jane.latest(PIB).private
    assert len(updates(store)) == 1


def test_what_was_typed_cannot_ping_a_channel_or_run_as_markup(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track: ask &lt;!channel&gt; &amp; *shout*")
    assert "&lt;!channel&gt; &amp;" in jane.latest().text
    blocks = jane.latest().blocks
    assert not any("<!channel>" in text for text in read_as_markup({"blocks": blocks}))
    assert "ask <!channel> & *shout*" in screen.rendered(blocks)


def test_help_and_nonsense_are_answered_too(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("")
    assert "`24087`" in jane.latest().text
    jane.slash("xyzzy plugh")
    assert "it is no command" in jane.latest().text


def test_in_a_boards_own_channel_during_its_meeting_everybody_sees_the_answer(
    world: World, clock: PretendedClock
) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    jane.slash("24087", channel=PIB)
    assert jane.latest(PIB).private
    clock.set(IN_THE_MEETING)
    answer = jane.slash("24087", channel=PIB)
    assert answer.body["response_type"] == "in_channel"
    assert answer.body["unfurl_links"] is False
    assert "recommendation 16" in lee.latest(PIB).text
    jane.slash("mine", channel=PIB)
    assert jane.latest(PIB).private
    jane.slash("24087", channel=GB)
    assert jane.latest(GB).private


def test_a_channel_shared_with_another_organisation_never_shows_an_answer(
    world: World, clock: PretendedClock
) -> None:
    clock.set(IN_THE_MEETING)
    world.slack.channels[PIB].is_ext_shared = True
    jane = world.person("U01JANE")
    jane.slash("24087", channel=PIB)
    assert jane.latest(PIB).private
    assert "Share in channel" not in jane.latest(PIB).buttons


def test_a_channel_that_became_shared_is_shut_at_once(world: World, clock: PretendedClock) -> None:
    clock.set(IN_THE_MEETING)
    jane = world.person("U01JANE")
    jane.slash("24087", channel=PIB)
    assert not jane.latest(PIB).private
    world.slack.channels[PIB].is_ext_shared = True
    world.event({"type": "channel_shared", "channel": PIB, "connected_team_id": OTHER})
    jane.slash("24087", channel=PIB)
    assert jane.latest(PIB).private


def test_what_slack_said_of_a_channel_is_too_old_to_show_an_answer_to_all(
    world: World, store: Store, clock: PretendedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(IN_THE_MEETING)
    jane = world.person("U01JANE")
    jane.slash("24087", channel=PIB)
    world.slack.channels[PIB].is_ext_shared = True  # and the event about it is lost
    later = clock.machine() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "machine", lambda: later)
    jane.slash("24087", channel=PIB)
    assert jane.latest(PIB).private
    assert "Share in channel" not in jane.latest(PIB).buttons


def test_where_slack_does_not_say_what_a_channel_is_the_answer_stays_private(
    world: World, clock: PretendedClock
) -> None:
    clock.set(IN_THE_MEETING)
    world.slack.faults.queue("conversations.info", Refused("channel_not_found"))
    jane = world.person("U01JANE")
    jane.slash("24087", channel=PIB)
    assert jane.latest(PIB).private


def test_a_boards_channel_is_known_by_its_id_when_it_is_renamed(
    world: World, store: Store, clock: PretendedClock
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24087", channel=PIB)
    with store.read() as reading:
        bound = channel_bound_to(reading, "slack", PIB)
    assert bound is not None
    assert bound.key == "#pib"
    world.slack.channels[PIB].name = "people-board"
    world.event({"type": "channel_rename", "channel": {"id": PIB, "name": "people-board"}})
    world.slack.add_channel("C0IMPOSTOR", "pib")
    clock.set(IN_THE_MEETING)
    jane.slash("24087", channel=PIB)
    assert not jane.latest(PIB).private
    jane.slash("24087", channel="C0IMPOSTOR")
    assert jane.latest("C0IMPOSTOR").private


def test_share_in_channel_shows_it_to_everybody(world: World) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    jane.slash("24087", channel=PIB)
    jane.press("Share in channel")
    shown = lee.latest(PIB)
    assert shown.text.startswith("#24087")
    assert not shown.message.unfurls
    assert "Share in channel" not in shown.buttons
    assert len([m for m in jane.sees(PIB) if m.message.by_bot]) == 1


def test_sharing_a_saved_update_shows_the_card_and_saves_nothing_again(
    world: World, store: Store
) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    jane.slash("24044 at risk: the supplier is late", channel=PIB)
    jane.press("Share in channel")
    assert "the supplier is late" in lee.latest(PIB).text
    assert len(updates(store)) == 1


def test_a_share_is_refused_where_the_channel_was_shared_meanwhile(world: World) -> None:
    jane, lee = world.person("U01JANE"), world.person("U01LEE")
    jane.slash("24087", channel=PIB)
    world.slack.channels[PIB].is_ext_shared = True
    jane.press("Share in channel")
    assert "shared with another organisation" in jane.latest(PIB).text
    assert [m for m in lee.sees(PIB) if m.message.by_bot] == []


def test_an_update_while_the_store_is_busy_is_not_saved_and_says_so(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044", channel=PIB)

    def busy(*_: object, **__: object) -> None:
        raise StoreBusy

    monkeypatch.setattr("commands.idempotency.Store.write", busy)
    jane.slash("24044 on track: soon", channel=PIB)
    assert "Not saved, the store is busy" in jane.latest(PIB).text
    monkeypatch.undo()
    assert len(updates(store)) == 0


def test_slack_that_does_not_say_who_somebody_is_leaves_them_without_an_answer(
    world: World,
) -> None:
    settled(world).slack.members.patience = 0.1
    world.slack.faults.queue("users.info", Silent(0.5))
    jane = world.person("U01JANE")
    jane.slash("24044 on track")
    assert "could not say who you are" in jane.latest().text
    jane.slash("24044")
    assert "not started" in jane.latest().text


def test_a_shared_channel_keeps_lists_private_too(world: World) -> None:
    jane = world.person("U01JANE")
    jane.slash("list", channel=SHARED)
    assert jane.latest(SHARED).private
    assert "Share in channel" not in jane.latest(SHARED).buttons
