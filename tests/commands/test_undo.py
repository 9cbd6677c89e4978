"""Undo: one's own last change, within 15 minutes; the history keeps both."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from commands.undoable import RIGHTS
from db.clock import PretendedClock
from db.importing.deadlines import redated
from db.store import Actor, Store
from db.tables import (
    ExtensionRequest,
    History,
    Recommendation,
    Reminder,
    Report,
    Schedule,
    Update,
)
from governance.dates import say_date
from governance.deadlines import Deadline
from governance.subject import Subject
from governance.words import DeadlineKind
from messages.reply import Reply
from scheduler.tick import tick
from tests.factories import add_report, at, history, import_recommendation, leave_posts, rec
from tests.support.chat import say


def plain(row: Recommendation) -> dict[str, object]:
    """The row without what only says when it was last touched."""
    return {k: v for k, v in row.model_dump().items() if k != "updated_at"}


def one_button(reply: Reply) -> str:
    """The command of a reply's only button."""
    (button,) = reply.buttons
    return button.command


def test_an_update_is_taken_back_whole(house: Store) -> None:
    before = plain(rec(house, "24087"))
    say(house, "24087 done: all of it", "alex")
    reply = say(house, "undo", "alex")
    assert reply.ok
    assert reply.text.startswith("Undone. #24087: progress complete → not started.")
    assert plain(rec(house, "24087")) == before
    with house.read() as reading:
        (update,) = reading.all(reading.select(Update))
        assert update.undone
    made, undone = history(house, "24087")[-2:]
    assert (undone.action, undone.undoes) == ("undo", made.seq)
    assert undone.changes["progress"] == ["complete", "not_started"]


def test_the_update_before_is_the_last_again(house: Store, clock: PretendedClock) -> None:
    say(house, "24087 on track one", "alex")
    clock.set(at(2023, 1, 3, 9, 5))
    say(house, "24087 at risk two", "alex")
    say(house, "undo", "alex")
    row = rec(house, "24087")
    assert (row.progress, row.last_update_at) == ("on_track", at(2023, 1, 3, 9))
    assert "on track. one" in say(house, "24087").text


def test_undo_reaches_one_change_after_the_other(house: Store) -> None:
    say(house, "24087 on track one", "alex")
    say(house, "24044 at risk two", "alex")
    say(house, "undo", "alex")
    assert [rec(house, r).progress for r in ("24087", "24044")] == ["on_track", "not_started"]
    say(house, "undo", "alex")
    assert rec(house, "24087").progress == "not_started"
    assert not say(house, "undo", "alex").ok


def test_after_fifteen_minutes_it_stands(house: Store, clock: PretendedClock) -> None:
    say(house, "24087 on track", "alex")
    clock.set(at(2023, 1, 3, 9, 15) + timedelta(seconds=1))
    reply = say(house, "undo", "alex")
    assert not reply.ok
    assert rec(house, "24087").progress == "on_track"


def test_at_fifteen_minutes_it_can_still_be_undone(house: Store, clock: PretendedClock) -> None:
    say(house, "24087 on track", "alex")
    clock.set(at(2023, 1, 3, 9, 15))
    assert say(house, "undo", "alex").ok


def test_nobody_undoes_for_another(house: Store) -> None:
    say(house, "24087 on track", "alex")
    for person in ("sam", None, "local"):
        assert not say(house, "undo", person).ok
    assert rec(house, "24087").progress == "on_track"


def test_the_reference_says_which_change_is_taken_back(house: Store) -> None:
    say(house, "24130 at risk first change", "sam")
    say(house, "24087 on track second change", "sam")
    reply = say(house, "undo 24130", "sam")
    assert reply.text.startswith("Undone. #24130: progress at risk → not started.")
    assert rec(house, "24087").progress == "on_track"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("undo 24044", "Your last change was of #24087; to take that back, say `undo`."),
        ("undo #99999", "No #99999."),
        ("undo the one on 24087 please", "“the one on 24087 please” names no recommendation."),
        ("undo 24087 and then some", "“and then some” I cannot read, and nothing was undone."),
        ("undo change 99999999", "There is no change 99999999 that could be undone."),
        ("undo 24087 24130", "They were not changed at once"),
    ],
)
def test_an_undo_of_something_else_undoes_nothing(house: Store, typed: str, answer: str) -> None:
    say(house, "24087 on track", "sam")
    reply = say(house, typed, "sam")
    assert not reply.ok
    assert reply.text.startswith(answer)
    assert rec(house, "24087").progress == "on_track"


def test_one_of_several_changed_at_once_names_them_all(house: Store) -> None:
    say(house, "save 24087 24044 at risk: both", "alex")
    assert say(house, "undo 24087", "alex").ok
    assert {rec(house, r).progress for r in ("24087", "24044")} == {"not_started"}


def test_a_button_undoes_its_own_change_and_no_other(house: Store) -> None:
    button = one_button(say(house, "24087 on track one", "alex"))
    say(house, "24044 at risk two", "alex")
    assert say(house, button, "alex").text.startswith("Undone. #24087")
    assert rec(house, "24044").progress == "at_risk"
    again = say(house, button, "alex")
    assert (again.ok, again.text) == (False, "That change was taken back already.")


def test_a_button_undoes_the_older_of_two_changes_at_one_moment(house: Store) -> None:
    button = one_button(say(house, "24087 on track one", "alex"))
    say(house, "24087 on track two", "alex")
    assert "has changed it since" in say(house, button, "alex").text


def test_several_changed_twice_at_one_moment_are_taken_back_one_by_one(house: Store) -> None:
    first = one_button(say(house, "save 24087 24044 at risk: both", "alex"))
    second = one_button(say(house, "save 24087 24044 at risk: again", "alex"))
    assert not say(house, first, "alex").ok
    assert say(house, second, "alex").ok
    assert say(house, first, "alex").ok
    assert {rec(house, r).progress for r in ("24087", "24044")} == {"not_started"}


def test_a_button_below_the_update_of_another_undoes_nothing(house: Store) -> None:
    say(house, "24044 at risk own", "alex")
    button = one_button(say(house, "24087 on track", "sam"))
    reply = say(house, button, "alex")
    assert reply.text == "Sam Field made that change, so only they can take it back."
    assert rec(house, "24044").progress == "at_risk"
    assert rec(house, "24087").progress == "on_track"


def test_a_button_is_too_late_after_fifteen_minutes(house: Store, clock: PretendedClock) -> None:
    button = one_button(say(house, "24087 on track", "alex"))
    clock.set(at(2023, 1, 3, 9, 16))
    say(house, "24044 on track", "alex")
    assert "more than 15 minutes old" in say(house, button, "alex").text
    assert rec(house, "24087").progress == "on_track"


@pytest.mark.parametrize(
    ("person", "ref", "words"),
    [
        ("sam", "24087", "close 24087 superseded because of another"),
        ("sam", "24087", "24087 at risk"),
        ("jane", "24044", "24044 at risk"),
        ("jane", "24044", "extend 24044 to 30 June 2023 because of funds"),
        ("alex", "24087", "assign 24087 ACU DCI"),
        ("alex", "24087", "position 24087 being progressed"),
        ("alex", "24087", "extend 24087 to 30 June 2024 because of funds"),
    ],
)
def test_whoever_lost_the_right_to_a_change_cannot_undo_it(
    house: Store, person: str, ref: str, words: str
) -> None:
    assert say(house, words, person).ok
    before = plain(rec(house, ref))
    leave_posts(house, person)
    reply = say(house, "undo", person)
    assert not reply.ok
    assert reply.text.startswith("You may not ")
    assert plain(rec(house, ref)) == before


def test_a_verified_closure_is_not_reopened_by_a_chair_who_lost_the_post(house: Store) -> None:
    say(house, "24087 done: seen", "alex")
    assert say(house, "close 24087 verified because it was seen", "sam").ok
    leave_posts(house, "sam")
    assert not say(house, "undo", "sam").ok
    assert rec(house, "24087").closure == "verified"


def test_every_action_by_hand_says_which_right_its_undoing_takes(house: Store) -> None:
    says = [
        ("24087 on track", "alex"), ("assign 24087 ACU DCI", "alex"),
        ("extend 24044 to 30 June 2023 because of funds", "jane"),
        ("extend 24044 to 30 June 2023 because of funds", "alex"),
        ("close 24130 superseded because of another", "sam"), ("reopen 24130", "sam"),
        ("position 24087 being progressed", "alex"),
        ("published vetting of sample 2 November 2022", "lee"),
        ("away 1 Aug to 14 Aug", "jane"), ("back", "jane"), ("snooze 24044", "jane"),
    ]  # fmt: skip
    for words, person in says:
        assert say(house, words, person).ok, words
    with house.read() as reading:
        rows = reading.all(reading.select(History))
    by_hand = {row.action for row in rows if row.actor in ("alex", "jane", "sam", "lee")}
    assert len(by_hand) >= 9
    assert by_hand <= set(RIGHTS)


def test_what_somebody_changed_since_is_left_alone(house: Store) -> None:
    say(house, "24087 on track", "alex")
    say(house, "24087 at risk", "sam")
    reply = say(house, "undo", "alex")
    assert not reply.ok
    assert "Sam Field" in reply.text
    assert rec(house, "24087").progress == "at_risk"


def test_a_change_of_something_else_does_not_stand_in_the_way(house: Store) -> None:
    say(house, "24087 on track", "alex")
    say(house, "assign 24087 ACU DCI", "sam")
    assert say(house, "undo", "alex").ok
    assert (rec(house, "24087").progress, rec(house, "24087").owner) == ("not_started", "acu-dci")


def test_an_update_to_what_was_closed_since_stands(house: Store) -> None:
    say(house, "24087 done", "alex")
    say(house, "close 24087 verified because it was seen", "sam")
    reply = say(house, "undo", "alex")
    assert not reply.ok
    assert "reopen" in reply.text


def test_several_changed_at_once_are_taken_back_at_once(house: Store) -> None:
    say(house, "save 24087 24044 at risk: both", "alex")
    say(house, "undo", "alex")
    assert {rec(house, r).progress for r in ("24087", "24044")} == {"not_started"}


def test_an_assignment_is_taken_back_and_the_owners_are_told(
    house: Store, clock: PretendedClock
) -> None:
    say(house, "assign 24044 Vetting Manager", "alex")
    clock.set(at(2023, 1, 3, 9, 1))
    say(house, "undo", "alex")
    assert rec(house, "24044").owner == "acu-dci"
    with house.read() as reading:
        lines = [(r.person, r.detail["new"]) for r in reading.all(reading.select(Reminder))]
    assert ("jane", "acu-dci") in lines


def test_a_closure_is_taken_back(house: Store) -> None:
    before = plain(rec(house, "24087"))
    say(house, "close 24087 superseded because of another", "sam")
    assert say(house, "undo", "sam").ok
    assert plain(rec(house, "24087")) == before


def test_a_position_is_taken_back(house: Store) -> None:
    say(house, "position 24087 being progressed", "alex")
    assert say(house, "undo", "alex").ok
    assert rec(house, "24087").inspectorate_position is None


def test_a_wish_for_an_extension_is_withdrawn(house: Store) -> None:
    say(house, "extend 24044 to 30 June 2023 because of funds", "jane")
    assert say(house, "undo", "jane").ok
    with house.read() as reading:
        (wish,) = reading.all(reading.select(ExtensionRequest))
    assert wish.state == "withdrawn"


def test_an_extension_is_taken_back_and_nothing_due_meanwhile_is_lost(
    house: Store, clock: PretendedClock
) -> None:
    before = plain(rec(house, "24044"))
    key = Subject.recommendation(rec(house, "24044").id)
    clock.set(at(2023, 3, 31, 8, 55))
    say(house, "extend 24044 to 30 June 2023 because of funds", "alex")
    assert rec(house, "24044").deadline == date(2023, 6, 30)
    clock.set(at(2023, 3, 31, 9, 1))
    with house.write(Actor("scheduler", "tick")) as writing:
        # a tick that found nothing due, because the deadline had moved away
        schedule = writing.session.get_one(Schedule, (writing.key, key))
        schedule.planned_through = writing.now
        writing.add(schedule)
    say(house, "undo", "alex")
    assert plain(rec(house, "24044")) == before
    with house.read() as reading:
        schedule = reading.session.get_one(Schedule, (reading.key, key))
    assert schedule.planned_through <= at(2023, 3, 31, 8, 55)
    assert schedule.next_remind_at == at(2023, 3, 31, 9)


def test_a_publication_is_taken_back_with_the_deadlines_it_dated(house: Store) -> None:
    report = add_report(house, "Counting from publication", "Sample Constabulary")
    import_recommendation(house, report, 1, "30001", deadline=None)
    with house.write(Actor("import", "test")) as writing:
        row = writing.recommendation(rec(house, "30001").id or 0)
        writing.change(row, "correct", {"text": "Within six months, forces should act."})
    before = plain(rec(house, "30001"))
    say(house, "published counting from publication 2 November 2022", "lee")
    assert rec(house, "30001").deadline == date(2023, 5, 2)
    reply = say(house, "undo", "lee")
    assert reply.ok, reply.text
    assert plain(rec(house, "30001")) == before
    with house.read() as reading:
        assert reading.session.get_one(Report, report).published is None


def test_a_position_recorded_on_a_closed_one_is_taken_back(house: Store) -> None:
    say(house, "close 24087 superseded because of another", "sam")
    assert say(house, "position 24087 being progressed", "alex").ok
    assert say(house, "undo", "alex").ok
    assert rec(house, "24087").closure == "superseded"


def test_a_reminder_that_an_undone_extension_hid_comes_late_and_once(
    house: Store, clock: PretendedClock
) -> None:
    def delivered(*moment: int) -> list[str]:
        clock.set(at(*moment))
        report = tick(house, None)
        return [
            row.rule
            for message in report.messages
            for row in message.reminders
            if row.ref == "24044" and row.rule == "deadline"
        ]

    delivered(2023, 3, 30, 9)
    clock.set(at(2023, 3, 31, 8, 55))
    say(house, "extend 24044 to 30 June 2023 because of funds", "alex")
    assert delivered(2023, 3, 31, 9) == []
    clock.set(at(2023, 3, 31, 9, 5))
    say(house, "undo", "alex")
    assert delivered(2023, 3, 31, 9, 6) == ["deadline"]
    assert delivered(2023, 3, 31, 9, 7) == []
    assert delivered(2023, 4, 14, 9) == ["deadline"]


def test_undoing_neither_repeats_what_was_sent_before_the_extension(
    house: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 3, 31, 9))
    first = tick(house, None)
    assert any(r.ref == "24044" for m in first.messages for r in m.reminders)
    say(house, "extend 24044 to 30 June 2023 because of funds", "alex")
    clock.set(at(2023, 3, 31, 9, 5))
    say(house, "undo", "alex")
    again = tick(house, None)
    lines = [r.rule for m in again.messages for r in m.reminders if r.ref == "24044"]
    assert "deadline" not in lines


def correct(store: Store, ref: str, to: date) -> None:
    """Import the record again, which states another deadline now."""
    with store.write(Actor("import", "test")) as writing:
        row = writing.recommendation(rec(store, ref).id or 0)
        fields, _ = redated(writing, row, Deadline(DeadlineKind.BY_DATE, to, None))
        writing.change(row, "import", fields)


@pytest.mark.parametrize("corrected", [date(2023, 5, 31), date(2023, 9, 30)])
def test_an_undone_extension_falls_back_to_the_corrected_deadline(
    house: Store, clock: PretendedClock, corrected: date
) -> None:
    say(house, "extend 24044 to 30 June 2023 because of funds", "alex")
    clock.set(at(2023, 1, 3, 9, 5))
    correct(house, "24044", corrected)
    clock.set(at(2023, 1, 3, 9, 10))
    reply = say(house, "undo", "alex")
    assert f"deadline 30 June 2023 → {say_date(corrected)}" in reply.text
    row = rec(house, "24044")
    assert (row.deadline, row.original_deadline, row.slips) == (corrected, corrected, 0)
    changes = [c for c in history(house, "24044") if "deadline_version" in c.changes]
    assert row.deadline_version not in {c.changes["deadline_version"][0] for c in changes}


def test_an_undone_second_extension_falls_back_to_the_later_of_first_and_corrected(
    house: Store, clock: PretendedClock
) -> None:
    say(house, "extend 24044 to 30 June 2023 because of funds", "alex")
    say(house, "extend 24044 to 31 July 2023 because of funds", "sam")
    clock.set(at(2023, 1, 3, 9, 5))
    correct(house, "24044", date(2023, 5, 31))
    assert say(house, "undo", "sam").ok
    row = rec(house, "24044")
    assert (row.deadline, row.original_deadline, row.slips) == (
        date(2023, 6, 30), date(2023, 5, 31), 1,
    )  # fmt: skip
