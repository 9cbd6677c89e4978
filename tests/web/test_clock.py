"""Moving the clock on the page: the scheduler runs, and says what it delivered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.web.demo_store import DemoStore
from db.tables import Message
from tests.web.conftest import Browser


def local(demo_store: DemoStore) -> str:
    with demo_store.read() as reading:
        return reading.now.astimezone(reading.directory.zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("to", "arrives"),
    [
        ("day", "2023-01-04 09:00"),
        ("week", "2023-01-10 09:00"),
        ("month", "2023-02-03 09:00"),
        ("reminder", "2023-01-03 13:30"),
    ],
)
def test_a_button_moves_the_clock(
    browser: Browser, demo_store: DemoStore, to: str, arrives: str
) -> None:
    page = browser.post("/clock", to=to)
    assert local(demo_store) == arrives
    assert "It is now" in page


@pytest.mark.parametrize(
    "typed", ["2023-01-09T09:00", "2023-01-09", "9 January 2023, 09:00", "9 January", "09/01/2023"]
)
def test_the_field_takes_a_moment_as_people_write_it(
    browser: Browser, demo_store: DemoStore, typed: str
) -> None:
    browser.post("/clock", to="moment", moment=typed)
    assert local(demo_store) == "2023-01-09 09:00"


@pytest.mark.parametrize(
    "typed", ["", "soon", "31 April 2023", "2023-04-31T09:00", "28 April 25:00"]
)
def test_a_bad_moment_is_one_clear_sentence(
    browser: Browser, demo_store: DemoStore, typed: str
) -> None:
    page = browser.post("/clock", to="moment", moment=typed)
    assert "not a date and time; write one such as 28 April 2023, 09:00." in page
    assert local(demo_store) == "2023-01-03 09:00"


def test_the_clock_never_goes_back(browser: Browser, demo_store: DemoStore) -> None:
    page = browser.post("/clock", to="moment", moment="2022-12-31T09:00")
    assert "The clock only goes forward" in page
    assert "Start again" in page
    assert local(demo_store) == "2023-01-03 09:00"


def test_a_move_of_many_years_is_refused(browser: Browser, demo_store: DemoStore) -> None:
    assert "more than two years" in browser.post("/clock", to="moment", moment="2999-01-01T09:00")
    assert local(demo_store) == "2023-01-03 09:00"


def test_what_was_delivered_to_whom_is_said_and_shown(
    browser: Browser, demo_store: DemoStore
) -> None:
    page = browser.post("/clock", to="moment", moment="2023-04-03T09:00")
    with demo_store.read() as reading:
        sent = reading.all(reading.select(Message).where(Message.state == "sent"))
    mine = [message for message in sent if message.destination == "jane"]
    assert mine
    assert f"{len(sent)} messages were delivered" in page
    assert f'<a href="/direct/jane">Jane Doe <b>{len(mine)}</b></a>' in page
    for message in mine:
        assert f'id="m{message.id}"' in page
        assert message.text.split("\n")[0] in page


def test_unread_messages_are_counted_until_their_conversation_is_opened(
    browser: Browser, demo_store: DemoStore
) -> None:
    page = browser.post("/clock", to="moment", moment="2023-01-11T12:00")
    assert 'href="/channel/people-intelligence-board" class="unread"' in page
    page = browser.open("/channel/people-intelligence-board")
    assert 'href="/channel/people-intelligence-board" aria-current="page">' in page
    page = browser.open("/direct/jane")
    assert 'href="/channel/people-intelligence-board">' in page


def test_moving_in_one_step_delivers_what_small_steps_deliver(
    browser: Browser, demo_store: DemoStore
) -> None:
    browser.post("/clock", to="moment", moment="2023-02-03T09:00")
    at_once = _sent(demo_store)
    browser.post("/again")
    for _ in range(4):
        browser.post("/clock", to="week")
    browser.post("/clock", to="moment", moment="2023-02-03T09:00")
    assert _sent(demo_store) == at_once


def test_start_again_rebuilds_the_store_and_sets_the_clock_back(
    browser: Browser, demo_store: DemoStore
) -> None:
    browser.say("24087 on track")
    browser.post("/clock", to="month")
    page = browser.post("/again")
    assert local(demo_store) == "2023-01-03 09:00"
    assert "The demonstration begins again." in page
    assert 'class="exchange"' not in page
    assert _sent(demo_store) == []


def test_a_running_clock_goes_on_from_where_it_was_moved_to(demo_store: DemoStore) -> None:
    demo_store.clock.running = True
    target = datetime(2023, 1, 9, 9, tzinfo=UTC)
    demo_store.move(target)
    assert demo_store.clock.running
    assert 0 <= (demo_store.clock.now() - target).total_seconds() < 60


def test_a_process_that_ends_cuts_the_move_short_and_says_so(
    browser: Browser, demo_store: DemoStore
) -> None:
    demo_store.stopping.set()
    assert "cut short" in browser.post("/clock", to="month")
    assert local(demo_store) == "2023-01-03 09:00"


def test_older_messages_are_shown_when_asked_for(browser: Browser, demo_store: DemoStore) -> None:
    browser.post("/clock", to="moment", moment="2023-04-22T09:00")
    page = browser.open("/direct/jane?show=2")
    assert page.count('<li class="entry"') == 2
    assert '<a href="?show=8">Show earlier messages</a>' in page
    assert "Show earlier" not in browser.open("/direct/jane?show=4000")
    assert browser.open("/direct/jane?show=x")
    assert browser.status == 200


def _sent(demo_store: DemoStore) -> list[tuple[str, str, str]]:
    with demo_store.read() as reading:
        sent = reading.all(reading.select(Message).where(Message.state == "sent"))
        return sorted((m.destination, str(m.day), m.text) for m in sent)
