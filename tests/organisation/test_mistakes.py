"""Mistakes in an organisation file, each told in one sentence with its key and line."""

from __future__ import annotations

import pytest

from documents.organisation import read_organisation
from governance.errors import BadConfiguration

GOOD = """\
force: {key: anyshire, name: Anyshire Police}
go_live: 2023-01-09
boards:
  - key: pib
    name: People Board
    chair: dcc
    channel: "#people"
    cadence: {every: 4 weeks, first: 2023-01-11T10:00}
    minutes: 90
    moved: {2023-02-08T10:00: 2023-02-09T10:00}
    cancelled: [2023-03-08T10:00]
posts:
  - {key: dcc, title: Deputy Chief Constable, role: chair, holder: sam}
  - {key: dci, title: ACU DCI, role: owner, holder: jane}
people:
  - {key: jane, name: Jane Doe, slack: U01JANE, away: [2023-08-01..2023-08-14]}
  - {key: sam, name: Sam Sample, slack: U01SAM}
owners:
  24087: dci
board_of: {24187: pib}
reminders:
  overdue: {every: 14}
  boards: {pib: {board_chase: {enabled: false}}}
  recommendations: {24087: {deadline: {days: [28, 7]}}}
"""


def wrong(text: str) -> list[str]:
    """The sentences about a file."""
    with pytest.raises(BadConfiguration) as caught:
        read_organisation(text, "o.yaml")
    return caught.value.sentence.splitlines()


def test_the_file_these_start_from_is_right() -> None:
    assert read_organisation(GOOD, "o.yaml").force_key == "anyshire"


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("name: Anyshire Police", "nme: Anyshire Police",
         ["o.yaml, line 1: force: name is missing.",
          'o.yaml, line 1: force: "nme" is not known here; did you mean name?']),
        ("go_live: 2023-01-09", "go_live: 2023-02-30",
         ['o.yaml, line 2: go_live: "2023-02-30" is no day of any calendar.']),
        ("go_live: 2023-01-09", "go_live: 9 January",
         ['o.yaml, line 2: go_live: "9 January" is no date; write it as 2023-01-31.']),
        ("go_live:", "golive:",
         ['o.yaml, line 2: "golive" is not known here; did you mean go_live?']),
        ("chair: dcc", "chair: dc",
         ['o.yaml, line 6: boards.pib.chair: there is no post "dc"; did you mean dcc?']),
        ("chair: dcc", "chair: sam",
         ['o.yaml, line 6: boards.pib.chair: there is no post "sam"; that is a person, so name the'
          " post they hold: dcc."]),
        ('channel: "#people"', "channel: #people",
         ["o.yaml, line 7: boards.pib.channel: is empty; a name that begins with # needs quotes:"
          ' "#pib".']),
        ("4 weeks", "4 fortnights",
         ['o.yaml, line 8: boards.pib.cadence.every: "4 fortnights" is no cadence; write N days,'
          " N weeks or N months."]),
        ("every: 4 weeks, ", "",
         ["o.yaml, line 8: boards.pib.cadence: every or rule is missing, such as every: 4 weeks."]),
        ("every: 4 weeks", "every: 4 weeks, rule: FREQ=DAILY",
         ["o.yaml, line 8: boards.pib.cadence: give every or rule, not both."]),
        ("every: 4 weeks", "rule: FREQ=HOURLY",
         ['o.yaml, line 8: boards.pib.cadence.rule: "FREQ=HOURLY" is no recurrence rule; it needs'
          " FREQ=DAILY, WEEKLY, MONTHLY or YEARLY."]),
        ("minutes: 90", "minutes: long",
         ['o.yaml, line 9: boards.pib.minutes: "long" must be a whole number.']),
        ("minutes: 90", "minutes: 0",
         ['o.yaml, line 9: boards.pib.minutes: "0" must be at least 1.']),
        ("minutes: 90", "minutes: 90\n    minutes: 90",
         ['o.yaml, line 10: "minutes" stands here twice; the first is on line 9.']),
        ("role: owner", "role: ownr",
         ['o.yaml, line 14: posts.dci.role: "ownr" is no role; write viewer, owner, lead,'
          " secretary, chair, pcc or admin; did you mean owner?"]),
        ("role: owner, ", "", ["o.yaml, line 14: posts.dci: role is missing."]),
        ("key: dci", "key: dcc",
         ['o.yaml, line 14: posts.dcc.key: "dcc" is used twice; the first is on line 13.',
          'o.yaml, line 19: owners.24087: there is no post "dci"; did you mean dcc?']),
        ("holder: jane",
         "holder: [{person: jane, to: 2023-06-30}, {person: kit, from: 2023-06-30}]",
         ["o.yaml, line 14: posts.dci.holder.2: jane and kit both hold it on 30 June 2023; one"
          " person holds a post at a time."]),
        ("holder: jane", "holder: [{person: jane, from: 2023-06-30, to: 2023-06-01}]",
         ["o.yaml, line 14: posts.dci.holder.1: jane's time ends on 1 June 2023, before it"
          " begins."]),
        ("2023-08-01..2023-08-14", "2023-08-14..2023-08-01",
         ['o.yaml, line 16: people.jane.away.1: "2023-08-14..2023-08-01" ends before it begins.']),
        ("slack: U01JANE", "slack: jane",
         ['o.yaml, line 16: people.jane.slack: "jane" is no Slack member; write U01JANE, or'
          " T02/U01JANE of elsewhere."]),
        ("slack: U01SAM", "slack: U01JANE",
         ['o.yaml, line 17: people.sam.slack: "U01JANE" is also jane\'s.']),
        ("  24087: dci", "  24087: dcii",
         ['o.yaml, line 19: owners.24087: there is no post "dcii"; did you mean dci?']),
        ("  24087: dci", "  24087: dci\n  '#24087': dcc",
         ['o.yaml, line 20: owners.#24087: is the same as "24087".']),
        ("  24087: dci", "  the vetting one: dci",
         ['o.yaml, line 19: owners.the vetting one: "the vetting one" names no recommendation;'
          ' write "24087" or "AFI 1 @ title words".']),
        ("24187: pib", "24187: gb", ['o.yaml, line 20: board_of.24187: there is no board "gb".']),
        ("overdue:", "overdu:",
         ['o.yaml, line 22: reminders.overdu: there is no rule "overdu"; did you mean overdue?']),
        ("every: 14", "every: 0",
         ['o.yaml, line 22: reminders.overdue.every: "0" must be a whole number from 1 to 3650.']),
        ("every: 14", "minutes: 14",
         ['o.yaml, line 22: reminders.overdue.minutes: "minutes" changes nothing here; overdue'
          " takes enabled and every."]),
        ("enabled: false", "enabled: no",
         ['o.yaml, line 23: reminders.boards.pib.board_chase.enabled: "no" must be true or'
          " false."]),
        ("deadline: {days: [28, 7]}", "board_agenda: {enabled: false}",
         ["o.yaml, line 24: reminders.recommendations.24087.board_agenda: changes nothing here;"
          " board_agenda is of a board, not of one recommendation."]),
        ("days: [28, 7]", "days: []",
         ["o.yaml, line 24: reminders.recommendations.24087.deadline.days: is empty; enabled: false"
          " switches the rule off."]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_its_key_and_line(
    old: str, new: str, sentences: list[str]
) -> None:
    assert old in GOOD
    assert wrong(GOOD.replace(old, new, 1)) == sentences


@pytest.mark.parametrize(
    ("old", "new", "line", "near"),
    [
        ("{2023-02-08T10:00:", "{2023-02-07T10:00:", 10, "2023-02-08T10:00"),
        ("[2023-03-08T10:00]", "[2023-03-09T10:00]", 11, "2023-03-08T10:00"),
        ("[2023-03-08T10:00]", "[2022-12-14T10:00]", 11, "11 January 2023 at 10:00"),
    ],
)
def test_a_meeting_that_is_no_occurrence_names_the_nearest(
    old: str, new: str, line: int, near: str
) -> None:
    [sentence] = wrong(GOOD.replace(old, new))
    assert sentence.startswith(f"o.yaml, line {line}: boards.pib.")
    assert "does not meet" in sentence
    assert near in sentence


def test_a_meeting_is_not_moved_and_cancelled_at_once() -> None:
    [sentence] = wrong(GOOD.replace("[2023-03-08T10:00]", "[2023-02-08T10:00]"))
    assert sentence.endswith("the meeting of 8 February 2023 at 10:00 is both moved and cancelled.")


def test_several_boards_need_a_default() -> None:
    more = "  - {key: gb, name: Gov, cadence: {every: 1 months, first: 2023-01-31T10:00}}\nposts:"
    [sentence] = wrong(GOOD.replace("posts:", more))
    assert (
        sentence == "o.yaml, line 1: default_board is missing: there are several boards, pib or gb."
    )


def test_a_default_board_is_one_of_the_boards() -> None:
    [sentence] = wrong(GOOD + "default_board: pibb\n")
    assert sentence == 'o.yaml, line 25: default_board: there is no board "pibb"; did you mean pib?'


@pytest.mark.parametrize("zone", ["Europe/Lundon", "../etc/passwd", "Europe", "''"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    [sentence] = wrong(GOOD.replace("Anyshire Police}", f"Anyshire Police, timezone: {zone}}}"))
    assert sentence.startswith("o.yaml, line 1: force.timezone: ")


def test_a_holiday_calendar_that_is_none_is_refused() -> None:
    [sentence] = wrong(GOOD.replace("Anyshire Police}", "Anyshire Police, holidays: GB-XYZ}"))
    assert sentence == (
        'o.yaml, line 1: force.holidays: there is no holiday calendar "GB-XYZ";'
        " write GB-ENG or GB-WLS."
    )


@pytest.mark.parametrize(
    "rule",
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=9XX", "FREQ=DAILY;INTERVAL=0"],
)
def test_a_rule_that_gives_no_meetings_is_refused(rule: str) -> None:
    [sentence] = wrong(GOOD.replace("every: 4 weeks", f'rule: "{rule}"'))
    assert sentence.startswith("o.yaml, line 8: boards.pib.cadence")


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("chair: dcc", "chair: nobody-at-all").replace("4 weeks", "now and then")
    text = text.replace("role: owner", "role: king").replace("24187: pib", "24187: nope")
    lines = [sentence.split(":")[0] for sentence in wrong(text)]
    assert lines == ["o.yaml, line 6", "o.yaml, line 8", "o.yaml, line 14", "o.yaml, line 20"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "o.yaml, line 1: this is no organisation file; it begins with force."),
        ("- a\n- b\n", "o.yaml, line 1: this is no organisation file; it begins with force."),
        ("posts: []\n", "o.yaml, line 1: force is missing."),
    ],
)
def test_what_is_no_organisation_file_says_so(text: str, sentence: str) -> None:
    assert wrong(text) == [sentence]


def test_what_is_not_yaml_says_where() -> None:
    [sentence] = wrong("force: {key: a, name: b}\nboards: [\n")
    assert sentence.startswith("o.yaml, line 3: this is not YAML: ")


def test_a_list_in_place_of_names_and_names_in_place_of_a_list_are_told_apart() -> None:
    sentences = wrong("force: {key: a, name: b}\nboards: {pib: {}}\nowners: [x]\n")
    assert sentences == [
        "o.yaml, line 2: boards: must be a list: begin each item with a hyphen.",
        "o.yaml, line 3: owners: must hold keys with values, such as key: value.",
    ]


def test_a_file_that_repeats_itself_without_end_is_refused() -> None:
    doubling = "".join(f"l{n}: &l{n} [*l{n - 1}, *l{n - 1}]\n" for n in range(1, 40))
    for text in ("a: &a [*a]\n", "l0: &l0 [x]\n" + doubling):
        assert any("repeats itself" in sentence for sentence in wrong(text))


def test_a_file_that_is_too_long_is_not_read() -> None:
    text = "force: {key: a, name: b}\n"
    assert wrong(text + "#" * 5_000_000) == [
        f"o.yaml: this has {len(text) + 5_000_000:,} characters, and an organisation file may "
        "have 5,000,000."
    ]
