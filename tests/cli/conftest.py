"""The program as its user runs it, in an empty folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import TypeAdapter

from bot.cli import invoke
from tests.run.process import NOTHING


@dataclass(frozen=True)
class Ran:
    """Result of one command."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Shape = TypeVar("Shape")


def read_as(shape: type[Shape], text: str) -> Shape:
    """JSON that was printed, as the dataclass whose fields it has, no more and no fewer."""
    return TypeAdapter(shape).validate_json(text, extra="forbid")


Duly = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with nothing said in the environment."""
    for name in NOTHING:
        monkeypatch.delenv(f"DULY_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def duly(folder: Path, capsys: pytest.CaptureFixture[str]) -> Duly:
    """Run one command in `folder`: `duly("say", "24087")`."""

    def command(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        status = invoke([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return command
