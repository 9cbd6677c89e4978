"""No record, whatever is in it, takes more than linear time to read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from documents.readers import NotUnderstood, read_document
from tests.support.growth import assert_linear

HEAD = (
    "Force\tCumbria\nTitle of inspection\tInspection of alpha\n\nRecommendations:\n\n"
    "Recommendation #24087: Inspection of alpha – Recommendation 1.\n\n"
    "By 31 December 2023, chief constables should act. "
)

SHAPES: list[Callable[[int], str]] = [
    lambda n: "<p>" + "<a " * n,
    lambda n: "<a \n" * n,
    lambda n: "<!--" * n,
    lambda n: "<ul>a;" + " " * n,
    lambda n: "<ul>" + "; " * n,
    lambda n: "<ul><li>a" * n,
    lambda n: "x" + " " * n + "y",
    lambda n: "\t" * n + "x",
    lambda n: "a\x0b" * n,
    lambda n: "&#" + "5" * n + ";",
    lambda n: "&a" * n,
    lambda n: "a; " * n,
    lambda n: "- point;\n" * n,
    lambda n: "*" * n + "x",
    lambda n: "(" * n,
    lambda n: "Recommendation 1\n" * n,
    lambda n: "Heading Like\n" * n,
    lambda n: "Response: yes\n" * n,
    lambda n: "a. Response: " * n,
    lambda n: "The force should act.\n" * n,
    lambda n: "By 30 April 2023, chief constables should act.\n" * n,
    lambda n: "commissioner " * n,
    lambda n: "Police and " * n,
    lambda n: "no recommendations " * n,
    lambda n: "published 1 May 2023 " * n,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: repr(shape(1)))
def test_no_record_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    def read(text: str) -> None:
        with suppress(NotUnderstood):
            read_document("record.txt", (HEAD + text).encode())

    assert_linear(read, shape)


def test_a_number_too_long_for_a_character_is_kept_as_typed() -> None:
    text = f"{HEAD}&#{'5' * 5000};"
    (item,) = read_document("record.txt", text.encode()).items
    assert "&#555" in item.text
