"""Recognition of many items: each is compared with a bounded number of rows, and still found."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from db.importing import recognition
from db.importing.candidates import CANDIDATES
from db.importing.numbering import numbered
from db.importing.recognition import recognise, whole_key
from db.tables import Recommendation
from documents.record import ImportedItem
from governance.identity import likeness
from governance.words import Kind

WORDS = [f"{first}{second}en" for first in "bcdfghklmnprst" for second in ("a", "e", "io", "ur")]


def sentence(number: int) -> str:
    """A text of thirty words, most of them in every other text too."""
    chosen = random.Random(number)
    return "The force should " + " ".join(chosen.choice(WORDS) for _ in range(30))


def reworded(text: str) -> str:
    words = text.split()
    return " ".join([*words[:-1], "otherwise"])


def rows_of(texts: list[str]) -> list[Recommendation]:
    return [
        Recommendation(
            id=number, organisation=1, report_id=1, kind=Kind.RECOMMENDATION.value,
            number=str(number), number_stated=False, text=text, text_key=whole_key(text, ()),
            points=[],
        )
        for number, text in enumerate(texts, 1)
    ]  # fmt: skip


def items_of(texts: list[str]) -> list[ImportedItem]:
    return [
        ImportedItem(kind=Kind.RECOMMENDATION, number=None, text=text, position=position)
        for position, text in enumerate(texts, 1)
    ]


def test_items_reworded_and_in_another_order_are_all_recognised() -> None:
    texts = [sentence(number) for number in range(600)]
    shuffled = random.Random(1).sample(texts, len(texts))
    result = recognise(items_of([reworded(text) for text in shuffled]), rows_of(texts), {})
    rows = [one.row.text for one in result.items if one.row is not None]
    assert rows == shuffled
    assert len(result.warnings) == 600


def same(number: int) -> str:
    return sentence(0)


def nearly_same(number: int) -> str:
    return f"{sentence(0)} and look after cell {number}"


@pytest.mark.parametrize("text_of", [sentence, same, nearly_same])
@pytest.mark.parametrize("rewording", [str, reworded])
def test_the_comparisons_grow_with_the_number_of_items(
    monkeypatch: pytest.MonkeyPatch,
    text_of: Callable[[int], str],
    rewording: Callable[[str], str],
) -> None:
    compared = 0

    def counted(one: str, other: str, at_least: float = 0) -> float:
        nonlocal compared
        compared += 1
        return likeness(one, other, at_least)

    monkeypatch.setattr(recognition, "likeness", counted)
    for count in (200, 800):
        texts = [text_of(number) for number in range(count)]
        compared = 0
        result = recognise(items_of([rewording(text) for text in texts]), rows_of(texts), {})
        assert compared <= count * (CANDIDATES + 12) * 3
        assert sum(one.row is None for one in result.items) == 0


def test_numbers_are_given_in_the_order_of_the_document() -> None:
    numbers = (None, "1", "7", None, None)
    texts = [sentence(number) for number in range(5)]
    items = [
        ImportedItem(kind=Kind.RECOMMENDATION, number=number, text=text, position=position)
        for position, (number, text) in enumerate(zip(numbers, texts, strict=True), 1)
    ]
    given = numbered(recognise(items, [], {}).items, [], []).given
    assert given == ["8", "1", "7", "4", "5"]
