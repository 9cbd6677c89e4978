"""Undo of a meeting's change, or of a person's own absence."""

from __future__ import annotations

from datetime import date

import pytest

from db import tables as t
from db.clock import PretendedClock
from db.store import Store
from scheduler.forecast import forecast
from scheduler.tick import tick
from tests.commands.test_absences import absences
from tests.commands.test_meetings import changes
from tests.factories import add_report, at, create_force, import_recommendation
from tests.support.chat import say


@pytest.fixture
def force(store: Store, clock: PretendedClock) -> Store:
    create_force(store)
    import_recommendation(store, add_report(store), 16, "24087", owner="acu-dci", deadline=None)
    clock.set(at(2023, 4, 20, 9))
    tick(store)
    return store


def coming(store: Store) -> list[tuple[str, str]]:
    with store.read() as reading:
        rows = forecast(reading, reading.today, date(2023, 5, 20))
    return [(r.rule, r.at) for r in rows if r.board == "pib"]


def last(store: Store) -> t.History:
    with store.read() as reading:
        return max(reading.all(reading.select(t.History)), key=lambda row: row.seq)


@pytest.mark.parametrize("what", ["move to 24 April 14:00", "move to 10 May", "cancel"])
def test_a_change_of_a_meeting_is_taken_back_with_its_reminders(force: Store, what: str) -> None:
    before = coming(force)
    assert say(force, f"meeting pib 3 May {what}", "lee").text.endswith("say `undo`.")
    assert coming(force) != before
    reply = say(force, "undo", "lee")
    assert reply.ok
    assert reply.text.startswith("Undone. People Intelligence Board: ")
    assert "Wednesday 3 May 2023, 10:00" in reply.text
    assert changes(force) == []
    assert coming(force) == before
    undone = last(force)
    assert (undone.action, undone.changes["meeting 2023-05-03T10:00"][1]) == ("undo", None)
    assert undone.undoes == undone.seq - 1


def test_undo_goes_back_one_step_at_a_time(force: Store) -> None:
    say(force, "meeting pib 3 May move to 4 May 14:00", "lee")
    say(force, "meeting pib 4 May cancel", "lee")
    assert "is cancelled" not in say(force, "undo", "lee").text
    assert changes(force) == [("pib", "2023-05-03T10:00", "2023-05-04T14:00")]
    say(force, "undo", "lee")
    assert changes(force) == []
    assert not say(force, "undo", "lee").ok


def test_undoing_a_restoration_cancels_again(force: Store) -> None:
    say(force, "meeting pib 3 May cancel", "lee")
    say(force, "meeting pib 3 May restore", "lee")
    assert "is cancelled again" in say(force, "undo", "lee").text
    assert changes(force) == [("pib", "2023-05-03T10:00", None)]


def test_what_a_cancellation_silenced_comes_after_its_undo(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 5, 3, 9, 25))
    tick(force)
    say(force, "meeting pib 3 May cancel", "lee")
    clock.set(at(2023, 5, 3, 9, 31))
    assert tick(force).messages == []
    clock.set(at(2023, 5, 3, 9, 35))
    say(force, "undo", "lee")
    (post,) = tick(force).messages
    assert post.text.startswith("The People Intelligence Board begins at 10:00 today")


def test_what_was_asked_meanwhile_is_not_asked_again_after_an_undo(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 4, 20, 11))
    say(force, "meeting pib 3 May move to 26 April 14:00", "lee")
    (message,) = tick(force).messages
    assert (message.to, message.reminders[0].rule) == ("jane", "board_update_request")
    clock.set(at(2023, 4, 20, 11, 5))
    say(force, "undo", "lee")
    assert "board_update_request" not in [rule for rule, _ in coming(force)]
    clock.set(at(2023, 4, 25, 9))
    assert tick(force).messages == []


def test_an_absence_is_taken_back(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    reply = say(force, "undo", "jane")
    assert reply.text == (
        "Undone. You are no longer away from Tuesday 1 August 2023 to Monday 14 August 2023."
    )
    assert absences(force) == []
    assert (last(force).action, last(force).subject) == ("undo", "person:jane")


def test_back_is_taken_back_whole(force: Store, clock: PretendedClock) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    say(force, "away 5 Aug to 20 Aug", "jane")
    clock.set(at(2023, 8, 7, 9))
    assert say(force, "back", "jane").ok
    assert {(a[1].day, a[2].day) for a in absences(force)} == {(1, 6), (5, 6)}
    reply = say(force, "undo", "jane")
    assert "You are away again from Tuesday 1 August 2023 to Monday 14 August 2023." in reply.text
    assert {(a[1].day, a[2].day) for a in absences(force)} == {(1, 14), (5, 20)}


def test_of_two_absences_the_last_is_taken_back_first(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    say(force, "away 1 Sep to 3 Sep", "jane")
    say(force, "undo", "jane")
    assert [(a[1], a[2]) for a in absences(force)] == [(date(2023, 8, 1), date(2023, 8, 14))]
    say(force, "undo", "jane")
    assert absences(force) == []


def test_nobody_undoes_anothers_absence_or_move(force: Store) -> None:
    say(force, "away 1 Aug to 14 Aug", "jane")
    say(force, "meeting pib 3 May cancel", "lee")
    assert not say(force, "undo", "alex").ok
    assert len(absences(force)) == len(changes(force)) == 1
