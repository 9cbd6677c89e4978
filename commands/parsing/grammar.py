"""Parser of the recommendations that a text names: `24087`, `rec 16 of Cumbria`, `AFI 1`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commands.parsing.progress import PROGRESS_PHRASES
from commands.parsing.qualifiers import ReportQualifier, take_qualifiers
from db.queries import lookup
from db.store import Reading
from db.tables import Recommendation
from governance.identity import near
from governance.limits import REFERENCES, TooMuch
from governance.words import Kind, label
from messages.naming import name_of
from messages.recommendation import report_of
from messages.reply import Button, Reply

MOST_CHOICES = 10

_END = r"(?![\w/%]|[.:]\d|-\w)"
_KIND = r"(?:rec(?:ommendation)?s?|afis?|areas?\s+for\s+improvement|cocs?|causes?\s+of\s+concern)"
_ITEM = re.compile(
    rf"(?P<kind>{_KIND})\s*\.?\s*#?(?P<first>\d+[a-z]?)(?:[-–](?P<last>\d{{1,3}}))?{_END}", re.I
)
_BARE = re.compile(rf"#?(?P<first>\d{{1,3}})(?:[-–](?P<last>\d{{1,3}}))?{_END}")
_REFERENCE = re.compile(rf"#?(?P<ref>\d{{4,}}){_END}")
_OTHER_REFERENCE = re.compile(r"#?(?P<ref>[^\W\d_][\w./-]*\d[\w/-]*)(?!\w)")
_UNOWNED = re.compile(r"unowned(?=\s*@|\s+of\s)", re.I)
_LISTED = re.compile(r"\s*(?:[,;&]|and\b)\s*", re.I)
_SPACES = re.compile(r"\s+")
_UPDATE = re.compile(rf"(?:{'|'.join(PROGRESS_PHRASES)})\b|note\s*:", re.I)


@dataclass(frozen=True)
class Targets:
    """The recommendations named at the head of a text, and the rest of it.

    `rows` is empty, with no `problem`, when the text begins with no reference at all: then
    `rest` is the whole text. A `problem` is the answer to give back: no such recommendation, a
    near miss, or a choice whose commands carry on with the rest.
    """

    rows: list[Recommendation] = field(default_factory=list)
    rest: str = ""
    problem: Reply | None = None

    @property
    def together(self) -> dict[str, tuple[Any, Any]]:
        """The `extra` of each `Writing.change` in an act on several recommendations, by which
        `undo` knows those that were changed at once. Empty for one."""
        ids = [row.id for row in self.rows]
        return {"together": (None, ids)} if len(ids) > 1 else {}


@dataclass(frozen=True)
class _Term:
    """One reference, item, range or `unowned` as typed, `start` to `end` in the text."""

    start: int
    end: int
    ref: str | None = None
    kind: Kind | None = None
    """None: a bare number, which is a recommendation's."""
    numbers: tuple[str, ...] = ()
    qualifier: ReportQualifier | None = None

    @property
    def is_item(self) -> bool:
        return self.ref is None and bool(self.numbers)


def read_targets(reading: Reading, text: str, *, verb: str = "") -> Targets:
    """Read the recommendations named at the head of `text`; what follows them is `rest`.

    Understands `24087`, `#24087`, `rec 16`, `AFI 1`, `CoC 1`, bare numbers (up to three digits
    number within a report), ranges `16-20`, each with `@ words of the title` and `of FORCE`;
    several with spaces, commas or "and"; and `unowned @ TITLE`. `verb` stood before `text`:
    choices repeat it, so that each is the whole command. Raises TooMuch for too many.
    """
    text = text.strip()
    terms = _terms(reading, text, bool(verb))
    if not terms:
        return Targets(rest=text)
    rows: dict[int, Recommendation] = {}
    for term in terms:
        named = _resolve(reading, term, text, verb)
        if isinstance(named, Reply):
            return Targets(rest=text[terms[-1].end :].strip(), problem=named)
        rows.update({row.id: row for row in named if row.id is not None})
    return Targets(list(rows.values()), _rest(text[terms[-1].end :]))


def _rest(after: str) -> str:
    """The text behind the targets; a lone full stop or question mark is dropped."""
    left = after.strip()
    return left if any(c.isalnum() for c in left) or "@" in left else ""


def _terms(reading: Reading, text: str, after_verb: bool) -> list[_Term]:
    terms: list[_Term] = []
    position = 0
    while True:
        term = _term(reading, text, position)
        if term is None or (terms and not _carries_on(reading, terms, term, text, after_verb)):
            return terms
        qualifier, end = take_qualifiers(reading, text, term.end, required=term.ref is None)
        term = replace(term, end=end, qualifier=qualifier)
        if qualifier:
            # "16 and 17 of Cumbria": a qualifier at the end belongs to all of them.
            terms = [
                replace(t, qualifier=t.qualifier or qualifier) if t.is_item else t for t in terms
            ]
        terms.append(term)
        if len(terms) > REFERENCES:
            raise TooMuch(
                f"A command may name up to {REFERENCES} recommendations, and this names more; "
                "please say it in parts."
            )
        if qualifier and qualifier.problem:
            return terms
        gap = _LISTED.match(text, term.end) or _SPACES.match(text, term.end)
        if gap is None:
            return terms
        position = gap.end()


def _term(reading: Reading, text: str, start: int) -> _Term | None:
    if match := _UNOWNED.match(text, start):
        return _Term(start, match.end())
    if match := _REFERENCE.match(text, start):
        return _Term(start, match.end(), ref=match["ref"])
    if match := _ITEM.match(text, start):
        if match["first"].isdigit() and len(match["first"]) > 3:
            return _Term(start, match.end(), ref=match["first"])
        return _Term(start, match.end(), kind=_kind(match["kind"]), numbers=_numbers(match))
    if match := _BARE.match(text, start):
        return _Term(start, match.end(), numbers=_numbers(match))
    if (match := _OTHER_REFERENCE.match(text, start)) and (
        "#" in match[0] or _by_reference(reading, match["ref"])
    ):
        return _Term(start, match.end(), ref=match["ref"])
    return None


def _kind(word: str) -> Kind:
    first = word[0].lower()
    return {"r": Kind.RECOMMENDATION, "a": Kind.AFI, "c": Kind.CAUSE_OF_CONCERN}[first]


def _numbers(match: re.Match[str]) -> tuple[str, ...]:
    first, last = match["first"], match["last"]
    if last is None or not first.isdigit() or int(last) < int(first):
        return (first.lower().lstrip("0") or first,)
    return tuple(str(n) for n in range(int(first), int(last) + 1))


def _carries_on(
    reading: Reading, terms: Sequence[_Term], term: _Term, text: str, after_verb: bool
) -> bool:
    """Decides whether `term` is one more of the list, or the first number in an update's words.

    "24087 2500 officers were vetted" and "16 12 of them remain" are updates of one.
    """
    listed = _LISTED.fullmatch(text, terms[-1].end, term.start) is not None
    after = text[term.end :].strip(" ,;.?!&")
    hashed = text.startswith("#", term.start)
    if term.kind is not None or hashed:
        return True
    if not _words_follow(reading, after):
        return True
    if term.ref is not None:
        known = listed or _by_reference(reading, term.ref) is not None
        return known or bool(near(term.ref, lookup.references(reading)))
    return terms[-1].is_item and (listed or after_verb)


def _words_follow(reading: Reading, after: str) -> bool:
    """True where anything follows but more references, a qualifier or a progress word."""
    if not after or after[0] in "@:–—":
        return False
    if take_qualifiers(reading, f" {after}", 0, required=False)[0] is not None:
        return False
    return _UPDATE.match(after) is None and _term(reading, after, 0) is None


def _by_reference(reading: Reading, ref: str) -> Recommendation | None:
    if ref.isdigit():
        return lookup.by_reference(reading, ref)
    folded = ref.casefold()
    known = next((r for r in lookup.references(reading) if r.casefold() == folded), None)
    return lookup.by_reference(reading, known) if known else None


def _resolve(reading: Reading, term: _Term, text: str, verb: str) -> list[Recommendation] | Reply:
    if term.qualifier and term.qualifier.problem:
        return Reply(term.qualifier.problem, ok=False)
    if term.ref is not None:
        row = _by_reference(reading, term.ref)
        return [row] if row else _missing_reference(reading, term, text, verb)
    rows = lookup.by_numbers(reading, term.numbers)
    if term.qualifier:
        rows = [row for row in rows if row.report_id in term.qualifier.reports]
    if not term.numbers:
        return _of_one_report(
            reading, [r for r in rows if r.owner is None and r.closure is None], term, text, verb
        )
    kind = term.kind or Kind.RECOMMENDATION
    matching = [r for r in rows if r.kind == kind]
    if len(term.numbers) > 1:
        return _of_one_report(reading, matching, term, text, verb)
    if len(matching) == 1:
        return matching
    if matching:
        question = f"Which {label(kind, term.numbers[0])}?"
        return _choice(reading, matching, question, term, text, verb)
    return _missing_item(reading, rows, term, text, verb)


def _command(term: _Term, text: str, verb: str, instead: str) -> str:
    """The whole command with `instead` in the place of the term."""
    return " ".join(f"{verb} {text[: term.start]}{instead}{text[term.end :]}".split(" ")).strip()


def _choice(
    reading: Reading,
    rows: Sequence[Recommendation],
    question: str,
    term: _Term,
    text: str,
    verb: str,
) -> Reply:
    lines, buttons = [], []
    for row in rows[:MOST_CHOICES]:
        name = name_of(reading, row)
        command = _command(term, text, verb, name)
        lines.append(f"- `{command}`" + (f" ({report_of(reading, row).force})" if row.ref else ""))
        buttons.append(Button(name, command))
    if len(rows) > MOST_CHOICES:
        lines.append(f"and {len(rows) - MOST_CHOICES} more: add `of FORCE` or `@ WORDS OF TITLE`.")
    return Reply("\n".join([f"{question} Say one of:", *lines]), ok=False, buttons=tuple(buttons))


def _missing_reference(reading: Reading, term: _Term, text: str, verb: str) -> Reply:
    assert term.ref is not None
    close = near(term.ref, lookup.references(reading))[:MOST_CHOICES]
    if not close:
        return Reply(f"No #{term.ref}. Say `list` to see what there is.", ok=False)
    named = [f"#{ref}" for ref in close]
    meant = " or ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    buttons = tuple(Button(f"#{r}", _command(term, text, verb, f"#{r}")) for r in close)
    return Reply(f"No #{term.ref}. Did you mean {meant}?", ok=False, buttons=buttons)


def _missing_item(
    reading: Reading, rows: Sequence[Recommendation], term: _Term, text: str, verb: str
) -> Reply:
    number = term.numbers[0]
    wanted = label(term.kind or Kind.RECOMMENDATION, number)
    among = f" {term.qualifier.text}" if term.qualifier else ""
    if by_ref := _by_reference(reading, number):
        return _choice(reading, [by_ref], f"No {wanted}{among}.", term, text, verb)
    if rows:
        return _choice(reading, rows, f"No {wanted}{among}.", term, text, verb)
    return Reply(f"No {wanted}{among}. Say `list` to see what there is.", ok=False)


def _of_one_report(
    reading: Reading, rows: Sequence[Recommendation], term: _Term, text: str, verb: str
) -> list[Recommendation] | Reply:
    """All of a range, or all unowned, when they lie in one report; else the reports to choose.

    A range takes what there is of it: a force's record leaves out the national ones that ask
    nothing of it.
    """
    typed_term = text[term.start : term.end].strip()
    head = re.split(r"@|(?<=\s)of\s", typed_term, maxsplit=1, flags=re.I)[0].strip()
    if not rows:
        among = f" {term.qualifier.text}" if term.qualifier else ""
        return Reply(f"No {head}{among}.", ok=False)
    reports = list({r.report_id: report_of(reading, r) for r in rows}.values())
    if len(reports) > 1:
        ways = [lookup.placed(report, reports) for report in reports]
        buttons = tuple(Button(w, _command(term, text, verb, f"{head} {w}")) for w in ways)
        return Reply(
            "\n".join(
                [f"Which report's {head}? Say one of:", *(f"- `{b.command}`" for b in buttons)]
            ),
            ok=False,
            buttons=buttons,
        )
    return sorted(rows, key=lambda r: (r.kind != Kind.RECOMMENDATION, len(r.number), r.number))
