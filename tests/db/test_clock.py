"""The two clocks, of the field and of the machine, while the machine's date is frozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from db.clock import PretendedClock, SystemClock
from tests.factories import START

MACHINE = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_the_systems_clock_is_the_machines_time_for_both() -> None:
    clock = SystemClock()
    with freeze_time(MACHINE):
        assert (clock.now(), clock.machine(), clock.pretended) == (MACHINE, MACHINE, False)


@pytest.mark.parametrize(("running", "gone"), [(False, 0), (True, 3600)])
def test_a_pretended_clock_stands_still_unless_it_runs(running: bool, gone: int) -> None:
    with freeze_time(MACHINE) as machine:
        clock = PretendedClock(START, running=running)
        machine.tick(3600)
        assert clock.now() == START + timedelta(seconds=gone)
        assert clock.machine() == MACHINE + timedelta(hours=1)
        clock.set(START + timedelta(days=1))
        assert clock.now() == START + timedelta(days=1)
        assert clock.pretended


def test_a_pretended_clock_gives_utc_and_refuses_a_moment_without_a_zone() -> None:
    clock = PretendedClock(START + timedelta(days=150))
    assert (clock.now().tzinfo, clock.now().hour) == (UTC, 8)  # summer time in London
    with pytest.raises(ValueError, match="needs a time zone"):
        clock.set(datetime(2023, 1, 3, 9))
