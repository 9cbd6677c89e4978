"""Reminders of a meeting that was moved, cancelled or put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendar import working_calendar
from governance.directory import Board, Overrides
from governance.meetings import meetings
from governance.reminders import Row, moment_of
from governance.words import Rule
from tests.factories import LONDON, PIB, at, make_directory, make_recommendation
from tests.support.walk import walk

LONG_AGO = at(2022, 12, 1)
MAY = datetime(2023, 5, 3, 10)
LISTED = (make_recommendation(id=1), make_recommendation(id=2, owner="manager"))


def moved(to: datetime | None, when: datetime, original: datetime = MAY) -> Board:
    """The board with one meeting moved (or cancelled) at a moment."""
    if to is None:
        return replace(PIB, cancelled=frozenset({original}), changed={original: when})
    return replace(PIB, moved={original: to} if to != original else {}, changed={original: when})


def reminded(board: Board, **between: datetime) -> list[tuple[Rule, datetime, str]]:
    """Rule, moment and post of everything about the board, from 20 April to 5 June."""
    rows = walk(
        make_directory(boards={"pib": board}),
        board,
        LISTED,
        after=between.get("after", at(2023, 4, 19)),
        until=between.get("until", at(2023, 5, 20)),
    )
    return [(r.rule, r.at, r.to) for r in rows]


def test_a_request_whose_moment_is_past_goes_out_when_the_meeting_is_moved() -> None:
    # 5 working days before 25 April is 18 April; 2 before is 21 April
    board = moved(datetime(2023, 4, 25, 14), at(2023, 4, 19, 11, 30))
    assert reminded(board) == [
        (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 19, 11, 30), "dci"),
        (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 19, 11, 30), "manager"),
        (Rule.BOARD_CHASE, at(2023, 4, 21, 9), "dci"),
        (Rule.BOARD_CHASE, at(2023, 4, 21, 9), "manager"),
        (Rule.BOARD_AGENDA, at(2023, 4, 24, 16), "#pib"),
        (Rule.BOARD_STARTING, at(2023, 4, 25, 13, 30), "#pib"),
    ]


def test_moved_at_night_it_goes_out_the_next_working_morning() -> None:
    board = moved(datetime(2023, 4, 27, 14), at(2023, 4, 21, 19))  # a Friday evening
    first = reminded(board)[0]
    assert first == (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 24, 9), "dci")


def test_of_a_request_and_a_chase_that_are_both_past_the_chase_is_sent() -> None:
    board = moved(datetime(2023, 4, 25, 14), at(2023, 4, 24, 12))
    assert reminded(board) == [
        (Rule.BOARD_CHASE, at(2023, 4, 24, 12), "dci"),
        (Rule.BOARD_CHASE, at(2023, 4, 24, 12), "manager"),
        (Rule.BOARD_AGENDA, at(2023, 4, 24, 16), "#pib"),
        (Rule.BOARD_STARTING, at(2023, 4, 25, 13, 30), "#pib"),
    ]


def test_a_chase_due_that_very_morning_replaces_the_request_made_good_then() -> None:
    board = moved(datetime(2023, 4, 26, 14), at(2023, 4, 23, 12))  # a Sunday
    assert [rule for rule, when, _ in reminded(board) if when == at(2023, 4, 24, 9)] == [
        Rule.BOARD_CHASE,
        Rule.BOARD_CHASE,
    ]
    assert not [r for r, *_ in reminded(board) if r is Rule.BOARD_UPDATE_REQUEST]


def test_a_request_stays_for_what_the_chase_leaves_out() -> None:
    off = Overrides(recommendations={1: {"board_chase": {"enabled": False}}})
    board = moved(datetime(2023, 4, 25, 14), at(2023, 4, 24, 12))
    rows = walk(
        make_directory(boards={"pib": board}, overrides=off),
        board,
        (make_recommendation(id=1), make_recommendation(id=3)),
        after=at(2023, 4, 20),
        until=at(2023, 4, 24, 12),
    )
    assert [(r.rule, r.items) for r in rows] == [
        (Rule.BOARD_UPDATE_REQUEST, (1,)),
        (Rule.BOARD_CHASE, (3,)),
    ]


def test_the_agenda_too_is_made_good_but_not_the_post_before_the_start() -> None:
    board = moved(datetime(2023, 4, 24, 14), at(2023, 4, 24, 13, 45))
    assert [r for r, *_ in reminded(board)] == [
        Rule.BOARD_CHASE,
        Rule.BOARD_CHASE,
        Rule.BOARD_AGENDA,
    ]


def test_nothing_is_made_good_once_the_meeting_would_have_begun() -> None:
    board = moved(datetime(2023, 4, 22, 14), at(2023, 4, 21, 19))  # to a Saturday
    assert [r for r, *_ in reminded(board)] == [Rule.BOARD_STARTING]


def test_a_move_that_leaves_every_moment_ahead_changes_only_the_day() -> None:
    to = datetime(2023, 5, 10, 10)
    assert reminded(moved(to, at(2023, 4, 24, 12))) == reminded(replace(PIB, moved={MAY: to}))


def test_put_back_after_its_request_was_due_it_asks_at_once() -> None:
    board = moved(MAY, at(2023, 4, 27, 12))
    assert reminded(board)[:2] == [
        (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 27, 12), "dci"),
        (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 27, 12), "manager"),
    ]


def test_a_cancelled_meeting_has_none_and_is_nobodys_previous_meeting() -> None:
    board = moved(None, at(2023, 4, 27, 12))
    assert reminded(board) == []
    spoken = make_recommendation(last_update_at=at(2023, 4, 10))  # since 5 April, before 3 May
    rows = walk(make_directory(), board, (spoken,), after=at(2023, 5, 4), until=at(2023, 5, 25))
    assert rows == []


def test_an_earlier_meeting_keeps_its_request_when_a_later_one_is_moved_before_it() -> None:
    later = datetime(2023, 5, 31, 10)
    board = moved(datetime(2023, 4, 27, 10), at(2023, 4, 21, 12), original=later)
    rows = reminded(board)
    assert (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 21, 12), "dci") in rows
    assert (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 25, 9), "dci") in rows
    assert [w for r, w, _ in rows if r is Rule.BOARD_STARTING] == [
        at(2023, 4, 27, 9, 30),
        at(2023, 5, 3, 9, 30),
    ]


def test_what_fell_due_before_the_board_came_stays_unsent_unless_the_move_put_it_there() -> None:
    late = replace(PIB, applied_at=at(2023, 4, 27))  # the request of 3 May fell due on 25 April
    later = replace(late, moved={MAY: datetime(2023, 5, 3, 14)}, changed={MAY: at(2023, 4, 27, 12)})
    assert not [r for r, *_ in reminded(later) if r is Rule.BOARD_UPDATE_REQUEST]
    early = replace(PIB, applied_at=at(2023, 4, 24))
    sooner = replace(
        early, moved={MAY: datetime(2023, 4, 28, 14)}, changed={MAY: at(2023, 4, 24, 12)}
    )
    assert reminded(sooner)[0] == (Rule.BOARD_UPDATE_REQUEST, at(2023, 4, 24, 12), "dci")


def test_a_move_told_by_the_first_file_makes_nothing_good() -> None:
    to = datetime(2023, 5, 2, 10)
    board = replace(PIB, applied_at=at(2023, 4, 27, 12), moved={MAY: to})
    changed = replace(board, changed={MAY: at(2023, 4, 27, 12)})
    assert reminded(changed) == reminded(board)


def test_why_says_that_it_was_moved_and_that_its_moment_was_past() -> None:
    board = moved(datetime(2023, 4, 25, 14), at(2023, 4, 19, 11, 30))
    first = walk(make_directory(), board, LISTED, after=at(2023, 4, 19), until=at(2023, 4, 19, 12))[
        0
    ]
    assert first.why == (
        "5 working days before the People Intelligence Board of Tuesday 25 April 2023, "
        "moved from Wednesday 3 May 2023 on 19 April 2023, when that was past"
    )
    assert first.days == 6


ORIGINALS = [
    m.original
    for m in meetings(PIB, make_directory(), at(2023, 1, 1).date(), at(2023, 12, 1).date())
]


@st.composite
def changed_boards(draw: st.DrawFn) -> Board:
    """Some meetings moved, cancelled or put back at some moments before they began."""
    chosen = draw(st.lists(st.sampled_from(ORIGINALS), min_size=1, max_size=3, unique=True))
    to: dict[datetime, datetime] = {}
    gone: set[datetime] = set()
    changed: dict[datetime, datetime] = {}
    for original in chosen:
        what = draw(st.sampled_from(("move", "cancel", "restore")))
        start = original
        if what == "move":
            start = original + timedelta(days=draw(st.integers(-12, 12)), hours=2)
            to[original] = start
        elif what == "cancel":
            gone.add(original)
        before = timedelta(minutes=draw(st.integers(1, 14 * 24 * 60)))
        changed[original] = (start - before).replace(tzinfo=LONDON)
    return replace(PIB, applied_at=LONG_AGO, moved=to, cancelled=frozenset(gone), changed=changed)


def _year(board: Board) -> list[Row]:
    listed = (make_recommendation(imported_at=LONG_AGO),)
    return walk(
        make_directory(boards={"pib": board}), board, listed, after=LONG_AGO, until=at(2024, 1, 1)
    )


def _starts(board: Board) -> Mapping[str, datetime]:
    held = meetings(board, make_directory(), at(2022, 12, 1).date(), at(2024, 2, 1).date())
    return {m.key: m.start for m in held}


@given(changed_boards())
@settings(max_examples=15, deadline=None)
def test_each_is_asked_for_once_before_it_begins_and_in_working_hours(board: Board) -> None:
    calendar, starts = working_calendar("GB-ENG"), _starts(board)
    rows = _year(board)
    keys = [(r.rule, r.occurrence, r.recipient) for r in rows]
    assert len(keys) == len(set(keys))
    for row in rows:
        assert row.at < starts[row.occurrence]
        if row.rule is not Rule.BOARD_STARTING:
            assert calendar.in_hours(row.at)
            assert row.at > LONG_AGO


@given(changed_boards())
@settings(max_examples=15, deadline=None)
def test_no_meeting_that_takes_place_goes_without_being_asked_for(board: Board) -> None:
    """By request or chase, unless it was moved so late that no working hour was left."""
    rows, calendar = _year(board), working_calendar("GB-ENG")
    known = {r.occurrence for r in rows if r.rule in (Rule.BOARD_UPDATE_REQUEST, Rule.BOARD_CHASE)}
    for key, start in _starts(board).items():
        if not at(2023, 2, 1) < start < at(2023, 12, 15):
            continue
        changed = board.changed.get(datetime.fromisoformat(key))
        if changed is None or calendar.next_hours(changed) < start:
            assert key in known


@given(changed_boards(), st.datetimes(datetime(2023, 1, 1), datetime(2023, 12, 1)))
@settings(max_examples=15, deadline=None)
def test_where_the_walk_begins_makes_no_difference(board: Board, when: datetime) -> None:
    middle = when.replace(tzinfo=LONDON)
    listed = (make_recommendation(imported_at=LONG_AGO),)
    directory = make_directory(boards={"pib": board})
    rest = walk(directory, board, listed, after=middle, until=at(2024, 1, 1))
    assert rest == [r for r in _year(board) if r.at > middle]


@given(changed_boards())
@settings(max_examples=10, deadline=None)
def test_the_moment_of_each_row_is_told_by_its_key(board: Board) -> None:
    directory = make_directory(boards={"pib": board})
    held = {
        m.key: m for m in meetings(board, directory, at(2022, 12, 1).date(), at(2024, 2, 1).date())
    }
    for row in _year(board):
        meeting = held[row.occurrence]
        assert moment_of(directory, board, meeting, row.rule, row.occurrence) == row.at


@pytest.mark.parametrize("layer", ["organisation", "board", "recommendation"])
def test_another_number_of_working_days_is_kept_to_at_every_layer(layer: str) -> None:
    ten = {"board_update_request": {"working_days": 10}}
    overrides = {
        "organisation": Overrides(organisation=ten),
        "board": Overrides(boards={"pib": ten}),
        "recommendation": Overrides(recommendations={1: ten}),
    }[layer]
    listed = (make_recommendation(id=1), make_recommendation(id=2))
    rows = walk(
        make_directory(overrides=overrides),
        PIB,
        listed,
        after=at(2023, 4, 12),
        until=at(2023, 4, 26),
    )
    requests = [(r.at, r.items) for r in rows if r.rule is Rule.BOARD_UPDATE_REQUEST]
    if layer == "recommendation":
        assert requests == [(at(2023, 4, 18, 9), (1,)), (at(2023, 4, 25, 9), (2,))]
        assert len({r.occurrence for r in rows}) == 2
    else:
        assert requests == [(at(2023, 4, 18, 9), (1, 2))]


def test_a_rule_switched_on_for_one_recommendation_alone_is_kept_to() -> None:
    overrides = Overrides(
        organisation={"board_chase": {"enabled": False}, "unowned": {"enabled": False}},
        recommendations={2: {"board_chase": {"enabled": True}, "unowned": {"enabled": True}}},
    )
    directory = make_directory(overrides=overrides)
    listed = (make_recommendation(id=1), make_recommendation(id=2))
    rows = walk(directory, PIB, listed, until=at(2023, 1, 10))
    assert [r.items for r in rows if r.rule is Rule.BOARD_CHASE] == [(2,)]
    unowned = (make_recommendation(id=1, owner=None), make_recommendation(id=2, owner=None))
    assert [r.items for r in walk(directory, directory, unowned, until=at(2023, 1, 9, 9))] == [(2,)]


def test_the_default_boards_word_on_a_weekly_list_is_not_the_other_boards() -> None:
    overrides = Overrides(boards={"pib": {"unowned": {"enabled": False}}})
    directory = make_directory(overrides=overrides)
    listed = (
        make_recommendation(id=1, owner=None),
        make_recommendation(id=2, owner=None, board="gb"),
    )
    rows = walk(directory, directory, listed, until=at(2023, 1, 9, 9))
    assert [r.items for r in rows] == [(2,)]
