from datetime import date, timedelta

import pytest

from governance.brag import Brag, brag
from governance.words import Closure, Progress

TODAY = date(2023, 4, 30)


def days(count: int) -> date:
    return TODAY + timedelta(count)


@pytest.mark.parametrize(
    ("progress", "closure", "deadline", "expected"),
    [
        (Progress.OFF_TRACK, Closure.VERIFIED, days(-9), Brag.BLUE),
        (Progress.COMPLETE, None, days(-9), Brag.GREEN_DONE),
        (Progress.OFF_TRACK, None, days(90), Brag.RED),
        (Progress.ON_TRACK, None, days(-1), Brag.RED),
        (Progress.ON_TRACK, None, days(0), Brag.GREEN),
        (Progress.AT_RISK, None, None, Brag.AMBER),
        (Progress.NOT_STARTED, None, days(0), Brag.AMBER),
        (Progress.NOT_STARTED, None, days(28), Brag.AMBER),
        (Progress.NOT_STARTED, None, days(29), Brag.WHITE),
        (Progress.NOT_STARTED, None, None, Brag.WHITE),
        (Progress.ON_TRACK, None, None, Brag.GREEN),
    ],
)
def test_brag_is_the_first_that_fits(
    progress: Progress, closure: Closure | None, deadline: date | None, expected: Brag
) -> None:
    assert brag(progress, closure, deadline, TODAY) is expected


def test_the_two_greens_are_one_colour_with_two_shapes() -> None:
    assert Brag.GREEN.colour == Brag.GREEN_DONE.colour == "green"
    assert Brag.GREEN.shape != Brag.GREEN_DONE.shape
