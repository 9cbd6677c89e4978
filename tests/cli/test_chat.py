"""`duly chat`: the same words in a conversation."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Duly, Ran


@pytest.fixture
def chat(duly: Duly, sample_records: Path, monkeypatch: pytest.MonkeyPatch) -> Duly:
    duly("import", sample_records / "cumbria-vetting-2022.txt", "--at", "2023-01-03")

    def typed(*lines: str | Path) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return duly("chat", "--at", "2023-01-04")

    return typed


def test_each_line_is_answered_until_somebody_quits(chat: Duly) -> None:
    ran = chat("/rec 24087", "", "24078", "quit", "24133")
    assert ran.status == 0
    assert "31 December 2023" in ran.out
    assert "Did you mean #24087?" in ran.out
    assert "24133" not in ran.out


def test_the_end_of_the_input_ends_it(chat: Duly) -> None:
    assert chat("24087").status == 0


def test_a_form_is_filled_in_field_by_field(chat: Duly, duly: Duly) -> None:
    chat("update 24087", "at_risk", "The supplier is late", "", "", "", "", "quit")
    rec = next(r for r in duly("export").json["recommendations"] if r["ref"] == "24087")
    assert rec["progress"] == "at_risk"
    assert [update["text"] for update in rec["updates"]] == ["The supplier is late"]


def test_a_form_that_is_broken_off_saves_nothing(chat: Duly, duly: Duly) -> None:
    assert "Nothing saved." in chat("update 24087", "at_risk").out
    rec = next(r for r in duly("export").json["recommendations"] if r["ref"] == "24087")
    assert (rec["progress"], rec["updates"]) == ("not_started", [])
