"""Several organisations in one process: what one of them suffers is no matter of the others."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from bot.tenant_ticker import TenantTicker
from db.store import Store
from governance.errors import DulyError
from scheduler.courier import Courier, Letter
from tests.factories import add_message, apply, create_organisation
from tests.support.fake_platform import FakePlatform


class Two:
    """A face of two organisations."""

    def __init__(self, store: Store) -> None:
        apply(store)
        self.stores = [store, create_organisation(store, "elsewhere")]
        self.platforms = [FakePlatform(), FakePlatform()]
        for number, each in enumerate(self.stores):
            add_message(each, f"{number}")

    def refuse_pretended(self) -> None: ...

    def couriers(self, claim: timedelta) -> list[tuple[Store, Courier]]:
        return list(zip(self.stores, self.platforms, strict=True))


def test_a_tick_that_fails_is_told_and_the_others_are_made(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.tenant_ticker.TICK_WAIT_SECONDS", 60.0)
    two = Two(store)
    ticker = TenantTicker(two, timedelta(seconds=8))
    two.stores[0] = store.of("nowhere")
    with pytest.raises(DulyError):
        ticker.tick()
    assert two.platforms[1].keys == ["1"]
    ticker.close()


def test_a_tick_that_hangs_delays_no_other(store: Store) -> None:
    two = Two(store)
    begun, go_on = threading.Event(), threading.Event()

    def hang(_letter: Letter) -> None:
        begun.set()
        assert go_on.wait(60)

    two.platforms[0].posting = hang
    ticker = TenantTicker(two, timedelta(seconds=8))
    ticker.tick()
    assert begun.wait(60)
    add_message(two.stores[1], "later")
    ends = time.monotonic() + 60
    while two.platforms[1].keys != ["1", "later"]:
        assert time.monotonic() < ends
        ticker.tick()
    assert two.platforms[0].keys == []
    go_on.set()
    ticker.close()
    assert two.platforms[0].keys == ["0"]
