"""`duly demo`'s own store: made from the samples, and never anybody else's."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from bot import demo
from bot.demo import NoDemonstration, open_demonstration
from bot.web.demo_store import DemoStore
from db.clock import PretendedClock
from db.errors import StoreUnusable
from db.store import Store
from db.tables import Recommendation
from tests.factories import TEST
from tests.web.conftest import Browser


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration made from the samples, once; each test takes a copy."""
    path = tmp_path_factory.mktemp("demo") / "duly-demo.db"
    open_demonstration(f"sqlite:///{path}").store.close()
    return path


@contextmanager
def opened(path: Path, at: datetime | None = None) -> Iterator[DemoStore]:
    demo_store = open_demonstration(f"sqlite:///{path}", at)
    try:
        yield demo_store
    finally:
        demo_store.store.close()


def test_it_holds_the_samples_at_3_january_2023(made: Path, tmp_path: Path) -> None:
    with (
        opened(Path(shutil.copy(made, tmp_path / "demo.db"))) as demo_store,
        demo_store.read() as reading,
    ):
        assert reading.mark("kind") == "demonstration"
        assert reading.today.isoformat() == "2023-01-03"
        assert reading.directory.force_name == "Staffordshire Police"
        assert set(reading.directory.boards) == {"pib", "gb"}
        held = reading.all(reading.select(Recommendation).where(Recommendation.ref == "24087"))
        assert [(row.number, str(row.deadline)) for row in held] == [("16", "2023-12-31")]


def test_the_page_of_the_samples_answers_a_reference(made: Path, tmp_path: Path) -> None:
    with opened(Path(shutil.copy(made, tmp_path / "demo.db"))) as demo_store:
        browser = Browser(demo_store)
        browser.open("/")
        page = browser.say("/rec 24087")
    assert "recommendation 16" in page
    assert "31 December 2023" in page


def test_it_goes_on_where_its_own_time_had_come_to(made: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(made, tmp_path / "demo.db"))
    with opened(path) as demo_store:
        demo_store.move(demo_store.target("moment", "5 January 2023, 10:00"))
    with opened(path) as demo_store:
        assert demo_store.clock.now() >= demo_store.target("moment", "5 January 2023, 10:00")


def test_at_says_where_the_clock_begins_in_the_organisations_zone(
    made: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(made, tmp_path / "demo.db"))
    with opened(path, datetime(2023, 5, 2, 9)) as demo_store, demo_store.read() as reading:
        assert reading.now.isoformat(timespec="minutes") == "2023-05-02T08:00+00:00"


def test_start_again_gives_the_same_file_as_at_first(made: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(made, tmp_path / "demo.db"))
    with opened(path) as demo_store:
        browser = Browser(demo_store)
        browser.open("/direct/jane")
        browser.say("24087 on track")
        page = browser.post("/again")
        assert "Tuesday 3 January 2023, 09:00" in page
        with demo_store.read() as reading:
            rows = reading.all(reading.select(Recommendation))
            assert rows
            assert {row.progress for row in rows} == {"not_started"}
        assert "recommendation 16" in browser.say("24087")


def test_a_demonstration_that_was_never_finished_is_made_again(made: Path, tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    store = Store(f"sqlite:///{path}", PretendedClock(demo.BEGUN))
    with store.write(TEST) as writing:
        writing.set_mark("kind", demo.DEMONSTRATION)
    store.close()
    with opened(path) as demo_store, demo_store.read() as reading:
        assert reading.all(reading.select(Recommendation))


def test_a_store_that_is_no_demonstration_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "duly.db"
    store = Store(f"sqlite:///{path}")
    store.prepare()
    store.close()
    before = path.read_bytes()
    with pytest.raises(NoDemonstration, match=r"without --db it uses duly-demo\.db"):
        open_demonstration(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_pretended_store_is_no_demonstration_either(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/x.db", PretendedClock(demo.BEGUN))
    with store.write(TEST) as writing:
        writing.note("test", "organisation")
    store.close()
    with pytest.raises(NoDemonstration):
        open_demonstration(f"sqlite:///{tmp_path}/x.db")


def test_a_file_that_is_no_store_at_all_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, this is not a database, not at all." * 40)
    with pytest.raises(NoDemonstration, match=re.escape("notes.txt")):
        open_demonstration(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear diary")


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://localhost/duly", "sqlite://", "sqlite:///:memory:", "nonsense"]
)
def test_what_is_no_file_is_refused_naming_the_one_it_would_use(url: str) -> None:
    with pytest.raises(NoDemonstration, match=r"duly-demo\.db"):
        open_demonstration(url)


def test_without_the_samples_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoDemonstration, match="make demo"):
        open_demonstration(f"sqlite:///{tmp_path}/demo.db", samples=tmp_path / "nowhere")
    assert not (tmp_path / "demo.db").exists()


def test_a_folder_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="does not exist; create it first"):
        open_demonstration(f"sqlite:///{tmp_path}/nowhere/demo.db")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "duly.example"])
def test_it_has_no_login_and_so_is_not_served_to_others_unless_that_is_said(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoDemonstration, match=r"no login.*DULY_HOST=127\.0\.0\.1.*--anyone"):
        demo.serve(host=host)
    assert list(tmp_path.iterdir()) == []


def test_anyone_may_use_it_where_that_is_said(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copy(made, tmp_path / "demo.db")
    lines: list[str] = []
    monkeypatch.setattr("bot.serving.serve", lambda _, listening, *__: listening.close())
    demo.serve(f"sqlite:///{path}", host="0.0.0.0", port=0, anyone=True, say=lines.append)
    assert lines[0].startswith("Duly's demonstration is at http://0.0.0.0:")
