"""A Slack of the tests' own, with Duly in it or without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from db.store import Store
from tests.slack.fake import FakeSlack
from tests.slack.scenes import slack_with
from tests.slack.world import World


@pytest.fixture
def world(store: Store) -> Iterator[World]:
    """A Slack with Duly, and the small force in `store`."""
    with slack_with(store) as opened:
        yield opened


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A Slack with the people and the channels of the organisation file `FORCE`."""
    with FakeSlack() as opened:
        for key in ("JANE", "LEE", "ALEX", "SAM", "KIT"):
            opened.add_user(f"U01{key}", key.title())
        opened.add_channel("C0PIB", "pib")
        opened.add_channel("C0GB", "gb")
        yield opened
        opened.check()
