"""The running process as Slack and its operator see it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2 as httpx
import pytest

from bot.serving import LAST_SECONDS
from db.clock import PretendedClock
from db.organisation.people import set_identity
from db.store import Store
from db.tables import Message
from tests.factories import START as AT
from tests.factories import TEST
from tests.run.process import Running, running, slack_environment
from tests.slack.fake import FakeSlack, Silent
from tests.slack.transports import EVENT, SLASH, Served, Socket, sign
from tests.support.until import until
from tests.web.conftest import fill

ORGANISATION = Path(__file__).parents[2] / "samples" / "organisation.yaml"
CHANNELS = {"C0PIB": "people-intelligence-board", "C0GB": "governance-board"}
HANGS = 60.0
"""Seconds that a Slack is silent for: longer than anybody waits."""
PEOPLE = ("jane", "sam", "alex", "lee", "priya", "kit", "rowan")


@pytest.fixture(scope="module")
def slack() -> Iterator[FakeSlack]:
    """A Slack with everybody of the sample organisation."""
    with FakeSlack() as opened:
        for id, name in CHANNELS.items():
            opened.add_channel(id, name)
        for person in PEOPLE:
            opened.add_user(f"U01{person.upper()}", person.title())
        yield opened


@pytest.fixture(scope="module")
def serving(slack: FakeSlack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One process for most of these tests, on the sample organisation at 3 January 2023."""
    folder = tmp_path_factory.mktemp("run")
    organisation = folder / "organisation.yaml"
    organisation.write_text(ORGANISATION.read_text(encoding="utf-8"), encoding="utf-8")
    variables = {**slack_environment(slack), "DULY_ORGANISATION": str(organisation)}
    with running(folder, variables, "--at", "2023-01-03") as process:
        until(lambda: process.reasons() == [], str(process.reasons()))
        yield process


def rec(text: str) -> dict[str, str]:
    return {
        "command": "/rec",
        "text": text,
        "user_id": "U01JANE",
        "team_id": "T0HOME",
        "channel_id": "D0JANE",
        "trigger_id": f"{time.monotonic_ns()}.1",
        "response_url": "http://127.0.0.1:9/never",
    }


def test_it_says_where_it_is_and_how_slack_reaches_it(serving: Running) -> None:
    assert serving.said.startswith(f"Duly runs at {serving.url}, on Slack by Socket Mode and HTTP")
    assert serving.get("/healthz") == (200, '{"ok":true}')


def test_rec_is_answered_in_the_http_response_itself(serving: Running, slack: FakeSlack) -> None:
    served = Served(f"{serving.url}/slack/events", slack.signing_secret)
    answer = served.deliver(SLASH, rec("boards"))
    assert answer.status == 200
    assert answer.body["response_type"] == "ephemeral"
    assert "People Intelligence Board" in answer.body["text"]


def test_rec_is_answered_over_a_socket_too(serving: Running, slack: FakeSlack) -> None:
    slack.sockets.wait_for(2)
    answer = Socket(slack.sockets).deliver(SLASH, rec("boards"))
    assert "People Intelligence Board" in answer.body["text"]


@pytest.mark.parametrize("late", [-310, 330, -86_400])
def test_a_request_signed_over_five_minutes_away_is_refused(
    serving: Running, slack: FakeSlack, late: int
) -> None:
    body = urlencode(rec("help"))
    headers = sign(slack.signing_secret, body, int(time.time()) + late)
    assert post(serving, body, headers) == 401


@pytest.mark.parametrize("late", [-280, 280])
def test_a_request_signed_less_than_five_minutes_away_is_answered(
    serving: Running, slack: FakeSlack, late: int
) -> None:
    body = urlencode(rec("help"))
    headers = sign(slack.signing_secret, body, int(time.time()) + late)
    assert post(serving, body, headers) == 200


def test_a_request_without_a_signature_or_with_another_s_is_refused(
    serving: Running, slack: FakeSlack
) -> None:
    body = urlencode(rec("help"))
    signed = sign(slack.signing_secret, body)
    assert post(serving, body, {}) == 401
    assert post(serving, body, sign("another secret", body)) == 401
    assert post(serving, body + "&text=close", signed) == 401
    assert post(serving, body, {"X-Slack-Signature": signed["X-Slack-Signature"]}) == 401


def test_slack_s_check_of_the_address_is_answered_when_it_is_signed(
    serving: Running, slack: FakeSlack
) -> None:
    served = Served(f"{serving.url}/slack/events", slack.signing_secret)
    answer = served.deliver(EVENT, {"type": "url_verification", "challenge": "c0ffee"})
    assert (answer.status, answer.body) == (200, {"challenge": "c0ffee"})


def test_nothing_else_is_served(serving: Running) -> None:
    assert serving.get("/slack/events")[0] == 405
    assert serving.get("/")[0] == 404
    assert serving.get("/docs")[0] == 404


def test_it_ends_at_once_when_idle_and_leaves_its_sockets(slack: FakeSlack, tmp_path: Path) -> None:
    with running(tmp_path, slack_environment(slack)) as process:
        until(lambda: process.reasons() == [])
        before = len(slack.sockets.links)
        assert process.end() < LAST_SECONDS  # of itself, not by the last resort
        assert process.process.stdout is not None
        assert process.process.stdout.read() == ""
    until(lambda: len(slack.sockets.links) <= before - 2)


def test_a_bad_organisation_file_keeps_the_last_good_one_and_readyz_says_so(
    slack: FakeSlack, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path}/duly.db", PretendedClock(AT))
    fill(store)
    store.close()
    (tmp_path / "organisation.yaml").write_text("force: {key: other}\nboards: [1]\n")
    path = tmp_path / "organisation.yaml"
    variables = {**slack_environment(slack), "DULY_ORGANISATION": str(path)}
    with running(tmp_path, variables, "--at", "2023-01-03T10:00:00") as process:
        until(lambda: len(process.reasons()) == 1)
        assert process.reasons() == [
            "organisation.yaml was not applied, and the last good organisation stands; "
            "the log says why."
        ]
        assert f"{path} was not applied" in process.log.read_text()
        served = Served(f"{process.url}/slack/events", slack.signing_secret)
        assert "Governance Board" in served.deliver(SLASH, rec("boards")).body["text"]


def test_a_token_that_slack_does_not_take_is_a_reason(slack: FakeSlack, tmp_path: Path) -> None:
    variables = {**slack_environment(slack), "SLACK_BOT_TOKEN": "xoxb-revoked"}
    with running(tmp_path, variables) as process:
        assert process.get("/healthz")[0] == 200
        until(lambda: "SLACK_BOT_TOKEN: invalid_auth" in " ".join(process.reasons()))


def test_a_clock_that_goes_on_brings_the_reminders_of_its_time(
    slack: FakeSlack, tmp_path: Path
) -> None:
    keep(tmp_path)
    # 09:00 is the moment of that day's reminders, two seconds after the process' clock begins
    with running(tmp_path, slack_environment(slack), "--at", "2023-04-28T08:59:58") as process:
        until(lambda: any("#24101 (recommendation 18)" in m.text for m in slack.messages))
        process.end()
    slack.check()


def test_a_post_that_hangs_keeps_nobody_waiting_and_stays_in_the_ledger(tmp_path: Path) -> None:
    keep(tmp_path)
    with FakeSlack() as slack:
        for person in PEOPLE:
            slack.add_user(f"U01{person.upper()}", person.title())
        slack.faults.queue("chat.postMessage", Silent(HANGS))
        with running(tmp_path, slack_environment(slack), "--at", "2023-04-28T09:00:00") as process:
            until(lambda: not slack.faults.left())
            assert process.end() < HANGS
    store = Store(f"sqlite:///{tmp_path}/duly.db")
    with store.read() as reading:
        digests = reading.all(reading.select(Message).where(Message.kind == "digest"))
        assert {row.state for row in digests} <= {"claimed", "gathered", "sent"}
        assert sum(row.state == "sent" for row in digests) < 2  # the other's hangs
        assert {row.destination for row in digests} == {"jane", "kit"}
    store.close()


def keep(folder: Path) -> None:
    """A store with four recommendations, whose people have Slack ids."""
    store = Store(f"sqlite:///{folder}/duly.db", PretendedClock(AT))
    fill(store)
    with store.write(TEST) as writing:
        for person in PEOPLE:
            set_identity(writing, person, "slack", f"U01{person.upper()}")
    store.close()


def post(serving: Running, body: str, headers: dict[str, str]) -> int:
    given = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(
        f"{serving.url}/slack/events", content=body, headers=given, timeout=30, trust_env=False
    )
    return answer.status_code
