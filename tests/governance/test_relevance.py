"""A reminder is sent while it is wanted, and the Home tab owes what the requests ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.directory import Overrides
from governance.meetings import next_meeting, previous_meeting
from governance.reminders import Row, Snapshot, rows_at
from governance.reminders.relevance import Circumstances, owes_update, settled, unwanted
from governance.reminders.rules import BY_RULE, TABLE, UPDATE_RULES, Medium, RuleSettings, SettledBy
from governance.states import RecommendationState, ReportState
from governance.subject import Subject
from governance.words import Closure, Progress, Rule
from tests.factories import PIB, at, make_directory, make_recommendation

REQUESTED = at(2023, 2, 1, 9)
REQUEST = Row(
    REQUESTED, Rule.BOARD_UPDATE_REQUEST, Subject.board("pib"), "2023-02-08T10:00", "dci", "jane",
    "why", days=7, board="pib", items=(1,),
)  # fmt: skip
DEADLINE = Row(
    at(2023, 3, 31, 9), Rule.DEADLINE, Subject.recommendation(1), "v0:28", "dci", "jane", "why",
    days=30, recommendation=1,
)  # fmt: skip
STATES = st.builds(
    make_recommendation,
    progress=st.sampled_from(Progress),
    closure=st.sampled_from([None, None, *Closure]),
    owner=st.sampled_from([None, "dci", "manager"]),
    board=st.sampled_from([None, "pib", "gb"]),
    last_update_at=st.none()
    | st.datetimes(datetime(2023, 1, 1), datetime(2023, 3, 1)).map(
        lambda moment: moment.replace(tzinfo=make_directory().zone)
    ),
)
OVERRIDES = st.sampled_from(
    [
        Overrides(),
        Overrides(organisation={"board_update_request": {"enabled": False}}),
        Overrides(boards={"pib": {"board_update_request": {"enabled": False}}}),
        Overrides(recommendations={1: {"board_update_request": {"enabled": False}}}),
        Overrides(recommendations={1: {"board_chase": {"enabled": False}}}),
    ]
)


def reason(
    row: Row,
    state: RecommendationState | None = None,
    *,
    now: datetime | None = None,
    **flags: bool,
) -> str | None:
    known = {1: state} if state is not None else {}
    circumstances = Circumstances(make_directory(boards={"pib": PIB}), now or row.at, known, {})
    return unwanted(row, circumstances, **flags)


@pytest.mark.parametrize(
    ("row", "changes", "expected"),
    [
        (REQUEST, {}, None),
        (REQUEST, {"last_update_at": REQUESTED}, None),
        (REQUEST, {"last_update_at": REQUESTED + timedelta(minutes=1)}, "the update was given"),
        (REQUEST, {"progress": Progress.COMPLETE}, "the recommendation was claimed complete"),
        (REQUEST, {"closure": Closure.NOT_ADOPTED}, "the recommendation was closed"),
        (DEADLINE, {}, None),
        (DEADLINE, {"last_update_at": at(2023, 4, 1)}, None),
        (DEADLINE, {"deadline": date(2023, 5, 31)}, "the deadline was moved"),
        (DEADLINE, {"deadline": None}, "the deadline was moved"),
        (DEADLINE, {"progress": Progress.COMPLETE}, "the recommendation was claimed complete"),
        (replace(REQUEST, rule=Rule.UNOWNED, board=None), {"owner": None}, None),
        (replace(REQUEST, rule=Rule.UNOWNED, board=None), {}, "somebody owns it now"),
        (
            replace(REQUEST, rule=Rule.AWAITING_SIGN_OFF, board=None),
            {},
            "it is not claimed complete any more",
        ),
        (replace(REQUEST, rule=Rule.STARTING_LIST, board=None), {"closure": "verified"}, None),
        (replace(DEADLINE, rule=Rule.ASSIGNED), {"closure": Closure.VERIFIED}, None),
    ],
)
def test_a_reminder_is_wanted_until_what_settles_it_happens(
    row: Row, changes: dict[str, object], expected: str | None
) -> None:
    assert reason(row, make_recommendation(**changes)) == expected


def test_a_recommendation_that_is_gone_counts_as_closed() -> None:
    assert reason(REQUEST) == reason(DEADLINE) == "the recommendation was closed"


def test_a_list_is_wanted_while_one_of_what_it_names_is() -> None:
    row = replace(REQUEST, items=(1, 2))
    known = {1: make_recommendation(closure=Closure.VERIFIED), 2: make_recommendation(id=2)}
    assert unwanted(row, Circumstances(make_directory(), REQUESTED, known, {})) is None
    known[2] = make_recommendation(id=2, last_update_at=REQUESTED + timedelta(hours=1))
    circumstances = Circumstances(make_directory(), REQUESTED, known, {})
    assert unwanted(row, circumstances) == "the update was given"


def test_a_boards_reminder_is_wanted_until_its_meeting_begins_or_is_cancelled() -> None:
    wanted = make_recommendation()
    begins = at(2023, 2, 8, 10)
    assert reason(REQUEST, wanted, now=begins - timedelta(minutes=1)) is None
    assert reason(REQUEST, wanted, now=begins) == "the meeting has begun"
    on_time = replace(REQUEST, at=begins - timedelta(minutes=9))
    assert reason(on_time, wanted, now=begins) is None
    assert reason(on_time, wanted, now=begins, snoozed=True) == "the meeting has begun"
    why = reason(REQUEST, wanted, sent_before=True)
    assert why == "it was sent before the meeting was moved"
    assert reason(replace(REQUEST, occurrence="2023-02-09T10:00"), wanted) == (
        "the meeting was cancelled"
    )


@pytest.mark.parametrize("answered", [False, True])
def test_the_statutory_reminder_is_wanted_until_the_response_is_given(answered: bool) -> None:
    row = Row(
        at(2023, 2, 8, 9), Rule.STATUTORY_RESPONSE, Subject.report(1), "2022-12-15:0", "secretary",
        "lee", "why", days=0, report=1,
    )  # fmt: skip
    report = ReportState(1, "A", "B", date(2022, 12, 15), None, answered, at(2023, 1, 3))
    given = unwanted(row, Circumstances(make_directory(), row.at, {}, {1: report}))
    assert given == ("the response was given" if answered else None)


def test_only_the_starting_list_speaks_of_what_fell_due_before_go_live() -> None:
    begins = make_directory(go_live=date(2023, 2, 1))
    circumstances = Circumstances(begins, REQUESTED, {1: make_recommendation()}, {})
    assert unwanted(REQUEST, circumstances) == "it fell due before go_live"
    starting = replace(REQUEST, rule=Rule.STARTING_LIST, board=None)
    assert unwanted(starting, circumstances) is None


@given(STATES, OVERRIDES, st.sampled_from(UPDATE_RULES))
@settings(max_examples=200, deadline=None)
def test_home_owes_exactly_what_the_requests_ask_an_owner_for(
    state: RecommendationState, overrides: Overrides, rule: Rule
) -> None:
    directory = make_directory(overrides=overrides)
    board = directory.boards["pib"]
    moment = REQUESTED if rule is Rule.BOARD_UPDATE_REQUEST else at(2023, 2, 6, 9)
    meeting = next_meeting(board, directory, moment)
    assert meeting is not None
    previous = previous_meeting(board, directory, meeting.start)
    # An update after the moment of the request is not known to it.
    if state.last_update_at is not None and state.last_update_at >= moment:
        state = replace(state, last_update_at=None)
    rows = rows_at(moment, Snapshot(directory, board, (state,)))
    named = {id for row in rows if row.rule is rule for id in row.items}
    owed = owes_update(directory, board, previous, state, (rule,))
    assert named == ({state.id} if owed and state.owner else set())


@given(STATES, st.sampled_from(UPDATE_RULES))
@settings(max_examples=200, deadline=None)
def test_what_is_asked_for_is_wanted_at_that_moment(state: RecommendationState, rule: Rule) -> None:
    moment = REQUESTED if rule is Rule.BOARD_UPDATE_REQUEST else at(2023, 2, 6, 9)
    directory = make_directory()
    if state.last_update_at is not None and state.last_update_at >= moment:
        state = replace(state, last_update_at=None)
    rows = rows_at(moment, Snapshot(directory, directory.boards["pib"], (state,)))
    for row in (row for row in rows if row.rule is rule):
        assert unwanted(row, Circumstances(directory, moment, {state.id: state}, {})) is None
        assert settled(row, state) is None


def test_every_rule_has_one_line_in_the_table() -> None:
    assert [line.rule for line in TABLE] == list(Rule)
    assert set(BY_RULE) == set(Rule)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.rule.value)
def test_the_columns_of_the_table_agree_with_each_other(row: RuleSettings) -> None:

    if row.snoozable:
        assert row.medium is Medium.DIGEST
        assert "update" in row.answered_by
    if row.catches_up:
        assert SettledBy.MEETING in row.settled_by
