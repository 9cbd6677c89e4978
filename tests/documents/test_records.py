"""Items of each record: the sample and, where DULY_RECORDS is set, the real one it resembles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from documents.readers import read_document
from documents.record import ImportedRecord
from governance.words import Kind
from tests.documents.record_variations import records

NUMBERS = [1, 2, 3, 4, 7, 8, 11, 13, 15, 16, 18, 20, 24, 25, 26, 28, 29, *range(32, 44)]
REFERENCES = {
    2: 23732, 3: 23775, 4: 23818, 7: 23864, 8: 23907, 11: 23954, 13: 23999, 15: 24044, 16: 24087,
    18: 24133, 24: 24187, 25: 24230, 26: 24273, 28: 24317, 29: 24360, 32: 24409, 33: 24452,
    34: 24495, 35: 24538, 36: 24581, 37: 24624, 38: 24667, 39: 24710, 40: 24753, 41: 24796,
    42: 24839, 43: 24882, 1: 25140, 20: 25183,
}  # fmt: skip
POINTS = {
    1: 2, 2: 2, 3: 4, 4: 3, 7: 2, 13: 4, 15: 3, 16: 2, 18: 3, 25: 6, 26: 2, 28: 4, 32: 2, 33: 3,
    35: 2, 36: 2, 37: 2, 40: 2, 41: 4, 42: 3,
}  # fmt: skip


def each(*beginnings: str) -> pytest.MarkDecorator:
    """Run a test on every record whose file name begins so."""
    paths = [path for path in records() if path.name.startswith(beginnings)]
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


def read(path: Path) -> ImportedRecord:
    return read_document(path.name, path.read_bytes())


def of_kind(record: ImportedRecord, kind: Kind) -> dict[int, int]:
    """Number to count of points."""
    return {int(i.number or 0): len(i.points) for i in record.items if i.kind is kind}


@each("cumbria", "avon", "002_", "004_")
def test_the_national_report_has_29_recommendations_and_5_afis(path: Path) -> None:
    record = read(path)
    points = of_kind(record, Kind.RECOMMENDATION)
    assert sorted(points) == NUMBERS
    assert {number: count for number, count in points.items() if count} == POINTS
    assert of_kind(record, Kind.AFI) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    assert record.warnings == ()
    assert record.report.title == (
        "An inspection of vetting, misconduct, and misogyny in the police service"
    )
    first = next(i for i in record.items if i.number == "1" and i.kind is Kind.RECOMMENDATION)
    assert first.addressee == "the College of Policing"
    assert {item.addressee for item in record.items if item is not first} == {
        "chief constables",
        "forces",
    }


@each("cumbria", "004_")
def test_a_record_with_references_gives_each_its_own(path: Path) -> None:
    record = read(path)
    recommendations = [i for i in record.items if i.kind is Kind.RECOMMENDATION]
    assert {int(i.number or 0): int(i.ref or 0) for i in recommendations} == REFERENCES
    assert [i.ref for i in record.items if i.kind is Kind.AFI] == [
        "24925",
        "24968",
        "25011",
        "25054",
        "25097",
    ]
    by_number = {i.number: i for i in recommendations}
    assert by_number["2"].text.endswith("records\n\nWhere:")
    assert "\n\nAs soon as possible after this, these chief constables should:" in (
        by_number["13"].text
    )
    assert len(by_number["28"].text.split("\n\n")) == 2
    assert record.report.force == "Cumbria"
    assert (record.report.pcc_response or "").startswith("Cumbria’s Police and Crime Commissioner")
    assert (record.report.chief_constable_response or "").startswith("The Deputy Chief Constable")
    assert (record.report.chief_constable_response or "").endswith("”")
    assert record.report.summary
    assert record.report.grade is None
    assert all(item.response is None for item in record.items)


@each("avon", "002_")
def test_a_pccs_response_answers_each_item(path: Path) -> None:
    record = read(path)
    assert all(item.response and item.ref is None for item in record.items)
    assert record.report.force == "Avon and Somerset"
    assert record.report.published == date(2022, 11, 2)
    assert record.report.inspectorate == "HMICFRS"
    assert "Police and Crime Plan" in (record.report.pcc_response or "")
    assert "published on" not in (record.items[-1].response or "")


@each("staffordshire-vetting", "000_")
def test_a_form_for_the_national_report_has_its_fields_and_5_afis(path: Path) -> None:
    record = read(path)
    report = record.report
    assert of_kind(record, Kind.AFI) == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    assert len(record.items) == 5
    assert report.title == "Inspection of vetting, misconduct and misogyny in the police service"
    assert (report.force, report.grade, report.inspectorate) == ("Staffordshire", None, None)
    assert report.pcc
    assert report.chief_constable
    assert report.pcc_response
    assert report.pcc_comments
    assert "more than 1000 staff" in (report.chief_constable_response or "").replace(
        "over", "more than"
    )
    assert "<" not in (report.summary or "")
    assert len(record.items[0].text.split("\n")) == 1
    (warning,) = record.warnings
    assert warning.line == 15
    assert "“28 Recommendations for forces.”" in warning.text


@each("staffordshire-counter", "001_")
def test_a_form_for_one_force_joins_answers_from_far_below(path: Path) -> None:
    record = read(path)
    assert of_kind(record, Kind.AFI) == {1: 4, 2: 3}
    first, second = record.items
    assert (first.response or "").startswith("The Vetting Unit")
    assert "People Intelligence Board" in (second.response or "")
    assert "AFI" not in (record.report.chief_constable_response or "")
    assert (record.report.force, record.report.grade) == ("Staffordshire", "Adequate")
    assert record.report.inspectorate == (
        "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
    )
    assert record.report.pcc_comments
    assert record.warnings == ()


@each("staffordshire-peel", "003_")
def test_a_form_with_themes_has_6_afis_each_with_its_update(path: Path) -> None:
    record = read(path)
    legitimacy = "LEGITIMACY – Ethical and lawful workforce behaviour"
    assert [item.theme for item in record.items] == [
        "EFFECTIVENESS Investigating Crime",
        "EFFECTIVENESS Investigating Crime",
        "Protecting Vulnerable People",
        legitimacy,
        legitimacy,
        legitimacy,
    ]
    assert [len(item.points) for item in record.items] == [0, 0, 0, 0, 0, 2]
    assert all(item.response and item.number is None for item in record.items)
    assert "Commissioner" not in (record.items[-1].response or "")
    assert (record.report.pcc_response or "").startswith("The Staffordshire Commissioner's Office")
    assert (record.report.chief_constable_response or "").startswith("Temporary Chief Constable")
    assert record.report.grade == "Good"
    (warning,) = record.warnings
    assert warning.line == 58


@each("")
def test_no_item_holds_markup_its_response_or_another_item(path: Path) -> None:
    for item in read(path).items:
        whole = "\n".join((item.text, *item.points))
        assert "<" not in whole
        assert "&amp;" not in whole
        assert "Response" not in whole
        assert "Force Update" not in whole
        assert not any(point.startswith(("-", "•", "·")) for point in item.points)
        assert not any(word in whole for word in ("Recommendation ", "Area for improvement "))
