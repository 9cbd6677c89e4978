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
from tests.support.organisations import found_organisation
from tests.support.platform import Platform, waiting_message
from tests.support.stored import apply


class Two:
    """A face of two organisations."""

    def __init__(self, store: Store) -> None:
        apply(store)
        self.stores = [store, found_organisation(store, "elsewhere")]
        self.platforms = [Platform(), Platform()]
        for number, each in enumerate(self.stores):
            waiting_message(each, f"{number}")

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
    waiting_message(two.stores[1], "later")
    ends = time.monotonic() + 60
    while two.platforms[1].keys != ["1", "later"]:
        assert time.monotonic() < ends
        ticker.tick()
    assert two.platforms[0].keys == []
    go_on.set()
    ticker.close()
    assert two.platforms[0].keys == ["0"]
