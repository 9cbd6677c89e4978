"""Phrases that open a request: deadlines, addressees and modal verbs ("should", "must")."""

from __future__ import annotations

import re
from functools import lru_cache

from documents.readers.lines import plain
from governance.words import Kind

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WHEN = (
    rf"(?:(?:the )?(?:end|close) of )?(?:the )?(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?(?:of )?{_MONTH}"
    r"(?:,? \d{4})?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d\d-\d\d|\d{4}(?:[/-]\d{2,4})?"
    r"|(?:spring|summer|autumn|winter|q[1-4])\b(?: \d{4})?|financial year(?: \d{4}[/-]\d{2,4})?)"
)
_DEADLINE = re.compile(
    rf"^(?:(?:at the latest )?(?:by|before|on or before|no later than|not later than) {_WHEN}(?!\w)"
    r"|within (?:\w+ )?(?:\d+|\w+) (?:working |calendar )?(?:days?|weeks?|months?|years?)\b"
    r"(?: (?:of|from|after) (?:the )?(?:date of )?(?:this report's )?(?:publication|publishing)"
    r"(?: of this report)?)?"
    r"|with immediate effect|immediately)"
)
_MODAL = re.compile(r"\b(?:should|must)\b")
_ASK = re.compile(r"\b(?:should|must|needs? to|ha(?:s|ve) to)\b")
_REFERS_BACK = re.compile(
    r"^(?:i|we|you|it|they|he|she|this|that|these|those|there|which|such|all of (?:this|these)"
    r"|in addition|as soon as|as a minimum|to help|to do|where|when|if|and|or|also)\b"
)
_RELATIVE = re.compile(r"[ ,]+(?:who|whose|which|that|where)\b.*$")
_IS_AFI = re.compile(r"^[^.!?]*\b(?:is|are|remains?) an? area(?:s)? (?:for|of) improvement\b")
_IS_CONCERN = re.compile(r"^[^.!?]*\b(?:is|are|remains?) a cause of concern\b")
_FIRST_PERSON = re.compile(
    r"\bI(?:'m|’m|'ve|’ve|'ll|’ll)?\s+(?:am|was|will|would|have|welcome|recognise|expect|agree"
    r"|note|thank|support|accept|remain|hope|look|want|know|believe|can|do|also|fully)\b"
    r"|\b[Mm]y office\b"
)
_CLAUSE = re.compile(r"[,;]\s+")


def starts_with_deadline(text: str) -> bool:
    """Test whether the text opens with a deadline ("By 30 April 2023", "With immediate effect")."""
    return _DEADLINE.match(plain(text).strip()) is not None


def asks(text: str) -> bool:
    """Test whether the text asks for something at all."""
    return _ASK.search(plain(text)) is not None


@lru_cache(maxsize=4096)
def opens_with_deadline(text: str) -> bool:
    """Test whether the text opens as a dated request: a deadline, a body, "should" or "must".

    "By then, they should" and "these chief constables should" go on with what stands before.
    """
    low = plain(text).strip()
    deadline = _DEADLINE.match(low)
    if not deadline:
        return False
    rest = low[deadline.end() :].lstrip(" ,")
    return bool(_MODAL.search(rest[:400])) and not _REFERS_BACK.match(rest)


@lru_cache(maxsize=4096)
def opens_ask(text: str) -> bool:
    """Test whether the text opens as an item does, dated or not ("The force should …")."""
    low = plain(text).strip()
    if opens_with_deadline(low) or kind_by_wording(low):
        return True
    subject = asked_at_once(low)
    return subject is not None and len(subject.split()) <= 12


def asked_at_once(text: str) -> str | None:
    """The words before the first "should", "must" or "needs to", where the text begins with them.

    None where they refer back ("This should include"), run past a comma, or go on ("should also").
    """
    low = plain(text).strip()
    match = _ASK.search(low)
    if not match:
        return None
    subject = low[: match.start()].strip()
    goes_on = re.match(r"\s*(?:also|then|further|additionally|therefore)\b", low[match.end() :])
    if not subject or goes_on or _REFERS_BACK.match(subject) or re.search(r"[.,:;!?]", subject):
        return None
    return subject


def kind_by_wording(text: str) -> Kind | None:
    """The kind an item's first sentence names itself ("… is an area for improvement.")."""
    low = plain(text)
    if _IS_AFI.match(low):
        return Kind.AFI
    return Kind.CAUSE_OF_CONCERN if _IS_CONCERN.match(low) else None


def speaks_as_a_person(text: str) -> bool:
    """Test whether the text is in the first person, which no wording of a recommendation is."""
    return _FIRST_PERSON.search(text) is not None


@lru_cache(maxsize=4096)
def addressee(text: str) -> str | None:
    """The body before the first "should" or "must": "chief constables"; None where none is named.

    A pronoun ("this should help") names nobody, and the next one is looked at.
    """
    for sentence in re.split(r"(?<=[.!?:;])\s+|\n+", text):
        match = _MODAL.search(plain(sentence))
        if not match:
            continue
        body = _body(sentence[: match.start()].strip(" ,"))
        if body:
            return body
    return None


def _body(words: str) -> str | None:
    deadline = _DEADLINE.match(plain(words))
    if deadline:
        words = words[deadline.end() :].strip(" ,")
    for clause in reversed(_CLAUSE.split(words)):
        body = _RELATIVE.sub("", clause).strip()
        body = re.sub(r"^(?:and|or|but|then|also)\s+", "", body)
        if re.match(r"(?:who|which|that|where|including)\b", body) or not body:
            continue
        if _REFERS_BACK.match(plain(body)) and not re.match(r"these |those ", plain(body)):
            return None
        if len(body.split()) > 12:
            return None
        first = body.split()[0]
        ordinary = {"The", "Forces", "Chief", "Every", "Each", "All", "Police", "These", "Those"}
        return body[0].lower() + body[1:] if first in ordinary else body
    return None
