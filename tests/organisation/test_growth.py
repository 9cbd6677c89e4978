"""No organisation file takes more than linear time to read, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from documents.organisation import read_organisation
from documents.organisation.words import read_rule
from governance.errors import BadConfiguration
from tests.support.growth import assert_linear

HEAD = "force: {key: a, name: b}\nposts:\n  - {key: s, title: S, role: secretary}\n"


def lines(pattern: str, count: int) -> str:
    """So many lines, each with its number in the place of {0}."""
    return "".join(f"{pattern.format(number)}\n" for number in range(count))


SHAPES: dict[str, Callable[[int], str]] = {
    "posts": lambda n: HEAD + lines("  - {{key: p{0}, title: T{0}, role: owner}}", n),
    "one post": lambda n: HEAD + "  - {key: s, title: S, role: secretary}\n" * n,
    "owners": lambda n: HEAD + "owners:\n" + lines('  "2{0:05}": s', n),
    "nobody": lambda n: HEAD + "owners:\n" + lines('  "2{0:05}": x{0}', n),
    "one owner": lambda n: HEAD + "owners:\n" + '  "20000": s\n' * n,
    "people": lambda n: HEAD + "people:\n" + lines("  - {{key: p{0}, name: P}}", n),
    "unknown keys": lambda n: HEAD + lines("k{0}: v", n),
    "title": lambda n: HEAD + 'owners:\n  "AFI 1 @ ' + "a " * n + '": s\n',
    "spaces": lambda n: HEAD + 'owners:\n  "AFI 1' + " " * n + 'x": s\n',
    "brackets": lambda n: HEAD + "[" * n,
    "quotes": lambda n: HEAD + '"' * n,
    "comment": lambda n: HEAD + "#" * n,
    "spaces alone": lambda n: HEAD + " " * n + "x",
    "aliases": lambda n: HEAD + "x: &a [1]\ny: [" + "*a, " * n + "]\n",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_no_organisation_file_takes_more_than_linear_time(shape: str) -> None:
    def read(text: str) -> None:
        with suppress(BadConfiguration):
            read_organisation(text, "o.yaml")

    assert_linear(read, SHAPES[shape])


def test_a_recurrence_rule_has_a_length() -> None:
    minutes = ",".join(map(str, range(60)))
    with pytest.raises(ValueError, match="is too long for a recurrence rule"):
        read_rule(f"FREQ=DAILY;BYMINUTE={minutes};BYSECOND={minutes}")
    assert read_rule("FREQ=MONTHLY;BYDAY=1TU,3TU")
