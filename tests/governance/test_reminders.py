"""The table of reminder rules, read as what people would see in a year."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from governance.directory import Absence, Cadence, Overrides, Person, Tenure
from governance.reminders import Row
from governance.states import ReportState
from governance.words import Closure, Progress, Role, Rule
from tests.factories import GB, PIB, POSTS, START, at, make_directory, make_recommendation, post
from tests.support.walk import walk


def moments(rows: list[Row], rule: Rule, to: str | None = None) -> list[datetime]:
    return [r.at for r in rows if r.rule is rule and to in (None, r.to)]


def test_a_deadline_on_a_sunday_before_a_bank_holiday_counts_down_to_the_friday() -> None:
    rows = [r for r in walk(make_directory(), make_recommendation()) if r.rule is Rule.DEADLINE]
    assert [(r.at, r.days) for r in rows] == [
        (at(2023, 3, 31, 9), 30),
        (at(2023, 4, 14, 9), 16),
        (at(2023, 4, 21, 9), 9),
        (at(2023, 4, 28, 9), 2),
    ]
    assert {(r.to, r.person) for r in rows} == {("dci", "jane")}
    # 1 and 0 both fall on 28 April: 0 is kept
    assert [r.occurrence for r in rows] == ["v0:28", "v0:14", "v0:7", "v0:0"]


def test_an_overdue_one_is_told_on_the_first_working_day_and_every_week_without_end() -> None:
    rows = walk(make_directory(), make_recommendation(), until=at(2024, 3, 1))
    owner = moments(rows, Rule.OVERDUE, "dci")
    assert owner[:4] == [at(2023, 5, d, 9) for d in (2, 9, 15, 22)]
    assert owner[-1] == at(2024, 2, 26, 9)
    assert len(owner) == 44


def test_the_lead_joins_after_a_week_and_the_chair_after_a_fortnight_then_every_four() -> None:
    rows = walk(make_directory(), make_recommendation(), until=at(2023, 7, 12))
    assert moments(rows, Rule.OVERDUE, "superintendent")[0] == at(2023, 5, 9, 9)
    assert moments(rows, Rule.OVERDUE, "dcc") == [
        at(2023, 5, 15, 9),
        at(2023, 6, 12, 9),
        at(2023, 7, 10, 9),
    ]


def test_an_overdue_one_imported_late_joins_its_series_at_the_next_occurrence() -> None:
    late = make_recommendation(imported_at=at(2023, 5, 9, 9), deadline_set_at=at(2023, 5, 9, 9))
    first = walk(make_directory(), late, after=at(2023, 1, 1))[0]
    assert (first.at, first.rule) == (at(2023, 5, 15, 9), Rule.OVERDUE)


@pytest.mark.parametrize(
    "settled",
    [
        {"closure": Closure.SUPERSEDED},
        {"progress": Progress.COMPLETE},
        {"deadline": None},
    ],
)
def test_what_is_settled_or_has_no_date_is_not_asked_for(settled: dict[str, object]) -> None:
    assert walk(make_directory(), make_recommendation(**settled)) == []


def test_an_unowned_one_goes_to_its_boards_secretary() -> None:
    rows = walk(make_directory(), make_recommendation(owner=None), until=at(2023, 5, 3))
    assert {(r.to, r.person) for r in rows} == {("secretary", "lee")}


def test_an_extension_starts_both_series_afresh_under_keys_of_its_own() -> None:
    extended = make_recommendation(
        deadline=date(2023, 7, 31), deadline_version=1, deadline_set_at=at(2023, 5, 3, 11)
    )
    rows = walk(make_directory(), extended, after=at(2023, 1, 1), until=at(2023, 8, 1, 9))
    assert [r.at for r in rows] == [
        at(2023, 7, 3, 9),
        at(2023, 7, 17, 9),
        at(2023, 7, 24, 9),
        at(2023, 7, 28, 9),
        at(2023, 7, 31, 9),
        at(2023, 8, 1, 9),
    ]
    assert all(r.occurrence.startswith("v1:") for r in rows)


def test_the_deputy_gets_it_under_the_holders_post_while_the_holder_is_away() -> None:
    away = Person("jane", "Jane", away=(Absence(date(2023, 4, 28), date(2023, 5, 2)),))
    directory = make_directory(people={**make_directory().people, "jane": away})
    rows = walk(directory, make_recommendation(), until=at(2023, 5, 9, 9))
    assert [(r.at.day, r.to, r.person) for r in rows if r.to == "dci"] == [
        (31, "dci", "jane"),
        (14, "dci", "jane"),
        (21, "dci", "jane"),
        (28, "dci", "priya"),
        (2, "dci", "priya"),
        (9, "dci", "jane"),
    ]


def test_with_holder_and_deputy_away_it_falls_to_the_lead_and_is_told_once() -> None:
    gone = (Absence(date(2023, 1, 1), date(2023, 12, 31)),)
    people = {**make_directory().people, **{k: Person(k, k, away=gone) for k in ("jane", "priya")}}
    rows = walk(make_directory(people=people), make_recommendation(), until=at(2023, 5, 9, 9))
    assert {(r.to, r.person) for r in rows} == {("superintendent", "alex")}
    assert len([r for r in rows if r.at == at(2023, 5, 9, 9)]) == 1


def test_when_everybody_is_away_the_secretarys_holder_gets_it_all_the_same() -> None:
    gone = (Absence(date(2023, 1, 1), date(2023, 12, 31)),)
    people = {k: Person(k, k, away=gone) for k in make_directory().people}
    rows = walk(make_directory(people=people), make_recommendation(), until=at(2023, 4, 28, 9))
    assert {(r.to, r.person) for r in rows} == {("secretary", "lee")}


def test_a_vacant_post_passes_what_it_owns_on_until_it_is_held_again() -> None:
    held = replace(post("dci", Role.OWNER, None), tenures=(Tenure("kit", start=date(2023, 4, 20)),))
    posts = {p.key: p for p in (*POSTS, held)}
    rows = walk(make_directory(posts=posts), make_recommendation(), until=at(2023, 4, 28, 9))
    assert [r.person for r in rows] == ["alex", "alex", "kit", "kit"]


def test_a_board_asks_the_silent_chases_them_posts_its_agenda_and_says_when_it_starts() -> None:
    rows = walk(make_directory(), PIB, (make_recommendation(),), until=at(2023, 1, 12))
    assert [(r.rule, r.at, r.to, r.days) for r in rows] == [
        (Rule.BOARD_UPDATE_REQUEST, at(2023, 1, 4, 9), "dci", 7),
        (Rule.BOARD_CHASE, at(2023, 1, 9, 9), "dci", 2),
        (Rule.BOARD_AGENDA, at(2023, 1, 10, 16), "#pib", 1),
        (Rule.BOARD_STARTING, at(2023, 1, 11, 9, 30), "#pib", 0),
    ]


def test_who_has_spoken_since_the_previous_meeting_is_not_asked() -> None:
    spoken = make_recommendation(id=1, last_update_at=at(2023, 1, 11, 10))
    silent = make_recommendation(id=2, owner="manager", last_update_at=at(2023, 1, 11, 9, 59))
    rows = walk(
        make_directory(), PIB, (spoken, silent), after=at(2023, 1, 12), until=at(2023, 2, 6, 9)
    )
    requests = [(r.rule, r.to, r.items) for r in rows]
    assert requests == [
        (Rule.BOARD_UPDATE_REQUEST, "manager", (2,)),
        (Rule.BOARD_CHASE, "manager", (2,)),
    ]


def test_one_row_an_owner_and_meeting_lists_what_is_open_on_that_board_only() -> None:
    listed = (
        make_recommendation(id=1),
        make_recommendation(id=2),
        make_recommendation(id=3, board="gb"),
        make_recommendation(id=4, progress=Progress.COMPLETE),
        make_recommendation(id=5, owner=None),
    )
    row, *_ = walk(make_directory(), PIB, listed, until=at(2023, 1, 4, 9))
    assert row.items == (1, 2)
    assert row.board == "pib"


def test_a_board_first_applied_later_is_never_asked_for_what_fell_due_before() -> None:
    late = replace(PIB, applied_at=at(2023, 1, 9, 9))
    rows = walk(
        make_directory(boards={"pib": late}), late, (), after=at(2023, 1, 1), until=at(2023, 1, 12)
    )
    assert [r.rule for r in rows] == [Rule.BOARD_AGENDA, Rule.BOARD_STARTING]


def test_a_moved_meetings_reminders_follow_its_new_start() -> None:
    moved = replace(GB, moved={datetime(2023, 5, 2, 14): datetime(2023, 5, 4, 14)})
    rows = walk(make_directory(), moved, (), after=at(2023, 4, 20), until=at(2023, 5, 5))
    assert [(r.rule, r.at) for r in rows] == [
        (Rule.BOARD_AGENDA, at(2023, 5, 3, 16)),
        (Rule.BOARD_STARTING, at(2023, 5, 4, 13, 30)),
    ]
    assert {r.occurrence for r in rows} == {"2023-05-02T14:00"}


def test_a_cancelled_meeting_has_no_reminders() -> None:
    cancelled = replace(GB, cancelled=frozenset({datetime(2023, 5, 2, 14)}))
    rows = walk(make_directory(), cancelled, (), after=at(2023, 4, 20), until=at(2023, 5, 20))
    assert rows == []


def test_a_board_starts_on_a_weekend_if_it_meets_on_one() -> None:
    saturday = replace(PIB, cadence=Cadence(datetime(2023, 1, 14, 10), "FREQ=WEEKLY;INTERVAL=4"))
    rows = walk(make_directory(), saturday, (), until=at(2023, 1, 15))
    assert [(r.rule, r.at) for r in rows] == [
        (Rule.BOARD_AGENDA, at(2023, 1, 13, 16)),
        (Rule.BOARD_STARTING, at(2023, 1, 14, 9, 30)),
    ]


def test_unowned_ones_go_to_the_secretary_in_one_message_on_mondays() -> None:
    listed = (
        make_recommendation(id=1, owner=None),
        make_recommendation(id=2, owner=None, board="gb"),
    )
    rows = walk(
        make_directory(),
        make_directory(),
        (*listed, make_recommendation(id=3)),
        until=at(2023, 1, 16, 9),
    )
    assert [(r.at, r.to, r.items, r.days) for r in rows] == [
        (at(2023, 1, 9, 9), "secretary", (1, 2), None),
        (at(2023, 1, 16, 9), "secretary", (1, 2), None),
    ]


def test_a_monday_that_is_a_bank_holiday_moves_the_weekly_lists_to_tuesday() -> None:
    listed = (make_recommendation(owner=None),)
    rows = walk(
        make_directory(), make_directory(), listed, after=at(2023, 4, 29), until=at(2023, 5, 10)
    )
    assert [r.at for r in rows] == [at(2023, 5, 2, 9), at(2023, 5, 9, 9)]
    assert [r.occurrence for r in rows] == ["2023-05-01", "2023-05-08"]


def test_sign_off_is_asked_of_each_boards_chair_with_one_copy_to_the_lead() -> None:
    done = {"progress": Progress.COMPLETE}
    listed = (make_recommendation(id=1, **done), make_recommendation(id=2, board="gb", **done))
    rows = walk(make_directory(), make_directory(), listed, until=at(2023, 1, 9, 9))
    # the superintendent chairs the Governance Board and is the lead: one message, with all
    assert {(r.to, r.person, r.items) for r in rows} == {
        ("superintendent", "alex", (1, 2)),
        ("dcc", "sam", (1,)),
    }


def test_one_imported_on_a_monday_morning_is_not_in_that_mondays_list() -> None:
    monday = at(2023, 1, 9, 9)
    listed = (make_recommendation(owner=None, imported_at=monday),)
    rows = walk(make_directory(), make_directory(), listed, until=at(2023, 1, 16, 9))
    assert [r.at for r in rows] == [at(2023, 1, 16, 9)]


def report(**changes: Any) -> ReportState:
    plain = ReportState(1, "A report", "Sample", date(2022, 12, 20), START, False, START)
    return replace(plain, **changes)


def test_the_statutory_clock_counts_down_to_the_56th_day_for_the_secretary() -> None:
    rows = walk(make_directory(), report())
    assert [(r.at, r.days) for r in rows] == [
        (at(2023, 1, 16, 9), 28),
        (at(2023, 1, 30, 9), 14),
        (at(2023, 2, 6, 9), 7),
        (at(2023, 2, 10, 9), 3),
        (at(2023, 2, 13, 9), 0),
    ]
    assert {(r.to, r.report) for r in rows} == {("secretary", 1)}


@pytest.mark.parametrize("settled", [{"answered": True}, {"published": None}])
def test_an_answered_or_unpublished_report_has_no_statutory_clock(
    settled: dict[str, object],
) -> None:
    assert walk(make_directory(), report(**settled)) == []


def test_nothing_is_sent_until_go_live_and_then_each_owner_and_the_lead_get_one_list() -> None:
    directory = make_directory(go_live=date(2023, 1, 9))
    listed = (make_recommendation(id=1), make_recommendation(id=2, owner=None))
    started = walk(directory, directory, listed, until=at(2023, 1, 16, 9))
    assert [(r.rule, r.at, r.to, r.items) for r in started] == [
        (Rule.STARTING_LIST, at(2023, 1, 9, 9), "superintendent", (1, 2)),
        (Rule.STARTING_LIST, at(2023, 1, 9, 9), "dci", (1,)),
        (Rule.UNOWNED, at(2023, 1, 16, 9), "secretary", (2,)),
    ]
    board = walk(directory, PIB, listed, until=at(2023, 1, 12))
    assert [r.rule for r in board] == [Rule.BOARD_AGENDA, Rule.BOARD_STARTING]


def test_a_recommendations_override_beats_its_boards_which_beats_the_organisations() -> None:
    overrides = Overrides(
        organisation={"deadline": {"days": [3]}, "overdue": {"enabled": False}},
        boards={"gb": {"deadline": {"days": [2]}}},
        recommendations={9: {"deadline": {"days": [1]}}},
    )
    due = date(2023, 6, 15)
    directory = make_directory(overrides=overrides)
    days = {
        id: [r.days for r in walk(directory, make_recommendation(id=id, board=board, deadline=due))]
        for id, board in ((1, None), (2, "gb"), (9, "gb"))
    }
    assert days == {1: [3], 2: [2], 9: [1]}


def test_a_rule_switched_off_for_one_recommendation_leaves_it_out_of_the_list() -> None:
    overrides = Overrides(recommendations={1: {"board_update_request": {"enabled": False}}})
    listed = (make_recommendation(id=1), make_recommendation(id=2))
    row, *_ = walk(make_directory(overrides=overrides), PIB, listed, until=at(2023, 1, 4, 9))
    assert row.items == (2,)


def test_another_rhythm_of_overdue_still_reaches_the_chair() -> None:
    overrides = Overrides(organisation={"overdue": {"every": 10}})
    rows = walk(make_directory(overrides=overrides), make_recommendation(), until=at(2023, 7, 1))
    assert len(moments(rows, Rule.OVERDUE, "dcc")) == 2


def test_why_says_what_is_counted_and_what_moved_it() -> None:
    first = walk(make_directory(), make_recommendation())[0]
    assert first.why == (
        "28 days before the deadline, 30 April 2023 "
        "(moved from Sunday 2 April 2023, not a working day)"
    )
