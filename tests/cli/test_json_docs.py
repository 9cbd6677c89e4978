"""docs/json.md and the dataclasses that are printed say the same."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.cli import shapes
from bot.doctor.check import Check
from db.importing.records import ImportOutcome
from documents.record import (
    Export,
    ExportedMilestone,
    ExportedRecommendation,
    ExportedReport,
    ExportedUpdate,
    Warning,
)
from documents.writers.json import write
from governance.brag import Brag
from messages.reply import Button, Card, Fact, Visibility
from scheduler.operations import Entries, Entry, Retried
from scheduler.report import Delivered, RowView, Skipped
from tests.cli.conftest import read_as

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0].strip(): part for part in re.split(r"^## ", PAGE, flags=re.M)[1:]
}
TOP: dict[str, tuple[type, ...]] = {
    "Say": (shapes.SayOutput, Card),
    "Import": (shapes.ImportOutput, ImportOutcome),
    "Tick": (shapes.TickOutput, Delivered),
    "Forecast": (shapes.ForecastOutput, RowView),
    "Ledger": (Entries, Entry),
    "Retry": (shapes.RetryOutput,),
    "Export": (Export, ExportedRecommendation, ExportedReport),
    "Apply": (shapes.ApplyOutput,),
    "Audit": (shapes.AuditOutput,),
    "Doctor": (shapes.DoctorOutput, Check),
}


def printed(shape: type) -> list[str]:
    """The fields of a shape as they are printed; a card's `name` is not."""
    return [field.name for field in fields(shape) if (shape, field.name) != (Card, "name")]


def tables(section: str) -> list[list[str]]:
    """The field names of each table in a section, in order."""
    listed: list[list[str]] = []
    for line in section.splitlines():
        if line.startswith("| field |"):
            listed.append([])
        elif field := re.match(r"\| `(\w+)` \|", line):
            listed[-1].append(field[1])
    return listed


def test_the_page_has_one_section_for_each_shape() -> None:
    assert list(SECTIONS) == list(TOP)


@pytest.mark.parametrize("name", TOP)
def test_the_page_names_the_fields_of_each_shape_in_their_order(name: str) -> None:
    assert tables(SECTIONS[name]) == [printed(shape) for shape in TOP[name]]


@pytest.mark.parametrize("name", TOP)
def test_the_example_on_the_page_is_of_its_shape(name: str) -> None:
    example = re.search(r"```json\n(.*?)```", SECTIONS[name], re.S)
    assert example is not None
    read_as(TOP[name][0], example[1])


@pytest.mark.parametrize("name", TOP)
def test_the_example_is_printed_as_it_stands(name: str) -> None:
    example = re.search(r"```json\n(.*?)```", SECTIONS[name], re.S)
    assert example is not None
    assert json.loads(write(read_as(TOP[name][0], example[1]))) == json.loads(example[1])


SMALL = (Fact, Button, Warning, Skipped, Retried, ExportedMilestone, ExportedUpdate)


@pytest.mark.parametrize("shape", SMALL)
def test_the_page_names_the_fields_of_the_small_shapes(shape: type) -> None:
    for field in fields(shape):
        assert f"`{field.name}`" in PAGE


def test_a_card_is_printed_with_its_colour_and_without_its_name() -> None:
    card = Card("#24087", brag=Brag.GREEN_DONE, name="#24087")
    output = json.loads(write(shapes.SayOutput(True, Visibility.PRIVATE, "", (card,))))
    assert list(output["cards"][0]) == printed(Card)
    assert output["cards"][0]["brag"] == "green"
