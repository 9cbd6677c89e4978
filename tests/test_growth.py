"""The measure of growth tells a linear function from a quadratic one."""

from __future__ import annotations

import pytest

from tests.support.growth import assert_linear


def test_a_linear_function_passes() -> None:
    assert_linear(lambda text: [ord(letter) for letter in text], lambda n: "a" * n)


def test_a_quadratic_function_is_told() -> None:
    with pytest.raises(AssertionError, match="characters took"):
        assert_linear(
            lambda text: [text.count("a", at) for at in range(0, len(text), 8)], lambda n: "a" * n
        )
