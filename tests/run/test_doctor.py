"""`duly doctor` against a Slack in which something is missing each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.doctor.observability import compare_clocks
from bot.doctor.slack import check_clock
from bot.metrics import Metrics
from bot.readiness import StoreProbe
from bot.slack.client import SCOPES
from db.store import Store
from db.tables import Destination, Message, Schedule
from tests.cli.conftest import Duly, duly, folder
from tests.factories import TEST
from tests.slack.fake import FakeSlack
from tests.support.ports import free_port

__all__ = ["duly", "folder"]

ORGANISATION = """
force: {key: sample, name: Sample Police}
boards:
  - {key: pib, name: People Board, chair: dcc, secretary: office, channel: "#people-board",
     cadence: {every: 4 weeks, first: 2023-01-11T10:00}}
posts:
  - {key: dcc, title: Deputy, role: chair, holder: sam}
  - {key: office, title: Office, role: secretary, holder: lee}
people:
  - {key: sam, name: Sam Field, slack: U01SAM}
  - {key: lee, name: Lee Marsh, slack: U01LEE}
"""
Json = dict[str, Any]


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack in which nothing is missing."""
    with FakeSlack() as opened:
        opened.teams["T0HOME"].scopes = frozenset(SCOPES)
        opened.add_channel("C0PIB", "people-board")
        opened.add_user("U01SAM", "Sam Field")
        opened.add_user("U01LEE", "Lee Marsh")
        yield opened
        opened.check()


@pytest.fixture
def store(
    slack: FakeSlack, folder: Path, duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Store]:
    """A store with an organisation, and the settings that go with `slack`."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-pretended")
    monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", slack.signing_secret)
    monkeypatch.setenv("SLACK_API_URL", slack.api)
    (folder / "organisation.yaml").write_text(ORGANISATION)
    assert duly("apply", "organisation.yaml").status == 0
    opened = Store(f"sqlite:///{folder}/duly.db")
    yield opened
    opened.close()


def wrong(duly: Duly) -> list[Json]:
    """The failed checks; each has a cure, and the status says so."""
    ran = duly("doctor", "--json")
    report = ran.json
    failed = [check for check in report["checks"] if not check["ok"]]
    assert report["ok"] == (not failed) == (ran.status == 0)
    assert all(check["cure"] for check in failed)
    return failed


def only(duly: Duly) -> str:
    failed = wrong(duly)
    assert len(failed) == 1, failed
    return f"{failed[0]['name']}: {failed[0]['text']} {failed[0]['cure']}"


def test_when_nothing_is_missing_it_says_so_of_each_thing(duly: Duly, store: Store) -> None:
    ran = duly("doctor")
    assert ran.status == 0, ran.out
    lines = ran.out.splitlines()
    assert all(line.startswith("ok     ") for line in lines)
    for about in (
        "platform: Slack by Socket Mode and HTTP",
        "store:",
        "last tick:",
        "organisation: Sample Police, boards: 1, posts: 2.",
        "bank holidays: Those of GB-ENG",
        "bot token: Slack takes it, as duly of Sample Police.",
        f"scopes: All {len(SCOPES)}",
        "clock: Within",
        "app token:",
        "channel: Duly is in #people-board.",
        "people: Slack knows all 2",
    ):
        assert sum(about in line for line in lines) == 1, about


def test_it_changes_nothing(duly: Duly, store: Store) -> None:
    before = (Path("duly.db")).read_bytes()
    duly("doctor", "--at", "2023-01-03")
    assert Path("duly.db").read_bytes() == before
    with store.read() as reading:
        assert reading.mark("kind") is None


def test_with_nothing_configured_it_says_how(duly: Duly, folder: Path) -> None:
    names = [check["name"] for check in wrong(duly)]
    assert names == ["platform", "organisation"]
    assert "SLACK_BOT_TOKEN" in duly("doctor").out


@pytest.mark.parametrize("scope", ["files:read", "im:write"])
def test_a_missing_scope_is_named_with_what_needs_it(
    duly: Duly, store: Store, slack: FakeSlack, scope: str
) -> None:
    slack.teams["T0HOME"].scopes = frozenset(SCOPES) - {scope}
    assert f"{scope} is missing, for {SCOPES[scope]}" in only(duly)


def test_a_token_that_is_refused_says_where_the_right_one_is(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-old")
    assert "invalid_auth. Copy the token that begins with xoxb-" in only(duly)


def test_an_app_token_that_is_refused_says_how_to_make_one(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-old")
    assert "connections:write" in only(duly)


def test_slack_that_cannot_be_reached_is_told(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    assert "Slack cannot be reached: Connection refused." in only(duly)


def test_a_board_s_channel_without_duly_says_how_to_invite_it(
    duly: Duly, store: Store, slack: FakeSlack
) -> None:
    slack.channels["C0PIB"].members.clear()
    assert "Type /invite @Duly in #people-board." in only(duly)


@pytest.mark.parametrize(
    ("mark", "words"), [("is_archived", "is archived"), ("is_ext_shared", "is shared with another")]
)
def test_a_board_s_channel_that_is_closed_to_posts_is_named(
    duly: Duly, store: Store, slack: FakeSlack, mark: str, words: str
) -> None:
    setattr(slack.channels["C0PIB"], mark, True)
    assert f"#people-board {words}" in only(duly)


def test_a_bound_channel_is_known_by_its_id_under_a_new_name(
    duly: Duly, store: Store, slack: FakeSlack
) -> None:
    with store.write(TEST) as writing:
        writing.add(
            Destination(
                organisation=writing.key,
                key="#people-board",
                platform="slack",
                address={"channel": "C0PIB"},
            )
        )
    slack.channels["C0PIB"].name = "people-and-culture"
    assert wrong(duly) == []
    assert "now called #people-and-culture" in duly("doctor").out


def test_somebody_slack_does_not_know_is_named(duly: Duly, store: Store, slack: FakeSlack) -> None:
    del slack.users["U01SAM"]
    assert "Sam Field (sam), U01SAM, is unknown to this Slack." in only(duly)


@pytest.mark.parametrize(
    ("mark", "words"), [("deleted", "deactivated"), ("is_restricted", "guest")]
)
def test_a_guest_and_somebody_deactivated_are_named(
    duly: Duly, store: Store, slack: FakeSlack, mark: str, words: str
) -> None:
    setattr(slack.users["U01SAM"], mark, True)
    assert words in only(duly)


def test_somebody_in_a_post_without_a_slack_id_is_named(
    duly: Duly, store: Store, folder: Path
) -> None:
    changed = ORGANISATION.replace(", slack: U01LEE", "")
    (folder / "organisation.yaml").write_text(changed)
    duly("apply", "organisation.yaml")
    assert "no reminder reaches them: lee." in only(duly)


def test_a_scheduler_that_fell_silent_is_told(duly: Duly, store: Store) -> None:
    with store.write(TEST) as writing:
        writing.set_mark("last_tick", (writing.now - timedelta(hours=3)).isoformat())
    assert "nothing is sent. Start duly run." in only(duly)


def test_a_scheduler_that_ticked_just_now_is_well(duly: Duly, store: Store) -> None:
    with store.write(TEST) as writing:
        writing.set_mark("last_tick", (writing.now - timedelta(seconds=40)).isoformat())
    assert wrong(duly) == []


def test_a_last_tick_in_the_future_is_told(duly: Duly, store: Store) -> None:
    with store.write(TEST) as writing:
        writing.set_mark("last_tick", (writing.now + timedelta(days=3)).isoformat())
    assert "until then nothing is planned" in only(duly)


def test_a_pretended_store_is_well_on_this_machine_and_nowhere_else(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.write(TEST) as writing:
        writing.set_mark("kind", "pretended")
    assert wrong(duly) == []
    monkeypatch.setenv("SLACK_API_URL", "https://slack.invalid/api/")
    names = [check["name"] for check in wrong(duly)]
    assert names == ["store's kind", "bot token"]


def test_reminders_that_were_set_aside_and_messages_that_wait_are_told(
    duly: Duly, store: Store
) -> None:
    with store.write(TEST) as writing:
        row = writing.session.get_one(Schedule, (writing.key, "board:pib"))
        row.set_aside_at = writing.now
        writing.add(row)
        for number in range(2):
            writing.add(
                Message(
                    organisation=writing.key,
                    key=f"m{number}",
                    destination="sam",
                    kind="digest",
                    day=writing.today,
                    text="…",
                    state="held",
                    reason="no platform",
                    gathered_at=writing.now,
                )
            )
    failed = [check["text"] for check in wrong(duly)]
    assert any("board:pib" in text for text in failed)
    assert "2 messages wait: no platform." in failed


def test_a_store_that_is_read_only_is_told_first(duly: Duly, folder: Path) -> None:
    (folder / "duly.db").write_text("no database at all, but a text that is long enough " * 40)
    failed = wrong(duly)
    assert [check["name"] for check in failed] == ["platform", "store"]


def test_an_organisation_file_with_a_mistake_is_told_with_its_line(
    duly: Duly, store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bad.yaml").write_text(ORGANISATION.replace("chair: dcc", "chair: nobody"))
    monkeypatch.setenv("DULY_ORGANISATION", "bad.yaml")
    assert "bad.yaml, line 4" in only(duly)
    monkeypatch.setenv("DULY_ORGANISATION", "nowhere.yaml")
    assert "cannot be read" in only(duly)


@pytest.mark.parametrize(
    ("away", "words"),
    [(0, None), (-59, None), (61, "61 s ahead of"), (-400, "400 s behind")],
)
def test_a_clock_far_from_slack_s_is_told(away: int, words: str | None) -> None:
    heard = datetime(2023, 1, 3, 9, 0, 0, tzinfo=UTC) + timedelta(seconds=away)
    check = next(check_clock("Tue, 03 Jan 2023 09:00:00 GMT", heard))
    assert check.ok is (words is None)
    assert (words or "Within") in check.text


def test_a_free_metrics_port_and_a_heartbeat_that_can_be_reached_are_well(
    duly: Duly, store: Store, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("DULY_METRICS_PORT", str(free_port()))
    monkeypatch.setenv("DULY_HEARTBEAT_URL", f"{slack.base}/ping/secret")
    assert wrong(duly) == []
    report = duly("doctor").out
    assert "is free for them." in report
    assert "heartbeat: 127.0.0.1 can be reached; it was not asked." in report
    assert "secret" not in report


def test_a_metrics_port_that_a_running_duly_has_is_well(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = Metrics(StoreProbe(lambda: [store], timeout=60), list)
    server = metrics.serve("127.0.0.1", 0)
    monkeypatch.setenv("DULY_METRICS_PORT", str(server.port))
    assert wrong(duly) == []
    assert "A Duly that runs serves them" in duly("doctor").out
    server.close()


def test_a_metrics_port_that_another_program_has_is_told(
    duly: Duly, store: Store, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_METRICS_PORT", slack.base.rpartition(":")[2])
    assert "address already in use. Choose another address with DULY_METRICS_HOST" in only(duly)


def test_a_heartbeat_that_cannot_be_reached_is_told(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("DULY_HEARTBEAT_URL", "http://127.0.0.1:9/ping")
    assert "127.0.0.1 cannot be reached: Connection refused." in only(duly)


def test_a_proxy_is_what_has_to_be_reached_where_there_is_one(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("DULY_HEARTBEAT_URL", "http://hc.invalid/ping")
    assert "hc.invalid, through the proxy 127.0.0.1, cannot be reached" in only(duly)


@pytest.mark.parametrize(
    ("away", "words"), [(0, None), (5, None), (-5, None), (9, "9 s ahead of"), (-70, "70 s behind")]
)
def test_a_clock_far_from_the_store_s_is_told(away: int, words: str | None) -> None:
    there = datetime(2023, 1, 3, 9, tzinfo=UTC)
    check = compare_clocks(there + timedelta(seconds=away), there)
    assert check.ok is (words is None)
    assert (words or "Within 5 s") in check.text


def test_no_check_shows_a_password(
    duly: Duly, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "S3CRET"
    address = f"http://user:{secret}@127.0.0.1:{free_port()}/{secret}"
    for name, value in {
        "DULY_HEARTBEAT_URL": address,
        "DULY_PUBLIC_URL": address,
        "DULY_AUDIT_KEY": secret,
        "DULY_TOKEN_KEY": secret,
        "SLACK_BOT_TOKEN": f"xoxb-{secret}",
        "SLACK_APP_TOKEN": f"xapp-{secret}",
        "SLACK_SIGNING_SECRET": secret,
        "SLACK_CLIENT_SECRET": secret,
        "http_proxy": f"http://user:{secret}@127.0.0.1:{free_port()}",
    }.items():
        monkeypatch.setenv(name, value)
    for ran in (duly("doctor"), duly("doctor", "--json")):
        assert ran.status == 1
        assert secret not in ran.out + ran.err
