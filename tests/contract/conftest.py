"""The same small force behind every face. Everybody in it is invented."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import demo
from db.clock import PretendedClock
from db.store import Store
from tests.contract.faces import CommandLine, Core, Face, Slack, Teams, WebPage
from tests.factories import START, TEST, add_report, import_recommendation
from tests.slack.scenes import furnish, slack_over
from tests.teams.world import known, teams_over

FACES = ("core", "command line", "page", "slack", "teams")
MORE = tuple(str(31_001 + 111 * count) for count in range(12))
"""The references that make a list longer than a page."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Path:
    """A store with the force and a second report of twelve, made once and copied."""
    path = Path(shutil.copy(empty_store, tmp_path_factory.mktemp("force") / "force.db"))
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    furnish(store)
    report = add_report(store, "A thematic inspection of records", "Sample Constabulary")
    for number, ref in enumerate(MORE, start=1):
        import_recommendation(store, report, number, ref)
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, clock: PretendedClock, furnished: Path) -> Iterator[Store]:
    """The furnished store, at `clock`; #24044 is the ACU DCI's, #24087 nobody's."""
    opened = Store(f"sqlite:///{shutil.copy(furnished, tmp_path / 'duly.db')}", clock)
    yield opened
    opened.close()


@pytest.fixture(params=FACES)
def face(
    request: pytest.FixtureRequest,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Face]:
    """Each face in turn, on `store`."""
    if request.param == "slack":
        with slack_over(store) as world:
            yield Slack(world)
    elif request.param == "teams":
        known(store)
        with teams_over(store) as world:
            yield Teams(world)
    elif request.param == "page":
        with store.write(TEST) as writing:
            writing.set_mark("kind", demo.DEMONSTRATION)
        yield WebPage(store)
    elif request.param == "command line":
        yield CommandLine(store, capsys, monkeypatch)
    else:
        yield Core(store)
