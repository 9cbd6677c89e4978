"""Recognition of headings: an item's, a section's, a group's, or a response's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from documents.readers.lines import Line, plain
from documents.readers.request_phrases import opens_ask, starts_with_deadline
from governance.words import Kind

_KIND = r"(?:recommendations?|recs?|areas? (?:for|of) improvement|afis?|causes? of concern|cocs?)"
_COUNT_WORDS = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
]  # fmt: skip
_NUMBER = rf"(?:\d{{1,3}}[a-z]?|{'|'.join(_COUNT_WORDS)})"
_ITEM = re.compile(
    rf"^(?:#(?P<before>\d{{4,6}})[ :.-]+)?(?P<kind>{_KIND})"
    r"(?:\s*(?:no\.?|number|ref(?:erence)?\.?:?))?"
    rf"(?:\s*(?:#\s*(?P<hash>\d{{3,6}})|(?P<long>\d{{4,6}})|(?P<number>{_NUMBER})))?"
    r"(?P<rest>(?![a-z0-9]).*)$"
)
_TAIL = re.compile(
    rf"^(?P<title>.*?)[ ,]*-?\s*\(?\b(?:{_KIND})\s*(?:no\.?|number)?\s*(?P<number>{_NUMBER})"
    r"\)?[ .:]*$"
)
_TITLED = re.compile(
    rf"^(?P<title>[^:;!?]{{12,200}}?) - (?P<kind>{_KIND}) (?P<number>{_NUMBER})[ .:]*$"
)
_REFERENCE = re.compile(
    r"^[ :,.-]*(?:[\[(]\s*(?:(?:hmicfrs )?ref(?:erence)?\.?:?\s*)?#?\s*(\d{4,6})\s*[\])]"
    r"|(?:hmicfrs )?ref(?:erence)?\.?:?\s*#?\s*(\d{4,6})\b|#\s*(\d{3,6})\b)"
)
_SEPARATOR = re.compile(r"^\s*[:.)\]-]+\s*")
_GROUP = re.compile(
    rf"^(?:response to )?(?P<kind>{_KIND})\s*{_NUMBER}(?:\s*(?:,|and|&|to|-|\+)\s*{_NUMBER})+\s*:?$"
)
_RESPONSE = re.compile(
    r"^(?:the )?(?:(?:force|constabulary|police|service|organisation(?:al)?|our|management|initial"
    r"|local|full|formal|latest|current|progress)(?:'s|s')? ){0,3}"
    r"(?:response|reply|update|comments?|position|actions? taken)"
    rf"(?: to (?:this |the |all |these )*(?P<to>{_KIND})(?: (?P<number>{_NUMBER}))?)?"
    r"(?P<rest>\s*(?:[:-].*|\s.*)?)$"
)


@dataclass(frozen=True)
class ItemHeading:
    """The heading of one item; `rest` is what follows it in its line."""

    kind: Kind
    number: str | None = None
    ref: str | None = None
    title: str | None = None
    rest: str = ""


@dataclass(frozen=True)
class SectionHeading:
    """The heading above several items ("Areas for improvement"), or the label of their cell."""

    kind: Kind
    rest: str = ""


@dataclass(frozen=True)
class GroupHeading:
    """One heading for several items ("AFIs 1 and 2")."""

    kind: Kind


@dataclass(frozen=True)
class ResponseHeading:
    """The heading of a response: to the item above, to the one it names, or to all of them."""

    rest: str = ""
    kind: Kind | None = None
    number: str | None = None
    to_all: bool = False
    goes_on: bool = False
    """Another voice under the same item: the PCC after the chief constable, or the reverse."""


def kind_of(words: str) -> Kind:
    """The kind a heading names ("AFI", "areas for improvement", "cause of concern")."""
    words = plain(words)
    if words.startswith(("cause", "coc")):
        return Kind.CAUSE_OF_CONCERN
    return Kind.AFI if words.startswith(("area", "afi")) else Kind.RECOMMENDATION


@lru_cache(maxsize=4096)
def item_heading(text: str) -> ItemHeading | None:
    """The item this line heads, if it heads one; a sentence that merely names it does not."""
    low = plain(text)
    match = _ITEM.match(low)
    if not match:
        return _titled(text, low)
    words = match["kind"]
    plural = words.endswith("s") or words.startswith(("areas", "causes"))
    ref = match["before"] or match["hash"] or match["long"]
    number = _digits(match["number"])
    kind = kind_of(words)
    start = match.start("rest")
    rest, low_rest = text[start:], low[start:]
    if plural and not (words == "afis" and number):
        return None
    in_rest = _REFERENCE.match(low_rest)
    if ref is None and in_rest:
        ref = in_rest[1] or in_rest[2] or in_rest[3]
        rest, low_rest = rest[in_rest.end() :], low_rest[in_rest.end() :]
    if ref and number is None:
        tail = _TAIL.match(low_rest)
        if tail:
            title = _SEPARATOR.sub("", rest[: tail.end("title")]).strip()
            return ItemHeading(kind, _digits(tail["number"]), ref, title or None)
    if ref is None and number is None:
        titled = _titled(rest, low_rest)
        if titled and titled.kind is kind:
            return titled
    if not low_rest.strip(" :.)-\t"):
        return ItemHeading(kind, number, ref)
    separator = _SEPARATOR.match(low_rest) or re.match(r"\t", rest)
    if separator:
        return ItemHeading(kind, number, ref, rest=rest[separator.end() :].strip())
    rest = re.sub(rf"^\s*\({_KIND}\)", "", rest, flags=re.IGNORECASE)
    if not rest.strip(" :."):
        return ItemHeading(kind, number, ref)
    bracket = re.fullmatch(r"\s*\((?P<caption>[^()]+)\)[ :.]*", rest)
    if bracket and (number or ref):
        return ItemHeading(kind, number, ref, rest=bracket["caption"].strip())
    rest = rest.strip()
    if ref and rest[:1].isupper() and not rest.endswith("."):
        return ItemHeading(kind, number, ref, title=rest)
    if (number or ref) and (opens_ask(rest) or starts_with_deadline(rest)):
        return ItemHeading(kind, number, ref, rest=rest)
    return None


def _titled(text: str, low: str) -> ItemHeading | None:
    """A heading that has the report's title, and its number last: "… – Recommendation 16"."""
    parted = _SEPARATOR.match(low)
    text, low = (text[parted.end() :], low[parted.end() :]) if parted else (text, low)
    match = _TITLED.match(low.strip())
    text = text.strip()
    if not match or not text[:1].isupper() or opens_ask(text):
        return None
    title = text[: match.end("title")].strip()
    return ItemHeading(kind_of(match["kind"]), _digits(match["number"]), None, title)


@lru_cache(maxsize=4096)
def group_heading(text: str) -> GroupHeading | None:
    """The items that share this heading, if it is one for several."""
    match = _GROUP.match(plain(text).strip())
    return GroupHeading(kind_of(match["kind"])) if match else None


def section_heading(line: Line, *, labels_end_in_space: bool) -> SectionHeading | None:
    """The section this line opens: a plural alone, or a plural as a label with its value.

    Where the document parts labels from values by a space alone, a capital or a figure after the
    plural is a value.
    """
    text = line.text
    match = re.match(rf"(?:the |hmicfrs )?(?P<kind>{_KIND})(?:\s*\(afis?\))?", line.plain)
    if not match:
        return None
    words = match["kind"]
    plural = words.endswith("s") or words.startswith(("areas", "causes"))
    rest = text[match.end() :]
    if rest[:1].isalnum():
        return None
    parted = rest.startswith("\t") or rest.lstrip().startswith(":")
    if not plural and not rest.startswith("\t"):
        return None
    value = rest.strip(" \t:–-")
    if not value or parted:
        return SectionHeading(kind_of(words), value)
    spaced = labels_end_in_space and rest.startswith(" ") and not value[:1].islower()
    return SectionHeading(kind_of(words), value) if spaced else None


@lru_cache(maxsize=4096)
def response_heading(text: str) -> ResponseHeading | None:
    """The response this line heads ("Response", "Force Update: …"), if it heads one."""
    text = text.strip()
    match = _RESPONSE.match(plain(text))
    if not match:
        return None
    rest = text[match.start("rest") :]
    if rest.strip() and not rest.startswith("\t") and rest.strip()[0] not in ":-–—":
        return None
    rest = rest.strip()
    separator = re.match(r"[:–—-]+\s*", rest)
    if separator:
        rest = rest[separator.end() :]
    if not match["to"]:
        return ResponseHeading(rest)
    number = _digits(match["number"])
    return ResponseHeading(rest, kind_of(match["to"]), number, to_all=number is None)


@lru_cache(maxsize=4096)
def heading_like(text: str) -> bool:
    """Test whether the line has the shape of a heading: short, capital first, no closing mark."""
    words = text.split()
    if not words or len(words) > 10 or len(text) > 90 or text[-1] in ".;,!?:…":
        return False
    if not text.lstrip("'\"‘“(")[:1].isupper() or "\t" in text:
        return False
    if re.search(r"\b(?:should|must|said)\b|https?:", plain(text)):
        return False
    # A sentence cut by a line break ends in a small word; a heading does not.
    return not re.search(r"\b(?:the|of|and|or|to|in|for|with|a|an|by|on|at|that)$", plain(text))


def _digits(number: str | None) -> str | None:
    if number in _COUNT_WORDS:
        return str(_COUNT_WORDS.index(number) + 1)
    return number
