"""`boards`, `next` and `agenda`: meetings, what is coming, and a paper that adds up."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.clock import PretendedClock
from db.queries import agenda
from db.store import Store
from governance.brag import Brag
from governance.directory import Board
from governance.meetings import next_meeting
from governance.words import Closure, Progress
from messages.agenda import agenda_text
from messages.reply import Visibility
from tests.factories import TEST, add_report, at, create_force, import_recommendation
from tests.support.chat import say


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    report = add_report(store)
    for number, ref in ((15, "24044"), (16, "24087"), (17, "24133"), (18, "24179")):
        import_recommendation(store, report, number, ref, owner="acu-dci")
    return store


def change_meeting(store: Store, board: str, original: str, moved_to: str | None) -> None:
    with store.write(TEST) as writing:
        writing.add(
            t.MeetingChange(
                organisation=writing.key, board=board, original=original, moved_to=moved_to
            )
        )
        writing.replan_all()


def test_boards_tells_who_where_how_often_and_when_next(force: Store) -> None:
    reply = say(force, "boards")
    assert reply.ok
    assert "People Intelligence Board (pib, the default board): meets every 4 weeks" in reply.text
    assert "Chair Deputy Chief Constable (Sam Field)" in reply.text
    assert "Next: Wednesday 11 January 2023, 10:00 to 11:30, in 8 days." in reply.text
    assert "on the first Tuesday of every month" in reply.text


def test_without_boards_each_answers_plainly(store: Store) -> None:
    assert say(store, "boards").ok
    assert "There are no boards yet" in say(store, "boards").text
    assert say(store, "next").ok
    assert "There are no boards yet" in say(store, "next").text
    agenda = say(store, "agenda pib")
    assert not agenda.ok
    assert "There are no boards yet" in agenda.text


def test_a_meeting_on_a_bank_holiday_is_flagged_in_all_three(
    force: Store, clock: PretendedClock
) -> None:
    change_meeting(force, "gb", "2023-05-02T14:00", "2023-05-08T14:00")
    clock.set(at(2023, 4, 28, 9))
    for words in ("boards", "next", "agenda gb"):
        text = say(force, words).text
        assert "Monday 8 May 2023" in text
        assert "a bank holiday: Coronation of Charles III" in text
        assert "moved from Tuesday 2 May 2023, 14:00" in text


def test_a_cancelled_meeting_is_not_the_next_one(force: Store) -> None:
    change_meeting(force, "pib", "2023-01-11T10:00", None)
    assert "Next: Wednesday 8 February 2023" in say(force, "boards").text


def test_next_tells_meetings_deadlines_and_statutory_days_of_thirty_days(
    force: Store, clock: PretendedClock
) -> None:
    add_report(force, title="Custody", published=date(2023, 3, 10))
    say(force, "24179 complete: all done", "jane")
    clock.set(at(2023, 4, 3, 9))
    text = say(force, "next").text
    assert "Wednesday 5 April 2023, 10:00 to 11:30, in 2 days: People Intelligence Board" in text
    assert "Tuesday 2 May 2023, 14:00 to 16:00" in text
    assert "Sunday 30 April 2023, in 27 days: #24044, #24087, #24133" in text
    assert "#24179" not in text
    assert "Thursday 4 May 2023" not in text
    clock.set(at(2023, 4, 4, 9))
    assert "Thursday 4 May 2023, in 30 days: the 56th day for “Custody” (Sample)" in (
        say(force, "next").text
    )


def test_the_paper_counts_both_greens_apart_and_lists_the_decisions(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 12, 9))
    say(force, "24044 complete: audit signed", "jane")
    say(force, "24087 off track: no supplier", "jane")
    say(force, "24133 on track", "jane")
    say(force, "extend 24133 to 31 March 2024 because the supplier slipped", "jane")
    import_recommendation(force, 1, 19, "24222")
    text = say(force, "agenda pib").text
    assert "paper for Wednesday 8 February 2023, 10:00 to 11:30" in text
    assert "G ●  1  Green, on track" in text
    assert "G ✔  1  Green, complete and awaiting sign-off" in text
    decisions = text.split("Decisions wanted")[1].split("Overdue")[0]
    assert re.search(r"Sign off .*: 1\n• #24044", decisions)
    assert "Off track: 1\n• #24087" in decisions
    assert "Extensions asked for: 1\n• #24133" in decisions
    assert "Jane Doe asks for 31 March 2024: “the supplier slipped”" in decisions
    assert "Nobody owns: 1\n• #24222" in decisions


def test_the_paper_tells_what_changed_since_the_last_meeting_and_not_what_was_undone(
    force: Store, clock: PretendedClock
) -> None:
    say(force, "24044 on track before the meeting", "jane")
    clock.set(at(2023, 1, 12, 9))
    say(force, "24087 at risk supplier is late", "jane")
    say(force, "extend 24087 to 31 March 2024 because more time is needed", "jane")
    say(force, "24133 off track: by mistake", "jane")
    say(force, "undo", "jane")
    import_recommendation(force, 1, 19, "24222")
    text = say(force, "agenda pib").text
    changed = text.split("Changed since the last meeting")[1]
    assert "more time" not in changed
    assert "#24087 (recommendation 16): progress not started → at risk (Jane Doe" in changed
    assert "“supplier is late”" in changed
    assert "#24044" not in changed
    assert "#24133" not in changed
    assert "Open at the last meeting (11 January 2023): 4. New since: 1." in text


def test_closures_since_the_last_meeting_are_counted_as_open_then(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 12, 9))
    say(force, "close 24087 superseded because of a later one", "sam")
    text = say(force, "agenda pib").text
    assert "4 before the board, 3 open." in text
    assert "Open at the last meeting (11 January 2023): 4." in text


def test_the_paper_names_the_head_of_the_history(force: Store) -> None:
    with force.read() as reading:
        head = agenda.history_head(reading)
    assert head is not None
    assert f"Head of the history: change {head[0]}, {head[1]}" in say(force, "agenda pib").text


def test_while_a_meeting_is_under_way_its_own_paper_is_given(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 1, 11, 10, 30))
    reply = say(force, "agenda pib", channel="#pib")
    assert "paper for Wednesday 11 January 2023" in reply.text
    assert reply.visibility is Visibility.PRIVATE
    clock.set(at(2023, 1, 11, 11, 30))
    later = say(force, "agenda pib", channel="#pib")
    assert "paper for Wednesday 8 February 2023" in later.text
    assert later.visibility is Visibility.PRIVATE


def test_a_board_is_named_by_its_key_its_name_or_not_at_all(force: Store) -> None:
    for words in ("agenda PIB", "agenda people intelligence board", "agenda"):
        assert "People Intelligence Board: paper" in say(force, words).text
    unknown = say(force, "agenda xyz")
    assert not unknown.ok
    assert "gb (Governance Board)" in unknown.text


@given(
    kinds=st.lists(
        st.tuples(
            st.sampled_from(Progress),
            st.sampled_from([None, None, *Closure]),
            st.sampled_from([None, date(2022, 12, 1), date(2023, 1, 20), date(2023, 6, 1)]),
            st.sampled_from([None, "acu-dci"]),
        ),
        min_size=4,
        max_size=4,
    )
)
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25
)
def test_every_number_of_the_paper_adds_up(
    force: Store, kinds: list[tuple[Progress, Closure | None, date | None, str | None]]
) -> None:
    with force.write(TEST) as writing:
        rows = writing.all(writing.select(t.Recommendation))
        for row, (progress, closure, due, owner) in zip(rows, kinds, strict=True):
            fields = {
                "progress": progress.value,
                "closure": closure.value if closure else None,
                "deadline": due,
                "owner": owner,
            }
            writing.change(row, "update", fields)
        board, directory = _pib(writing.directory.boards), writing.directory
        meeting = next_meeting(board, directory, writing.now)
        assert meeting is not None
        paper = agenda.board_agenda(writing, board, meeting)
        text = agenda_text(paper, directory)
    assert sum(paper.counts.values()) == len(kinds)
    closed = [k for k in kinds if k[1]]
    assert paper.counts[Brag.BLUE] == len(closed) == len(paper.items) - len(paper.open)
    assert len(paper.awaiting_sign_off) == paper.counts[Brag.GREEN_DONE]
    red = {i.id for i in (*paper.overdue, *paper.off_track)}
    assert len(red) == paper.counts[Brag.RED]
    amber = {i.id for i in (*paper.at_risk, *paper.starting_late)} - red
    assert len(amber) == paper.counts[Brag.AMBER]
    assert len(paper.unowned) == sum(k[1] is None and k[3] is None for k in kinds)
    for brag, count in paper.counts.items():
        assert f"{brag.letter} {brag.shape}  {count}  " in text


def _pib(boards: object) -> Board:
    assert isinstance(boards, dict)
    board = boards["pib"]
    assert isinstance(board, Board)
    return board


def test_the_lists_a_long_paper_points_to_hold_as_many_as_it_says(
    force: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 4, 20, 9))
    for number in range(100, 180):
        progress = ("not_started", "at_risk", "off_track", "complete")[number % 4]
        due = date(2023, 4, 10) if number % 3 else date(2023, 4, 30)
        closure = "superseded" if number % 5 == 0 else None
        import_recommendation(
            force, 1, number, f"9{number}", progress=progress, deadline=due, closure=closure
        )
    text = say(force, "agenda pib").text
    pointed = re.findall(r"(\d+)\n(?:• .*\n)+… and (\d+) more; say: (.*)", text)
    assert len(pointed) >= 5
    for total, _, command in pointed:
        listed = say(force, command).text
        assert re.search(rf"\b{total}\b", listed.splitlines()[0]), (command, total, listed[:200])
