"""The samples, as a newcomer uses them: import, ask, update, forecast, and be reminded."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.cli import invoke
from bot.cli.shapes import ForecastOutput, ImportOutput, SayOutput, TickOutput
from documents.record import Export
from governance.words import Kind
from tests.cli.conftest import Duly, read_as

ROOT = Path(__file__).parents[2]
BEGUN = ("--at", "2023-01-03")
FORECAST = ("forecast", "--from", "2023-01-03", "--to", "2023-06-30", *BEGUN, "--json")
THEMATIC = "An inspection of vetting, misconduct, and misogyny in the police service"
FOUND = {
    "avon-and-somerset-vetting-2022.txt": 34,
    "cumbria-vetting-2022.txt": 34,
    "staffordshire-counter-corruption-2023.txt": 2,
    "staffordshire-peel-2019.txt": 6,
    "staffordshire-vetting-2022.txt": 5,
}
DAYS_OF_30_APRIL = [
    ("2023-03-31T09:00:00+01:00", "deadline", 30),
    ("2023-04-14T09:00:00+01:00", "deadline", 16),
    ("2023-04-21T09:00:00+01:00", "deadline", 9),
    ("2023-04-28T09:00:00+01:00", "deadline", 2),
    ("2023-05-02T09:00:00+01:00", "overdue", -2),
    ("2023-05-09T09:00:00+01:00", "overdue", -9),
    ("2023-05-15T09:00:00+01:00", "overdue", -15),
]
"""A Sunday; 1 May and 8 May 2023 were bank holidays."""


@pytest.fixture(scope="session")
def records(sample_records: Path) -> list[Path]:
    return sorted(sample_records.glob("*.txt"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, records: list[Path]) -> Path:
    """A store with the sample organisation and the sample records, as of 3 January 2023."""
    path = tmp_path_factory.mktemp("filled") / "duly.db"
    there = ("--db", f"sqlite:///{path}", *BEGUN)
    assert invoke(["apply", str(ROOT / "samples" / "organisation.yaml"), *there]) == 0
    assert invoke(["import", *map(str, records), *there]) == 0
    return path


@pytest.fixture
def loaded(duly: Duly, folder: Path, filled: Path) -> Duly:
    """The program in a folder with a copy of that store."""
    shutil.copy(filled, folder / "duly.db")
    return duly


def recommendations(duly: Duly) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = duly("export", *BEGUN).json["recommendations"]
    return items


def test_importing_finds_every_item_and_the_second_time_changes_nothing(
    duly: Duly, records: list[Path]
) -> None:
    first = read_as(ImportOutput, duly("import", *records, *BEGUN, "--json").out)
    assert {Path(file.file).name: file.added for file in first.files} == FOUND
    again = read_as(ImportOutput, duly("import", *records, *BEGUN, "--json").out)
    assert {Path(file.file).name: file.unchanged for file in again.files} == FOUND
    assert {(file.added, file.changed) for file in again.files} == {(0, 0)}


def test_the_export_has_the_documented_shape_and_all_that_was_imported(loaded: Duly) -> None:
    output = read_as(Export, loaded("export", *BEGUN).out)
    counts = Counter((r.report, r.force, r.kind) for r in output.recommendations)
    assert counts[THEMATIC, "Cumbria", Kind.RECOMMENDATION] == 29
    assert counts[THEMATIC, "Cumbria", Kind.AFI] == 5
    assert counts[THEMATIC, "Avon and Somerset", Kind.RECOMMENDATION] == 29
    assert counts[THEMATIC, "Avon and Somerset", Kind.AFI] == 5
    assert len(output.recommendations) == sum(FOUND.values())
    rec = next(r for r in output.recommendations if r.ref == "24087")
    assert (rec.number, str(rec.deadline), len(rec.points)) == ("16", "2023-12-31", 2)
    assert (rec.owner, rec.board, rec.progress) == ("acu-dci", "pib", "not_started")
    assert len(output.reports) == len(FOUND)


def test_a_look_up_says_the_number_the_date_and_the_points(loaded: Duly) -> None:
    ran = loaded("say", "/rec 24087", *BEGUN, "--json")
    output = read_as(SayOutput, ran.out)
    assert ran.status == 0
    assert output.ok
    assert output.visibility == "private"
    assert "recommendation 16" in output.text
    assert "31 December 2023" in output.text
    assert [len(card.points) for card in output.cards] == [2]
    assert all(point in output.text for point in output.cards[0].points)


def test_people_get_the_same_words_without_json(loaded: Duly) -> None:
    plain = loaded("say", "rec", "24087", *BEGUN)
    assert plain.out == loaded("say", "/rec 24087", *BEGUN, "--json").json["text"] + "\n"


def test_a_wrong_digit_finds_the_right_reference(loaded: Duly) -> None:
    ran = loaded("say", "/rec 24078", *BEGUN)
    assert ran.status == 1
    assert "Did you mean #24087?" in ran.out
    assert ran.err == ""


def test_an_update_is_noted_shown_and_taken_back_and_the_history_keeps_both(
    loaded: Duly,
) -> None:
    words = "PND checks go live on 4 December"
    ran = loaded("say", "--as", "jane", f"/rec 24087 on track {words}", *BEGUN)
    assert ran.status == 0
    assert ran.out.startswith("Duly noted.")
    assert words in loaded("say", "history 24087", *BEGUN).out

    rec = next(r for r in recommendations(loaded) if r["ref"] == "24087")
    assert rec["progress"] == "on_track"
    assert [(u["by"], u["text"]) for u in rec["updates"]] == [("jane", words)]

    assert loaded("say", "--as", "jane", "undo", *BEGUN).status == 0
    history = loaded("say", "history 24087", *BEGUN).out
    assert words in history
    assert "undone" in history.casefold()
    rec = next(r for r in recommendations(loaded) if r["ref"] == "24087")
    assert (rec["progress"], rec["updates"]) == ("not_started", [])
    assert loaded("audit", "verify").status == 0


def test_somebody_without_a_post_may_look_but_not_touch(loaded: Duly) -> None:
    assert loaded("say", "--as", "visitor", "24087", *BEGUN).status == 0
    assert loaded("say", "--as", "visitor", "24087 on track all well", *BEGUN).status == 1
    rec = next(r for r in recommendations(loaded) if r["ref"] == "24087")
    assert rec["updates"] == []


def due_30_april(loaded: Duly) -> str:
    """The reference of a recommendation due on Sunday 30 April 2023."""
    return next(
        str(r["ref"]) for r in recommendations(loaded) if r["ref"] and r["deadline"] == "2023-04-30"
    )


def rows(items: Iterable[Any], ref: str) -> list[tuple[str, str, int | None]]:
    """One recommendation's own reminders, each once though several people get it."""
    return sorted({(row.at, row.rule, row.days) for row in items if row.ref == ref})


def test_the_forecast_of_30_april_goes_round_the_bank_holidays(loaded: Duly) -> None:
    ref = due_30_april(loaded)
    output = read_as(ForecastOutput, loaded(*FORECAST).out)
    assert rows(output.reminders, ref)[: len(DAYS_OF_30_APRIL)] == DAYS_OF_30_APRIL


def test_ticking_through_the_forecast_delivers_exactly_that_once(loaded: Duly) -> None:
    loaded("tick", "--at", "2023-03-24T17:00:00")
    spring = ("forecast", "--from", "2023-03-25", "--to", "2023-05-15", "--json")
    forecast = read_as(ForecastOutput, loaded(*spring, "--at", "2023-03-24").out).reminders
    delivered = []
    for moment in sorted({row.at for row in forecast}):
        output = read_as(TickOutput, loaded("tick", "--at", moment, "--json").out)
        assert not output.skipped
        delivered += [row for message in output.messages for row in message.reminders]

    again = read_as(TickOutput, loaded("tick", "--at", moment, "--json").out)
    assert not again.messages

    def as_set(items: Iterable[Any]) -> list[str]:
        return sorted(repr(row) for row in items)

    assert as_set(delivered) == as_set(forecast)
    assert rows(delivered, due_30_april(loaded)) == DAYS_OF_30_APRIL


def test_what_a_tick_prints_for_people_names_the_person_and_the_reference(loaded: Duly) -> None:
    ref = due_30_april(loaded)
    output = loaded("tick", "--at", "2023-03-31").out
    assert f"#{ref}" in output
    assert "To " in output


def test_a_question_a_forecast_and_an_export_write_nothing(loaded: Duly, folder: Path) -> None:
    before = loaded("audit", "verify", "--json").json
    loaded("say", "overdue", "--at", "2023-07-01")
    loaded(*FORECAST)
    loaded("export", "--at", "2023-07-01")
    assert loaded("audit", "verify", "--json").json == before


def test_a_table_piped_elsewhere_has_one_plain_line_a_row(loaded: Duly) -> None:
    output = loaded(*FORECAST[:-1]).out.splitlines()
    expected = json.loads(loaded(*FORECAST).out)["reminders"]
    assert len(output) == len(expected) + 1
    assert "\x1b" not in "".join(output)
