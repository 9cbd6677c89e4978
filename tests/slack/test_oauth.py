"""Installing Duly in several workspaces, as whoever does it and as Slack sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlmodel import select
from starlette.testclient import TestClient

from bot.slack.face import SlackFace
from bot.slack.oauth.installation_store import InstallationStore, TokenCipher, new_key
from bot.slack.settings import SlackSettings
from db import installations as kept
from db.clock import PretendedClock
from db.organisation.people import set_identity
from db.store import Store
from db.tables import Installation
from governance.errors import BadConfiguration
from scheduler.tick import tick
from tests.cli.conftest import Duly, duly, folder
from tests.factories import (
    START,
    TEST,
    add_report,
    create_force,
    create_organisation,
    import_recommendation,
)
from tests.slack.fake import FakeSlack, Team
from tests.slack.fake.model import Json
from tests.slack.transports import EVENT, SLASH, request

__all__ = ["duly", "folder"]

HOME, AWAY, THIRD = "T0HOME", "T02", "T03"
KEY = new_key()


class Watch(PretendedClock):
    """The field clock stands still; the machine's goes on by as much as a test says."""

    ahead = timedelta(0)

    def machine(self) -> datetime:
        return super().machine() + self.ahead


@dataclass
class Browser:
    """Somebody with a link."""

    client: TestClient
    cookies: dict[str, str] = field(default_factory=dict)

    def open(self, secret: str) -> tuple[int, str, str]:
        """Follow the link; gives the status, the state that goes to Slack, and the words."""
        answer = self._get("/slack/install", invitation=secret)
        state = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("state", [""])
        return answer.status_code, state[0], answer.text

    def come_back(self, state: str, **told: str) -> tuple[int, str]:
        answer = self._get("/slack/oauth_redirect", state=state, **told)
        return answer.status_code, answer.text

    def _get(self, path: str, **query: str) -> httpx.Response:
        self.client.cookies.clear()
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        answer = self.client.get(path, params=query, headers=headers, follow_redirects=False)
        self.cookies |= dict(answer.cookies)
        return answer


@dataclass
class Bench:
    """A Duly that is installed by OAuth, and the Slack around it."""

    slack: FakeSlack
    store: Store
    clock: Watch
    face: SlackFace
    client: TestClient

    def browser(self) -> Browser:
        return Browser(self.client)

    def invite(self, store: Store | None = None) -> str:
        with (store or self.store).write(TEST) as writing:
            return kept.invite(writing)

    def install(self, team: str, store: Store | None = None) -> tuple[int, str]:
        """Invite, open the link, allow it in `team`, come back."""
        browser = self.browser()
        _, state, _ = browser.open(self.invite(store))
        self.slack.codes[f"code-{state}"] = team
        return browser.come_back(state, code=f"code-{state}")

    def rows(self) -> dict[str, Installation]:
        with self.store.read() as reading:
            return {row.team: row for row in reading.session.exec(select(Installation))}

    def rec(self, text: str, user: str, team: str) -> str:
        told = {
            "command": "/rec",
            "text": text,
            "user_id": user,
            "team_id": team,
            "channel_id": "D0ANY",
            "trigger_id": "1.1",
            "response_url": "http://127.0.0.1:9/never",
        }
        return str(self.send(SLASH, told)["text"])

    def event(self, team: str, event: Json, at: datetime | None = None) -> None:
        moment = at or self.clock.machine()
        told = {
            "type": "event_callback",
            "team_id": team,
            "event_id": f"Ev{self.slack.number()}",
            "event_time": int(moment.timestamp()),
            "event": event,
        }
        self.send(EVENT, told)

    def send(self, kind: str, payload: Json) -> Json:
        body, headers = request(kind, payload, self.slack.signing_secret, None)
        answer = self.client.post("/slack/events", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json() if answer.text.startswith("{") else {}
        return told

    def calls(self, method: str) -> list[str]:
        return [call.token for call in self.slack.calls if call.method == method]


def settings(slack: FakeSlack, **more: Any) -> SlackSettings:
    given = {"client_id": "1.2", "client_secret": "secret", "signing_secret": slack.signing_secret}
    return SlackSettings(api_url=slack.api, **{**given, **more})


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as found:
        found.teams[HOME].token = ""
        for id in (AWAY, THIRD):
            found.add_team(Team(id, f"Workspace {id}", "", f"U{id}BOT"))
        for user, team in (("U01JANE", HOME), ("U02UMA", AWAY), ("U02NED", AWAY), ("U3", THIRD)):
            found.add_user(user, user.title(), team)
        yield found
        found.check()


@pytest.fixture
def clock() -> Watch:
    return Watch(START)


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    import_recommendation(store, add_report(store), 16, "24087", owner="acu-dci")
    with store.write(TEST) as writing:
        for key, id in (("jane", "U01JANE"), ("uma", f"{AWAY}/U02UMA")):
            set_identity(writing, key, "slack", id)
    return store


def bench_of(slack: FakeSlack, store: Store, clock: Watch, **more: str) -> Iterator[Bench]:
    face = SlackFace(
        store, settings(slack, **more), token_key=SecretStr(KEY),
        public_url="http://testserver",
    )  # fmt: skip
    server = FastAPI()
    face.route(server)
    with TestClient(server) as client:
        yield Bench(slack, store, clock, face, client)


@pytest.fixture
def bench(slack: FakeSlack, force: Store, clock: Watch) -> Iterator[Bench]:
    yield from bench_of(slack, force, clock)


@pytest.fixture
def other(force: Store) -> Store:
    """Another organisation in the same store, with its own 24087."""
    other = create_organisation(force, "elsewhere")
    create_force(other)
    import_recommendation(other, add_report(other, "Elsewhere's own report"), 3, "24087")
    return other


# The link


def test_a_link_installs_duly_and_it_answers_there(bench: Bench) -> None:
    assert bench.install(HOME) == (
        200,
        "Duly is installed in Sample Police. In Slack, type /rec help.\n",
    )
    assert "carry out check 16" in bench.rec("24087", "U01JANE", HOME)
    assert bench.calls("users.info") == [bench.slack.teams[HOME].token]


def test_slack_is_asked_for_the_scopes_and_comes_back_to_the_public_address(bench: Bench) -> None:
    answer = bench.client.get(
        "/slack/install", params={"invitation": bench.invite()}, follow_redirects=False
    )
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{bench.slack.base}/oauth/v2/authorize?")
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked["client_id"] == ["1.2"]
    assert "chat:write" in asked["scope"][0].split(",")
    assert asked["redirect_uri"] == ["http://testserver/slack/oauth_redirect"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_link_is_good_once(bench: Bench) -> None:
    secret, browser = bench.invite(), bench.browser()
    _, state, _ = browser.open(secret)
    bench.slack.codes["one"] = HOME
    assert browser.come_back(state, code="one")[0] == 200
    status, _, words = browser.open(secret)
    assert (status, "has been used" in words) == (403, True)


def test_two_browsers_with_one_link_install_once(bench: Bench) -> None:
    secret, first, second = bench.invite(), bench.browser(), bench.browser()
    _, earlier, _ = first.open(secret)
    _, later, _ = second.open(secret)
    bench.slack.codes |= {"one": HOME, "two": AWAY}
    assert first.come_back(earlier, code="one")[0] == 403  # the second took the link over
    assert second.come_back(later, code="two")[0] == 200
    assert set(bench.rows()) == {AWAY}


@pytest.mark.parametrize("secret", ["", "guessed"])
def test_nobody_installs_without_a_link(bench: Bench, secret: str) -> None:
    assert bench.browser().open(secret)[0] == 403


def test_a_link_is_good_for_a_day(bench: Bench) -> None:
    secret = bench.invite()
    bench.clock.ahead = timedelta(hours=23, minutes=59)
    assert bench.browser().open(secret)[0] == 302
    bench.clock.ahead = timedelta(hours=24)
    assert bench.browser().open(secret)[0] == 403


def test_another_browser_cannot_come_back_with_somebody_else_s_state(bench: Bench) -> None:
    mine, theirs = bench.browser(), bench.browser()
    _, state, _ = mine.open(bench.invite())
    theirs.open(bench.invite())
    bench.slack.codes["one"] = HOME
    for browser in (bench.browser(), theirs):
        status, words = browser.come_back(state, code="one")
        assert (status, "did not begin" in words) == (403, True)
    assert bench.rows() == {}
    assert bench.calls("oauth.v2.access") == []
    assert mine.come_back(state, code="one")[0] == 200


def test_a_state_is_good_once_and_for_ten_minutes(bench: Bench) -> None:
    browser, secret = bench.browser(), bench.invite()
    _, state, _ = browser.open(secret)
    bench.clock.ahead = timedelta(minutes=10)
    bench.slack.codes["one"] = HOME
    assert browser.come_back(state, code="one")[0] == 403
    _, state, _ = browser.open(secret)
    cookies = dict(browser.cookies)
    assert browser.come_back(state, error="access_denied")[0] == 403
    browser.cookies = cookies
    assert browser.come_back(state, code="one")[0] == 403
    assert bench.rows() == {}


def test_a_link_whose_code_slack_refused_may_be_opened_again(bench: Bench) -> None:
    browser, secret = bench.browser(), bench.invite()
    _, state, _ = browser.open(secret)
    status, words = browser.come_back(state, code="invented")
    assert (status, "invalid_code" in words) == (403, True)
    _, state, _ = browser.open(secret)
    bench.slack.codes["one"] = HOME
    assert browser.come_back(state, code="one")[0] == 200


# Whose a workspace is


def test_a_workspace_is_never_taken_over_by_another_organisation(
    bench: Bench, other: Store
) -> None:
    assert bench.install(HOME)[0] == 200
    before = bench.rows()[HOME].token
    status, words = bench.install(HOME, other)
    assert (status, "belongs to another organisation" in words) == (403, True)
    assert bench.rows()[HOME].token == before
    assert bench.rows()[HOME].organisation == 1
    bench.event(HOME, {"type": "app_uninstalled"})
    assert bench.install(HOME, other)[0] == 403  # not even when it was left
    assert bench.install(HOME)[0] == 200


def test_the_workspace_of_the_bot_token_is_its_organisation_s(
    slack: FakeSlack, force: Store, other: Store, clock: Watch
) -> None:
    slack.teams[HOME].token = "xoxb-own"
    for bench in bench_of(slack, force, clock, bot_token="xoxb-own"):
        assert "carry out check 16" in bench.rec("24087", "U01JANE", HOME)
        assert bench.install(HOME, other)[0] == 403


def test_each_workspace_sees_its_own_organisation(bench: Bench, other: Store) -> None:
    bench.install(HOME)
    bench.install(THIRD, other)
    assert "carry out check 16" in bench.rec("24087", "U01JANE", HOME)
    seen = bench.rec("24087", "U3", THIRD)
    assert "carry out check 3" in seen
    assert "check 16" not in seen
    assert set(bench.calls("users.info")) == {
        bench.slack.teams[team].token for team in (HOME, THIRD)
    }


def test_in_a_second_workspace_only_those_whom_the_file_names_are_answered(bench: Bench) -> None:
    bench.install(HOME)
    bench.install(AWAY)
    assert "carry out check 16" in bench.rec("24087", "U02UMA", AWAY)
    assert "account belongs to another" in bench.rec("24087", "U02NED", AWAY)


def test_a_workspace_that_was_never_installed_is_told_so(bench: Bench) -> None:
    assert bench.rec("24087", "U3", THIRD) == "Duly is not installed in this workspace."


# Tokens


def test_no_token_and_no_link_stands_in_the_store_in_clear(bench: Bench, tmp_path: Path) -> None:
    secret = bench.invite()
    bench.install(HOME)
    team = bench.slack.teams[HOME]
    kept_bytes = b"".join(path.read_bytes() for path in tmp_path.glob("duly.db*"))
    assert HOME.encode() in kept_bytes
    assert team.refresh is not None
    for hidden in (secret, team.token, team.refresh):
        assert hidden.encode() not in kept_bytes


def test_a_token_of_another_key_is_told_plainly(bench: Bench) -> None:
    bench.install(HOME)
    row = bench.rows()[HOME]
    assert row.token is not None
    assert TokenCipher(SecretStr(f"{new_key()},{KEY}")).decrypt(row.token).startswith("xoxe.xoxb")
    with pytest.raises(BadConfiguration, match="another DULY_TOKEN_KEY"):
        TokenCipher(SecretStr(new_key())).decrypt(row.token)
    with pytest.raises(BadConfiguration, match="is no key"):
        TokenCipher(SecretStr("password"))


@pytest.mark.parametrize(("left", "asked"), [(timedelta(minutes=9), 2), (timedelta(minutes=11), 1)])
def test_a_token_that_soon_runs_out_is_refreshed_before_a_scheduled_post(
    bench: Bench, left: timedelta, asked: int
) -> None:
    bench.install(HOME)
    first = bench.slack.teams[HOME].token
    with bench.store.write(TEST) as writing:
        row = kept.installation(writing, "slack", HOME)
        assert row is not None
        row.expires_at = bench.clock.machine() + left
        writing.add(row)
    bench.clock.set(datetime.fromisoformat("2023-03-31T09:00+01:00"))
    for store, courier in bench.face.couriers(timedelta(seconds=8)):
        tick(store, courier)
    assert len(bench.calls("oauth.v2.access")) == asked
    now = bench.slack.teams[HOME].token
    assert (now == first) == (asked == 1)
    assert set(bench.calls("chat.postMessage")) == {now}
    assert any("24087" in message.text for message in bench.slack.messages)


def test_a_token_that_soon_runs_out_is_refreshed_before_an_answer(bench: Bench) -> None:
    bench.install(HOME)
    bench.clock.ahead = timedelta(hours=11, minutes=55)
    assert "carry out check 16" in bench.rec("24087", "U01JANE", HOME)
    assert len(bench.calls("oauth.v2.access")) == 2
    assert bench.calls("users.info") == [bench.slack.teams[HOME].token]


def test_only_one_process_uses_a_refresh_token(bench: Bench) -> None:
    bench.install(HOME)
    now = bench.clock.machine()
    with bench.store.write(TEST) as writing:
        until = now + timedelta(seconds=30)
        taken = kept.take_refresh(writing, "slack", HOME, until)
        assert taken is not None
        assert kept.take_refresh(writing, "slack", HOME, until) is None
    bench.clock.ahead = timedelta(seconds=31)
    with bench.store.write(TEST) as writing:
        assert kept.take_refresh(writing, "slack", HOME, until) == taken


def test_a_second_workspace_s_reader_is_written_to_there(bench: Bench) -> None:
    bench.install(HOME)
    bench.install(AWAY)
    with bench.store.write(TEST) as writing:
        set_identity(writing, "jane", "slack", f"{AWAY}/U02NED")
    bench.clock.set(datetime.fromisoformat("2023-03-31T09:00+01:00"))
    for store, courier in bench.face.couriers(timedelta(seconds=8)):
        tick(store, courier)
    token = bench.slack.teams[AWAY].token
    opened = [
        call for call in bench.slack.calls
        if call.method == "conversations.open" and call.values["users"] == "U02NED"
    ]  # fmt: skip
    assert [call.token for call in opened] == [token]
    assert token in bench.calls("chat.postMessage")


# The end


@pytest.mark.parametrize(
    "event",
    [
        {"type": "app_uninstalled"},
        {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0DULY"]}},
    ],
)
def test_a_workspace_that_removes_duly_is_forgotten(bench: Bench, event: Json) -> None:
    bench.install(HOME)
    bench.event(HOME, event)
    row = bench.rows()[HOME]
    assert (row.token, row.refresh, row.expires_at) == (None, None, None)
    assert bench.rec("24087", "U01JANE", HOME) == "Duly is not installed in this workspace."
    bench.event(HOME, event)  # told twice


def test_a_user_s_revoked_token_is_none_of_ours(bench: Bench) -> None:
    bench.install(HOME)
    bench.event(HOME, {"type": "tokens_revoked", "tokens": {"oauth": ["U01JANE"], "bot": []}})
    assert bench.rows()[HOME].token is not None


def test_what_is_told_late_of_an_earlier_installation_changes_nothing(bench: Bench) -> None:
    left = bench.clock.machine()
    bench.clock.ahead = timedelta(minutes=1)
    bench.install(HOME)
    bench.event(HOME, {"type": "app_uninstalled"}, left)
    assert bench.rows()[HOME].token is not None


# What is missing


def test_without_a_key_nothing_is_installed_and_one_sentence_says_why(
    slack: FakeSlack, force: Store
) -> None:
    with pytest.raises(BadConfiguration, match="DULY_TOKEN_KEY is not set"):
        SlackFace(force, settings(slack))
    server = FastAPI()
    SlackFace(force, settings(slack, bot_token="xoxb-own")).route(server)
    with TestClient(server) as client:
        answer = client.get("/slack/install", params={"invitation": "any"})
    assert answer.status_code == 503
    assert "DULY_TOKEN_KEY is not set" in answer.text


def test_without_the_app_s_own_id_there_is_nothing_to_open(slack: FakeSlack, force: Store) -> None:
    server = FastAPI()
    alone = SlackSettings(
        bot_token="xoxb-own",
        signing_secret=slack.signing_secret,
        api_url=slack.api,
    )
    SlackFace(force, alone, token_key=SecretStr(KEY)).route(server)
    with TestClient(server) as client:
        assert client.get("/slack/install").status_code == 404


def test_invite_prints_a_link_that_is_kept_as_a_hash(
    duly: Duly, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "DULY_TOKEN_KEY", "DULY_PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    assert "Set SLACK_CLIENT_ID" in duly("slack", "invite").err
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    assert "DULY_TOKEN_KEY is not set" in duly("slack", "invite").err
    monkeypatch.setenv("DULY_TOKEN_KEY", duly("slack", "key").out.strip())
    monkeypatch.setenv("DULY_PUBLIC_URL", "https://duly.example.org/")
    ran = duly("slack", "invite")
    head = "https://duly.example.org/slack/install?invitation="
    assert (ran.status, ran.err, ran.out.count("\n")) == (0, "", 1)
    assert ran.out.startswith(head)
    store = Store()
    with store.read() as reading:
        assert kept.invited(reading, ran.out.removeprefix(head).strip()) == reading.key
    store.close()
    assert (
        "nothing of an organisation nobody"
        in duly("slack", "invite", "--organisation", "nobody").err
    )


def test_an_exchange_with_a_slack_that_is_away_is_told(slack: FakeSlack, force: Store) -> None:
    gone = settings(slack)
    gone.api_url = "http://127.0.0.1:9/api/"
    with pytest.raises(Exception, match="Slack did not hand over a token"):
        InstallationStore(force, gone, TokenCipher(SecretStr(KEY))).exchange("any", None)
