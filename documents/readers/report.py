"""The report as its document describes it: fields, or what its headings say."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from dateutil import parser as dates

from documents.readers.drafts import RecordDraft, quote
from documents.readers.fields import ReportField
from documents.readers.lines import plain
from documents.record import ImportedReport
from governance.dates import YEARS

_NAME = r"(?:[A-Z][\w’'-]*)(?:(?:\s+(?:and|&|of|the)\s+|\s+|-)(?:[A-Z][\w’'-]*))*"
_PCC = (
    r"(?:(?:Police|POLICE)(?:,? (?:and|AND|&|,)? ?(?:Fire|FIRE))?,? (?:and |AND |& )?"
    r"(?:Crime|CRIME) (?:and |AND )?(?:Commissioner|COMMISSIONER)|PCC|PFCC|OPCC"
    r"|(?:Commissioner|COMMISSIONER))"
)
_WHO_ANSWERS = (
    re.compile(rf"\b{_PCC}(?:['’]s Office)? (?:for|FOR|of|OF) (?P<force>{_NAME})"),
    re.compile(rf"(?P<force>{_NAME})(?:['’]s|['’]S)\s+{_PCC}\b"),
    re.compile(rf"(?P<force>{_NAME})\s+{_PCC}\b"),
    re.compile(rf"(?P<force>{_NAME})\s+(?:Police|POLICE|Constabulary|CONSTABULARY)(?:['’]s)?:? "
               r"(?:[Rr]esponse|RESPONSE|[Rr]eply)"),
    re.compile(rf"\b(?:[Cc]hief [Cc]onstable|CHIEF CONSTABLE) (?:of|OF|for|FOR) "
               rf"(?P<force>{_NAME})"),
)  # fmt: skip
_NO_FORCE = re.compile(
    r"\b(?:The|THE|A|AN|His|Her|Response|RESPONSE|From|FROM|By|BY|Office|OFFICE|Deputy|DEPUTY"
    r"|Initial|INITIAL|Police|POLICE|Crime|CRIME|Fire|FIRE|Statement|Comments|For|FOR|of|OF|OUR|Our"
    r"|Reply|REPLY|Acting|ACTING|Temporary|Chief|CHIEF|Constable|CONSTABLE)\b"
)
_PUBLISHED = re.compile(
    r"\bpublished\b(?: by (?P<who>[a-z&' ]+?))?(?: on| in)?:? (?P<when>\d.*|[a-z]+ \d.*)$"
)
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]+,? \d{4}|[a-z]+ \d{1,2},? \d{4}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{4}"
)
_ACRONYMS = {"hmicfrs", "hmic", "peel", "psd", "it", "pcc", "acu", "ccu", "vawg", "pnd", "uk"}
_QUOTED = re.compile(r"(?<!\w)['\"‘“](?P<title>\w[^\"”]*\w)['\"’”](?!\w)")
_NOT_A_TITLE = re.compile(
    r"\b(?:response record|inspection response|published|pcc|commissioner|dated|version)\b"
)

_STATEMENTS_BY_SOMEBODY = (
    ReportField.PCC_RESPONSE,
    ReportField.CHIEF_CONSTABLE_RESPONSE,
    ReportField.PCC_COMMENTS,
)


def report_of(draft: RecordDraft) -> ImportedReport:
    """The report's fields; what the document does not say is None."""
    published, inspectorate = _published(draft)
    force = _line_of(draft, ReportField.FORCE)
    force = tidy_force(force, typed=True) if force else _force_that_answers(draft)
    _give_preamble(draft)
    return ImportedReport(
        title=_title(draft, force),
        force=force,
        inspectorate=_line_of(draft, ReportField.INSPECTORATE) or inspectorate,
        published=published,
        grade=_line_of(draft, ReportField.GRADE),
        pcc=_line_of(draft, ReportField.PCC),
        chief_constable=_line_of(draft, ReportField.CHIEF_CONSTABLE),
        summary=_prose(draft, ReportField.SUMMARY),
        pcc_response=_prose(draft, ReportField.PCC_RESPONSE),
        chief_constable_response=_prose(draft, ReportField.CHIEF_CONSTABLE_RESPONSE),
        pcc_comments=_prose(draft, ReportField.PCC_COMMENTS),
        response=_prose(draft, ReportField.RESPONSE),
    )


def _line_of(draft: RecordDraft, field: ReportField) -> str | None:
    body = draft.fields.get(field)
    return " ".join(part.text for part in body.parts) or None if body else None


def _prose(draft: RecordDraft, field: ReportField) -> str | None:
    body = draft.fields.get(field)
    return body.prose() if body else None


def tidy_force(name: str, *, typed: bool = False) -> str:
    """A force's name as it is written: "AVON & SOMERSET" is "Avon and Somerset".

    `typed`: the name stands in the Force field, and only its capitals and & are put right.
    """
    capitals = name.isupper()
    name = re.sub(r"\s*&\s*", " and ", " ".join(name.split()))
    if capitals:
        small = {"and", "of", "the", "on"}
        words = [word if word in small else word.capitalize() for word in name.lower().split()]
        name = " ".join(words)
    return name if typed else re.sub(r" (?:Police|Constabulary)$", "", name)


def _force_that_answers(draft: RecordDraft) -> str | None:
    """The force of whoever answers: named in the header, or as a statement's own speaker."""
    openings = [words for _, words in draft.header]
    for field in (
        ReportField.PCC_RESPONSE,
        ReportField.CHIEF_CONSTABLE_RESPONSE,
        ReportField.PCC_COMMENTS,
    ):
        body = draft.fields.get(field)
        parts = body.parts if body else []
        openings += [re.split(r"(?<=[.!?:])\s", part.text)[0] for part in parts]
    for words in openings:
        for pattern in _WHO_ANSWERS:
            for match in pattern.finditer(words):
                name = match["force"]
                cut = [word.end() for word in _NO_FORCE.finditer(name)]
                name = name[cut[-1] :].strip() if cut else name
                name = re.sub(r"^(?:and|&)\s+|['’]s$", "", name).strip()
                if name:
                    return tidy_force(name)
    return None


def _published(draft: RecordDraft) -> tuple[date | None, str | None]:
    typed = _line_of(draft, ReportField.PUBLISHED)
    if typed:
        day = read_day(typed)
        if day is None:
            line = draft.fields[ReportField.PUBLISHED].line
            draft.warn(line, f"The date published cannot be read: {quote(typed)}.")
        return day, None
    for _, words in draft.header:
        match = _PUBLISHED.search(plain(words))
        if match:
            who = words[match.start("who") : match.end("who")].strip() if match["who"] else None
            return read_day(match["when"]), who or None
    return None, None


def read_day(text: str) -> date | None:
    """The first whole date in a text, day before month; None where there is none."""
    match = _DATE.search(plain(text))
    if not match:
        return None
    typed = match.group()
    try:
        if re.match(r"\d{4}-", typed):
            day = date.fromisoformat(typed)
        else:
            day = dates.parse(typed.replace(" of ", " "), dayfirst=True).date()
    except (ValueError, OverflowError):
        return None
    return day if day.year in YEARS else None


def _title(draft: RecordDraft, force: str | None) -> str | None:
    typed = _line_of(draft, ReportField.TITLE)
    if typed:
        return typed
    if draft.titles:
        counted = Counter(plain(title) for title in draft.titles)
        best = counted.most_common(1)[0][0]
        return next(title for title in draft.titles if plain(title) == best)
    lines = [words for _, words in draft.header if not _NOT_A_TITLE.search(plain(words))]
    quoted = [match["title"] for words in lines for match in _QUOTED.finditer(words)]
    long = [words for words in lines if len(words.split()) >= 4]
    for words in quoted + long:
        return _as_a_title(words.strip("'\"‘’“”"), force)
    return None


def _as_a_title(words: str, force: str | None) -> str:
    """A title in capitals is written as a sentence, with its names and initials kept."""
    if not words.isupper():
        return words
    lowered = [word.upper() if word in _ACRONYMS else word for word in words.lower().split()]
    title = " ".join(lowered)
    title = title[0].upper() + title[1:]
    return re.sub(re.escape(force), force, title, flags=re.IGNORECASE) if force else title


def _give_preamble(draft: RecordDraft) -> None:
    """Prose above everything is whoever's the header says the document is."""
    if draft.preamble:
        low = " ".join(plain(words) for _, words in draft.header)
        if re.search(r"\b(?:pcc|pfcc|commissioner)\b", low) and "response record" not in low:
            field = ReportField.PCC_RESPONSE
        elif re.search(r"\bI\b|\b[Mm]y\b", " ".join(part.text for part in draft.preamble.parts)):
            field = ReportField.RESPONSE
            words = quote(draft.preamble.parts[0].text)
            draft.warn(
                draft.preamble.line,
                f"Nothing says who speaks in {words}; it was taken as a response to the whole "
                "report.",
            )
        else:
            field = ReportField.SUMMARY
        body = draft.body(field)
        body.parts[:0] = draft.preamble.parts
    if draft.imprint:
        field = (
            ReportField.PCC_RESPONSE
            if draft.fields.get(ReportField.PCC_RESPONSE)
            else ReportField.RESPONSE
        )
        draft.body(field).parts.extend(draft.imprint.parts)
