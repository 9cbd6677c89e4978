"""docs/json.md and bot/shapes.py say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import shapes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0].strip(): part for part in re.split(r"^## ", PAGE, flags=re.M)[1:]
}
TOP: dict[str, tuple[type[shapes.Shape], ...]] = {
    "Say": (shapes.Say, shapes.CardShape),
    "Import": (shapes.Import, shapes.FileShape),
    "Tick": (shapes.Tick, shapes.MessageShape),
    "Forecast": (shapes.Forecast, shapes.ReminderShape),
    "Ledger": (shapes.Ledger, shapes.EntryShape),
    "Retry": (shapes.Retry,),
    "Export": (shapes.Export, shapes.RecommendationShape, shapes.ReportShape),
    "Apply": (shapes.Apply,),
    "Audit": (shapes.Audit,),
    "Doctor": (shapes.Doctor, shapes.CheckShape),
}


def tables(section: str) -> list[list[str]]:
    """The field names of each table in a section, in order."""
    found: list[list[str]] = []
    for line in section.splitlines():
        if line.startswith("| field |"):
            found.append([])
        elif field := re.match(r"\| `(\w+)` \|", line):
            found[-1].append(field[1])
    return found


def test_the_page_has_one_section_for_each_shape() -> None:
    assert list(SECTIONS) == list(TOP)


@pytest.mark.parametrize("name", TOP)
def test_the_page_names_the_fields_of_each_shape_in_their_order(name: str) -> None:
    assert tables(SECTIONS[name]) == [list(model.model_fields) for model in TOP[name]]


@pytest.mark.parametrize("name", TOP)
def test_the_example_on_the_page_is_of_its_shape(name: str) -> None:
    example = re.search(r"```json\n(.*?)```", SECTIONS[name], re.S)
    assert example is not None
    TOP[name][0].model_validate_json(example[1])


SMALL = (
    shapes.FactShape,
    shapes.ButtonShape,
    shapes.WarningShape,
    shapes.SkippedShape,
    shapes.RetriedShape,
    shapes.MilestoneShape,
    shapes.UpdateShape,
)


@pytest.mark.parametrize("model", SMALL)
def test_the_page_names_the_fields_of_the_small_shapes(model: type[shapes.Shape]) -> None:
    for field in model.model_fields:
        assert f"`{field}`" in PAGE
