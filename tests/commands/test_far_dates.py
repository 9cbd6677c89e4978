"""Dates at the ends of the calendar: a sentence, and never an incident."""

from __future__ import annotations

import pytest

from db.clock import PretendedClock
from db.store import Store
from tests.factories import at
from tests.support.chat import say

DAYS = ("31 December 9999", "1 January 0001", "9999-12-31", "0000-01-01", "1/1/1899", "1 May 2201")
COMMANDS = (
    "list due after {}", "list due before {}", "list due by {}", "list due on {}", "list due {}",
    "published vetting of Sample {}", "answered vetting of Sample {}", "away {}",
    "away {} to {}", "away 1 Aug to {}", "away until {}", "extend 24044 to {} because of funds",
    "snooze 24044 until {}", "meeting pib {} cancel", "meeting pib 11 Jan move to {}",
    "meeting pib {} move to 12 Jan", "24044 note: by {}",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("day", DAYS)
def test_a_day_at_the_end_of_the_calendar_is_answered_in_a_sentence(
    house: Store, command: str, day: str
) -> None:
    for person in ("jane", "lee"):
        reply = say(house, command.replace("{}", day), person)
        assert "Incident" not in reply.text, reply.text


@pytest.mark.parametrize(
    "words",
    ["list due 999999d", "list due 9999w", "list due in 9999 weeks", "snooze 24044 for 99d"],
)
def test_a_count_of_days_past_all_calendars_is_answered(house: Store, words: str) -> None:
    assert "Incident" not in say(house, words, "jane").text


def test_counting_on_from_the_last_year_is_answered(house: Store, clock: PretendedClock) -> None:
    clock.set(at(2200, 12, 30, 9))
    for words in ("list due 9999w", "away 31 Dec to 5 Jan", "list due after tomorrow", "boards"):
        assert "Incident" not in say(house, words, "jane").text
