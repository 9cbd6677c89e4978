"""Reading an organisation file."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

import documents
from documents.organisation import read_organisation
from governance.directory import Absence, Cadence, Tenure
from governance.words import Kind, Role
from tests.organisation.files import FORCE, POSTS, WHOLE


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_whole_file_is_read_in_its_order() -> None:
    file = read_organisation(WHOLE, "organisation.yaml")
    assert (file.force_key, file.force_name) == ("anyshire", "Anyshire Police")
    assert [post.key for post in file.posts] == ["dcc", "lead", "dci", "vet", "sec"]
    assert file.posts[1].role is Role.LEAD
    [board] = file.boards
    assert (board.chair, board.secretary, board.channel) == ("dcc", "sec", "#people")


def test_a_force_needs_only_key_and_name() -> None:
    file = read_organisation(FORCE, "o.yaml")
    assert (file.timezone, file.holidays) == ("Europe/London", "GB-ENG")
    assert file.go_live is None
    assert file.default_board is None


def test_one_board_is_the_default_and_lasts_two_hours_unless_it_says_otherwise() -> None:
    file = read_organisation(WHOLE, "o.yaml")
    assert file.default_board == "pib"
    assert file.boards[0].minutes == 120


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("every: 4 weeks", Cadence(at("2023-01-31T10:00"), rule="FREQ=WEEKLY;INTERVAL=4")),
        ("every: 1 week", Cadence(at("2023-01-31T10:00"), rule="FREQ=WEEKLY;INTERVAL=1")),
        ("every: 10 days", Cadence(at("2023-01-31T10:00"), rule="FREQ=DAILY;INTERVAL=10")),
        ("every: 2 months", Cadence(at("2023-01-31T10:00"), every_months=2)),
        ('rule: "freq=monthly;byday=1TU"',
         Cadence(at("2023-01-31T10:00"), "FREQ=MONTHLY;BYDAY=1TU")),
    ],
)  # fmt: skip
def test_a_cadence_is_every_so_often_or_a_rule(words: str, meant: Cadence) -> None:
    text = WHOLE.replace(
        "every: 4 weeks, first: 2023-01-11T10:00", words + ", first: 2023-01-31T10:00"
    )
    assert read_organisation(text, "o.yaml").boards[0].cadence == meant


def test_moved_and_cancelled_meetings_are_named_by_their_original_start() -> None:
    more = """
    moved: {2023-02-08T10:00: 2023-02-09T14:30}
    cancelled: [2023-03-08T10:00:00]
"""
    [board] = read_organisation(FORCE + POSTS + BOARD + more, "o.yaml").boards
    assert board.moved == {at("2023-02-08T10:00"): at("2023-02-09T14:30")}
    assert board.cancelled == {at("2023-03-08T10:00")}


BOARD = """
boards:
  - key: pib
    name: People Board
    cadence: {every: 4 weeks, first: 2023-01-11T10:00}"""


def test_a_meeting_on_the_last_day_of_each_month_can_be_moved() -> None:
    text = FORCE + BOARD.replace("4 weeks, first: 2023-01-11", "1 months, first: 2023-01-31")
    text += "\n    moved: {2023-02-28T10:00: 2023-03-01T10:00}"
    assert read_organisation(text, "o.yaml").boards[0].moved


def test_a_post_is_held_by_one_person_by_several_in_turn_or_by_nobody() -> None:
    text = (
        FORCE
        + """
posts:
  - {key: a, title: A, role: owner, holder: jane}
  - {key: b, title: B, role: owner, holder: [
      {person: kit, to: 2023-06-30}, {person: rowan, from: 2023-07-01}]}
  - {key: c, title: C, role: owner}
"""
    )
    a, b, c = read_organisation(text, "o.yaml").posts
    assert a.tenures == (Tenure("jane"),)
    assert b.tenures == (
        Tenure("kit", None, date(2023, 6, 30)),
        Tenure("rowan", date(2023, 7, 1), None),
    )
    assert c.tenures == ()


def test_a_person_who_is_only_named_has_the_key_as_name_and_is_in_no_chat() -> None:
    people = {p.key: p for p in read_organisation(WHOLE, "o.yaml").people}
    assert set(people) == {"sam", "alex", "jane", "priya", "kit", "lee"}
    assert people["priya"].name == "priya"
    assert people["priya"].identities == {}


def test_people_say_where_they_are_reached_and_when_they_are_away() -> None:
    text = (
        FORCE
        + """
people:
  - {key: jane, name: Jane Doe, slack: U01JANE, teams: "an object id",
     away: [2023-08-01..2023-08-14, 2023-09-01]}
  - {key: wren, slack: T02/U01WREN}
"""
    )
    jane, wren = read_organisation(text, "o.yaml").people
    assert jane.name == "Jane Doe"
    assert jane.identities == {"slack": "U01JANE", "teams": "an object id"}
    assert jane.away == (
        Absence(date(2023, 8, 1), date(2023, 8, 14)),
        Absence(date(2023, 9, 1), date(2023, 9, 1)),
    )
    assert (wren.name, wren.identities) == ("wren", {"slack": "T02/U01WREN"})


def test_recommendations_are_named_by_reference_with_or_without_quotes() -> None:
    text = WHOLE + 'owners: {24087: dci, "#24133": dci}\nboard_of: {"24187": pib}\n'
    file = read_organisation(text, "o.yaml")
    assert [(e.target.ref, e.value) for e in file.owners] == [("24087", "dci"), ("24133", "dci")]
    assert [(e.target.ref, e.value) for e in file.board_of] == [("24187", "pib")]


@pytest.mark.parametrize(
    ("written", "kind", "number", "title", "force"),
    [
        ("AFI 1 @ arrangements in Anyshire", Kind.AFI, "1", "arrangements in anyshire", None),
        ("rec 16", Kind.RECOMMENDATION, "16", None, None),
        ("16", Kind.RECOMMENDATION, "16", None, None),
        ("Recommendation 16 of Avon and Somerset", Kind.RECOMMENDATION, "16", None,
         "avon and somerset"),
        ("CoC 2@vetting", Kind.CAUSE_OF_CONCERN, "2", "vetting", None),
        ("rec 3 @ abuse of position of Anyshire", Kind.RECOMMENDATION, "3",
         "abuse of position of anyshire", None),
    ],
)  # fmt: skip
def test_recommendations_are_named_by_their_place_in_a_report(
    written: str, kind: Kind, number: str, title: str | None, force: str | None
) -> None:
    [entry] = read_organisation(f'{WHOLE}owners: {{"{written}": dci}}', "o.yaml").owners
    meant = entry.target
    assert (meant.kind, meant.number, meant.title, meant.force) == (kind, number, title, force)


def test_reminder_rules_are_changed_for_all_for_a_board_and_for_a_recommendation() -> None:
    text = (
        WHOLE
        + """
reminders:
  overdue: {every: 14}
  organisation: {unowned: {enabled: false}}
  boards: {pib: {board_chase: {enabled: false}, board_starting: {minutes: 60}}}
  recommendations: {24087: {deadline: {days: [7, 28]}}}
"""
    )
    file = read_organisation(text, "o.yaml")
    assert file.reminders == {"overdue": {"every": 14}, "unowned": {"enabled": False}}
    assert file.board_reminders == {
        "pib": {"board_chase": {"enabled": False}, "board_starting": {"minutes": 60}}
    }
    [entry] = file.recommendation_reminders
    assert (entry.target.ref, entry.value) == ("24087", {"deadline": {"days": [28, 7]}})


def test_numbers_without_quotes_are_keys_too() -> None:
    text = (
        FORCE
        + """
posts: [{key: 101, title: Post 101, role: owner, holder: 7}]
owners: {24087: 101}
"""
    )
    file = read_organisation(text, "o.yaml")
    assert file.posts[0].key == "101"
    assert file.posts[0].tenures[0].person == "7"
    assert file.owners[0].value == "101"


def test_a_section_with_nothing_after_it_is_empty() -> None:
    text = FORCE + "\nboards:\nposts:\npeople:\nowners:\nboard_of:\nreminders:\n"
    file = read_organisation(text, "o.yaml")
    assert [*file.boards, *file.posts, *file.people, *file.owners] == []


def test_anchors_spare_writing_the_same_twice() -> None:
    text = (
        FORCE
        + """
posts:
  - {key: a, title: A, role: owner, holder: &who [{person: jane}]}
  - {key: b, title: B, role: owner, holder: *who}
"""
    )
    a, b = read_organisation(text, "o.yaml").posts
    assert a.tenures == b.tenures


def test_the_sample_organisation_is_whole() -> None:
    path = Path(__file__).parents[2] / "samples" / "organisation.yaml"
    file = read_organisation(path.read_text(encoding="utf-8"), path.name)
    owners = {entry.target.written: entry.value for entry in file.owners}
    assert owners["24087"] == "acu-dci"
    assert {p.key: p for p in file.posts}["acu-dci"].tenures == (Tenure("jane"),)
    assert [board.key for board in file.boards] == ["pib", "gb"]
    assert any(person.away for person in file.people)


def test_the_file_that_init_writes_can_be_applied_as_it_stands() -> None:
    path = Path(str(documents.__file__)).with_name("organisation_template.yaml")
    file = read_organisation(path.read_text(encoding="utf-8"), path.name)
    assert file.force_key == "anyshire"
    assert {post.role for post in file.posts} >= {Role.CHAIR, Role.LEAD, Role.SECRETARY, Role.OWNER}


def test_every_example_in_the_template_can_be_used() -> None:
    path = Path(str(documents.__file__)).with_name("organisation_template.yaml")
    # A remark has one space after its #, an example none or its indentation.
    text = re.sub(r"^( *)#(?! \S)", r"\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    file = read_organisation(text, path.name)
    assert [board.key for board in file.boards] == ["pib", "gb"]
    assert file.go_live == date(2023, 1, 9)
    assert (len(file.owners), len(file.board_of)) == (3, 1)
    assert file.reminders
    assert file.board_reminders
    assert file.recommendation_reminders
