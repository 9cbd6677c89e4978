"""The courier to Teams and the ledger behind it, against a Teams that fails in every way."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.teams.courier import PACE, TeamsCourier
from bot.teams.settings import TeamsSettings
from commands.request import Request
from commands.router import answer
from db import tables as t
from db.clock import PretendedClock
from db.ledger.destinations import bind, destination
from db.organisation.people import set_identity
from db.store import Store
from scheduler.courier import Letter
from scheduler.report import TickReport
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    START,
    TEST,
    add_message,
    add_recommendation,
    add_report,
    apply,
    at,
    create_running_force,
    force_file,
    message,
    messages,
    set_clock,
)
from tests.teams import screen
from tests.teams.checking import assert_good
from tests.teams.fake import BOT, TENANT, FakeTeams, Fault, Json, Message

PEOPLE = "people:\n" + "".join(
    f"  - {{key: {key}, name: {name}, teams: {key.upper()}-ID}}\n"
    for key, name in (("jane", "Jane Doe"), ("lee", "Lee Hart"), ("alex", "Alex Poe"))
)
SETTINGS = TeamsSettings(client_id="dev-bot", tenant_id=TENANT, development=True)
LIMITS = ((1, 7), (2, 8), (30, 60), (3600, 1800))
"""Teams' own, for one conversation: within so many seconds at most so many messages."""


@pytest.fixture
def teams() -> Iterator[FakeTeams]:
    with FakeTeams() as found:
        yield found
        for card in found.cards:
            assert_good(card)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """A force whose next reminder is Jane's, on Friday 31 March 2023 at 09:00."""
    path = Path(shutil.copy(empty_store, tmp_path_factory.mktemp("planned") / "duly.db"))
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    create_running_force(store, at(2023, 3, 30, 9), PEOPLE)
    store.close()
    return path


@pytest.fixture
def force(
    tmp_path: Path, clock: PretendedClock, planned: Path, teams: FakeTeams
) -> Iterator[Store]:
    """That force; Jane and Lee were met in Teams, and so was the People Intelligence Board's
    channel."""
    store = Store(f"sqlite:///{shutil.copy(planned, tmp_path / 'duly.db')}", clock)
    for key in ("jane", "lee"):
        meet(store, teams, key)
    teams.conversation("19:pib", "channel")
    with store.write(TEST) as writing:
        bind(writing, "teams", "#pib", {"channel": "19:pib", "team": "T", "service_url": teams.url})
    set_clock(store, at(2023, 3, 31, 9))
    yield store
    store.close()


@pytest.fixture
def courier(force: Store) -> TeamsCourier:
    return TeamsCourier(force, SETTINGS, claim=timedelta(seconds=40))


def meet(store: Store, teams: FakeTeams, key: str) -> None:
    teams.conversation(f"a:{key}")
    address = {
        "user": f"{key}-id",
        "team": TENANT,
        "conversation": f"a:{key}",
        "service_url": teams.url,
        "bot": BOT,
    }
    with store.write(TEST) as writing:
        bind(writing, "teams", key, address)


def row(store: Store) -> t.Message:
    return messages(store)[-1]


def later(store: Store, courier: TeamsCourier) -> TickReport:
    """A tick as if every wait of the machine's clock were over."""
    with store.write(TEST) as writing:
        for message in writing.all(writing.select(t.Message)):
            message.next_attempt_at = message.claimed_until = None
            writing.session.add(message)
        for place in writing.all(writing.select(t.Destination)):
            place.next_free_at = None
            writing.session.add(place)
    return tick(store, courier)


def sent(teams: FakeTeams, key: str = "jane") -> list[Message]:
    return teams.conversation(f"a:{key}").messages


def words(message: Message) -> str:
    assert message.card is not None
    return screen.words(message.card)


def test_a_digest_has_a_button_on_each_line(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    (told,) = tick(force, courier).messages
    (message,) = sent(teams)
    assert message.activity["summary"].startswith(told.text[:30])
    assert "#24087" in words(message)
    assert message.card is not None
    labels = {b.label: b.action for b in screen.buttons(message.card)}
    assert labels["Update…"]["data"]["say"] == "update #24087"
    assert labels["Snooze"]["verb"] == "say"
    assert "secondary" not in {b.get("mode") for b in labels.values()}, "Teams folds it away"
    kept = row(force)
    assert (kept.state, kept.platform) == ("sent", "teams")
    assert kept.platform_id == f"a:jane|{message.id}"


@pytest.mark.parametrize("status", [429, 412])
def test_what_teams_puts_off_waits_as_long_as_it_says(
    force: Store, courier: TeamsCourier, teams: FakeTeams, status: int
) -> None:
    teams.faults = [Fault(status, {"Retry-After": "90"})]
    assert tick(force, courier).messages == []
    kept = row(force)
    assert kept.state == "gathered"
    assert kept.next_attempt_at is not None
    wait = kept.next_attempt_at - force.clock.machine()
    assert timedelta(seconds=80) < wait <= timedelta(seconds=90)
    later(force, courier)
    assert len(sent(teams)) == 1
    assert not row(force).repeat


@pytest.mark.parametrize("fault", [Fault(502), Fault(504), Fault(500), Fault(0)])
@pytest.mark.parametrize("done", [True, False])
def test_what_may_have_arrived_is_sent_again_and_says_so(
    force: Store, courier: TeamsCourier, teams: FakeTeams, fault: Fault, done: bool
) -> None:
    teams.faults = [Fault(fault.status, done=done)]
    assert tick(force, courier).messages == []
    assert row(force).state == "claimed"
    later(force, courier)
    assert len(sent(teams)) == 1 + done
    assert "This may have reached you already." in words(sent(teams)[-1])
    assert row(force).repeat


def test_what_never_left_is_no_repeat(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    with force.write(TEST) as writing:
        bind(writing, "teams", "jane", {"user": "jane-id", "team": TENANT,
                                        "service_url": "http://127.0.0.1:9/"})  # fmt: skip
    tick(force, courier)
    assert row(force).state == "gathered"
    meet(force, teams, "jane")
    later(force, courier)
    assert "already" not in words(sent(teams)[0])


def test_a_process_that_dies_between_posting_and_recording_repeats_it_marked(
    force: Store, courier: TeamsCourier, teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = TeamsCourier.post

    async def post_and_die(self: TeamsCourier, letter: Letter) -> str:
        await post(self, letter)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(TeamsCourier, "post", post_and_die)
        with pytest.raises(KeyboardInterrupt):
            tick(force, courier)
    assert tick(force, courier).messages == []  # the claim of the dead one still stands
    later(force, courier)
    assert len(sent(teams)) == 2
    assert "This may have reached you already." in words(sent(teams)[1])


@pytest.mark.parametrize(("status", "words_"), [(413, "too long"), (400, "form")])
def test_what_teams_will_never_take_is_told_the_secretary(
    force: Store, courier: TeamsCourier, teams: FakeTeams, status: int, words_: str
) -> None:
    teams.faults = [Fault(status)]
    tick(force, courier)
    assert sent(teams) == []
    assert words_ in words(sent(teams, "lee")[0])


def test_a_chat_that_has_gone_stale_is_opened_anew(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    del teams.conversations["a:jane"]
    tick(force, courier)
    assert "#24087" in words(teams.conversation("a:JANE-ID").latest)
    with force.read() as reading:
        kept = destination(reading, "teams", "jane")
    assert kept is not None
    assert kept.address["conversation"] == "a:JANE-ID"


def test_somebody_who_was_never_met_is_written_to_where_duly_is_installed(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    forget(force, "jane")
    tick(force, courier)
    assert "#24087" in words(teams.conversation("a:JANE-ID").latest)


def test_where_it_is_not_installed_the_secretary_is_told_once_and_nothing_is_lost(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    forget(force, "jane")
    teams.not_installed.add("JANE-ID")
    tick(force, courier)
    later(force, courier)
    later(force, courier)
    (line,) = sent(teams, "lee")
    assert "Jane Doe has not added Duly in Teams" in words(line)
    teams.not_installed.clear()
    later(force, courier)
    assert "#24087" in words(teams.conversation("a:JANE-ID").latest)


def forget(store: Store, key: str) -> None:
    with store.write(TEST) as writing:
        writing.session.delete(writing.session.get_one(t.Destination, (writing.key, key, "teams")))


def test_a_chat_of_somebody_else_s_is_never_written_to(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    apply(force, force_file(PEOPLE.replace("JANE-ID", "NEW-ID")))
    tick(force, courier)
    assert sent(teams) == []
    assert "#24087" in words(teams.conversation("a:NEW-ID").latest)


def test_a_board_is_posted_to_in_its_channel(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    run_to(force, at(2023, 4, 4, 15))
    set_clock(force, at(2023, 4, 4, 16))
    tick(force, courier)
    (post,) = teams.conversation("19:pib").messages
    assert "People Intelligence Board" in words(post)


def test_a_channel_where_duly_was_never_met_waits_and_the_secretary_is_told(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    run_to(force, at(2023, 4, 4, 13))
    set_clock(force, at(2023, 4, 4, 13, 30))
    tick(force, courier)
    assert "#gb cannot be reached" in words(sent(teams, "lee")[-1])
    teams.conversation("19:gb", "channel")
    with force.write(TEST) as writing:
        bind(writing, "teams", "#gb", {"channel": "19:gb", "team": "T", "service_url": teams.url})
    later(force, courier)
    assert "14:00" in words(teams.conversation("19:gb").latest)


def test_somebody_in_slack_too_is_reached_in_teams_once_met_there(
    force: Store, courier: TeamsCourier
) -> None:
    with force.write(TEST) as writing:
        for key in ("jane", "alex"):
            set_identity(writing, key, "slack", f"U01{key.upper()}")
        writing.forget_directory()
    with force.read() as reading:
        assert courier.reaches(reading, "jane")
        assert not courier.reaches(reading, "alex")
        assert not courier.reaches(reading, "kit")


def test_a_settled_line_is_shown_anew_with_what_became_of_it(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    tick(force, courier)
    (message,) = sent(teams)
    set_clock(force, at(2023, 4, 3, 10))
    assert answer(force, Request("24087 on track: PND is live", person="jane", face="teams")).ok
    teams.faults = [Fault(502)]
    tick(force, courier)
    assert message.edits == 0
    later(force, courier)
    assert message.edits == 1
    assert "✓ " in words(message)
    assert "updated: on track (Jane Doe, 3 April 2023)" in words(message)
    assert message.card is not None
    assert screen.buttons(message.card) == []


def test_a_message_that_is_gone_is_not_edited_again(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    tick(force, courier)
    sent(teams).clear()
    answer(force, Request("24087 on track: all is well", person="jane", face="teams"))
    tick(force, courier)
    before = len(teams.calls)
    later(force, courier)
    assert len(teams.calls) == before


class BothAtOnce(FakeTeams):
    """A Teams that answers a post only while another one is there too."""

    def __init__(self) -> None:
        super().__init__()
        self.both = threading.Barrier(2)

    def serve(self, method: str, path: str, body: Json) -> tuple[int, Json, dict[str, str]]:
        if method == "POST":
            self.both.wait(60)
        return super().serve(method, path, body)


def test_a_chat_that_is_slow_holds_up_no_other(force: Store) -> None:
    with BothAtOnce() as slow:
        for key in ("jane", "lee"):
            meet(force, slow, key)
            add_message(force, f"to {key}", key)
        set_clock(force, at(2023, 3, 30, 12))
        tick(force, TeamsCourier(force, SETTINGS))
    assert [message(force, f"to {key}").state for key in ("jane", "lee")] == ["sent", "sent"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 5), min_size=2, max_size=100))
def test_messages_at_this_pace_are_within_every_limit(waits: list[float]) -> None:
    at = 0.0
    moments = [at := at + PACE.total_seconds() + wait for wait in waits]
    assert all(b - a >= PACE.total_seconds() - 1e-6 for a, b in pairwise(moments))
    for seconds, most in LIMITS:
        for end in moments:
            assert sum(end - seconds < one <= end for one in moments) <= most


def test_a_long_digest_loses_no_line_that_can_be_shown(
    force: Store, courier: TeamsCourier, teams: FakeTeams
) -> None:
    set_clock(force, at(2023, 3, 30, 9))
    report = add_report(force, title="Another")
    for number in range(30):
        add_recommendation(
            force, str(30_000 + number), report, text=f"They should do {number} {'well ' * 160}"
        )
    set_clock(force, at(2023, 3, 31, 9))
    tick(force, courier)
    told = words(sent(teams)[0])
    assert all(f"#{30_000 + number}" in told for number in range(30))
