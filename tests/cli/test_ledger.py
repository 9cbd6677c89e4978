"""`duly ledger` and `duly ledger retry`, as whoever looks after Duly uses them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Duly

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "organisation.yaml"
AT = "2023-01-04"


@pytest.fixture
def ticked(duly: Duly, folder: Path, sample_records: Path) -> Path:
    """A ledger with what was sent on 4 January 2023, to six people, and one skipped post."""
    duly("apply", SAMPLE, "--at", "2023-01-03")
    duly("import", sample_records / "cumbria-vetting-2022.txt", "--at", "2023-01-03")
    duly("tick", "--at", AT)
    return folder


def make(folder: Path, number: int, state: str, **columns: Any) -> None:
    """As if a message had come to this."""
    values = {"state": state, "sent_at": None, "platform": None} | columns
    with sqlite3.connect(folder / "duly.db") as store:
        for name, value in values.items():
            # only our own names are put into the statement
            store.execute(f"UPDATE message SET {name} = ? WHERE id = ?", (value, number))
        rows = "gathered" if state == "claimed" else state
        store.execute("UPDATE reminder SET state = ? WHERE message_id = ?", (rows, number))
    store.close()


def entries(duly: Duly, *options: str) -> list[dict[str, Any]]:
    listed = duly("ledger", "--at", AT, "--json", *options).json["entries"]
    assert isinstance(listed, list)
    return listed


def test_the_ledger_says_of_each_what_when_to_whom_and_why(duly: Duly, ticked: Path) -> None:
    make(ticked, 1, "failed", reason="the Slack account is deactivated.", attempts=1)
    ran = duly("ledger", "--at", AT)
    assert (ran.status, ran.err) == (0, "")
    heading, *lines = ran.out.splitlines()
    assert heading.split()[:5] == ["No", "State", "Due", "What", "To"]
    (failed,) = [line for line in lines if " failed " in line]
    for words in (
        "1 ",
        "Wednesday 4 January 2023, 09:00",
        "digest of 4 January 2023: ",
        "account is",
    ):
        assert words in failed
    (skipped,) = [line for line in lines if " skipped " in line]
    assert skipped.startswith("r")
    assert "the meeting has begun" in skipped


def test_what_failed_comes_first_and_what_is_well_not_at_all(duly: Duly, ticked: Path) -> None:
    assert duly("ledger", "--failed", "--at", AT).out == "Nothing failed, and nothing is held.\n"
    later = (datetime.now(UTC) + timedelta(hours=1)).replace(tzinfo=None).isoformat(sep=" ")
    make(ticked, 1, "held", reason="no platform")
    make(ticked, 2, "gathered", reason="Slack asks to wait.", attempts=2, next_attempt_at=later)
    make(ticked, 3, "failed", reason="the channel is archived.", attempts=1)
    listed = entries(duly, "--failed")
    assert [(e["number"], e["state"]) for e in listed] == [
        ("3", "failed"), ("2", "gathered"), ("1", "held"),
    ]  # fmt: skip
    assert listed[1]["next_attempt"] is not None


def test_the_ledger_is_asked_by_state_by_person_by_channel_and_cut_short(
    duly: Duly, ticked: Path
) -> None:
    every = entries(duly)
    assert {e["state"] for e in entries(duly, "--state", "skipped")} == {"skipped"}
    both = entries(duly, "--state", "skipped", "--state", "sent")
    assert len(both) == len(every)
    for who in ("jane", "Jane Doe", "@JANE"):
        assert {e["to"] for e in entries(duly, "--for", who)} == {"jane"}
    assert {e["to"] for e in entries(duly, "--for", "#Governance-Board")} == {"#governance-board"}
    short = duly("ledger", "--at", AT, "--json", "--limit", "2").json
    assert [e["number"] for e in short["entries"]] == [e["number"] for e in every[-2:]]
    assert short["left_out"] == len(every) - 2
    assert f"{len(every) - 2} earlier not shown" in duly("ledger", "--at", AT, "--limit", "2").out


def test_who_and_what_is_not_known_is_said_in_one_line(duly: Duly, ticked: Path) -> None:
    nobody = duly("ledger", "--for", "Jo Nobody")
    assert (nobody.status, nobody.out, nobody.err.count("\n")) == (1, "", 1)
    state = duly("ledger", "--state", "lost")
    assert (state.status, state.out, state.err.count("\n")) == (2, "", 1)
    assert "planned, gathered, claimed, held, failed, skipped, sent" in state.err


def test_what_is_over_is_shown_for_a_week_and_longer_when_asked_for(
    duly: Duly, ticked: Path
) -> None:
    assert duly("ledger", "--at", "2023-03-01", "--json").json["entries"] == []
    assert duly("ledger", "--at", "2023-03-01", "--json", "--state", "sent").json["entries"]


def test_what_failed_is_tried_again_and_the_history_says_who_wished_it(
    duly: Duly, ticked: Path
) -> None:
    make(ticked, 1, "failed", reason="the Slack account is deactivated.", attempts=7)
    ran = duly("ledger", "retry", "1", "--at", AT)
    assert (ran.status, ran.out) == (0, "1: is tried again by the next tick.\n")
    (again,) = [e for e in entries(duly) if e["number"] == "1"]
    assert (again["state"], again["attempts"], again["reason"]) == ("gathered", 0, None)
    with sqlite3.connect(ticked / "duly.db") as store:
        row = store.execute(
            "SELECT actor, face, action, subject, note FROM history ORDER BY seq DESC LIMIT 1"
        ).fetchone()
    store.close()
    assert row == ("local", "cli", "retry", "message:1", "the Slack account is deactivated.")
    assert duly("audit", "verify").status == 0


def test_all_that_failed_is_tried_again_together(duly: Duly, ticked: Path) -> None:
    make(ticked, 1, "failed", reason="gone.")
    make(ticked, 2, "failed", reason="gone.")
    make(ticked, 3, "held", reason="no platform")
    ran = duly("ledger", "retry", "--failed", "--at", AT, "--json").json
    assert ran["ok"] is True
    assert [e["number"] for e in ran["entries"]] == ["1", "2"]
    assert duly("ledger", "retry", "--failed", "--at", AT).out == "Nothing failed.\n"
    assert duly("ledger", "retry", "3", "--at", AT).status == 0
    assert entries(duly, "--failed") == []


def test_what_was_sent_is_not_sent_twice_and_what_is_not_there_is_said(
    duly: Duly, ticked: Path
) -> None:
    skipped = entries(duly, "--state", "skipped")[0]["number"]
    ran = duly("ledger", "retry", "1", "999", skipped, "--at", AT)
    assert ran.status == 1
    sent, missing, passed = ran.out.splitlines()
    assert sent == "1: was sent on Wednesday 4 January 2023, 09:00 already, and is not sent twice."
    assert missing == "999: no such message; duly ledger lists them."
    assert passed == f"{skipped}: was skipped, and stays so: the meeting has begun."


def test_what_nobody_wants_any_more_is_skipped_instead(duly: Duly, ticked: Path) -> None:
    make(ticked, 1, "failed", reason="gone.")
    ran = duly("ledger", "retry", "1", "--at", "2023-01-12")
    assert (ran.status, ran.out) == (1, "1: is not sent any more: the meeting has begun.\n")
    listed = duly("ledger", "--state", "skipped", "--at", "2023-01-12", "--json").json["entries"]
    assert "1" in [e["number"] for e in listed]


@pytest.mark.parametrize("words", [(), ("1", "--failed")])
def test_it_is_either_numbers_or_all_that_failed(duly: Duly, words: tuple[str, ...]) -> None:
    ran = duly("ledger", "retry", *words)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
