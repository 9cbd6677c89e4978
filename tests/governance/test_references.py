from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.identity import near

KNOWN = ["24087", "24133", "24044", "25183"]
DIGITS = st.text("0123456789", min_size=4, max_size=6)


@pytest.mark.parametrize("typed", ["24078", "42087", "2487", "2408", "240877", "124087", "24086"])
def test_one_swapped_missing_extra_or_wrong_digit_finds_the_reference(typed: str) -> None:
    assert near(typed, KNOWN) == ["24087"]


@pytest.mark.parametrize("typed", ["24780", "28047", "24087", "99999", "240", "2408712", ""])
def test_two_slips_or_none_find_nothing(typed: str) -> None:
    assert near(typed, KNOWN) == []


def test_a_hash_and_spaces_do_not_matter_and_all_that_are_near_come_once_in_order() -> None:
    assert near(" #24043 ", ["24044", "24143", "24044", "24087"]) == ["24044", "24143"]


@given(a=DIGITS, b=DIGITS)
def test_being_near_is_mutual(a: str, b: str) -> None:
    assert bool(near(a, [b])) == bool(near(b, [a]))


@given(ref=DIGITS, at=st.integers(0, 5), digit=st.sampled_from("0123456789"))
def test_any_one_slip_of_any_reference_finds_it(ref: str, at: int, digit: str) -> None:
    at = min(at, len(ref) - 2)
    slips = {
        ref[:at] + ref[at + 1] + ref[at] + ref[at + 2 :],
        ref[:at] + ref[at + 1 :],
        ref[:at] + digit + ref[at:],
        ref[:at] + digit + ref[at + 1 :],
    } - {ref}
    assert all(near(slip, [ref]) == [ref] for slip in slips)
