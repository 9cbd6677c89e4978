"""Layouts of records, read one at a time in small documents."""

from __future__ import annotations

from datetime import date

import pytest

from documents.readers import NotUnderstood, read_document
from documents.record import ImportedItem, ImportedRecord
from governance.words import Kind


def read(text: str) -> ImportedRecord:
    return read_document("record.txt", text.encode())


def only(text: str) -> ImportedItem:
    (item,) = read(text).items
    return item


@pytest.mark.parametrize(
    ("heading", "kind", "number", "ref"),
    [
        ("Recommendation 5", Kind.RECOMMENDATION, "5", None),
        ("RECOMMENDATION 5:", Kind.RECOMMENDATION, "5", None),
        ("Recommendation five", Kind.RECOMMENDATION, "5", None),
        ("Rec 5", Kind.RECOMMENDATION, "5", None),
        ("Recommendation No. 5", Kind.RECOMMENDATION, "5", None),
        ("## Recommendation 5", Kind.RECOMMENDATION, "5", None),
        ("Recommendation #24001: On cells – Recommendation 5.", Kind.RECOMMENDATION, "5", "24001"),
        ("Recommendation #24001 - On cells - Recommendation 5", Kind.RECOMMENDATION, "5", "24001"),
        ("Recommendation 5 (#24001)", Kind.RECOMMENDATION, "5", "24001"),
        ("Recommendation 24001", Kind.RECOMMENDATION, None, "24001"),
        ("AFI #24001 A look at custody – AFI 5", Kind.AFI, "5", "24001"),
        ("Recommendation: A look at custody – Recommendation 5.", Kind.RECOMMENDATION, "5", None),
        ("Recommendation A look at custody – Recommendation 5", Kind.RECOMMENDATION, "5", None),
        ("A look at custody – Recommendation 5", Kind.RECOMMENDATION, "5", None),
        ("Recommendation #24001: A look at cells\nin custody – Recommendation 5.",
         Kind.RECOMMENDATION, "5", "24001"),
        ("AFI 5", Kind.AFI, "5", None),
        ("Area for improvement 5", Kind.AFI, "5", None),
        ("Area for improvement", Kind.AFI, None, None),
        ("Cause of concern 5", Kind.CAUSE_OF_CONCERN, "5", None),
        ("CoC 5", Kind.CAUSE_OF_CONCERN, "5", None),
    ],
)  # fmt: skip
def test_an_item_heading_gives_kind_number_and_reference(
    heading: str, kind: str, number: str | None, ref: str | None
) -> None:
    item = only(f"{heading}\n\nThe force should look after its cells.\n")
    assert (item.kind, item.number, item.ref) == (kind, number, ref)
    assert item.text == "The force should look after its cells."


@pytest.mark.parametrize(
    "sentence",
    [
        "Recommendation 5 was completed in May.",
        "Recommendations 5 and 6 were completed in May.",
        "AFI work goes on.",
        "Area for improvement work goes on as before.",
    ],
)
def test_a_sentence_that_names_an_item_is_no_heading(sentence: str) -> None:
    item = only(f"Recommendation 9\nThe force should publish it.\nResponse\nWe will.\n{sentence}\n")
    assert item.response == f"We will.\n\n{sentence}"


def test_wording_in_the_line_of_its_heading_is_the_text() -> None:
    item = only("Recommendation 5: By 30 April 2023, chief constables should publish it.\n")
    assert item.text == "By 30 April 2023, chief constables should publish it."
    assert only("AFI 2\tThe force should publish it.\n").text == "The force should publish it."


def test_paragraphs_are_joined_by_one_blank_line_and_a_cut_sentence_by_a_space() -> None:
    item = only(
        "Recommendation 1\nChief constables should make sure that\nofficers are\n\f\nvetted.\n"
        "This stands in a new line.\n\n\nSo does this"
    )
    assert item.text == (
        "Chief constables should make sure that officers are vetted.\n\n"
        "This stands in a new line.\n\nSo does this"
    )


def test_points_are_the_bullets_and_the_closing_paragraph_is_text() -> None:
    item = only(
        "Recommendation 1\nBy 30 April 2023, chief constables should:\n\n"
        "- look; and\n- see\nfar ahead.\n\nAs soon as possible after this, they should:\n"
        "- act.\nThis will be inspected.\n"
    )
    assert item.points == ("look; and", "see far ahead.", "act.")
    assert item.text == (
        "By 30 April 2023, chief constables should:\n\n"
        "As soon as possible after this, they should:\n\nThis will be inspected."
    )
    assert item.addressee == "chief constables"


def test_nested_bullets_stay_inside_their_point() -> None:
    item = only("AFI 1\nThe force should:\n• see:\n   o far; and\n   o wide;\n• act.\n")
    assert item.points == ("see:\nfar; and\nwide;", "act.")


def test_a_list_without_items_is_split_after_each_semicolon() -> None:
    item = only("AFI 1\n<p>The force should:</p> <ul class='x'> look (far; wide); see; and act.\n")
    assert item.points == ("look (far; wide);", "see; and", "act.")
    assert item.text == "The force should:"


def test_a_list_that_has_lost_its_marks_is_points() -> None:
    item = only("AFI 1\nThe force should:\nlook;\nsee; and\nact.\nThis will be inspected.\n")
    assert item.points == ("look;", "see; and", "act.")
    assert item.text == "The force should:\n\nThis will be inspected."


def test_markup_and_entities_are_gone_and_an_address_in_brackets_stays() -> None:
    item = only(
        "AFI 1\n<p>The <b>force</b> should &amp; must read &lt;i&gt;this&lt;/i&gt;&nbsp;page.</p>"
        "<br/><p style='a'>See <https://force.example/page> for under <5 days>.</p>\n"
    )
    assert item.text == (
        "The force should & must read this page.\n\n"
        "See <https://force.example/page> for under <5 days>."
    )


def test_a_tag_cut_in_two_is_a_tag() -> None:
    assert only("AFI 1\n<p\nclass='a'>The force should look.</p>\n").text == (
        "The force should look."
    )


@pytest.mark.parametrize(
    "heading",
    [
        "Response",
        "Force Update:",
        "Force response",
        "Constabulary response:",
        "Update",
        "Our reply",
    ],
)
def test_a_response_heading_ends_the_wording(heading: str) -> None:
    item = only(f"AFI 1\nThe force should look.\n{heading}\nWe look.\n- far\n- wide\n")
    assert item.text == "The force should look."
    assert item.response == "We look.\n\n- far\n- wide"


def test_a_response_may_stand_in_the_line_of_its_heading() -> None:
    item = only("AFI 1\nThe force should look.\nForce Update: We look.\n")
    assert item.response == "We look."


def test_an_answer_far_below_is_joined_to_its_item() -> None:
    record = read(
        "AFI 1\nThe force should look.\nAFI 2\nThe force should see.\n"
        "Chief Constable's response\nWe agree.\nAFI 2:\nWe see.\nAFI 1:\nWe look.\n"
        "PCC's overall comments\nI am content.\n"
    )
    assert [item.response for item in record.items] == ["We look.", "We see."]
    assert record.report.chief_constable_response == "We agree."
    assert record.report.pcc_comments == "I am content."
    assert record.warnings == ()


def test_an_answer_to_an_item_that_is_not_there_is_told_with_its_line() -> None:
    record = read("AFI 1\nThe force should look.\nChief Constable's response\nAFI 7:\nWe fly.\n")
    (warning,) = record.warnings
    assert warning.line == 4
    assert "no AFI 7" in warning.text
    assert "“We fly.”" in warning.text


def test_a_response_to_all_items_belongs_to_the_report() -> None:
    text = "Recommendation 1\nForces should look.\nRecommendation 2\nForces should see.\n"
    record = read(f"{text}Response to all recommendations\nWe agree.\n")
    assert record.report.response == "We agree."
    assert [item.response for item in record.items] == [None, None]
    assert record.warnings == ()
    record = read(f"{text}Response\nWe agree.\n")
    assert record.report.response == "We agree."
    assert "“We agree.”" in record.warnings[0].text


def test_bullets_under_a_section_are_items_with_their_themes() -> None:
    record = read(
        "Areas for improvement\n\nLEGITIMACY\n\nFair treatment\n\n- The force should look.\n\n"
        "Force Update:\n\nWe look.\n\n- The force should:\n - see; and\n - hear.\n\n"
        "Ethics\n\n- The force should feel.\n"
    )
    assert [(item.theme, item.text, item.points) for item in record.items] == [
        ("LEGITIMACY – Fair treatment", "The force should look.", ()),
        ("LEGITIMACY – Fair treatment", "The force should:", ("see; and", "hear.")),
        ("LEGITIMACY – Ethics", "The force should feel.", ()),
    ]
    assert [item.position for item in record.items] == [1, 2, 3]
    assert record.items[0].number is None


def test_a_numbered_list_under_a_section_gives_the_numbers() -> None:
    record = read("Recommendations\n1. Forces should look.\n2. Forces should see.\n")
    assert [(item.number, item.text) for item in record.items] == [
        ("1", "Forces should look."),
        ("2", "Forces should see."),
    ]


@pytest.mark.parametrize("nothing", ["N/A", "None", "Nil", "Not applicable", "-", "", "None."])
def test_a_cell_that_says_none_is_no_warning(nothing: str) -> None:
    record = read(f"Force\tKent\nRecommendations\t{nothing}\nAFI 1\nThe force should look.\n")
    assert record.warnings == ()


def test_a_stated_count_that_is_not_found_is_a_warning() -> None:
    record = read("Recommendations\t3 recommendations for forces.\nAFI 1\nForces should look.\n")
    (warning,) = record.warnings
    assert warning.line == 1
    assert "“3 recommendations for forces.”" in warning.text


def test_a_count_in_passing_or_one_that_is_found_is_no_warning() -> None:
    record = read(
        "Kent PCC response\nThere are two recommendations for chief constables. Set out below.\n"
        "Summary\nThe report makes 43 recommendations.\n"
        "Recommendation 1\nForces should look.\nRecommendation 2\nForces should see.\n"
    )
    assert record.warnings == ()


def test_a_form_gives_the_reports_fields() -> None:
    report = read(
        "Force: Kent\nPCC: Alex Example\nChief Constable: Sam Specimen\nTitle of report: Cells\n"
        "Inspectorate: HMICFRS\nDate published: 05/03/2024\nGrade: Good\nSummary: All is well.\n"
        "AFI 1\nThe force should look.\n"
    ).report
    assert (report.force, report.pcc, report.chief_constable) == (
        "Kent",
        "Alex Example",
        "Sam Specimen",
    )
    assert (report.title, report.inspectorate, report.grade) == ("Cells", "HMICFRS", "Good")
    assert report.published == date(2024, 3, 5)
    assert report.summary == "All is well."


@pytest.mark.parametrize(
    ("line", "force"),
    [
        ("DEVON & CORNWALL PCC RESPONSE", "Devon and Cornwall"),
        ("Response of the Police and Crime Commissioner for Kent", "Kent"),
        ("Kent’s Police and Crime Commissioner's response", "Kent"),
        ("West Mercia Police response", "West Mercia"),
    ],
)
def test_the_force_is_that_of_whoever_answers(line: str, force: str) -> None:
    record = read(f"{line}\n\nWe welcome it.\n\nAFI 1\nForces (as in Surrey) should look.\n")
    assert record.report.force == force


def test_a_force_or_grade_in_passing_is_not_the_records() -> None:
    report = read(
        "AFI 1\nForces should do as Surrey Police did, which was rated Good.\nResponse\n"
        "The work published on 3 May 2022 by Sussex Police was Outstanding.\n"
    ).report
    assert (report.force, report.grade, report.published) == (None, None, None)


def test_a_statement_without_a_heading_is_not_merged_with_a_response() -> None:
    record = read(
        "AFI 1\nThe force should look.\nForce Update:\nWe look.\n\n"
        "The Kent Commissioner's Office has welcomed the report.\n\nIt says more.\n"
    )
    assert record.items[0].response == "We look."
    assert (record.report.pcc_response or "").endswith("It says more.")
    assert record.warnings[0].line == 6


def test_an_unknown_heading_in_an_item_is_told_and_left_out() -> None:
    record = read("AFI 1\nThe force should look.\n\nEvidence held\n\nA file was seen.\n")
    assert record.items[0].text == "The force should look."
    assert record.warnings[0].line == 4
    assert "“Evidence held”" in record.warnings[0].text


def test_an_item_that_stands_twice_with_other_words_is_kept_twice_and_told() -> None:
    record = read("AFI 1\nThe force should look.\nAFI 1\nThe force should hear everything.\n")
    assert len(record.items) == 2
    assert record.warnings[0].line == 3


def test_a_heading_without_wording_is_told() -> None:
    record = read("AFI 1\nAFI 2\nThe force should look.\n")
    assert [item.number for item in record.items] == ["2"]
    assert (record.warnings[0].line, record.warnings[0].text) == (
        1,
        "AFI 1 has a heading but no wording.",
    )


def test_a_form_without_items_is_understood_with_a_warning() -> None:
    record = read("Force\tKent\nGrade\tGood\n")
    assert record.report.force == "Kent"
    assert "no recommendation" in record.warnings[0].text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\t \r\n", "is empty"),
        (b"%PDF-1.7 and so on", "a PDF file"),
        (b"PK\x03\x04 and so on", "zip file"),
        (bytes(range(256)) * 9, "not text"),
        (b"Dear all,\n\nlunch is at one.\n", "no recommendation"),
    ],
)
def test_what_is_no_record_is_refused_in_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_document("lunch.txt", content)
    assert refused.value.sentence.startswith("lunch.txt ")
    assert words in refused.value.sentence
    assert "\n" not in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "addressee"),
    [
        ("By 31 March 2023 to guard it, chief constables should look.", "chief constables"),
        ("By 30 April 2023 chief constables should look.", "chief constables"),
        ("Chief constables, who have not done so, must look.", "chief constables"),
        ("In more cases, forces should look. The force must.", "forces"),
        ("By 1 May 2023, the College of Policing should look.", "the College of Policing"),
        ("The force needs to look.", None),
        ("This should help.", None),
    ],
)
def test_the_addressee_is_the_body_before_the_first_should_or_must(
    text: str, addressee: str | None
) -> None:
    assert only(f"Recommendation 1\n{text}\n").addressee == addressee


def test_a_cell_may_begin_with_its_first_items_heading() -> None:
    record = read("Recommendations:\tRecommendation 1\nForces should look.\nPCC response:\tGood.\n")
    assert [(item.number, item.text) for item in record.items] == [("1", "Forces should look.")]
    assert record.report.pcc_response == "Good."


def test_the_masthead_gives_title_and_date_and_is_no_theme() -> None:
    record = read(
        "Kent Police: response to the inspection 'A look at custody'\n\nPublished on 5 May 2023\n\n"
        "AFI 1\nThe force should look.\n"
    )
    assert (record.report.title, record.report.force) == ("A look at custody", "Kent")
    assert record.report.published == date(2023, 5, 5)
    assert record.items[0].theme is None


def test_a_response_in_the_line_of_the_wording_is_not_the_wording() -> None:
    item = only("Recommendation 1. Forces should look. Response: We agree.\n")
    assert (item.text, item.response) == ("Forces should look.", "We agree.")


def test_a_caption_in_the_heading_is_the_last_of_its_themes() -> None:
    assert only("AFI 2 – Data quality\nThe force should look.\n").theme == "Data quality"


def test_both_voices_under_each_item_are_its_response() -> None:
    voices = "PCC's response\nI look.\nChief Constable's response\nWe look.\n"
    record = read(f"AFI 1\nThe force should look.\n{voices}AFI 2\nThe force should see.\n{voices}")
    assert [item.response for item in record.items] == ["I look.\n\nWe look."] * 2
    assert record.warnings == ()


def test_one_heading_for_several_items_is_told() -> None:
    record = read("Recommendations 1 and 2\nForces should look.\nAFI 1\nForces should see.\n")
    assert record.warnings[0].line == 1
    assert "“Recommendations 1 and 2”" in record.warnings[0].text


def test_a_line_in_other_bytes_is_read_and_one_that_cannot_be_is_told() -> None:
    content = "AFI 1\nForces’ work should go on.\n".encode() + b"\x91Response\x92 \x81\n"
    record = read_document("record.txt", content)
    assert record.items[0].text.startswith("Forces’ work")
    assert record.warnings[0].line == 3


def test_the_line_that_a_line_break_cuts_is_no_heading() -> None:
    item = only(
        "AFI 3\n\nForces' understanding of the scale of poor behaviour\n"
        "towards officers is an area for improvement.\n"
    )
    assert item.theme is None
    assert item.text.startswith("Forces' understanding of the scale of poor behaviour towards")


def test_a_script_in_a_cell_is_no_wording() -> None:
    item = only("AFI 1\n\n<p>Forces should look.</p><script>alert(1)</script><style>p{}</style>\n")
    assert item.text == "Forces should look."


NAMED_ANSWER = """Areas for improvement

Area for improvement 1

The force should improve its cells.

Area for improvement 2

The force should improve its vans.

Chief Constable's response

We agree with both.

AFI 2:

The vans were replaced.
"""


def test_one_response_that_names_its_item_is_that_items() -> None:
    assert [item.response for item in read(NAMED_ANSWER).items] == [None, "The vans were replaced."]


@pytest.mark.parametrize(
    ("second", "how"),
    [("30 April 2023", "in the same words"), ("30 June 2023", "in words a little different")],
)
def test_an_item_that_stands_twice_is_kept_once_and_told(second: str, how: str) -> None:
    wording = "By {}, chief constables should make sure that every cell is looked at each night."
    record = read(
        "".join(
            f"Recommendation 5\n\n{wording.format(day)}\n\nResponse\n\nIt is done.\n\n"
            if answered
            else f"Recommendation 5\n\n{wording.format(day)}\n\n"
            for day, answered in (("30 April 2023", True), (second, False))
        )
    )
    (item,) = record.items
    assert item.text == wording.format("30 April 2023")
    assert item.response == "It is done."
    (warning,) = record.warnings
    assert warning.line == 9
    assert how in warning.text
    assert second in warning.text


def test_an_item_that_stands_twice_with_its_response_has_that_once() -> None:
    once = "Recommendation 5\n\nThe force should look at cells.\n\nResponse\n\nIt is done.\n\n"
    assert only(once + once).response == "It is done."


@pytest.mark.parametrize("words", ["By 31 December\n2023,", "By 31\nDecember 2023,"])
def test_a_line_break_within_a_date_is_a_space(words: str) -> None:
    text = (
        "Force\tCumbria\nTitle of inspection\tInspection of alpha\n\nRecommendations:\n\n"
        "Recommendation #24087: Inspection of alpha – Recommendation 1.\n\n"
        f"{words} chief constables should act on apples.\n"
    )
    (item,) = read_document("record.txt", text.encode()).items
    assert (item.theme, item.text) == (
        None,
        "By 31 December 2023, chief constables should act on apples.",
    )


def test_a_deadline_on_a_line_of_its_own_is_wording_and_no_heading() -> None:
    text = (
        "Force\tCumbria\nTitle of inspection\tInspection of alpha\n\nRecommendations:\n\n"
        "Recommendation #24087: Inspection of alpha – Recommendation 1.\n\n"
        "By 30 April\n\n40 officers should be trained.\n"
    )
    (item,) = read_document("record.txt", text.encode()).items
    assert (item.theme, item.text) == (None, "By 30 April\n\n40 officers should be trained.")


def test_a_line_that_is_too_long_is_refused_with_its_number() -> None:
    head = "Recommendation 5\n\n"
    assert only(f"{head}{'act ' * 25_000}\n").number == "5"
    with pytest.raises(NotUnderstood) as refused:
        read(f"{head}{'act ' * 25_000}!\n")
    assert refused.value.sentence == (
        "record.txt: line 3 has 100,001 characters, and Duly reads lines of up to 100,000."
    )
