"""Whatever is in an organisation file, the answer is a file or sentences."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from documents.organisation import read_organisation
from governance.errors import BadConfiguration
from tests.organisation.test_mistakes import GOOD

SAMPLE = (Path(__file__).parents[2] / "samples" / "organisation.yaml").read_text(encoding="utf-8")


def read_or_refuse(text: str) -> None:
    """Anything but BadConfiguration passes through and fails the test."""
    try:
        read_organisation(text, "o.yaml")
    except BadConfiguration as error:
        sentences = error.sentence.splitlines()
    else:
        return
    assert sentences
    for sentence in sentences:
        assert sentence.startswith("o.yaml")
        assert sentence.endswith((".", "?"))


@given(st.text())
def test_any_text_at_all(text: str) -> None:
    read_or_refuse(text)


@given(st.text(alphabet="aé01-:#{}[],&*!|>'\"%@`?\n\t .~<=\\", max_size=60))
def test_any_text_of_the_marks_that_yaml_uses(text: str) -> None:
    read_or_refuse(text)


@settings(deadline=None)
@given(st.data())
def test_a_good_file_with_a_piece_replaced_by_another(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([GOOD, SAMPLE]))
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 30)))
    other = data.draw(st.integers(0, len(source)))
    piece = source[other : other + data.draw(st.integers(0, 30))]
    read_or_refuse(source[:start] + piece + source[end:])


VALUES = st.recursive(
    st.sampled_from(
        ["", "~", "true", "0", "-1", "2023-01-01", "2023-01-11T10:00", "9999-12-31T23:59",
         "0001-01-01", "FREQ=DAILY;COUNT=1", "FREQ=WEEKLY;BYDAY=MO;UNTIL=20230101", "4 weeks",
         "AFI 1 @ x of y", "24087", "#", "pib", "dci", "jane", "2023-08-01..2023-08-14", "!!int 3",
         "FREQ=YEARLY;BYEASTER=0", "FREQ=MONTHLY;BYSETPOS=-1", "1e3", "nan", "x" * 70]
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda v: "[" + ", ".join(v) + "]")
    | st.dictionaries(
        st.sampled_from(["key", "person", "from", "to", "rule", "every", "first", "days", "pib",
                         "24087", "boards", "deadline", "enabled", "2023-02-08T10:00"]),
        inner, max_size=3,
    ).map(lambda v: "{" + ", ".join(f"{k}: {w}" for k, w in v.items()) + "}"),
    max_leaves=6,
)  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_a_good_file_with_a_value_of_another_kind(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[place].partition(": ")
    lines[place] = f"{key}{colon or ': '}{data.draw(VALUES)}"
    read_or_refuse("\n".join(lines))
