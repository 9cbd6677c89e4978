"""The timer that ticks: its reasons for not being ready, and how it tells of each tick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from db.errors import StoreBusy
from scheduler.ticking import LEAST_SILENCE, SILENT_TICKS, IntervalTicker
from tests.support.until import until


def test_it_is_not_ready_before_the_first_tick_and_ready_after_it() -> None:
    ticks: list[int] = []
    ticker = IntervalTicker(lambda: ticks.append(1), 0.05)
    assert ticker.reasons() == ["The scheduler has not ticked yet."]
    ticker.start()
    until(lambda: len(ticks) > 2)
    assert ticker.reasons() == []
    ticker.stop()


def test_a_tick_that_fails_is_a_reason_until_one_succeeds() -> None:
    troubles: list[Exception] = [StoreBusy(), ZeroDivisionError("secret")]
    reasons: list[str] = []

    def tick() -> None:
        reasons.extend(ticker.reasons())
        if troubles:
            raise troubles.pop(0)

    ticker = IntervalTicker(tick, 0.05)
    ticker.start()
    until(lambda: ticker.reasons() == [])
    ticker.stop()
    assert any("the store is busy" in reason for reason in reasons)
    assert "The last tick failed; the log says why." in reasons
    assert "secret" not in " ".join(reasons)


def test_whoever_wants_to_know_hears_of_each_tick_whether_it_went_well_and_how_long_it_took() -> (
    None
):
    troubles: list[Exception] = [StoreBusy(), ZeroDivisionError()]
    told: list[tuple[bool, float]] = []

    def tick() -> None:
        if troubles:
            raise troubles.pop(0)

    ticker = IntervalTicker(tick, 0.05, ticked=lambda ok, seconds: told.append((ok, seconds)))
    ticker.start()
    until(lambda: len(told) > 2)
    ticker.stop()
    assert [ok for ok, _ in told[:3]] == [False, False, True]
    assert all(seconds >= 0 for _, seconds in told)


def test_a_timer_that_fell_silent_is_not_ready() -> None:
    ticks: list[int] = []
    ticker = IntervalTicker(lambda: ticks.append(1), 60)
    ticker.start()
    until(lambda: ticker.reasons() == [])
    ticker.stop()
    silent = SILENT_TICKS * timedelta(seconds=60)
    assert silent > LEAST_SILENCE
    with freeze_time(datetime.now(UTC) + silent / 2):
        assert ticker.reasons() == []
    with freeze_time(datetime.now(UTC) + silent + timedelta(seconds=1)):
        (reason,) = ticker.reasons()
        assert reason.startswith("The scheduler has not ticked for ")
