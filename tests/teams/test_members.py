"""Members who are answered: one tenant's own people, by their directory object ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db.ledger.destinations import destination
from db.organisation.people import set_identity
from db.store import Store
from tests.factories import TEST, history, update_texts
from tests.slack.fake import Reset
from tests.teams.fake import OTHER_TENANT, TENANT
from tests.teams.world import SETTINGS, World, account, object_id, teams_over

ON_TRACK = "24044 on track training is booked"


def test_people_are_known_by_their_object_id_never_by_their_name(
    world: World, store: Store
) -> None:
    stranger = world.person("somebody")
    said = stranger.activity("message", text=ON_TRACK)
    world.deliver({**said, "from": {**said["from"], "name": "Jane Doe", "email": "jane@e.org"}})
    assert "You may not update it" in stranger.read()
    assert update_texts(store) == []


def test_a_member_without_a_post_looks_up(world: World) -> None:
    ned = world.person("ned")
    ned.say("24087")
    assert "#24087" in ned.read()
    assert [b.label for b in ned.buttons()] == ["History"]


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"userRole": "guest"}, "you are a guest here"),
        ({"userPrincipalName": "jane_e.org#EXT#@force.example"}, "you are a guest here"),
        ({"userRole": "anonymous"}, "signed in"),
        ({"tenantId": OTHER_TENANT}, "belongs to another"),
        ({"aadObjectId": "aad-somebody-else"}, "belongs to another"),
    ],
)
def test_guests_and_strangers_get_a_sentence_and_nothing_else(
    world: World, store: Store, told: dict[str, Any], sentence: str
) -> None:
    jane = world.person("jane")
    world.teams.people[account("jane")] |= told
    jane.say(ON_TRACK)
    assert sentence in jane.read()
    assert update_texts(store) == []
    with store.read() as reading:
        assert destination(reading, "teams", "jane") is None


@pytest.mark.parametrize("where", ["conversation", "channelData"])
def test_whoever_comes_from_another_tenant_is_refused(
    world: World, store: Store, where: str
) -> None:
    jane = world.person("jane")
    said = jane.activity("message", text=ON_TRACK)
    if where == "conversation":
        said["conversation"] |= {"tenantId": OTHER_TENANT}
    else:
        said["channelData"] |= {"tenant": {"id": OTHER_TENANT}}
    world.deliver(said)
    assert "belongs to another" in jane.read()
    assert update_texts(store) == []


def test_an_activity_that_names_no_tenant_is_refused(world: World, store: Store) -> None:
    jane = world.person("jane")
    said = jane.activity("message", text=ON_TRACK)
    del said["conversation"]["tenantId"], said["channelData"]["tenant"]
    world.deliver(said)
    assert "belongs to another" in jane.read()
    assert update_texts(store) == []


def test_a_stranger_can_neither_press_nor_fill_in(world: World, store: Store) -> None:
    jane, guest = world.person("jane"), world.person("guest", userRole="guest")
    jane.say("24044")
    card = jane.latest()
    guest.press("On track", card)
    assert "guest" in str(guest.told)
    guest.press("Update", card)
    value = {"data": {"form": "update", "target": "#24044", "f.progress": "on_track"}}
    world.deliver(guest.activity("invoke", name="task/submit", value=value))
    assert history(store, "24044")[-1].action == "import"


def test_in_development_the_account_serves_where_no_object_id_comes(
    world: World, store: Store
) -> None:
    with store.write(TEST) as writing:
        set_identity(writing, "jane", "teams", account("jane"))
    jane = world.person("jane")
    said = jane.activity("message", text=ON_TRACK)
    del said["from"]["aadObjectId"]
    world.teams.people[account("jane")].pop("aadObjectId")
    world.deliver(said)
    assert update_texts(store) == ["training is booked"]


def test_in_development_the_first_tenant_is_the_one_where_none_is_named(store: Store) -> None:
    with teams_over(store, SETTINGS.model_copy(update={"tenant_id": None})) as world:
        jane, kit = world.person("jane"), world.person("kit")
        jane.say("24087")
        assert "#24087" in jane.read()
        said = kit.activity("message", text="24087")
        said["conversation"] |= {"tenantId": OTHER_TENANT}
        said["channelData"] = {"tenant": {"id": OTHER_TENANT}}
        world.deliver(said)
        assert "belongs to another" in kit.read()


def test_what_teams_said_of_somebody_holds_ten_minutes(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = world.person("jane")
    jane.say("24087")
    calls = [path for _, path in world.teams.calls if "/members/" in path]
    world.teams.people[account("jane")]["userRole"] = "guest"
    jane.say(ON_TRACK)
    assert [path for _, path in world.teams.calls if "/members/" in path] == calls
    later = store.clock.machine() + timedelta(minutes=10)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    jane.say("24044 at risk late")
    assert "you are a guest here" in jane.read()
    assert update_texts(store) == ["training is booked"]


@pytest.mark.parametrize("change", ["membersAdded", "membersRemoved"])
def test_somebody_who_comes_or_goes_is_known_anew_at_once(
    world: World, store: Store, change: str
) -> None:
    jane = world.person("jane")
    jane.say("24087")
    world.teams.people[account("jane")]["userRole"] = "guest"
    who = [{"id": account("jane")}]
    world.deliver(jane.activity("conversationUpdate", channel="talk", **{change: who}))
    jane.say(ON_TRACK)
    assert "you are a guest here" in jane.read()
    assert update_texts(store) == []


@pytest.mark.parametrize(("minutes", "answered"), [(11, True), (59, True), (61, False)])
def test_an_outage_of_teams_locks_nobody_out_for_an_hour(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch, minutes: int, answered: bool
) -> None:
    jane = world.person("jane")
    jane.say("24087")
    later = store.clock.machine() + timedelta(minutes=minutes)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    world.teams.weather.queue("member", Reset())
    jane.say(ON_TRACK)
    assert update_texts(store) == (["training is booked"] if answered else [])


def test_what_teams_said_of_an_account_is_not_believed_of_another_with_its_object_id(
    world: World, store: Store
) -> None:
    jane, kit = world.person("jane"), world.person("kit")
    jane.say("24087")
    activity = kit.activity("message", text=ON_TRACK)
    world.deliver({**activity, "from": {**activity["from"], "aadObjectId": object_id("jane")}})
    assert "belongs to another" in kit.read()
    assert update_texts(store) == []
    assert personal_chat(store) == jane.place


def test_an_activity_of_another_channel_moves_no_reminders(world: World, store: Store) -> None:
    jane = world.person("jane")
    jane.say("24087")
    activity = jane.activity("message", text=ON_TRACK, channelId="directline")
    activity["conversation"] = {"id": "a:elsewhere", "tenantId": TENANT}
    assert world.deliver(activity).status == 401
    assert update_texts(store) == []
    assert personal_chat(store) == jane.place


def personal_chat(store: Store) -> str | None:
    """Jane's, as it is kept for her reminders."""
    with store.read() as reading:
        row = destination(reading, "teams", "jane")
    return row.address.get("conversation") if row is not None else None


def test_somebody_in_both_slack_and_teams_is_one_person(world: World, store: Store) -> None:
    with store.write(TEST) as writing:
        set_identity(writing, "jane", "slack", "U01JANE")
    world.person("jane").say(ON_TRACK)
    assert history(store, "24044")[-1].actor == "jane"
    assert SETTINGS.tenant_id == TENANT
