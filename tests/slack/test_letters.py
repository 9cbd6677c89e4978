"""Letters that Duly sends by itself, as they are read in Slack."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.slack.blocks.elements import kind
from bot.slack.blocks.messages import letter_payload
from messages.digest import Digest, DigestLine, DigestSection
from scheduler.courier import Letter
from tests.slack import screen
from tests.slack.checking import assert_good, shown

LONDON = ZoneInfo("Europe/London")
DAY = date(2023, 4, 28)
OPENING = "Jane, this needs you on Friday 28 April 2023: 2 recommendations."
CLOSING = "To answer, say for example: /rec 24087 on track, and what has changed"


def letter(text: str, digest: Digest | None = None, what: str = "digest") -> dict[str, Any]:
    found = letter_payload(Letter("1/jane/1", "jane", "jane", what, DAY, text, digest), zone=LONDON)
    assert_good(found)
    assert "response_type" not in found
    return found


def digest(*sections: DigestSection) -> dict[str, Any]:
    whole = Digest(OPENING, sections, CLOSING)
    return letter(whole.text, whole)


def line(number: int) -> DigestLine:
    target = f"#{24000 + number}"
    return DigestLine(
        f"{target} (recommendation {number}), due 30 April 2023, 2 days left, owner ACU DCI, "
        "An inspection of vetting, misconduct, and…",
        target,
        number,
    )


def buttons(found: dict[str, Any], what: str) -> list[str]:
    return [
        each["value"]
        for block in found["blocks"]
        for each in [*block.get("elements", []), block.get("accessory", {})]
        if each.get("type") == "button" and kind(each["action_id"]) == what
    ]


def snoozes(found: dict[str, Any]) -> list[str]:
    return [
        option["value"]
        for block in found["blocks"]
        for each in block.get("elements", [])
        if each.get("action_id") == "snooze" and each["type"] == "static_select"
        for option in each["options"]
    ]


def test_each_line_has_update_and_snooze() -> None:
    found = digest(
        DigestSection("Overdue", (line(1),)), DigestSection("Coming due", (line(2), line(3)))
    )
    assert buttons(found, "form") == ["update #24001", "update #24002", "update #24003"]
    assert buttons(found, "snooze") == ["snooze #24001", "snooze #24002", "snooze #24003"]
    words = shown(found)
    assert OPENING in words
    assert CLOSING in words
    assert words.index("*Overdue*") < words.index("#24001") < words.index("*Coming due*")


def test_a_line_with_nothing_to_answer_has_no_button() -> None:
    found = digest(DigestSection("Nobody owns these", (DigestLine("#1, #2 and #3"),)))
    assert "• #1, #2 and #3" in shown(found)
    assert buttons(found, "form") == []


@pytest.mark.parametrize("count", [19, 20, 21, 40, 44, 45, 60, 100])
def test_a_long_digest_fits_and_loses_nothing_in_its_text(count: int) -> None:
    found = digest(DigestSection("Coming due", tuple(line(n) for n in range(count))))
    updates = buttons(found, "form")
    assert len(updates) >= min(count, 19)
    assert len({*buttons(found, "snooze"), *snoozes(found)}) == len(updates)
    for n in range(count):
        assert f"#{24000 + n} " in found["text"]


def test_a_hundred_lines_are_counted_where_they_are_not_shown() -> None:
    long = tuple(
        DigestLine(f"{line(n).text} {'and so on ' * 9}", line(n).target) for n in range(100)
    )
    found = digest(DigestSection("Overdue", long[:50]), DigestSection("Coming due", long[50:]))
    words = shown(found)
    seen = sum(f"• #{24000 + n} " in words for n in range(100))
    assert seen < 100
    assert f"… and {100 - seen} more: say `/rec mine`" in words
    assert len(buttons(found, "form")) > 30


def test_every_section_is_named_however_long_the_first_is() -> None:
    found = digest(
        DigestSection("Overdue", tuple(line(n) for n in range(60))),
        DigestSection("Coming due", (line(98), line(99))),
    )
    assert "*Coming due*" in shown(found)
    assert "#24099" in shown(found)


def test_a_paper_for_a_channel_has_headings() -> None:
    paper = (
        "People Intelligence Board: paper for Wednesday 3 May 2023, 10:00 to 11:30\n\n"
        "2 before the board, 2 open.\n\n"
        "Overdue: 1\n• #24087 (recommendation 16), R ▲ on track"
    )
    found = letter(paper, what="channel")
    assert found["blocks"][0]["type"] == "header"
    assert "*Overdue: 1*\n• #24087" in shown(found)
    assert "Wednesday 3 May 2023, 10:00" in found["text"]


def test_a_paper_too_long_for_blocks_is_sent_as_text() -> None:
    paper = "The paper\n\n" + "\n".join(f"• item {n} of a very long paper" for n in range(900))
    found = letter(paper, what="channel")
    assert "blocks" not in found
    assert "item 899" in found["text"]


def test_a_short_post_is_said_as_it_is() -> None:
    text = "The Governance Board begins at 14:00 today. Say /rec and a reference to look one up."
    assert shown(letter(text, what="channel")) == text


def test_a_digest_of_many_boards_still_fits() -> None:
    found = digest(
        *(DigestSection(f"Wanted for board {n}", (line(n), line(n + 1))) for n in range(60))
    )
    assert "more: say `/rec mine`" in shown(found)


@pytest.mark.parametrize("settled", [None, "*done* ~s~"])
@pytest.mark.parametrize("count", [1, 60])
def test_typed_markup_in_a_digest_is_shown_as_it_was_typed(settled: str | None, count: int) -> None:
    typed = "*CLOSED: verified* `code` _i_ ~s~ :tada:"
    lines = tuple(
        DigestLine(f"#{n} {typed}", f"#{n}", n, settled) for n in range(24_000, 24_000 + count)
    )
    payload = digest(DigestSection("Overdue", lines))
    text = screen.rendered(payload["blocks"])
    assert text.count(typed) >= min(count, 20)
    if settled is not None and count == 1:
        assert settled in text
