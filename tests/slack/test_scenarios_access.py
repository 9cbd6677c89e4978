"""Access, signatures, and requests that nobody handles."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.slack.settings import SlackSettings
from db.clock import PretendedClock
from db.organisation.people import set_identity
from db.store import Store
from governance.errors import BadConfiguration
from tests.factories import TEST, updates
from tests.slack.fake import Broken, Refused
from tests.slack.scenes import OTHER, PIB, SHARED, build, settled
from tests.slack.transports import SLASH, request, sign
from tests.slack.world import World

# People


@pytest.mark.parametrize(
    ("marks", "sentence"),
    [
        ({"is_restricted": True}, "you are a guest here"),
        ({"is_restricted": True, "is_ultra_restricted": True}, "you are a guest here"),
        ({"is_bot": True}, "not other apps"),
        ({"deleted": True}, "is deactivated"),
    ],
)
def test_guests_bots_and_the_deactivated_get_one_sentence(
    world: World, marks: dict[str, bool], sentence: str
) -> None:
    gus = world.person("U01GUS", "Gus Guest", **marks)
    gus.slash("24044", channel=PIB)
    assert sentence in gus.latest(PIB).text
    assert gus.latest(PIB).private
    assert "24044" not in gus.latest(PIB).text


def test_an_owner_who_is_made_a_guest_gets_nothing_after_ten_minutes(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track")
    world.slack.users["U01JANE"].is_restricted = True
    jane.slash("24044 at risk")
    later = store.clock.machine() + timedelta(minutes=10)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    jane.slash("24044 off track")
    assert "you are a guest here" in jane.latest().text
    assert len(updates(store)) == 2
    assert len(world.slack.called("users.info")) == 2


@pytest.mark.parametrize(("minutes", "answered"), [(11, True), (59, True), (61, False)])
def test_an_outage_of_slack_locks_nobody_out_for_an_hour(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch, minutes: int, answered: bool
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track")
    later = store.clock.machine() + timedelta(minutes=minutes)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    world.slack.faults.queue("users.info", Broken(503))
    jane.slash("24044 at risk")
    assert ("could not say who you are" in jane.latest().text) is not answered
    assert len(updates(store)) == (2 if answered else 1)


def test_a_user_whom_slack_no_longer_knows_is_not_known_from_before(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track")
    world.slack.faults.queue("users.info", Refused("user_not_found"))
    later = store.clock.machine() + timedelta(minutes=11)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    jane.slash("24044 at risk")
    assert len(updates(store)) == 1


def test_an_owner_whose_account_changes_is_known_anew_at_once(world: World, store: Store) -> None:
    jane = world.person("U01JANE")
    jane.slash("24044 on track")
    world.slack.users["U01JANE"].deleted = True
    user = {"id": "U01JANE", "team_id": "T0HOME", "deleted": True}
    assert world.event({"type": "user_change", "user": user}).status == 200
    jane.slash("24044 at risk")
    assert "account is deactivated" in jane.latest().text
    assert len(updates(store)) == 1


def test_a_stranger_of_a_shared_channel_is_refused_whatever_they_do(
    world: World, store: Store
) -> None:
    sol = world.person("U02STRANGER")
    said = sol.mention("24044", channel=SHARED)
    assert "your account belongs to another" in sol.latest(SHARED).text
    assert sol.latest(SHARED).private
    sol.slash("24044 on track", channel=SHARED)
    assert "your account belongs to another" in sol.latest(SHARED).text
    sol.shortcut("save_update", on=said)
    assert sol.modal is not None
    assert len(updates(store)) == 0


def test_somebody_whom_the_file_lists_from_another_workspace_is_known(world: World) -> None:
    uma = world.person("U02UMA")
    uma.slash("24044", channel=SHARED)
    assert uma.latest(SHARED).text.startswith("#24044")
    assert uma.latest(SHARED).private


def test_an_id_of_the_own_workspace_is_no_one_elses(world: World, store: Store) -> None:
    """The same user id said to be of another team is still not that team's person."""
    with store.write(TEST) as writing:
        set_identity(writing, "uma", "slack", f"{OTHER}/U01NED")
    ned = world.person("U01NED")
    payload = {
        "command": "/rec", "text": "published Sample 2 November 2022", "user_id": "U01NED",
        "team_id": OTHER, "channel_id": PIB, "trigger_id": world.slack.trigger("U01NED"),
        "response_url": world.slack.base + world.slack.response_url(PIB, "U01NED"),
    }  # fmt: skip
    answer = world.deliver(SLASH, payload)
    assert "You may not" in answer.body["text"]
    assert ned.id == "U01NED"


def test_a_member_with_no_post_looks_up_and_changes_nothing(world: World, store: Store) -> None:
    new = world.person("U01NEW", "Nell New")
    new.slash("24044")
    assert new.latest().text.startswith("#24044")
    assert "Update…" not in new.latest().buttons
    new.slash("24044 on track")
    assert "You may not update it" in new.latest().text
    assert len(updates(store)) == 0


def test_nobody_is_matched_on_a_name(world: World, store: Store) -> None:
    world.person("U01OTHER", "Jane Doe").slash("24044 on track")
    assert len(updates(store)) == 0


def test_refusals_are_logged_once_an_hour(
    world: World, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "duly.access")
    gus = world.person("U01GUS", "Gus Guest", is_restricted=True)

    def lines() -> int:
        return sum(record.name == "duly.access" for record in caplog.records)

    for _ in range(3):
        gus.slash("24044")
    assert lines() == 1
    later = store.clock.machine() + timedelta(hours=1, minutes=1)
    monkeypatch.setattr(store.clock, "machine", lambda: later)
    gus.slash("24044")
    assert lines() == 2


def test_slack_is_asked_once_who_the_bot_and_its_people_are(world: World) -> None:
    jane = world.person("U01JANE")
    for _ in range(3):
        jane.slash("24044", channel=PIB)
    assert len(world.slack.called("auth.test")) == 1
    assert len(world.slack.called("users.info")) == 1
    assert len(world.slack.called("conversations.info")) == 1


# Signatures


def slash(world: World, at: int | None = None, secret: str | None = None) -> int:
    payload = {"command": "/rec", "text": "24044", "user_id": "U01JANE", "team_id": "T0HOME",
               "channel_id": PIB, "trigger_id": "1.1"}  # fmt: skip
    world.person("U01JANE")
    body, headers = request(SLASH, payload, secret or world.slack.signing_secret, None)
    if at is not None:
        headers |= sign(world.slack.signing_secret, body, at)
    return settled(world).raw(body, headers).status


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (-290, 200), (-310, 401), (310, 401)])
def test_a_signature_holds_for_five_minutes_either_way(
    world: World, seconds: int, status: int
) -> None:
    assert slash(world, at=int(time.time()) + seconds) == status


def test_a_wrong_absent_or_nonsensical_signature_is_refused(world: World) -> None:
    assert slash(world, secret="somebody else's") == 401
    transport = settled(world)
    for headers in (
        {},
        {"X-Slack-Request-Timestamp": str(int(time.time()))},
        {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": "٣"},
    ):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = transport.raw("command=%2Frec&text=24044", {**kind, **headers})
        assert answer.status == 401


def test_while_slack_does_not_take_the_token_whoever_asks_is_told(world: World) -> None:
    world.slack.faults.queue("auth.test", Refused("invalid_auth"), Refused("invalid_auth"))
    jane = world.person("U01JANE")
    jane.slash("24044")
    assert "cannot reach Slack just now" in jane.latest().text
    assert world.event({"type": "app_home_opened", "user": "U01JANE", "tab": "home"}).status == 503
    jane.slash("24044")
    assert jane.latest().text.startswith("#24044")


# What nobody handles, and what cannot be


UNKNOWN_VIEW = {
    "id": "V1",
    "callback_id": "unknown",
    "type": "modal",
    "private_metadata": "{}",
    "blocks": [],
    "state": {"values": {}},
}


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": "unknown", "block_id": "b"}]},
        {"type": "view_submission", "view": UNKNOWN_VIEW},
        {"type": "shortcut", "callback_id": "unknown"},
    ],
)
def test_what_nobody_handles_is_logged_and_answered_as_an_error(
    world: World, payload: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    told = {"user": {"id": "U01JANE", "team_id": "T0HOME"}, "team": {"id": "T0HOME"}, **payload}
    answer = world.deliver("interactive", told)
    assert answer.status == 404
    assert any(record.message == "nobody handles this" for record in caplog.records)


def test_an_event_that_nobody_handles_is_an_error_too(world: World) -> None:
    assert world.event({"type": "star_added", "user": "U01JANE"}).status == 404


def test_a_failure_is_told_with_the_number_under_which_the_log_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault in the rendering")

    monkeypatch.setattr("bot.slack.context.reply_payload", broken)
    answer = world.person("U01JANE").slash("24044")
    assert answer.status == 200
    assert answer.body["response_type"] == "ephemeral"
    incident = next(r.__dict__["incident"] for r in caplog.records if r.message == "request failed")
    assert incident in answer.body["text"]


def test_a_pretended_store_refuses_a_slack_with_real_people(
    store: Store, clock: PretendedClock
) -> None:
    assert clock.pretended
    real = SlackSettings(bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("s"))
    with pytest.raises(BadConfiguration, match="import the records into a new store"):
        build(store, real)


def test_without_a_bot_token_there_is_no_app(store: Store) -> None:
    with pytest.raises(BadConfiguration, match="SLACK_BOT_TOKEN"):
        build(store, SlackSettings())
