"""Recipients judged on the day of sending, and nobody to be one."""

import pytest

from db import tables as t
from db.store import Store
from scheduler.readdress import HAS_IT, NOBODY
from scheduler.tick import tick
from scheduler.ticking import run_to
from tests.factories import (
    FORCE,
    TEST,
    add_recommendation,
    add_report,
    apply,
    at,
    ledger,
    set_clock,
)

VACANT = """
force: {key: sample, name: Sample Police, timezone: Europe/London, holidays: GB-ENG}
boards:
  - {key: pib, name: People Intelligence Board, channel: "#pib",
     cadence: {every: 4 weeks, first: 2023-02-01T10:00}}
posts:
  - {key: lead, title: PSD Superintendent, role: lead, holder: [{person: alex, to: 2023-01-31}]}
"""


def sent(store: Store, *moment: int) -> list[tuple[str, list[str]]]:
    set_clock(store, at(*moment))
    return [(m.to, [r.rule for r in m.reminders]) for m in tick(store).messages]


def away(*people: str, first: str, last: str) -> str:
    """The organisation file with some of its people away."""
    text = FORCE.replace("  - {key: jane, name: Jane Doe}\n", "")
    for person in dict.fromkeys(("jane", *people)):
        when = f", away: [{first}..{last}]" if person in people else ""
        text += f"  - {{key: {person}, name: {person.title()}{when}}}\n"
    return text


def test_channels_are_posted_to_and_the_rest_is_held_while_nobody_holds_a_post(
    store: Store,
) -> None:
    apply(store, VACANT)
    add_recommendation(store, "1", add_report(store), owner=None)
    run_to(store, at(2023, 1, 31, 17))
    assert sent(store, 2023, 2, 1, 9, 30) == [("#pib", ["board_starting"])]
    assert sent(store, 2023, 2, 6, 9) == []
    assert [(r.state, r.reason) for r in ledger(store) if r.rule == "unowned"][-1] == (
        "held",
        NOBODY,
    )
    assert sent(store, 2023, 2, 28, 16) == [("#pib", ["board_agenda"])]


def test_what_was_held_goes_to_whoever_holds_a_post_again(store: Store) -> None:
    apply(store, VACANT)
    add_recommendation(store, "1", add_report(store), owner=None)
    run_to(store, at(2023, 2, 6, 9))
    apply(
        store,
        VACANT.replace(", to: 2023-01-31}", "}, {person: noor, from: 2023-02-07}").replace(
            "{person: alex}", "{person: alex, to: 2023-01-31}"
        ),
    )
    assert sent(store, 2023, 2, 7, 9) == [("noor", ["unowned"])]


@pytest.mark.parametrize("first", ["2023-03-31", "2023-04-03"])
def test_a_late_reminder_goes_to_whoever_is_there_when_it_is_sent(store: Store, first: str) -> None:
    apply(store, away("jane", first=first, last="2023-04-05"))
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 3, 30, 9))
    # nobody ticked on Friday 31 March; on Monday Jane is away, and her deputy is not
    assert sent(store, 2023, 4, 3, 9) == [("priya", ["deadline", "board_chase"])]


def test_who_is_back_gets_what_their_deputy_would_have(store: Store) -> None:
    apply(store, away("jane", first="2023-03-31", last="2023-04-02"))
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 3, 30, 9))
    assert sent(store, 2023, 4, 3, 9) == [("jane", ["deadline", "board_chase"])]


def test_of_two_rows_that_are_one_persons_by_now_one_is_sent(store: Store) -> None:
    apply(store, away("jane", "priya", first="2023-05-09", last="2023-05-12"))
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 5, 8, 7))
    # 8 May is a bank holiday: on Tuesday 9 May owner and lead are told, and nobody ticks
    assert sent(store, 2023, 5, 10, 9) == [("alex", ["overdue"])]
    kept = [r for r in ledger(store) if r.rule == "overdue" and r.at.day == 9]
    assert [(r.to, r.person, r.state) for r in kept] == [("superintendent", "alex", "sent")]


def test_a_reminder_that_its_stand_in_has_already_is_skipped(store: Store) -> None:
    apply(store)
    add_recommendation(store, "24087", add_report(store))
    run_to(store, at(2023, 5, 9, 9))
    with store.write(TEST) as writing:
        # as where Jane's waited, and the lead's did not
        jane = next(
            r
            for r in writing.all(writing.select(t.Reminder))
            if r.rule == "overdue" and r.person == "jane" and r.at.day == 9
        )
        jane.state, jane.message_id = "planned", None
        for person in ("jane", "priya"):
            writing.add(
                t.Absence(
                    organisation=writing.key,
                    person=person,
                    starts=at(2023, 5, 10).date(),
                    ends=at(2023, 5, 11).date(),
                )
            )
        writing.forget_directory()
    set_clock(store, at(2023, 5, 10, 9))
    report = tick(store)
    assert report.messages == []
    assert [s.reason for s in report.skipped] == [HAS_IT]
