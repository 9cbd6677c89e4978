"""The front page tells each person what wants them, first things first."""

from __future__ import annotations

from db.clock import PretendedClock
from db.store import Store
from governance.brag import Brag
from messages.home import Home, bars, home
from tests.factories import at, import_recommendation
from tests.support.chat import say


def page(store: Store, person: str | None) -> Home:
    with store.read() as reading:
        return home(reading, person)


def test_an_owner_reads_what_is_theirs_by_brag(house: Store) -> None:
    import_recommendation(house, 1, 30, "24300", owner="acu-dci", progress="at_risk")
    home_page = page(house, "jane")
    assert [part.title for part in home_page.mine] == ["A ◆ Amber: 1", "W ○ White: 1"]
    assert [line.title for part in home_page.mine for line in part.lines] == ["#24300", "#24044"]
    assert home_page.force == ()


def test_an_owner_reads_what_to_say_before_which_board(house: Store) -> None:
    (part,) = page(house, "jane").say_before
    assert part.title == "To say before the People Intelligence Board"
    assert part.note == "Wednesday 11 January 2023, 10:00 to 11:30, in 8 days"
    (line,) = part.lines
    assert line.title == "#24044"
    assert [(b.command, b.opens_form) for b in line.buttons] == [("update #24044", True)]


def test_what_was_said_since_the_last_meeting_is_not_wanted_again(
    house: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 12, 9))
    say(house, "24044 on track: booked", "jane")
    assert page(house, "jane").say_before == ()
    clock.set(at(2023, 2, 9, 9))  # the board met on 8 February, and wants to hear again
    assert [line.title for line in page(house, "jane").say_before[0].lines] == ["#24044"]


def test_what_is_claimed_complete_is_not_asked_about(house: Store, clock: PretendedClock) -> None:
    say(house, "24044 complete: done", "jane")
    clock.set(at(2023, 6, 1, 9))
    home_page = page(house, "jane")
    assert home_page.say_before == ()
    assert home_page.overdue is None


def test_overdue_ones_are_named(house: Store, clock: PretendedClock) -> None:
    assert page(house, "jane").overdue is None
    clock.set(at(2023, 5, 2, 9))
    overdue = page(house, "jane").overdue
    assert overdue is not None
    assert "2 days overdue" in overdue.lines[0].subtitle


def test_the_next_meetings_come_soonest_first_with_their_agenda(house: Store) -> None:
    meetings = page(house, None).meetings
    assert meetings is not None
    assert [line.title for line in meetings.lines] == [
        "Governance Board",
        "People Intelligence Board",
    ]
    assert "today" in meetings.lines[0].subtitle
    assert meetings.lines[1].buttons[0].command == "agenda pib"


def test_a_lead_sees_the_whole_force_as_bars(house: Store) -> None:
    for person in ("alex", "sam", "lee", "local"):
        home_page = page(house, person)
        assert sum(bar.count for bar in home_page.force) == 7
        white = next(bar for bar in home_page.force if bar.brag is Brag.WHITE)
        assert (white.count, white.bar) == (7, "█" * 20)
    for nobody in ("jane", "uma", "ned", None):
        assert page(house, nobody).force == ()


def test_a_deputy_sees_what_is_theirs_to_answer(house: Store) -> None:
    assert [line.title for part in page(house, "priya").mine for line in part.lines] == ["#24044"]


def test_somebody_with_nothing_is_told_so(house: Store) -> None:
    assert "Nothing open is yours" in page(house, "ned").text
    assert "Nothing open is yours" not in page(house, "jane").text


def test_what_is_left_out_is_counted_and_can_be_asked_for(house: Store) -> None:
    for number in range(40, 60):
        import_recommendation(house, 1, number, f"25{number}", owner="acu-dci")
    home_page = page(house, "jane")
    (part,) = home_page.mine
    assert len(part.lines) + part.more == 21
    assert say(house, part.buttons[0].command, "jane").text.startswith("21 recommendations")
    board = home_page.say_before[0]
    assert say(house, board.buttons[0].command, "jane").text.startswith("21 recommendations")
    assert f"… and {part.more} more; say: {part.buttons[0].command}" in home_page.text


def test_every_button_says_something_that_is_understood(house: Store) -> None:
    home_page = page(house, "sam")
    buttons = [b for part in (home_page.meetings,) if part for c in part.lines for b in c.buttons]
    for each in (*buttons, *home_page.force_buttons):
        assert say(house, each.command, "sam").ok, each.command


def test_a_bar_that_is_there_is_seen() -> None:
    counted = dict.fromkeys(Brag, 0) | {Brag.RED: 1, Brag.GREEN: 1000}
    bar_of = {bar.brag: bar.bar for bar in bars(counted)}
    assert bar_of[Brag.RED] == "█" + "░" * 19
    assert bar_of[Brag.GREEN] == "█" * 20
    assert bar_of[Brag.BLUE] == "░" * 20
    assert all(bar.bar == "░" * 20 for bar in bars({}))
