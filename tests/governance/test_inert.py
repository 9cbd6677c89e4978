"""What acts on a terminal or turns text round is shown instead."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.inert import inert, inert_json
from tests.support.growth import assert_linear


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;gone\x07", r"\x1b[2J\x1b]0;gone\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("closed \u202egnp.exe", r"closed \u202egnp.exe"),
        ("a\u2066b\u2069", r"a\u2066b\u2069"),
        ("over\rwritten", r"over\x0dwritten"),
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("one\u2028two", r"one\u2028two"),
        ("\ud800", r"\ud800"),
        ("“Vetting” – café, 👩‍🚒", "“Vetting” – café, 👩‍🚒"),
    ],
)
def test_what_acts_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert inert(text) == shown
    assert json.loads(inert_json(json.dumps(text, ensure_ascii=False))) == text


def test_no_control_and_no_bidirectional_format_character_is_left() -> None:
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        acts = (
            unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
            or unicodedata.bidirectional(char) in turning
        )
        if acts and char not in "\n\t":
            assert inert(char) != char, hex(code)


@given(st.text())
def test_what_is_inert_stays_as_it_is(text: str) -> None:
    assert inert(inert(text)) == inert(text)


def test_it_takes_time_in_proportion() -> None:
    assert_linear(inert, lambda size: "\x1b[\r" * size)
