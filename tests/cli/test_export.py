"""Exports, as JSON and as a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from db.clock import PretendedClock
from db.queries.exports import export
from db.store import Store
from db.tables import Recommendation, Update
from documents.record import Export
from documents.writers import write_export
from tests.cli.conftest import Duly, read_as
from tests.factories import TEST, a_recommendation, a_report

FORMULAS = ["=1+1", "+44", "-5", "@SUM(A1)", "\tx", "\rx"]


@pytest.fixture
def filled(store: Store) -> Store:
    """Three recommendations: number 16 with everything, an AFI, and number 4 with nothing."""
    with store.write(TEST) as writing:
        report = a_report(writing, "Vetting", "Cumbria")
        full = a_recommendation(
            writing,
            report,
            ref="24087",
            points=["check each “transfer”;", "– keep a record"],
            deadline=date(2023, 12, 31),
            original_deadline=date(2023, 10, 31),
            deadline_kind="by_date",
            deadline_text="By 31 December 2023",
            milestones=[{"date": "2024-03-31", "text": "by 31 March 2024"}],
            progress="complete",
            owner="acu-dci",
        )
        a_recommendation(writing, report, kind="afi", number="1", text="=HYPERLINK(1)")
        a_recommendation(writing, report, number="4", text="Line one.\n\nLine two.")
        for minutes, text, undone in ((0, "first", False), (5, "a slip", True), (9, "last", False)):
            writing.add(
                Update(
                    organisation=writing.key,
                    recommendation_id=full.id or 0,
                    at=writing.now + timedelta(minutes=minutes),
                    by="jane",
                    progress="on_track",
                    text=text,
                    undone=undone,
                )
            )
        writing.note("import", "report:1")
    return store


def exported(store: Store) -> Export:
    with store.read() as reading:
        return read_as(Export, write_export(export(reading), "json"))


def test_json_is_of_its_documented_shape_in_order_of_kind_and_number(filled: Store) -> None:
    content = exported(filled)
    assert [(item.kind, item.number) for item in content.recommendations] == [
        ("recommendation", "4"),
        ("recommendation", "16"),
        ("afi", "1"),
    ]
    full = content.recommendations[1]
    assert (full.ref, full.report, full.force) == ("24087", "Vetting", "Cumbria")
    assert (full.deadline, full.original_deadline) == (date(2023, 12, 31), date(2023, 10, 31))
    assert full.milestones[0].date == date(2024, 3, 31)
    assert full.points == ("check each “transfer”;", "– keep a record")
    assert content.reports[0].title == "Vetting"


def test_an_update_that_was_undone_is_left_out(filled: Store) -> None:
    full = exported(filled).recommendations[1]
    assert [update.text for update in full.updates] == ["first", "last"]
    assert full.updates[0].at == "2023-01-03T09:00:00+00:00"


def test_moments_carry_the_zone_s_offset_of_their_day(filled: Store, clock: PretendedClock) -> None:
    clock.set(clock.now() + timedelta(days=180))
    with filled.write(TEST) as writing:
        row = writing.session.exec(select(Recommendation).order_by(col(Recommendation.id))).first()
        assert row is not None
        writing.change(row, "position", {"inspectorate_position": "complete"})
    assert exported(filled).recommendations[1].updated_at == "2023-07-02T10:00:00+01:00"


def test_both_greens_are_green_and_colour_is_today_s(filled: Store, clock: PretendedClock) -> None:
    assert [item.brag for item in exported(filled).recommendations] == ["white", "green", "white"]


def test_the_file_holds_the_words_verbatim(filled: Store) -> None:
    with filled.read() as reading:
        text = write_export(export(reading), "json")
    assert "“transfer”" in text
    assert "=HYPERLINK(1)" in [item["text"] for item in json.loads(text)["recommendations"]]


def rows(store: Store) -> list[dict[str, str]]:
    with store.read() as reading:
        text = write_export(export(reading), "csv")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_spreadsheet_has_one_row_for_each_recommendation(filled: Store) -> None:
    table = rows(filled)
    assert [row["number"] for row in table] == ["4", "16", "1"]
    assert table[0]["text"] == "Line one.\n\nLine two."
    assert table[0]["deadline"] == ""
    assert table[1]["points"] == "check each “transfer”;\n– keep a record"
    assert table[1]["milestones"] == "2024-03-31 by 31 March 2024"
    assert table[1]["updates"] == (
        "2023-01-03T09:00:00+00:00 jane on_track: first\n"
        "2023-01-03T09:09:00+00:00 jane on_track: last"
    )


@pytest.mark.parametrize("words", FORMULAS)
def test_a_cell_that_a_spreadsheet_would_run_is_written_as_text(store: Store, words: str) -> None:
    with store.write(TEST) as writing:
        report = a_report(writing, title=words)
        a_recommendation(writing, report, text=words, points=[words], owner=words)
        writing.note("import", "report:1")
    row = rows(store)[0]
    assert [row[name] for name in ("report", "text", "points", "owner")] == [f"'{words}"] * 4


def test_export_writes_a_file_and_nothing_on_standard_output(duly: Duly, folder: Path) -> None:
    ran = duly("export", "--format", "csv", "--output", "all.csv")
    assert (ran.status, ran.out) == (0, "")
    assert (folder / "all.csv").read_bytes().startswith(b"ref,kind,number,")


def test_a_file_that_cannot_be_written_is_one_line(duly: Duly) -> None:
    ran = duly("export", "--output", "no/such/folder/all.json")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


def test_an_empty_store_exports_empty_lists(duly: Duly) -> None:
    assert duly("export").json == {"recommendations": [], "reports": []}
    assert duly("export", "--json").json == {"recommendations": [], "reports": []}


def test_export_marks_nothing_as_pretended(store: Store, duly: Duly) -> None:
    duly("export", "--at", "2023-06-01", "--db", store.url.render_as_string())
    with store.read() as reading:
        assert reading.mark("kind") is None
