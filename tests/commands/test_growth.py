"""No text takes a parser of commands more than linear time, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest

from commands import router
from commands.changes import read_reason, take_head
from commands.invocation import Context, Invocation
from commands.parsing.filters import read_list, take_page
from commands.parsing.grammar import read_targets
from commands.parsing.people import find_owners, owners
from commands.parsing.progress import PROGRESS_PHRASES, read_update
from commands.request import Request
from commands.router import VERBS
from db.store import Reading, Store
from governance.dates import take_typed_date
from governance.errors import DulyError
from governance.identity import text_key
from tests.support.backends import SQLITE
from tests.support.growth import assert_linear

TODAY = date(2023, 1, 3)

PARSERS: dict[str, Callable[[Reading, str], object]] = {
    "verb": lambda _, text: router.verb_at_head(text),
    "progress": lambda _, text: read_update(text),
    "progress behind a mark": lambda _, text: read_update(f"done {text}"),
    "reason": lambda _, text: read_reason(f"because {text}"),
    "phrase": lambda _, text: take_head(text, PROGRESS_PHRASES),
    "page": lambda _, text: take_page(f"list {text}"),
    "date": lambda _, text: take_typed_date(text, TODAY),
    "key": lambda _, text: text_key(text),
    "references": lambda reading, text: read_targets(reading, text),
    "references after a verb": lambda reading, text: read_targets(reading, text, verb="close"),
    "title": lambda reading, text: read_targets(reading, f"16 @ {text}"),
    "force": lambda reading, text: read_targets(reading, f"16 of {text}"),
    "list": lambda reading, text: read_list(reading, None, f"list {text}"),
    "owner of a list": lambda reading, text: read_list(reading, None, f"owner {text}"),
    "owner": lambda reading, text: owners(reading.directory, text, TODAY),
    "known owner": lambda reading, text: find_owners(reading.directory, text, TODAY),
}

SHAPES: dict[str, Callable[[int], str]] = {
    "numbers": lambda n: "1, " * n,
    "ranges": lambda n: "1-2 " * n,
    "references": lambda n: "24087 " * n + "x",
    "items": lambda n: "16 of Sample " * n,
    "digits": lambda n: "1" * n + "x",
    "dotted": lambda n: "a1." * n,
    "word": lambda n: "a" * n,
    "small words": lambda n: "a " * n,
    "title words": lambda n: "vetting " * n,
    "spaces": lambda n: "x" + " " * n + "x",
    "lines": lambda n: "x" + "\n\t" * n + "x",
    "of": lambda n: "x" + " of " * n,
    "at": lambda n: "@ " * n,
    "keys": lambda n: "@a " * n,
    "commas": lambda n: "," * n + "x",
    "dashes": lambda n: "- " * n,
    "because": lambda n: "because " * n,
    "pages": lambda n: "page 1 " * n + "x",
    "dates": lambda n: "by 1 May " * n,
    "mention": lambda n: "<@U" * n,
    "quote": lambda n: '"a ' * n,
    "progress": lambda n: "on track " * n,
    "filters": lambda n: "overdue board pib " * n,
    "accents": lambda n: "e\u0301" * n,
}


@SQLITE
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("parser", PARSERS)
def test_no_parser_takes_more_than_linear_time(house: Store, parser: str, shape: str) -> None:
    with house.read() as reading:

        def parse(text: str) -> None:
            with suppress(DulyError):
                PARSERS[parser](reading, text)

        assert_linear(parse, SHAPES[shape])


@SQLITE
@pytest.mark.parametrize(
    ("verb", "head"),
    [("assign", "24087 "), ("assign", "1"), ("extend", "24087 to "), ("meeting", "gb "),
     ("answered", ""), ("published", "vetting "), ("away", ""), ("snooze", "24087 "),
     ("position", "24087 "), ("find", "")],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["word", "small words", "spaces", "of", "dates", "digits"])
def test_no_verb_takes_more_than_linear_time(
    house: Store, verb: str, head: str, shape: str
) -> None:
    with house.read() as reading:

        def handle(text: str) -> None:
            request = Request(person="local")
            invocation = Invocation(request, verb, verb, f"{head}{text}")
            with suppress(DulyError):
                VERBS[verb].handler(reading, Context(invocation))

        assert_linear(handle, SHAPES[shape])


def test_a_mention_repeated_is_taken_off_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "COMMAND", 10**6)
    assert_linear(lambda text: router.parse(Request(text)), lambda n: "@duly " * n + "x")


@SQLITE
def test_a_list_has_so_many_filters_and_no_more(house: Store) -> None:
    with house.read() as reading:
        assert read_list(reading, None, "overdue " * 30).filters.overdue
        with pytest.raises(DulyError, match="up to 30 filters"):
            read_list(reading, None, "overdue " * 31)
