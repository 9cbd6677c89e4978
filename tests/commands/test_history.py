"""`history` and `why`: every change and every reminder, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from db import tables as t
from db.clock import PretendedClock
from db.store import Store
from governance.subject import Subject
from scheduler.ticking import run_to
from tests.factories import TEST, add_report, at, create_force, import_recommendation, rec
from tests.support.chat import say


@pytest.fixture
def force(store: Store) -> Store:
    create_force(store)
    report = add_report(store)
    import_recommendation(store, report, 16, "24087", owner="acu-dci")
    return store


def test_every_change_is_told_newest_last_with_who_when_how_and_why(
    force: Store, clock: PretendedClock
) -> None:
    say(force, "24087 on track PND checks go live on 4 December", "jane", face="slack")
    clock.set(clock.now() + timedelta(days=1))
    say(force, "assign 24087 Vetting Manager", "alex")
    clock.set(clock.now() + timedelta(days=1))
    say(force, "extend 24087 to 31 March 2024 because the supplier slipped", "sam")
    reply = say(force, "history 24087")
    assert reply.ok
    lines = [line for line in reply.text.splitlines() if line.startswith("•")]
    assert len(lines) == 4
    assert "Tuesday 3 January 2023, 09:00, Jane Doe, through Slack: update" in lines[1]
    assert "progress not started → on track" in lines[1]
    assert "owner ACU DCI → Vetting Manager" in lines[2]
    assert "Thursday 5 January 2023, 09:00, Sam Field, through the command line" in lines[3]
    assert "deadline 30 April 2023 → 31 March 2024" in lines[3]
    assert "PND checks go live on 4 December" in reply.text
    assert "“the supplier slipped”" in reply.text


def test_bookkeeping_is_not_told(force: Store) -> None:
    say(force, "extend 24087 to 31 March 2024 because the supplier slipped", "sam")
    text = say(force, "history 24087").text
    assert "version" not in text
    assert "deadline_set_at" not in text


def test_what_was_undone_and_the_undoing_are_both_shown(force: Store) -> None:
    say(force, "24087 on track PND checks go live on 4 December", "jane")
    say(force, "undo", "jane")
    text = say(force, "history 24087").text
    assert "progress not started → on track" in text
    assert "progress on track → not started" in text
    assert "undid the update of Tuesday 3 January 2023, 09:00" in text
    assert "(undone Tuesday 3 January 2023, 09:00 by Jane Doe)" in text


def test_an_extension_asked_for_is_in_the_history(force: Store) -> None:
    say(force, "extend 24087 to 31 March 2024 because the supplier slipped", "jane")
    text = say(force, "history 24087").text
    assert "request: extension none → asked for 31 March 2024" in text


def test_somebody_without_a_post_looks_up_and_nobody_unknown_is_named(force: Store) -> None:
    assert say(force, "history 24087", None).ok
    assert not say(force, "history 99999").ok
    assert not say(force, "history").ok


def test_why_tells_the_next_reminder_before_any_was_sent(force: Store) -> None:
    reply = say(force, "why 24087")
    assert reply.ok
    assert "no reminder so far" in reply.text
    assert "Next: Wednesday 4 January 2023, 09:00, board update request" in reply.text
    assert "ACU DCI (Jane Doe)" in reply.text


def test_why_tells_every_reminder_of_the_ledger_and_the_next(
    force: Store, clock: PretendedClock
) -> None:
    say(force, "24087 on track: steady", "jane")
    run_to(force, at(2023, 4, 14, 12), None)
    text = say(force, "why 24087").text
    assert "Friday 31 March 2023, 09:00, deadline, to ACU DCI (Jane Doe): sent" in text
    assert "Friday 14 April 2023, 09:00, deadline, to ACU DCI (Jane Doe): sent" in text
    assert "Friday 21 April 2023" not in text.split("Next:")[0]
    with force.read() as reading:
        held = reading.all(
            reading.select(t.Reminder).where(t.Reminder.recommendation_id == rec(force, "24087").id)
        )
        listing = [r for r in reading.all(reading.select(t.Reminder)) if 1 in r.items]
    assert len([x for x in text.splitlines() if x.startswith("•")]) == len(held) + len(
        [r for r in listing if r.recommendation_id is None]
    )


def test_why_gives_the_reason_of_what_was_held_or_skipped(force: Store) -> None:
    with force.write(TEST) as writing:
        row = rec(force, "24087")
        for place, state in enumerate(("held", "skipped")):
            writing.add(
                t.Reminder(
                    organisation=writing.key,
                    rule="deadline",
                    subject=Subject.recommendation(row.id),
                    occurrence=str(place),
                    recipient="jane",
                    at=at(2023, 1, 2, 9),
                    to="acu-dci",
                    person="jane",
                    recommendation_id=row.id,
                    why="28 days before the deadline",
                    state=state,
                    reason=f"reason {place}",
                    planned_at=writing.now,
                )
            )
    text = say(force, "why 24087").text
    assert "held (reason 0)" in text
    assert "skipped (reason 1)" in text


def test_why_says_that_nothing_more_is_sent_about_a_closed_one(force: Store) -> None:
    say(force, "close 24087 superseded because of a later one", "sam")
    assert "Nothing more will be sent: it is closed." in say(force, "why 24087").text


@pytest.mark.parametrize(
    ("state", "message", "words"),
    [
        ("planned", None, "planned, not sent yet."),
        ("gathered", {}, "waiting to be sent."),
        (
            "gathered",
            {"attempts": 2, "next_attempt_at": at(2023, 4, 2, 9, 5), "reason": "Slack failed."},
            "waiting to be sent, tried twice, next Sunday 2 April 2023, 09:05 (Slack failed).",
        ),
        ("gathered", {"state": "claimed", "claimed_by": "one"}, "being sent."),
        (
            "gathered",
            {"state": "claimed", "attempts": 1},
            "perhaps sent: it is looked for before it is sent again, tried once.",
        ),
        (
            "sent",
            {"state": "sent", "sent_at": at(2023, 4, 2, 9)},
            "sent Sunday 2 April 2023, 09:00.",
        ),
        (
            "sent",
            {"state": "sent", "sent_at": at(2023, 4, 2, 9), "repeat": True},
            "sent Sunday 2 April 2023, 09:00, perhaps for the second time, as it says.",
        ),
        ("held", {"state": "held", "reason": "no platform"}, "held (no platform)."),
        ("failed", {"state": "failed", "reason": "Gone."}, "failed (Gone)."),
        ("skipped", {"state": "skipped", "reason": "too late"}, "skipped (too late)."),
    ],
)
def test_why_says_of_every_state_what_it_is_and_why(
    force: Store, state: str, message: dict[str, Any] | None, words: str
) -> None:
    with force.write(TEST) as writing:
        kept = None
        if message is not None:
            fields = {"key": "k", "destination": "jane", "kind": "digest", "text": ""}
            kept = writing.add(
                t.Message(
                    organisation=writing.key, day=writing.today, gathered_at=writing.now,
                    **(fields | message),
                )
            )  # fmt: skip
        writing.add(
            t.Reminder(
                organisation=writing.key, rule="deadline", subject="recommendation:1",
                occurrence="x", recipient="jane", at=at(2023, 4, 2, 9), to="dci", person="jane",
                recommendation_id=1, why="28 days before.", state=state, planned_at=writing.now,
                message_id=kept.id if kept else None,
            )
        )  # fmt: skip
    assert f": {words} 28 days before." in say(force, "why 24087").text
