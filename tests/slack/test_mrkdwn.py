"""Slack's mrkdwn: nobody is pinged, moments are in each reader's zone, and a typed text is read
back in time in proportion to its length."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.text import MORE, clean, cut, pieces, size
from bot.slack.blocks.mrkdwn import escape, parse_text, text_object, to_mrkdwn, without_mention
from governance.dates import say_date, say_moment
from tests.support.growth import assert_linear

# Text


def without_spaces(text: str) -> str:
    return "".join(clean(text).split())


def test_a_channel_that_was_typed_is_not_pinged() -> None:
    assert escape("<!channel> & <@U01>") == "&lt;!channel&gt; &amp; &lt;@U01&gt;"


def test_what_cannot_be_shown_is_left_out() -> None:
    assert clean("a\x00b\x07\ud800c\r\nd\te") == "abc\nd\te"


def test_a_text_that_fits_is_unchanged() -> None:
    assert cut("as it was  typed ", 40) == "as it was  typed "


def test_a_long_text_is_cut_at_a_word() -> None:
    assert cut("one two three four", 14) == "one two" + MORE


def test_an_emoji_counts_as_two() -> None:
    assert size("a🙂") == 3


def test_a_paragraph_is_where_a_text_is_parted() -> None:
    assert pieces("first part\n\nsecond part", 15) == ["first part", "second part"]


@given(st.text(max_size=300), st.integers(min_value=10, max_value=200))
def test_no_piece_is_too_long_and_none_is_lost(text: str, most: int) -> None:
    found = pieces(text, most, escape)
    assert all(0 < size(escape(piece)) <= most for piece in found)
    assert without_spaces("".join(found)) == without_spaces(text)


@given(st.text(max_size=300), st.integers(min_value=10, max_value=200))
def test_a_cut_text_is_the_beginning_of_what_was_typed(text: str, most: int) -> None:
    shown = cut(text, most, escape)
    assert size(escape(shown)) <= most
    assert text.startswith((shown, shown.removesuffix(MORE)))


@given(st.text(max_size=200))
def test_slack_shows_exactly_what_was_typed(text: str) -> None:
    safe = escape(text)
    assert not set(safe) & set("<>")
    assert html.unescape(safe) == clean(text)


# Dates and links

LONDON = ZoneInfo("Europe/London")
MOMENT = datetime(2023, 5, 3, 10, tzinfo=LONDON)


def test_a_moment_becomes_a_token_with_its_words_to_fall_back_on() -> None:
    words = "Wednesday 3 May 2023, 10:00"
    assert to_mrkdwn(f"Next {words}.", LONDON) == (
        f"Next <!date^{int(MOMENT.timestamp())}^{{date_long}}, {{time}}|{words}>."
    )


def test_a_meeting_ends_in_the_readers_zone_too() -> None:
    shown = to_mrkdwn("Wednesday 3 May 2023, 10:00 to 11:30", LONDON)
    end = int((MOMENT + timedelta(minutes=90)).timestamp())
    assert shown.endswith(f" to <!date^{end}^{{time}}|11:30>")


def test_a_meeting_past_midnight_ends_on_the_next_day() -> None:
    shown = to_mrkdwn("Wednesday 3 May 2023, 23:00 to 00:30", LONDON)
    end = int(datetime(2023, 5, 4, 0, 30, tzinfo=LONDON).timestamp())
    assert f"<!date^{end}^" in shown


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_deadline_stays_in_words_for_no_moment_is_that_day_everywhere(day: date) -> None:
    assert to_mrkdwn(f"Deadline {say_date(day)}, 3 days left", LONDON) == (
        f"Deadline {say_date(day)}, 3 days left"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Tuesday 3 May 2023, 10:00",
        "Wednesday 31 June 2023, 10:00",
        "Wednesday 3 May 2023, 25:00",
        "Wednesday 3 May 2023, 10:000",
        "Sunday 29 October 2023, 01:30",
        "Sunday 26 March 2023, 01:30",
        "Wednesday 3 May 2023",
    ],
)
def test_words_that_name_no_one_moment_stay_words(words: str) -> None:
    assert to_mrkdwn(words, LONDON) == words


@given(st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)))
def test_a_token_holds_the_moment_that_the_words_name(wall: datetime) -> None:
    moment = wall.replace(second=0, microsecond=0, tzinfo=LONDON)
    shown = to_mrkdwn(say_moment(moment, LONDON), LONDON)
    if shown.startswith("<!date^"):
        assert int(shown.split("^")[1]) == int(moment.timestamp())
    else:
        assert moment.utcoffset() != moment.replace(fold=1).utcoffset()


def test_an_address_becomes_a_link_and_its_full_stop_does_not() -> None:
    assert to_mrkdwn("See https://force.example/a?b=1&c=2.") == (
        "See <https://force.example/a?b=1&amp;c=2>."
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("https://a.uk/?b=1&", "<https://a.uk/?b=1>&amp;"),
        ("https://a.uk/?b&c&; and", "<https://a.uk/?b&amp;c>&amp;; and"),
        ("https://...", "https://..."),
        ("https://&", "https://&amp;"),
    ],
)
def test_an_address_ends_before_an_ampersand_that_ends_it(typed: str, shown: str) -> None:
    assert to_mrkdwn(typed) == shown


def test_an_address_cannot_smuggle_a_mention() -> None:
    assert to_mrkdwn("https://x.example/<!channel>|ping") == (
        "<https://x.example/>&lt;!channel&gt;|ping"
    )


def test_what_can_be_typed_stays_as_it_is_typed() -> None:
    typed = "`meeting pib Wednesday 3 May 2023, 10:00 cancel https://a.example`"
    assert to_mrkdwn(typed, LONDON, own=True) == typed


# Markup

MARKUP = "*CLOSED: verified* `code` ```pre``` _i_ ~s~ :tada: & <b> https://x.example/a_b_c"


@pytest.mark.parametrize(
    "typed", [MARKUP, "> quoted", "a\n > quoted", "2 * 3", "`", "snake_case", ":white_check_mark:"]
)
def test_typed_markup_is_shown_as_it_was_typed(typed: str) -> None:
    shown = text_object(f"*Latest update*\n{to_mrkdwn(typed, LONDON)}")
    assert shown == {"type": "plain_text", "text": f"Latest update\n{typed}", "emoji": False}


@pytest.mark.parametrize("typed", ["10:00:00", "a > b", "R&D: done", "https://x.example/a_b*c~d"])
def test_what_slack_would_not_format_keeps_its_labels_and_links(typed: str) -> None:
    assert text_object(to_mrkdwn(typed, LONDON))["type"] == "mrkdwn"


@given(st.text(alphabet="*_~`>: \nab<&;" + "".join(map(chr, range(0xE000, 0xE010))), max_size=60))
def test_any_markup_is_shown_as_it_was_typed(typed: str) -> None:
    shown = text_object(to_mrkdwn(typed))
    placeholders = {*map(chr, range(0xE000, 0xE005)), "\ue00f"}
    kept = "".join(char for char in typed if char not in placeholders)
    text = shown["text"] if shown["type"] == "plain_text" else html.unescape(shown["text"])
    assert text == kept


# Messages read back

BOT = "UDULY"
CALL = f"<@{BOT}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CALL} 24087", "24087"),
        (f"{CALL}: 24087", "24087"),
        (f"{CALL}, {CALL}: 24087", "24087"),
        (f"24087 {CALL}", "24087"),
        (f"24087 {CALL}{CALL} ", "24087"),
        (f"assign {CALL} 24087", "assign 24087"),
        (f"24087 note: for {CALL}, who asked", "24087 note: for , who asked"),
        (f"<@{BOT}|duly> 24087", "24087"),
        (CALL, ""),
        ("24087 <@U01JANE>", "24087 <@U01JANE>"),
        ("hi " + 28 * f"{CALL} " + "y", "hi y"),
    ],
)
def test_the_mentions_that_call_the_bot_are_taken_off(text: str, expected: str) -> None:
    assert without_mention(text, BOT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<https://x.example/a|x>", "https://x.example/a"),
        ("<mailto:jo@x.example|jo@x.example>", "jo@x.example"),
        ("mailto: nobody", "mailto: nobody"),
        ("<#C01|pib> and <#C02>", "#pib and #C02"),
        ("<!subteam^S01|@leads> <!here>", "@leads @here"),
        ("a &lt; b &amp; c", "a < b & c"),
    ],
)
def test_marked_up_text_is_read_as_it_was_typed(text: str, expected: str) -> None:
    assert parse_text(text) == expected


SHAPES: list[Callable[[int], str]] = [
    lambda n: "hi " + n * f"{CALL} " + "y",
    lambda n: n * CALL,
    lambda n: n * f" {CALL},:" + "y",
    lambda n: n * f"<@{BOT}|",
    lambda n: f"{CALL}" + n * " ,:",
    lambda n: n * " " + "y",
    lambda n: n * "<https:x",
    lambda n: n * "<https:x|",
    lambda n: n * "<#C|",
    lambda n: n * "<!subteam^S|",
    lambda n: n * "<!",
    lambda n: n * "mailto:",
    lambda n: n * "mailto:" + "@",
    lambda n: n * "&amp;",
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape(2).replace(" ", "_"))
def test_no_message_takes_more_than_linear_time(shape: Callable[[int], str]) -> None:
    assert_linear(lambda text: parse_text(without_mention(text, BOT)), shape)
