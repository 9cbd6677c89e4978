"""The recommendations that the head of a text names, and the rest of the text."""

from __future__ import annotations

import pytest

from commands.parsing.grammar import Targets, read_targets
from db.store import Store
from tests.factories import TITLE, add_report, import_recommendation


def read(store: Store, text: str, verb: str = "") -> Targets:
    with store.read() as reading:
        return read_targets(reading, text, verb=verb)


def numbers(read_as: Targets) -> list[str]:
    return [row.ref or f"other {row.number}" for row in read_as.rows]


@pytest.mark.parametrize(
    ("text", "names", "rest"),
    [
        ("24087", ["24087"], ""),
        ("#24087", ["24087"], ""),
        ("24087?", ["24087"], ""),
        ("24087 24130", ["24087", "24130"], ""),
        ("24087, #24130 and 24044 on track", ["24087", "24130", "24044"], "on track"),
        ("24087,24130", ["24087", "24130"], ""),
        ("24087 24087", ["24087"], ""),
        ("rec 16 of Sample", ["24087"], ""),
        ("REC 16 OF SAMPLE CONSTABULARY at risk", ["24087"], "at risk"),
        ("recommendation 16 of sample because", ["24087"], "because"),
        ("16 of Other and Neighbour", ["other 16"], ""),
        ("16 of Other & Neighbour on track it goes", ["other 16"], "on track it goes"),
        ("16 @ vetting of Sample on track", ["24087"], "on track"),
        ("16 of Sample @ vetting in the police ACU DCI", ["24087"], "ACU DCI"),
        (f'16 @ "{TITLE}" of Sample x', ["24087"], "x"),
        ("AFI 1", ["24173"], ""),
        ("area for improvement 1: note", ["24173"], ": note"),
        ("AFI 1 @jane", ["24173"], "@jane"),
        ("16-17 of Sample ACU DCI", ["24087", "24130"], "ACU DCI"),
        ("15, 16 and 17 of Sample", ["24044", "24087", "24130"], ""),
        ("24087 2500 officers were vetted", ["24087"], "2500 officers were vetted"),
        ("24087 12 officers were vetted", ["24087"], "12 officers were vetted"),
        ("16 of Sample 12 of them are left", ["24087"], "12 of them are left"),
        ("24087 @jane", ["24087"], "@jane"),
        ("vetting backlog", [], "vetting backlog"),
        ("16% of officers", [], "16% of officers"),
        ("30/04/2023", [], "30/04/2023"),
        ("", [], ""),
    ],
)
def test_a_text_begins_with(house: Store, text: str, names: list[str], rest: str) -> None:
    got = read(house, text)
    assert got.problem is None
    assert (numbers(got), got.rest) == (names, rest)


def test_a_range_after_a_verb_takes_all_of_one_report(house: Store) -> None:
    assert numbers(read(house, "15-17 of Sample ACU DCI", "assign")) == ["24044", "24087", "24130"]


def test_a_range_takes_what_there_is_of_it(house: Store) -> None:
    got = read(house, "16-18 of Sample ACU DCI", "assign")
    assert (numbers(got), got.rest) == (["24087", "24130"], "ACU DCI")
    problem = read(house, "90-95 of Sample", "assign").problem
    assert problem is not None
    assert problem.text == "No 90-95 of Sample."


def test_unowned_of_a_report_is_what_nobody_owns_there(house: Store) -> None:
    assert numbers(read(house, "unowned of Sample ACU DCI", "assign")) == ["24087", "24173"]
    got = read(house, "unowned @ vetting of Sample ACU DCI", "assign")
    assert (numbers(got), got.rest) == (["24087", "24173"], "ACU DCI")


def test_several_matches_give_whole_commands_that_carry_on(house: Store) -> None:
    problem = read(house, "rec 16 ACU DCI", "assign").problem
    assert problem is not None
    commands = [button.command for button in problem.buttons]
    assert commands == ["assign #24087 ACU DCI", "assign rec 16 of Other & Neighbour ACU DCI"]
    assert all(command in problem.text for command in commands)
    for command in commands:
        verb, _, rest = command.partition(" ")
        assert len(read(house, rest, verb).rows) == 1


def test_each_choice_of_a_range_can_be_said(house: Store) -> None:
    problem = read(house, "16-17 ACU DCI", "assign").problem
    assert problem is not None
    for button in problem.buttons:
        got = read(house, button.command.removeprefix("assign "), "assign")
        assert (len(got.rows), got.rest) == (2, "ACU DCI")


def test_two_reports_of_one_force_are_told_apart_by_title(house: Store) -> None:
    twin = add_report(house, "Another look at vetting", "Other & Neighbour")
    import_recommendation(house, twin, 16)
    problem = read(house, "16 of Other").problem
    assert problem is not None
    assert len(problem.buttons) == 2
    for button in problem.buttons:
        assert len(read(house, button.command).rows) == 1


@pytest.mark.parametrize("typed", ["24078", "2087", "240877", "24088", "#24078"])
def test_one_slip_of_the_finger_finds_the_reference(house: Store, typed: str) -> None:
    problem = read(house, typed).problem
    assert problem is not None
    assert problem.text == f"No #{typed.lstrip('#')}. Did you mean #24087?"
    assert not problem.ok


def test_a_near_miss_carries_on_with_the_rest(house: Store) -> None:
    problem = read(house, "24078 on track all well").problem
    assert problem is not None
    assert [b.command for b in problem.buttons] == ["#24087 on track all well"]


def test_a_second_reference_with_a_slip_is_told_and_never_taken_for_text(house: Store) -> None:
    problem = read(house, "24044 24078 are both late").problem
    assert problem is not None
    assert "Did you mean #24087?" in problem.text


def test_a_reference_nobody_knows_says_so(house: Store) -> None:
    problem = read(house, "99999").problem
    assert problem is not None
    assert problem.text.startswith("No #99999.")


def test_an_unknown_force_lists_those_there_are(house: Store) -> None:
    problem = read(house, "16 of Nowhere on track").problem
    assert problem is not None
    assert "Nowhere" in problem.text
    assert "Sample Constabulary" in problem.text


def test_a_number_no_recommendation_has_offers_the_afi_that_does(house: Store) -> None:
    problem = read(house, "1").problem
    assert problem is not None
    assert "`#24173`" in problem.text


def test_a_report_among_others_of_its_force_is_named_by_one_word_of_its_title(
    house: Store,
) -> None:
    twin = add_report(house, "Another look at vetting arrangements", "Other & Neighbour")
    import_recommendation(house, twin, 16)
    problem = read(house, "16 ACU DCI", "assign").problem
    assert problem is not None
    assert [b.command for b in problem.buttons] == [
        "assign #24087 ACU DCI",
        "assign rec 16 @ inspection of Other & Neighbour ACU DCI",
        "assign rec 16 @ arrangements of Other & Neighbour ACU DCI",
    ]


def test_a_title_whose_words_all_stand_in_another_is_given_whole(house: Store) -> None:
    twin = add_report(house, "An inspection of vetting", "Other & Neighbour")
    import_recommendation(house, twin, 16)
    problem = read(house, "16 of Other on track").problem
    assert problem is not None
    assert [b.command for b in problem.buttons][1] == (
        'rec 16 @ "An inspection of vetting" of Other & Neighbour on track'
    )
    for button in problem.buttons:
        got = read(house, button.command)
        assert (len(got.rows), got.rest) == (1, "on track")
