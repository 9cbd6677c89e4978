"""`duly import`: what it reads, what it cannot, and what it says of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.shapes import ImportOutput
from tests.cli.conftest import Duly, read_as


@pytest.fixture
def record(sample_records: Path) -> Path:
    """A record with warnings: it counts from a publication date that it does not state."""
    return sample_records / "cumbria-vetting-2022.txt"


def test_a_file_that_cannot_be_read_is_one_line_and_the_others_are_imported(
    duly: Duly, folder: Path, record: Path
) -> None:
    (folder / "shopping.txt").write_text("milk\neggs\n")
    ran = duly("import", "missing.txt", folder, "shopping.txt", record, "--json")
    output = read_as(ImportOutput, ran.out)
    assert ran.status == 0
    assert [file.added for file in output.files] == [34]
    lines = ran.err.splitlines()
    assert len(lines) == 3
    assert "missing.txt" in lines[0]
    assert lines[2].count("shopping.txt") == 1


def test_nothing_that_could_be_read_is_status_1(duly: Duly) -> None:
    ran = duly("import", "missing.txt", "gone.txt")
    assert (ran.status, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 2
    assert duly("import", "missing.txt", "--json").json == {"files": []}


def test_warnings_are_said_with_their_line_and_are_no_failure(duly: Duly, record: Path) -> None:
    ran = duly("import", record)
    assert ran.status == 0
    assert ran.err == ""
    warning = ran.out.splitlines()[-1]
    assert warning.startswith(f"{record}:")
    assert "With immediate effect" in warning


def test_the_report_for_people_is_one_plain_line_a_file(duly: Duly, record: Path) -> None:
    heading, line, *_ = duly("import", record).out.splitlines()
    assert heading.split() == [
        "File", "Report", "Force", "Added", "Changed", "Unchanged", "Warnings",
    ]  # fmt: skip
    assert line.split()[0] == record.name
    assert line.split()[-4:] == ["34", "0", "0", "1"]


def test_a_date_to_pretend_is_nine_o_clock_at_the_force_s_place(duly: Duly, record: Path) -> None:
    duly("import", record, "--at", "2023-07-03")
    rows = duly("export").json["recommendations"]
    assert {row["updated_at"] for row in rows} == {"2023-07-03T09:00:00+01:00"}


def test_a_pretended_moment_is_in_the_zone_of_the_applied_organisation(
    duly: Duly, folder: Path, record: Path
) -> None:
    (folder / "far.yaml").write_text(
        "force: {key: far, name: Far Police, timezone: America/St_Johns, holidays: GB-ENG}\n"
    )
    assert duly("apply", "far.yaml").status == 0
    duly("import", record, "--at", "2023-07-03T10:30:00")
    rows = duly("export").json["recommendations"]
    assert {row["updated_at"] for row in rows} == {"2023-07-03T10:30:00-02:30"}


def test_a_pretended_moment_with_an_offset_is_that_moment(duly: Duly, record: Path) -> None:
    duly("import", record, "--at", "2023-07-03T10:30:00+00:00")
    rows = duly("export").json["recommendations"]
    assert {row["updated_at"] for row in rows} == {"2023-07-03T11:30:00+01:00"}
