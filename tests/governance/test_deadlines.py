"""Deadlines as recommendations word them. Publication is 2 November 2022 unless said."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.dates import say_date
from governance.deadlines import Milestone, read_deadline
from governance.words import DeadlineKind

PUBLISHED = date(2022, 11, 2)
BY_DATE, RELATIVE = DeadlineKind.BY_DATE, DeadlineKind.RELATIVE


def on(year: int, month: int, day: int) -> date:
    return date(year, month, day)


DATED = [
    ("By 31st December 2023, chief constables should check it.", on(2023, 12, 31)),
    ("By 30 April 2023 chief constables should check it.", on(2023, 4, 30)),
    (" By 30 April 2023, In the forces we did not visit, chiefs should look.", on(2023, 4, 30)),
    ("By the end of the day on 30 April 2023, forces should check it.", on(2023, 4, 30)),
    ("By close of business on 28 April 2023, forces should check it.", on(2023, 4, 28)),
    ("Forces should check it, at the latest 1 June 2023.", on(2023, 6, 1)),
    ("BY 30 APRIL 2023 CHIEF CONSTABLES SHOULD CHECK IT.", on(2023, 4, 30)),
    ("By\u00a030\u00a0April\u00a02023, forces should check it.", on(2023, 4, 30)),
    ("Forces should check it by the 30th of April 2023.", on(2023, 4, 30)),
    ("Forces should, By 1st May 2023, check it.", on(2023, 5, 1)),
    ("Forces should check it by 2nd May, 2023.", on(2023, 5, 2)),
    ("By Friday 28 April 2023, forces should check it.", on(2023, 4, 28)),
    ("By 30/04/2023 forces should check it.", on(2023, 4, 30)),
    ("By 01/02/23 forces should check it.", on(2023, 2, 1)),
    ("By 2023-04-30 forces should check it.", on(2023, 4, 30)),
    ("By 30-Apr-23", on(2023, 4, 30)),
    ("By 30 Apr. 23, forces should check it.", on(2023, 4, 30)),
    ("By April 30, 2023, forces should check it.", on(2023, 4, 30)),
    ("Not later than 30 April 2023, forces should check it.", on(2023, 4, 30)),
    ("Forces should check it no later than 30 April 2023.", on(2023, 4, 30)),
    ("By no later than 30 April 2023, forces should check it.", on(2023, 4, 30)),
    ("No later than the end of March 2024, forces should check it.", on(2024, 3, 31)),
    ("By September 2023 at the latest, forces should check it.", on(2023, 9, 30)),
    ("Forces should publish it in September 2023 at the latest.", on(2023, 9, 30)),
    ("On or before 30 April 2023, forces should check it.", on(2023, 4, 30)),
    ("Before 1 April 2024, forces should check it.", on(2024, 3, 31)),
    ("It should be in place before 1 April 2024.", on(2024, 3, 31)),
    ("Forces should, before October 2023, check it.", on(2023, 9, 30)),
    ("Before the end of October 2023, forces should check it.", on(2023, 10, 31)),
    ("Before the end of 2024, forces should check it.", on(2024, 12, 31)),
    ("Before the end of the financial year 2023/24, check it.", on(2024, 3, 31)),
    ("By the end of October 2023, forces should check it.", on(2023, 10, 31)),
    ("By end October 2023, forces should check it.", on(2023, 10, 31)),
    ("By the end of February 2024, forces should check it.", on(2024, 2, 29)),
    ("By October 2023, forces should check it.", on(2023, 10, 31)),
    ("by sept 2023 forces should check it.", on(2023, 9, 30)),
    ("By the end of 2024, forces should check it.", on(2024, 12, 31)),
    ("By the end of the financial year 2023/24, check it.", on(2024, 3, 31)),
    ("By the end of the 2023-24 financial year, check it.", on(2024, 3, 31)),
    ("the end of the financial year 2023/24", on(2024, 3, 31)),
    ("By the end of the financial year ending March 2024, check it.", on(2024, 3, 31)),
    ("By 5pm on 30 April 2023, forces should check it.", on(2023, 4, 30)),
    ("30 April 2023", on(2023, 4, 30)),
    ("By 29 February 2024, forces should check it.", on(2024, 2, 29)),
    # no year: the first after publication
    ("By 30 April, forces should check it.", on(2023, 4, 30)),
    ("By 3 November, forces should check it.", on(2022, 11, 3)),
    ("By 2 November, forces should check it.", on(2023, 11, 2)),
    ("By the end of November, forces should check it.", on(2022, 11, 30)),
    ("By October, forces should check it.", on(2023, 10, 31)),
    ("By 29 February, forces should check it.", on(2024, 2, 29)),
]


@pytest.mark.parametrize(("text", "day"), DATED)
def test_a_date_or_the_last_day_of_a_stated_period_is_the_deadline(text: str, day: date) -> None:
    read = read_deadline(text, PUBLISHED)
    assert (read.kind, read.day, read.milestones, read.warnings) == (BY_DATE, day, (), ())
    assert read.text is not None
    assert read.text in text


COUNTED = [
    ("Within six months, forces should check it.", on(2023, 5, 2)),
    ("within 18 months", on(2024, 5, 2)),
    ("Within 12 weeks, forces should check it.", on(2023, 1, 25)),
    ("Within 28 days, forces should check it.", on(2022, 11, 30)),
    ("Forces should check it within a year of publication.", on(2023, 11, 2)),
    ("Within one year of publication, forces should check it.", on(2023, 11, 2)),
    ("Within 3 months of the publication of this report, check it.", on(2023, 2, 2)),
    ("Within twelve (12) months of this report, check it.", on(2023, 11, 2)),
    ("Within twenty-four months of the date of publication, check it.", on(2024, 11, 2)),
    ("No later than six months after publication, check it.", on(2023, 5, 2)),
    ("Forces should, within six months, check it.", on(2023, 5, 2)),
    ("Forces should check it within the next six months.", on(2023, 5, 2)),
    ("WITHIN A FORTNIGHT OF PUBLICATION FORCES SHOULD CHECK IT.", on(2022, 11, 16)),
]


@pytest.mark.parametrize(("text", "day"), COUNTED)
def test_a_time_within_which_is_counted_from_publication(text: str, day: date) -> None:
    read = read_deadline(text, PUBLISHED)
    assert (read.kind, read.day, read.warnings) == (RELATIVE, day, ())


def test_months_are_clipped_to_the_months_last_day() -> None:
    text = "Within six months, forces should check it."
    assert read_deadline(text, date(2022, 8, 29)).day == date(2023, 2, 28)
    assert read_deadline(text, date(2023, 8, 31)).day == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "With immediate effect, chief constables must use it.",
        "Immediately, chief constables must use it.",
        "Immediately chief constables must use it.",
        "Forces should, with immediate effect, use it.",
        "Recommendation 29: with immediate effect, forces should use it.",
    ],
)
def test_what_is_immediate_is_due_on_publication(text: str) -> None:
    read = read_deadline(text, PUBLISHED)
    assert (read.kind, read.day, read.warnings) == (DeadlineKind.IMMEDIATE, PUBLISHED, ())
    assert read_deadline(text, None).day is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Within six months, forces should check it.", RELATIVE),
        ("With immediate effect, forces must check it.", DeadlineKind.IMMEDIATE),
        ("By 30 April, forces should check it.", BY_DATE),
        ("By the end of October, forces should check it.", BY_DATE),
    ],
)
def test_without_a_publication_date_there_is_no_date_but_a_warning(
    text: str, kind: DeadlineKind
) -> None:
    read = read_deadline(text, None)
    assert (read.kind, read.day) == (kind, None)
    assert read.text is not None
    assert read.text in read.warnings[0]
    later = read_deadline(read.text, PUBLISHED)
    assert later == read_deadline(text, PUBLISHED)
    assert later.day is not None


@pytest.mark.parametrize(
    "words",
    [
        "By spring 2025",
        "By Q3 2023",
        "Q3 2023",
        "By the end of Q3 2023",
        "By the third quarter of 2023",
        "By early 2024",
        "By mid-2024",
        "By winter 2023/24",
        "By the end of the year",
        "By around October 2023",
        "By April/May 2023",
        "In Q3 2023",
        "As soon as possible",
        "Within a few months",
        "Within five working days of publication",
    ],
)
def test_vague_words_are_kept_with_a_warning_and_give_no_date(words: str) -> None:
    read = read_deadline(f"{words}, forces should check it.", PUBLISHED)
    if words == "Q3 2023":
        read = read_deadline(words, PUBLISHED)
    assert (read.kind, read.day, read.text) == (DeadlineKind.NONE, None, words)
    assert len(read.warnings) == 1
    assert words in read.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "As soon as possible after this, these chief constables should check it.",
        "Forces should follow the Police Act 1996 and the Police Regulations 2003.",
        "Forces should follow the report published on 2 November 2022.",
        "The review should be of cases from the last three years.",
        "Checks should cover at least the previous five years.",
        "Forces should look at each one within two working days of a report.",
        "Forces should look at it within 28 days of a complaint.",
        "Within six months of appointment, supervisors should be trained.",
        "Forces should answer calls within 10 minutes.",
        "Forces should renew clearances within 10 years.",
        "Every appeal should be heard within three months.",
        "Forces should look again at complaints received before 1 April 2020.",
        "Officers who joined before 1 April 2020 should be asked again.",
        "All cases before 1 April 2020 should be reviewed.",
        "By April 2022, the force had checked them all.",
        "Our inspection in spring 2022 found gaps. The force should improve.",
        "Data from 1 April 2022 to 31 March 2023 should be used.",
        "The force should immediately tell the victim.",
        "Immediately after an incident, officers should write it down.",
        "Officers dismissed with immediate effect should be listed.",
        "The force should increase its strength by 2023 officers.",
        "Vetting interviews are an area for improvement.",
    ],
)
def test_a_date_or_time_that_is_no_deadline_is_never_taken_for_one(text: str) -> None:
    read = read_deadline(text, PUBLISHED)
    assert (read.kind, read.day, read.text) == (DeadlineKind.NONE, None, None)
    assert (read.milestones, read.warnings) == ((), ())


def test_the_first_date_is_the_deadline_and_later_ones_are_milestones() -> None:
    read = read_deadline(
        "By 30 April 2023, forces should plan it and, by 31 October 2023, do it. "
        "Within two years, they should show it.",
        PUBLISHED,
    )
    assert (read.day, read.text) == (date(2023, 4, 30), "By 30 April 2023")
    assert read.milestones == (
        Milestone(date(2023, 10, 31), "by 31 October 2023"),
        Milestone(date(2024, 11, 2), "Within two years"),
    )


def test_the_first_stated_is_the_deadline_and_an_earlier_one_no_milestone_but_a_warning() -> None:
    read = read_deadline("By 31 October 2023, do it. By 30 April 2023, plan it.", None)
    assert (read.day, read.milestones) == (date(2023, 10, 31), ())
    assert ["By 30 April 2023" in warning for warning in read.warnings] == [True]


def test_dates_listed_together_share_the_word_by_and_the_year() -> None:
    read = read_deadline("By 30 April and 31 October 2023, forces should report.", None)
    assert (read.day, [m.day for m in read.milestones]) == (
        date(2023, 4, 30),
        [date(2023, 10, 31)],
    )
    across = read_deadline("By 31 October and 30 April 2024, forces should report.", None)
    assert across.day == date(2023, 10, 31)


@pytest.mark.parametrize(
    "words", ["By 31 April 2023", "By 29 February 2023", "By 32 May 2023", "By 31 April",
              "By 30/13/2023", "By 2023-02-30", "Before 31 June 2023", "Within 9999 years"]
)  # fmt: skip
def test_an_impossible_date_is_a_warning_and_the_next_possible_one_counts(words: str) -> None:
    alone = read_deadline(f"{words}, forces should check it.", PUBLISHED)
    assert (alone.kind, alone.day) == (DeadlineKind.NONE, None)
    assert [words in warning for warning in alone.warnings] == [True]

    then = read_deadline(f"{words}, forces should check it; by 31 May 2023, show it.", PUBLISHED)
    assert (then.day, then.text) == (date(2023, 5, 31), "by 31 May 2023")
    assert then.milestones == ()
    assert then.warnings == alone.warnings


def test_a_vague_time_gives_way_to_a_date_stated_after_it() -> None:
    read = read_deadline("By spring 2023 and no later than 30 April 2023, check it.", None)
    assert (read.day, read.text) == (date(2023, 4, 30), "no later than 30 April 2023")
    assert "By spring 2023" in read.warnings[0]


def test_a_very_long_list_of_dates_is_read_to_its_end() -> None:
    listed = ", ".join(say_date(date(2023 + n // 12, n % 12 + 1, 1)) for n in range(1200))
    assert len(read_deadline(f"By {listed}, forces should report.", None).milestones) == 1199


DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))


@given(day=DAYS, published=st.none() | DAYS)
def test_any_full_date_at_the_head_is_read_whatever_the_publication(
    day: date, published: date | None
) -> None:
    read = read_deadline(f"By {say_date(day)}, forces should check it.", published)
    assert (read.kind, read.day, read.text) == (BY_DATE, day, f"By {say_date(day)}")


@given(day=DAYS, published=DAYS)
def test_a_date_without_a_year_is_the_first_after_publication(day: date, published: date) -> None:
    words = say_date(day).rsplit(" ", 1)[0]
    read = read_deadline(f"By {words}, forces should check it.", published)
    assert read.day is not None
    assert (read.day.day, read.day.month) == (day.day, day.month)
    assert read.day > published
    nearer = [
        date(year, day.month, day.day)
        for year in range(published.year, read.day.year)
        if (day.month, day.day) != (2, 29) or (year % 4 == 0 and year % 100 != 0)
    ]
    assert all(other <= published for other in nearer)


WORDS = st.sampled_from(
    ["by", "before", "within", "the", "end", "of", "at", "latest", "no", "later", "than", "30",
     "31", "April", "2023", "2023/24", "may", "six", "months", "publication", "with", "immediate",
     "effect", ",", ".", "\n", "Q3", "spring", "should", "29", "February", "and", "or", "/", "year"]
)  # fmt: skip


@given(text=st.lists(WORDS, max_size=14).map(" ".join) | st.text(), published=st.none() | DAYS)
def test_no_text_whatever_makes_it_fail_and_every_missing_date_is_explained(
    text: str, published: date | None
) -> None:
    read = read_deadline(text, published)
    assert (read.text is None) or read.text in text
    if read.day is None:
        assert read.milestones == () or read.kind is not DeadlineKind.NONE
        assert bool(read.warnings) == (read.text is not None)
