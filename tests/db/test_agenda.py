"""The paper of a board speaks of what was before it, also where that has moved since."""

from db.queries.agenda import Agenda, board_agenda
from db.store import Store
from governance.meetings import next_meeting
from tests.factories import FORCE, add_recommendation, add_report, apply, at, change, set_clock


def paper(store: Store, board: str) -> Agenda:
    with store.read() as reading:
        described = reading.directory.boards[board]
        meeting = next_meeting(described, reading.directory, reading.now)
        assert meeting is not None
        return board_agenda(reading, described, meeting)


def changes(paper: Agenda) -> dict[str | None, dict[str, tuple[object, object]]]:
    return {one.item.ref: dict(one.changes) for one in paper.changed}


def moved(store: Store) -> None:
    """#24087 is before the People Intelligence Board until 20 January 2023, then before the other;
    it is on track since the 12th, at risk since the 25th. #24130 stays."""
    apply(store)
    report = add_report(store)
    id = add_recommendation(store, "24087", report)
    add_recommendation(store, "24130", report)
    set_clock(store, at(2023, 1, 12, 10))
    change(store, id, progress="on_track")
    set_clock(store, at(2023, 1, 20, 10))
    apply(store, FORCE + 'board_of: {"24087": gb}\n')
    set_clock(store, at(2023, 1, 25, 10))
    change(store, id, progress="at_risk")


def test_the_board_it_left_had_it_open_and_is_told_what_became_of_it_there(store: Store) -> None:
    moved(store)
    left = paper(store, "pib")
    assert (len(left.items), left.open_then, left.new) == (1, 2, 0)
    assert changes(left) == {
        "24087": {"progress": ("not_started", "on_track"), "board": (None, "gb")}
    }


def test_to_the_board_it_came_to_it_is_new_and_was_never_open_before(store: Store) -> None:
    moved(store)
    came = paper(store, "gb")
    assert (len(came.items), came.open_then, came.new) == (1, 0, 1)
    assert changes(came) == {"24087": {"progress": ("on_track", "at_risk"), "board": (None, "gb")}}


def test_after_the_next_meeting_each_board_has_its_own(store: Store) -> None:
    moved(store)
    set_clock(store, at(2023, 2, 8, 12))
    assert (paper(store, "pib").open_then, paper(store, "pib").new) == (1, 0)
    assert (paper(store, "gb").open_then, paper(store, "gb").new) == (1, 0)
    assert changes(paper(store, "pib")) == changes(paper(store, "gb")) == {}


def test_of_one_that_went_and_came_back_all_is_told_but_that(store: Store) -> None:
    moved(store)
    apply(store)
    back = paper(store, "pib")
    assert (len(back.items), back.open_then, back.new) == (2, 2, 0)
    assert changes(back) == {"24087": {"progress": ("not_started", "at_risk")}}
