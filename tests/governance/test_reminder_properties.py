"""Properties of the rules for every deadline, cadence and moment."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.calendar import working_calendar
from governance.directory import Board, Cadence, EarlierCadence
from governance.meetings import meetings, previous_meeting
from governance.reminders import Row, Schedule, Snapshot, SubjectState, next_moment, rows_at
from governance.words import Rule
from tests.factories import PIB, at, make_directory, make_recommendation
from tests.support.walk import walk

DEADLINES = st.dates(date(2022, 1, 1), date(2027, 12, 31))
RULES = (
    "FREQ=WEEKLY;INTERVAL=4",
    "FREQ=MONTHLY;BYDAY=1TU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=1MO,1TU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;BYHOUR=10,14",
)
LONG_AGO = at(2021, 1, 1)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    first = draw(st.datetimes(datetime(2022, 1, 1), datetime(2023, 12, 31))).replace(
        second=0, microsecond=0
    )
    plain = replace(PIB, cadence=Cadence(first, draw(st.sampled_from(RULES))), applied_at=None)
    if draw(st.booleans()):  # the cadence was changed
        until = draw(st.datetimes(datetime(2022, 6, 1), datetime(2024, 3, 1)))
        before = Cadence(datetime(2022, 1, 5, 11), draw(st.sampled_from(RULES)))
        plain = replace(plain, earlier=(EarlierCadence(before, until),))
    some = [
        m.original for m in meetings(plain, make_directory(), date(2023, 1, 1), date(2024, 12, 31))
    ]
    chosen = draw(st.lists(st.sampled_from(some), max_size=3, unique=True)) if some else []
    shifts = draw(st.lists(st.integers(-9, 20), min_size=2, max_size=2))
    moved = {o: o + timedelta(days=n, hours=1) for o, n in zip(chosen[:2], shifts, strict=False)}
    if draw(st.booleans()) and moved:  # postponed to the day of another
        day = draw(st.sampled_from(some)).date()
        moved[chosen[0]] = datetime.combine(day, time(draw(st.integers(7, 18))))
    return replace(plain, moved=moved, cancelled=frozenset(chosen[2:]))


def year(subject: SubjectState) -> list[Row]:
    listed = (make_recommendation(imported_at=LONG_AGO),)
    return walk(make_directory(), subject, listed, after=at(2023, 1, 1), until=at(2024, 6, 1))


@given(DEADLINES)
@settings(max_examples=25, deadline=None)
def test_no_reminder_about_a_deadline_falls_on_a_day_nobody_works(deadline: date) -> None:
    about = make_recommendation(deadline=deadline, imported_at=LONG_AGO, deadline_set_at=LONG_AGO)
    calendar = working_calendar("GB-ENG")
    rows = walk(make_directory(), about, after=LONG_AGO, until=at(2028, 6, 1))
    assert rows
    for row in rows:
        assert calendar.is_working_day(row.at.date())
        # 09:00 is 09:00 on both sides of a clock change
        assert row.at.timetz().replace(tzinfo=None) == time(9)
    days = [r.at.date() for r in rows if r.rule is Rule.DEADLINE]
    assert len(days) == len(set(days))
    before = [r for r in rows if r.rule is Rule.DEADLINE]
    assert all(r.days is not None and r.days >= 0 for r in before)
    assert all(r.days is not None and r.days < 0 for r in rows if r.rule is Rule.OVERDUE)


@given(boards())
@settings(max_examples=25, deadline=None)
def test_of_a_boards_reminders_only_the_start_may_fall_on_a_day_nobody_works(board: Board) -> None:
    calendar = working_calendar("GB-ENG")
    for row in year(board):
        if row.rule is not Rule.BOARD_STARTING:
            assert calendar.is_working_day(row.at.date())
            assert row.at.hour == (16 if row.rule is Rule.BOARD_AGENDA else 9)


@given(boards())
@settings(max_examples=25, deadline=None)
def test_every_meeting_is_announced_once_before_it_starts(board: Board) -> None:
    expected = [
        m.start - timedelta(minutes=30)
        for m in meetings(board, make_directory(), date(2023, 1, 1), date(2024, 6, 2))
    ]
    starts = [r.at for r in year(board) if r.rule is Rule.BOARD_STARTING]
    assert starts == [e for e in expected if at(2023, 1, 1) < e <= at(2024, 6, 1)]


@given(boards())
@settings(max_examples=25, deadline=None)
def test_each_meetings_previous_is_the_one_before_it(board: Board) -> None:
    directory = make_directory()
    held = meetings(board, directory, date(2022, 1, 1), date(2024, 6, 30))
    for meeting in held:
        earlier = [m.start for m in held if m.start < meeting.start]
        before = previous_meeting(board, directory, meeting.start)
        if earlier:
            assert before is not None
            assert before.start == max(earlier)


@given(boards())
@settings(max_examples=50, deadline=None)
def test_every_meeting_has_its_own_request_chase_and_paper(board: Board) -> None:
    directory, calendar = make_directory(), working_calendar("GB-ENG")
    rows = {(r.rule, r.occurrence): r.at for r in year(board)}
    for meeting in meetings(board, directory, date(2023, 2, 1), date(2024, 5, 31)):
        for rule, days, hour in (
            (Rule.BOARD_UPDATE_REQUEST, 5, 9),
            (Rule.BOARD_CHASE, 2, 9),
            (Rule.BOARD_AGENDA, 1, 16),
        ):
            day = calendar.add(meeting.day, -days)
            assert rows[rule, meeting.key] == at(day.year, day.month, day.day, hour)


@given(boards(), st.datetimes(datetime(2023, 1, 1), datetime(2024, 1, 1)))
@settings(max_examples=25, deadline=None)
def test_where_a_walk_begins_makes_no_difference_to_what_it_finds(
    board: Board, when: datetime
) -> None:
    middle = when.replace(tzinfo=make_directory().zone)
    whole = year(board)
    listed = (make_recommendation(imported_at=LONG_AGO),)
    rest = walk(make_directory(), board, listed, after=middle, until=at(2024, 6, 1))
    assert rest == [r for r in whole if r.at > middle]


@given(boards(), st.datetimes(datetime(2023, 1, 1), datetime(2024, 1, 1)))
@settings(max_examples=25, deadline=None)
def test_nothing_falls_between_two_moments(board: Board, when: datetime) -> None:
    moment = when.replace(tzinfo=make_directory().zone)
    if next_moment(Schedule(make_directory(), board), moment - timedelta(microseconds=1)) != moment:
        assert rows_at(moment, Snapshot(make_directory(), board, ())) == []


@given(DEADLINES, st.datetimes(datetime(2022, 1, 1), datetime(2027, 12, 31)))
@settings(max_examples=25, deadline=None)
def test_nothing_that_fell_due_until_the_import_is_ever_sent(
    deadline: date, imported: datetime
) -> None:
    moment = imported.replace(tzinfo=make_directory().zone)
    about = make_recommendation(deadline=deadline, imported_at=moment, deadline_set_at=moment)
    whole = make_recommendation(deadline=deadline, imported_at=LONG_AGO, deadline_set_at=LONG_AGO)
    until = at(2028, 6, 1)
    rows = walk(make_directory(), about, after=LONG_AGO, until=until)
    everything = walk(make_directory(), whole, after=LONG_AGO, until=until)
    assert rows == [r for r in everything if r.at > moment]


@given(DEADLINES)
@settings(max_examples=25, deadline=None)
def test_no_two_rows_share_rule_subject_occurrence_and_recipient(deadline: date) -> None:
    about = make_recommendation(deadline=deadline, imported_at=LONG_AGO, deadline_set_at=LONG_AGO)
    rows = walk(make_directory(), about, after=LONG_AGO, until=at(2028, 6, 1))
    keys = [(r.rule, r.subject, r.occurrence, r.recipient) for r in rows]
    assert len(keys) == len(set(keys))
