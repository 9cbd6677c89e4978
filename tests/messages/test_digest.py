"""The digest as the person reads it who gets it at 09:00."""

from datetime import date, datetime
from typing import Any

from db.queries.agenda import Item
from governance.brag import Brag
from governance.directory import Directory
from governance.meetings import next_meeting
from governance.words import Kind, Progress, Rule
from messages.digest import Due, assigned_text, digest, starting_text
from tests.factories import PIB, at, make_directory

FRIDAY = date(2023, 4, 28)


def item(ref: str | None, number: str = "16", **changes: Any) -> Item:
    fields: dict[str, Any] = {
        "id": int(ref or number),
        "ref": ref,
        "kind": Kind.RECOMMENDATION,
        "number": number,
        "report": "An inspection of things",
        "force": "Sample",
        "place": "of Sample",
        "brag": Brag.GREEN,
        "progress": Progress.ON_TRACK,
        "closure": None,
        "deadline": date(2023, 4, 30),
        "original_deadline": date(2023, 4, 30),
        "slips": 0,
        "owner": "dci",
        "completed_by": None,
        "text": "By 30 April 2023, chief constables should make a plan.",
        **changes,
    }
    return Item(**fields)


def due(rule: Rule, *items: Item, to: str = "dci", late: bool = False, **more: Any) -> Due:
    moment = more.pop("at", at(2023, 4, 28, 9))
    assert isinstance(moment, datetime)
    return Due(rule, moment, to, late, items, **more)


def digest_text(person: str, day: date, dues: list[Due], directory: Directory) -> str:
    return digest(person, day, dues, directory).text


def test_a_digest_says_what_is_due_and_how_to_answer() -> None:
    text = digest_text("jane", FRIDAY, [due(Rule.DEADLINE, item("24087"))], make_directory())
    assert text == (
        "Jane, this needs you on Friday 28 April 2023: 1 recommendation of "
        "“An inspection of things”.\n\n"
        "Coming due\n"
        "• #24087 (recommendation 16), due 30 April 2023, 2 days left: make a plan.\n\n"
        "To answer, say for example: /rec 24087 on track, and what has changed"
    )


def test_what_is_gravest_comes_first() -> None:
    dues = [
        due(Rule.DEADLINE, item("1")),
        due(Rule.OVERDUE, item("2", deadline=date(2023, 4, 1))),
    ]
    text = digest_text("jane", FRIDAY, dues, make_directory())
    assert text.index("Overdue\n• #2 ") < text.index("Coming due\n• #1 ")
    assert "27 days overdue" in text


def test_a_senior_reads_whose_it_is() -> None:
    text = digest_text("alex", FRIDAY, [due(Rule.OVERDUE, item("2"), to="lead")], make_directory())
    assert "owner DCI" in text


def test_a_board_request_names_its_board_and_meeting() -> None:
    meeting = next_meeting(PIB, make_directory(), at(2023, 4, 28, 9))
    text = digest_text(
        "jane",
        FRIDAY,
        [due(Rule.BOARD_UPDATE_REQUEST, item("1"), meeting=meeting)],
        make_directory(),
    )
    heading = "Wanted for the People Intelligence Board of Wednesday 3 May 2023: your update on"
    assert heading in text


def test_what_stands_above_is_only_named_again_while_it_is_wanted() -> None:
    meeting = next_meeting(PIB, make_directory(), at(2023, 4, 28, 9))
    overdue, other, new = item("24087"), item("24130", "17"), item("24133", "18")
    dues = [
        due(Rule.OVERDUE, overdue),
        due(Rule.OVERDUE, other),
        due(Rule.BOARD_CHASE, overdue, other, new, meeting=meeting),
    ]
    wanted = digest("jane", FRIDAY, dues, make_directory()).sections[1].lines
    assert [line.target for line in wanted] == ["#24133", None]
    assert wanted[1].text == "and, from above: #24087, #24130"
    settled = {overdue.id: "updated"}
    dues[2] = due(Rule.BOARD_CHASE, overdue, other, meeting=meeting, settled=settled)
    assert [x.text for x in digest("jane", FRIDAY, dues, make_directory()).sections[1].lines] == [
        "and, from above: #24130"
    ]
    settled[other.id] = "updated"
    assert len(digest("jane", FRIDAY, dues, make_directory()).sections) == 1


def test_the_statutory_clock_names_the_report_and_the_law() -> None:
    row = due(Rule.STATUTORY_RESPONSE, report="A report, Sample", about=date(2023, 4, 28))
    text = digest_text("lee", FRIDAY, [row], make_directory())
    assert "Police Act 1996, section 55" in text
    assert "• A report, Sample: due today, 28 April 2023" in text
    assert "To answer" not in text


def test_a_late_list_takes_one_line() -> None:
    late = due(Rule.UNOWNED, item("1"), item("2"), late=True, at=at(2023, 4, 24, 9))
    text = digest_text("lee", FRIDAY, [late], make_directory())
    assert "• nobody owns these, for 24 April 2023: #1, #2" in text


def test_the_example_is_one_that_can_be_typed_as_it_stands() -> None:
    bare = due(Rule.DEADLINE, item(None, "7"))
    text = digest_text("jane", FRIDAY, [bare], make_directory())
    assert "/rec 7 of Sample on track" in text


def test_a_starting_post_says_when_and_how_to_look_things_up() -> None:
    meeting = next_meeting(PIB, make_directory(), at(2023, 4, 28, 9))
    assert meeting is not None
    assert starting_text(meeting, make_directory(), late=False).startswith(
        "The People Intelligence Board begins at 10:00 today."
    )


def test_old_and_new_owner_are_told_different_things() -> None:
    change = {"old": "dci", "new": "manager"}
    new = assigned_text(item("24087"), make_directory(), to_new=True, **change)
    old = assigned_text(item("24087"), make_directory(), to_new=False, **change)
    assert new.startswith("MANAGER now owns #24087 (recommendation 16), due 30 April 2023")
    assert "It was with DCI." in new
    assert old.startswith("DCI no longer owns #24087")


def test_each_line_names_what_can_be_answered() -> None:
    paper = digest("jane", FRIDAY, [due(Rule.DEADLINE, item("1"), item("2"))], make_directory())
    assert [(x.target, x.id) for x in paper.sections[0].lines] == [("#1", 1), ("#2", 2)]
