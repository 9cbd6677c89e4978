"""The page on a small real store: the sample organisation and four recommendations."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot import demo
from bot.web.app import create_app
from bot.web.demo_store import DemoStore
from commands.request import Request
from db.clock import PretendedClock
from db.organisation.apply import apply_organisation
from db.store import Store
from documents.organisation import read_organisation
from governance.subject import Subject
from messages.reply import Reply
from tests.factories import TEST, a_recommendation, a_report

ORGANISATION = Path(__file__).parents[2] / "samples" / "organisation.yaml"
BASE = "http://127.0.0.1:8080"
APRIL = date(2023, 4, 30)
FOUR = (
    ("24087", "16", date(2023, 12, 31), "acu-dci"),
    ("24101", "18", APRIL, "acu-dci"),
    ("24133", "20", APRIL, "vetting-manager"),
    ("24187", "21", date(2023, 10, 31), None),
)


def fill(store: Store) -> None:
    """The sample organisation and FOUR, in a store marked as a demonstration."""
    with store.write(TEST) as writing:
        writing.set_mark("kind", demo.DEMONSTRATION)
        text = ORGANISATION.read_text(encoding="utf-8")
        apply_organisation(writing, read_organisation(text, ORGANISATION.name))
        report = a_report(writing, "An inspection of pretended vetting", "Staffordshire Police")
        for ref, number, deadline, owner in FOUR:
            row = a_recommendation(
                writing, report, ref=ref, number=number, number_stated=True,
                text=f"Chief constables should do the thing numbered {number}.",
                points=["the first part; and", "the second part."],
                deadline=deadline, deadline_set_at=writing.now, owner=owner,
            )  # fmt: skip
            writing.note("import", Subject.recommendation(row.id))
        writing.replan_all()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with `fill` in it, made once and copied for each test."""
    path = tmp_path_factory.mktemp("page") / "filled.db"
    store = Store(f"sqlite:///{path}", PretendedClock(demo.BEGUN))
    fill(store)
    store.close()
    return path


@pytest.fixture
def demo_store(tmp_path: Path, clock: PretendedClock, filled: Path) -> Iterator[DemoStore]:
    """A demonstration; "Start again" makes another file."""
    made = 0

    def rebuild() -> Store:
        nonlocal made
        made += 1
        clock.set(demo.BEGUN)
        copy = shutil.copy(filled, tmp_path / f"demo-{made}.db")
        return Store(f"sqlite:///{copy}", clock)

    built = DemoStore(rebuild(), clock, demo.BEGUN, rebuild)
    yield built
    built.store.close()


@dataclass
class FakeCommands:
    """Replies that a test chooses, and the requests that came."""

    replies: list[Reply]
    requests: list[Request]

    def answer(self, _store: Store, request: Request) -> Reply:
        self.requests.append(request)
        return self.replies.pop(0) if self.replies else Reply(f"You said {request.text}")


@pytest.fixture
def fake(demo_store: DemoStore, monkeypatch: pytest.MonkeyPatch) -> FakeCommands:
    """FakeCommands commands in the place of the demonstration's."""
    commands = FakeCommands([], [])
    monkeypatch.setattr("bot.web.demo_store.answer", commands.answer)
    return commands


class Browser:
    """A browser without a script: it opens pages, fills in their forms and follows redirects."""

    def __init__(self, demo_store: DemoStore, *, forgiving: bool = False) -> None:
        self.client = TestClient(
            create_app(demo_store), base_url=BASE, raise_server_exceptions=not forgiving
        )
        self.text = ""
        self.status = 0

    def open(self, path: str) -> str:
        response = self.client.get(path)
        self.text, self.status = response.text, response.status_code
        return self.text

    def hidden(self, name: str) -> str:
        match = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert match, f"no hidden {name} on the page"
        return match[1]

    def post(self, path: str, **fields: str) -> str:
        """Submit a form of the page that is open, with its hidden fields."""
        own = {name: self.hidden(name) for name in ("token", "nonce", "room")}
        return self.post_raw(path, {**own, **{k.replace("f_", "f."): v for k, v in fields.items()}})

    def post_raw(self, path: str, fields: dict[str, str]) -> str:
        response = self.client.post(path, data=fields)
        self.text, self.status = response.text, response.status_code
        return self.text

    def say(self, text: str) -> str:
        return self.post("/say", text=text)


@pytest.fixture
def browser(demo_store: DemoStore) -> Browser:
    """A browser at Jane Doe's direct messages."""
    opened = Browser(demo_store)
    opened.open("/direct/jane")
    return opened
