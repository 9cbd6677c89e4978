from __future__ import annotations

import pytest

from governance.identity import ALIKE, force_key, likeness, text_key, title_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("An inspection of vetting, and misogyny", "Inspection of Vetting and misogyny"),
        ("The force’s “vetting” arrangements", "force's vetting – arrangements."),
        ("PEEL 2018/19", "peel: 2018-19"),
    ],
)
def test_titles_compare_without_case_punctuation_and_a_leading_article(
    one: str, other: str
) -> None:
    assert title_key(one) == title_key(other)


def test_an_article_that_is_the_whole_title_is_kept() -> None:
    assert title_key("The") == "the"


def test_titles_that_differ_in_a_word_are_two() -> None:
    assert title_key("Vetting in the police") != title_key("Vetting in police")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Avon & Somerset", "AVON AND SOMERSET CONSTABULARY"),
        ("Staffordshire Police", "Staffordshire"),
        ("Cumbria Constabulary", "cumbria"),
    ],
)
def test_a_force_is_one_with_or_without_police_or_constabulary(one: str, other: str) -> None:
    assert force_key(one) == force_key(other)


def test_a_force_called_only_police_keeps_its_name() -> None:
    assert force_key("Police") == "police"


def test_texts_compare_without_case_accents_and_punctuation() -> None:
    assert text_key("By 30 April 2023, the  Résumé:") == text_key("by 30 april 2023 the resume")


def test_a_word_changed_in_a_long_text_leaves_it_alike_and_another_text_is_not() -> None:
    text = text_key("The force should make sure that its vetting unit has enough staff to cope.")
    assert likeness(text, text.replace("enough", "sufficient")) >= ALIKE
    assert likeness(text, text_key("The force should improve how it records hate crime.")) < ALIKE
