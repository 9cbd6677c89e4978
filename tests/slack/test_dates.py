"""A moment is told in each reader's own zone; a day is the same day for everybody."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.blocks.mrkdwn import to_mrkdwn
from governance.dates import say_date, say_moment

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
    assert to_mrkdwn(typed, LONDON) == typed
