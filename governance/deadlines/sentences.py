"""The context of a phrase in its sentence: what tells a deadline from another mention of time."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STOP = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]*[A-Z0-9])|[\n\0]\s*")
_NO_STOP = re.compile(
    r"\b(?:no|nos|e\.g|i\.e|etc|approx|dr|mr|mrs|ms|st|s|para|sec|art)\.\s+$", re.I
)
_OBLIGES = re.compile(
    r"\b(?:should|must|shall|ought|needs?\s+to|ha(?:s|ve)\s+to|will|required?s?|is\s+to|are\s+to"
    r"|to\s+be|recommends?|expects?|expected|due|deadline|improve)\b",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(?:should|must|shall|ought\s+to|needs?\s+to|ha(?:s|ve)\s+to|will|is\s+to|are\s+to|to\s+be)\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:had|was|were|found|did|has\s+been|have\s+been|showed|received|recorded|reported)\b",
    re.IGNORECASE,
)
_WE_WILL = re.compile(r"\b(?:we|HMICFRS|the\s+inspectorate)\s+(?:will|shall|plan|intend)\b", re.I)
_THEY_SHOULD = re.compile(r"\b(?:should|must)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(who|which|whose|where|that|when|whenever|if|once)\b", re.IGNORECASE)
_THAT_ORDERS = re.compile(
    r"\b(?:sure|ensur\w+|requir\w+|assur\w+|so|confirm\w*|recommend\w*|expect\w*|agree\w*|provided"
    r"|satisf\w+|guarantee\w*)(?:\s+themselves)?,?\s+$",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:was|were|had|have|has|did|\w{2,}ed|made|begun|held|left|took)\b", re.I)
_PRESENT = re.compile(r"\b(?:is|are|be|being)\b", re.IGNORECASE)
_EVENT = re.compile(
    r"\b(?:received|recorded|made|reported|opened|closed|recruited|appointed|employed|joined|served"
    r"|held|submitted|issued|granted|published|dated|created|born|started|begun|concluded|committed"
    r"|vetted|missed|hired|left|retired|occurred|happened|arrested|raised|logged|identified|carried\s+out"
    r"|completed|authorised|approved|refused)\s*(?:on\s+or\s+)?$",
    re.IGNORECASE,
)
_CARRIED_BY = re.compile(
    r"\b(?:be|is|are|been|being|has|have|get)\b(?:\s+[\w-]+){0,2}\s+[\w-]+\s*$", re.I
)
_HEAD = re.compile(
    r"""(?:^|[:–—(\[•·;/-]|(?<!\w)[“"‘']|\b\w{1,3}\))\s*
    (?:(?:and|also|then|or|but|in\s+addition|additionally|furthermore|finally|lastly|secondly
    |separately|accordingly|therefore|ideally|(?:for\s+)?recommendation\s+\w+)\b,?\s*)*$""",
    re.IGNORECASE | re.VERBOSE,
)
_BREAK = re.compile(
    r"(?:[,:;–—(]|\b(?:and|then|or|but|should|must|shall|will|need\s+to|ought\s+to|that)"
    r"(?:\s+(?:also|each|then|all|together))?)\s*$",
    re.IGNORECASE,
)
_MEANS = re.compile(r"\b(?:can|could|may|might|able|powers?|which|who)\b", re.IGNORECASE)
_CASEWORK = re.compile(
    r"\b(?:renew|respon[ds]|repl(?:y|ies)|answer|acknowledg|resolv|attend|contact|notif|inform(?:ed|s)?\b"
    r"|investigat|determin|finalis|assess|re-?vet|record(?:ed)?\b|log(?:ged)?\b|refer(?:red)?\b)",
    re.IGNORECASE,
)
_CASES = re.compile(
    r"\b(?:cases|complaints|allegations|incidents|recordings|records|applications|clearances"
    r"|offences|reports|data|from|dating|dated|since)\s*$",
    re.IGNORECASE,
)
_EACH_TIME = re.compile(
    r"\b(?:each|every|any|anyone|when|whenever|if|once|always|routinely|regularly|newly|per)\b",
    re.IGNORECASE,
)

_FOR_FORCE = r"(?:the\s+|our\s+)?(?:force|forces|constabulary|service|it|they|we|he|she|board|team)"
_OWN_PLAN = re.compile(
    rf"\b{_FOR_FORCE}\s+(?:\w+\s+)?(?:told|tells?|plans?|planned|expects?|expected|intends?|intended|aims?"
    r"|aimed|hopes?|hoped|anticipates?|anticipated|said|says|reports?|reported|proposes?|proposed"
    r"|(?:is|are|was|were)\s+(?:planning|expecting|aiming|hoping|due|on\s+track))\b",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(?:should|must|shall|may|can|will|need|ought|do|does)\s*n(?:o|['’])t\b|\bcannot\b|\bnever\b|\bnot\s*$"
    r"|(?:^|[.,;:]\s)\s*(?:no|nobody|none|neither)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:should|must|shall|needs?\s+to|ha(?:s|ve)\s+to)\s+(?:also\s+)?$", re.IGNORECASE
)
_CASE_VERB = re.compile(
    r"\s*(?:tell|inform|notify|contact|report|record|respond|reply|refer|attend|arrest|call|log|alert"
    r"|escalate|pass|stop|remove|suspend)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"\b(?:ending|ended|year|period|quarter|months)(?:\s+(?:to|in))?\s+$", re.IGNORECASE
)
_TITLED = re.compile(r"\b(?:Act|Regulations?|Order|Code|Report|Strategy|Plan|Review)\s+(?:of\s+)?$")

_REACH = 800  # a sentence is looked at so far to either side: no text takes for ever


@dataclass(frozen=True)
class SentenceContext:
    """A phrase in its sentence: what comes before the phrase, and the whole."""

    before: str
    sentence: str
    after: str = ""

    @property
    def is_head(self) -> bool:
        """Does the phrase begin its sentence, or follow a label or bullet that does?"""
        return _HEAD.search(self.before) is not None

    @property
    def begins_clause(self) -> bool:
        return self.is_head or _BREAK.search(self.before) is not None

    @property
    def obliges(self) -> bool:
        """Does the sentence ask for something?"""
        return _MODAL.search(self.sentence) is not None

    @property
    def is_for_each_case(self) -> bool:
        """Is what comes before about every case of its kind, as a service standard is?"""
        return _EACH_TIME.search(self.before) is not None

    @property
    def is_asked_for(self) -> bool:
        """Does what comes before ask for something, and not merely for the means to it?"""
        asked = list(_MODAL.finditer(self.before))
        return bool(asked) and _MEANS.search(self.before[asked[0].end() :]) is None

    @property
    def is_in_subject(self) -> bool:
        """Does the phrase say which ones: "cases before 1 April 2020 should be looked at"?"""
        after = self.sentence[len(self.before) :]
        if _CASES.search(self.before) is not None:
            return True
        return (
            not self.begins_clause
            and _MODAL.search(self.before) is None
            and _MODAL.search(after) is not None
        )

    @property
    def is_casework(self) -> bool:
        """Is what comes before about handling cases, such as renewing or answering?"""
        return _CASEWORK.search(self.before) is not None

    @property
    def is_narrative(self) -> bool:
        """Does the sentence tell what was, or what the inspectorate will do, and ask nothing?"""
        tells = _TELLS.search(self.sentence) is not None
        ours = _WE_WILL.search(self.sentence) is not None
        if ours and _THEY_SHOULD.search(self.sentence) is None:
            return True
        return tells and _OBLIGES.search(self.sentence) is None

    @property
    def is_own_plan(self) -> bool:
        """Does what comes before say what the force plans, expects or told, and ask nothing?"""
        return _OWN_PLAN.search(self.before) is not None and not _THEY_SHOULD.search(self.before)

    @property
    def forbids(self) -> bool:
        """Is the phrase the earliest day of something: "must not be closed before 1 April"?"""
        return _FORBIDS.search(self.before) is not None

    @property
    def follows_order(self) -> bool:
        """Does "should", "must" or "shall" stand right before the phrase?"""
        return _ORDERS.search(self.before) is not None and not self.is_for_each_case

    @property
    def begins_casework(self) -> bool:
        """Is what comes after the phrase a step in handling a case, such as telling somebody?"""
        return _CASE_VERB.match(self.after) is not None

    @property
    def is_title(self) -> bool:
        """Is the phrase the date in the name of a statute or a document?"""
        return _TITLED.search(self.before) is not None

    @property
    def is_about_cases(self) -> bool:
        """Does the phrase only say which cases or events are meant?"""
        return (
            self.is_about_past_cases
            or self.is_in_subject
            or self.is_in_relative_clause
            or _EVENT.search(self.before) is not None
            or _ENDING.search(self.before) is not None
        )

    @property
    def is_about_past_cases(self) -> bool:
        """Does the phrase only say which cases: "complaints received before 1 April 2020"?"""
        event = _EVENT.search(self.before)
        if event is not None and _CARRIED_BY.search(self.before[: event.end()].rstrip()) is None:
            return True
        clause = self._open_clause()
        return (
            clause is not None
            and _PAST.search(clause) is not None
            and _PRESENT.search(clause) is None
        )

    @property
    def is_in_relative_clause(self) -> bool:
        """Does the phrase belong to a "which expire …", not to what is asked for?"""
        return self._open_clause() is not None

    def _open_clause(self) -> str | None:
        """From the last "who", "which", "that" … to the phrase, when nothing closed the clause."""
        openings = list(_CLAUSE.finditer(self.before))
        if not openings:
            return None
        opened = openings[-1]
        if opened[1].lower() == "that" and _THAT_ORDERS.search(self.before[: opened.start()]):
            return None
        clause = self.before[opened.start() :]
        closed = "," in clause or _MODAL.search(clause) is not None
        return None if closed else clause


def sentence_context(text: str, start: int, end: int) -> SentenceContext:
    """The context of the phrase `text[start:end]`."""
    first = max(0, start - _REACH)
    last = min(len(text), end + _REACH)
    for stop in _STOP.finditer(text, first, last):
        if "\n" not in stop[0] and _NO_STOP.search(text[first : stop.end()]):
            continue
        if stop.end() <= start:
            first = stop.end()
        elif stop.start() >= end:
            last = stop.start()
            break
    return SentenceContext(text[first:start], text[first:last], text[end:last])


def obliges(text: str) -> bool:
    """Does the text ask for anything?"""
    return _MODAL.search(text) is not None
