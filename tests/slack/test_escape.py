"""Text on its way to Slack pings nobody and is cut where a reader would cut it."""

import html

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.text import MORE, clean, cut, pieces, size
from bot.slack.blocks.mrkdwn import escape


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
