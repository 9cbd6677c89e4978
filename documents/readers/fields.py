"""The report's own fields: the labels of a record form, and the headings of its statements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from documents.readers.lines import Line, plain


class ReportField(StrEnum):
    """A field of the report; the values name ImportedReport's attributes."""

    FORCE = "force"
    PCC = "pcc"
    CHIEF_CONSTABLE = "chief_constable"
    TITLE = "title"
    INSPECTORATE = "inspectorate"
    PUBLISHED = "published"
    GRADE = "grade"
    SUMMARY = "summary"
    PCC_RESPONSE = "pcc_response"
    CHIEF_CONSTABLE_RESPONSE = "chief_constable_response"
    PCC_COMMENTS = "pcc_comments"
    RESPONSE = "response"
    VERSION = "version"


PROSE = frozenset(
    {
        ReportField.SUMMARY,
        ReportField.PCC_RESPONSE,
        ReportField.CHIEF_CONSTABLE_RESPONSE,
        ReportField.PCC_COMMENTS,
        ReportField.RESPONSE,
    }
)
STATEMENTS = PROSE - {ReportField.SUMMARY}


@dataclass(frozen=True)
class FieldHeading:
    """A field's label or heading; `rest` is its value in the same line.

    `shared`: the PCC and the chief constable both answer under it.
    """

    field: ReportField
    rest: str = ""
    shared: bool = False


_LABELS: tuple[tuple[ReportField, str], ...] = (
    (ReportField.FORCE, r"(?:name of (?:the )?)?(?:police )?force(?: name)?|constabulary"),
    (
        ReportField.PCC,
        r"(?:name of (?:the )?)?(?:deputy )?(?:police,? (?:fire )?(?:and |& )?crime (?:and )?"
        r"commissioner|police,? fire,? and crime commissioner|pcc|pfcc|mayor"
        r"|deputy mayor(?: for policing(?: and crime)?)?|local policing body)(?: name)?",
    ),
    (ReportField.CHIEF_CONSTABLE, r"(?:name of (?:the )?)?chief (?:constable|officer)(?: name)?"),
    (
        ReportField.TITLE,
        r"(?:title|name) of (?:the )?(?:inspection|report|publication)(?: report)?"
        r"|(?:inspection|report)(?: title| name)?|title",
    ),
    (ReportField.INSPECTORATE, r"(?:name of (?:the )?)?inspectorate|inspecting body|inspected by"),
    (
        ReportField.PUBLISHED,
        r"(?:date (?:of |report )?(?:publication|published)|publication date|published(?: on)?"
        r"|date of report|report published)",
    ),
    (ReportField.GRADE, r"(?:overall )?(?:grade|grading|judge?ment|rating)"),
    (
        ReportField.SUMMARY,
        r"(?:executive )?summary(?: of (?:the )?(?:inspection|report|findings))?|key findings"
        r"|overview|main findings|introduction|background",
    ),
    (ReportField.VERSION, r"version(?: number)?"),
)
_LABEL = {
    field: re.compile(rf"(?:{pattern})(?P<end>\s*:\s*|\s*\t\s*|\s*$|\s+)")
    for field, pattern in _LABELS
}
# Alone in a line these are as often the words of a sentence or a table as a label.
_SHORT = {
    ReportField.FORCE,
    ReportField.PCC,
    ReportField.CHIEF_CONSTABLE,
    ReportField.TITLE,
    ReportField.VERSION,
    ReportField.PUBLISHED,
}
_FORM = re.compile(r"\b(?:record|form|template|log)\b")
_STATEMENT = re.compile(r"\b(?:response|responses|comment|comments|statement|reply|remarks)\b")
_COMMENT = re.compile(r"\b(?:comments?|remarks)\b")
_PCC_WORDS = re.compile(r"\b(?:commissioner|pcc|pfcc|mayor|local policing body|opcc)\b")
_CHIEF_WORDS = re.compile(r"\b(?:chief (?:constable|officer)|cc|dcc)\b")
_GLUE = re.compile(
    r"the|of|from|by|to|for|and|&|an?|on|this|its?|initial|overall|final|formal|full|further|closing"
    r"|additional|reports?|recommendations?|inspection|areas?|improvements?|deputy|acting|temporary"
    r"|office|police|crime|fire|rescue|commissioner|p?f?cc|opcc|dcc|mayor|chief|constable|officer"
    r"|local|policing|body|responses?|comments?|statement|reply|remarks|s|hmicfrs|joint"
)
_NAMES_ALLOWED = 6


def field_heading(line: Line, *, in_form: bool, labels_end_in_space: bool) -> FieldHeading | None:
    """The field this line labels, if any.

    `in_form`: no item has begun, so a short label may stand alone above its value.
    `labels_end_in_space`: the document's tabs have become spaces; a value begins with a capital.
    """
    statement = _statement(line.text)
    if statement:
        return statement
    for field, pattern in _LABEL.items():
        match = pattern.match(line.plain)
        if not match:
            continue
        rest = line.text[match.end() :].strip()
        # The comparison text has lost its tabs; the typed one has not.
        end = line.text[match.start("end") : match.end("end")]
        parted = ":" in end or "\t" in end
        if not rest and (parted or in_form or field not in _SHORT):
            return FieldHeading(field)
        if rest and parted and (in_form or field not in _SHORT or "\t" in end):
            return FieldHeading(field, rest)
        if rest and not parted and labels_end_in_space and in_form and not rest[:1].islower():
            return FieldHeading(field, rest)
    return None


@lru_cache(maxsize=4096)
def _statement(text: str) -> FieldHeading | None:
    """A heading such as "Police and Crime Commissioner's initial response"."""
    rest = ""
    parted = re.search(r"\t|:(?=\s|$)", text)
    if parted:
        text, rest = text[: parted.start()], text[parted.end() :].strip()
    low = plain(text)
    words = re.findall(r"[a-z&]+", low)
    if len(words) > 16 or not _STATEMENT.search(low) or _FORM.search(low) or text.endswith("."):
        return None
    typed = re.findall(r"[^\W\d_&]+|&", text)
    unknown = [word for word in typed if not _GLUE.fullmatch(plain(word))]
    if any(word[:1].islower() for word in unknown) or len(unknown) > _NAMES_ALLOWED:
        return None
    if re.search(r"\d", text):
        return None
    pcc, chief = _PCC_WORDS.search(low), _CHIEF_WORDS.search(low)
    if pcc and chief:
        return FieldHeading(ReportField.PCC_RESPONSE, rest, shared=True)
    if chief:
        return FieldHeading(ReportField.CHIEF_CONSTABLE_RESPONSE, rest)
    if pcc:
        comments = _COMMENT.search(low) is not None
        return FieldHeading(
            ReportField.PCC_COMMENTS if comments else ReportField.PCC_RESPONSE, rest
        )
    return None


_SPEAKER = re.compile(
    r"^(?:[^.!?:“”\"]{0,120}?)\b(?P<who>commissioner(?:'s office)?|pcc|mayor|chief constable)\b"
    r"(?P<between>[^.!?:“”\"]{0,80}?)"
    r"\b(?:said|says|added|commented|responded|has welcomed|welcomed|welcomes)\b"
)


def speaker(text: str) -> ReportField | None:
    """The statement that a paragraph opens, when it names who speaks ("The PCC said: …")."""
    match = _SPEAKER.match(plain(text))
    if not match:
        return None
    if "chief constable" in match["who"]:
        return ReportField.CHIEF_CONSTABLE_RESPONSE
    return ReportField.PCC_RESPONSE
