"""Nothing that somebody typed acts on the terminal, the log or the file in which it is shown."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from bot import logs
from bot.cli.output import complain, print_table, say
from tests.cli.conftest import Duly

ACTING = "\x1b[2J\x1b]0;title\x07 \u202eeslaf\u2066 \x9b1m"
SHOWN = r"\x1b[2J\x1b]0;title\x07 \u202eeslaf\u2066 \x9b1m"


def acts(text: str) -> bool:
    return any(char in text for char in "\x1b\x07\u202e\u2066\x9b")


@pytest.fixture
def updated(duly: Duly, sample_records: Path) -> Duly:
    """A store in which an update would act."""
    duly("import", sample_records / "cumbria-vetting-2022.txt", "--at", "2023-01-03")
    assert duly("say", f"24087 note: {ACTING}", "--at", "2023-01-04").status == 0
    return duly


@pytest.mark.parametrize("words", ["24087", "history 24087", ACTING])
def test_an_answer_shows_it(updated: Duly, words: str) -> None:
    ran = updated("say", words, "--at", "2023-01-04")
    assert not acts(ran.out + ran.err)
    assert SHOWN.split(" ")[0] in ran.out


def test_json_keeps_it_in_json_s_own_escapes(updated: Duly) -> None:
    ran = updated("export")
    assert not acts(ran.out)
    (item,) = (row for row in ran.json["recommendations"] if row["updates"])
    assert "\x1b[2J" in item["updates"][0]["text"]
    assert "\u202e" in item["updates"][0]["text"]


def test_a_spreadsheet_shows_it(updated: Duly, folder: Path) -> None:
    updated("export", "--format", "csv", "-o", "all.csv")
    text = (folder / "all.csv").read_text(encoding="utf-8")
    assert not acts(text)
    assert r"\x1b[2J" in text


def test_tables_lines_and_complaints_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("What",), [(ACTING,)])
    say(ACTING)
    complain(ACTING)
    captured = capsys.readouterr()
    assert captured.out.split("\n")[1].rstrip() == captured.out.split("\n")[2] == SHOWN
    assert captured.err == f"duly: {SHOWN}\n"


def test_a_usage_error_shows_it(duly: Duly) -> None:
    ran = duly("say", "--as")
    assert ran.status == 2
    assert not acts(duly(ACTING).err)


def log_one(name: str) -> None:
    try:
        raise ValueError(ACTING)
    except ValueError:
        logging.getLogger("duly.test").exception("one %s", ACTING, extra={name: ACTING})


def test_the_log_of_a_command_has_json_s_escapes(folder: Path) -> None:
    logs.log_to_file(folder / "duly.log")
    log_one("reason")
    text = (folder / "duly.log").read_text(encoding="utf-8")
    assert not acts(text)
    assert json.loads(text)["reason"] == ACTING


def test_a_traceback_on_a_terminal_has_no_values_of_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "terminal"
    token = "-".join(["xoxb", "pretended"])
    with path.open("w", encoding="utf-8") as terminal:
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stderr", terminal)
        logs.log_to_standard_error()
        try:
            raise ValueError(len(token))
        except ValueError as error:
            logs.log_incident(error)
    text = path.read_text(encoding="utf-8")
    assert "ValueError: 14" in text
    assert token not in text


def test_the_log_on_a_terminal_shows_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "terminal"
    with path.open("w", encoding="utf-8") as terminal:
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stderr", terminal)
        logs.log_to_standard_error()
        log_one("reason")
    text = path.read_text(encoding="utf-8")
    assert text.count(SHOWN) == 2  # the event and the traceback; the field is quoted
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
