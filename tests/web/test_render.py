"""Jinja filters that set plain text on the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.web.render import FOLD_CHARACTERS, fold, linked, paragraphs
from tests.web.conftest import Browser


@given(st.text(max_size=400))
def test_no_text_whatever_becomes_markup(text: str) -> None:
    plain = Markup(linked(text)).striptags()
    assert "<" not in Markup(linked(text.replace("`", "").replace("#", ""))) or not plain


@given(st.text(alphabet=st.sampled_from("ab .\n#1•-"), max_size=3000))
def test_folding_loses_no_word(text: str) -> None:
    head, rest = fold(text)
    assert (head + rest).split() == text.split() or f"{head} {rest}".split() == text.split()


@given(st.text(alphabet=st.sampled_from("ab .\n•-"), max_size=300))
def test_laying_out_loses_no_letter(text: str) -> None:
    letters = [c for c in text if c in "ab"]
    assert [c for c in paragraphs(text).replace("<b", "<").striptags() if c in "ab"] == letters


def test_a_short_text_is_not_folded() -> None:
    assert fold("x" * FOLD_CHARACTERS) == ("x" * FOLD_CHARACTERS, "")


def test_bullets_become_a_list_under_their_heading() -> None:
    assert paragraphs("Coming due\n• one\n- two\n\nThe end.") == (
        '<p class="lead">Coming due</p><ul class="said"><li>one</li><li>two</li></ul>'
        "<p>The end.</p>"
    )


def test_a_list_line_begins_with_what_can_be_pressed() -> None:
    html = paragraphs('• rec 16 of Avon and Somerset, due today\n• AFI 1 @ "A title" of Kent: x')
    assert 'value="rec 16 of Avon and Somerset" class="ref"' in html
    assert "</button>, due today" in html
    assert 'value="AFI 1 @ &#34;A title&#34; of Kent"' in html
    unquoted = paragraphs(
        "• AFI 1 @ efficiency of Staffordshire, no date\n• AFI 2 of Kent, due today"
    )
    assert 'value="AFI 1 @ efficiency of Staffordshire" class="ref"' in unquoted


def test_a_long_list_is_folded_between_its_lines() -> None:
    head, rest = fold("\n".join(f"• line {n} with some words to it" for n in range(40)))
    assert head.endswith("to it")
    assert rest.startswith("• line")


def test_counts_in_columns_become_a_table() -> None:
    html = paragraphs("4 open.\n▲ R  2  Red\n◆ A  0  Amber\n● G  1  Green")
    assert html.startswith("<p>4 open.</p><table")
    assert html.count("<tr>") == 3
    assert "<td>2</td>" in html


def test_what_somebody_typed_does_not_turn_the_page_s_own_text_round(browser: Browser) -> None:
    page = browser.say("24087 note: \u202eeslaf <b>\x1b[2J")
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert r"\u202eeslaf &lt;b&gt;\x1b[2J" in page
