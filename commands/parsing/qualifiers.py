"""Parser of the qualifiers behind a number: `@ words of the title` and `of FORCE`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from commands.parsing.progress import PROGRESS_PHRASES
from db.directory_cache import ReportName
from db.store import Reading

_WORD = re.compile(r"\w+|&")
_QUOTED = re.compile(r"\s*(?:\"(?P<a>[^\"]+)\"|“(?P<b>[^”]+)”)")
_OF = re.compile(r"\s+of\s+(?=\S)", re.I)
_AT = re.compile(r"\s*@(?P<space>\s*)(?=\S)")
_STOP = re.compile(
    rf"(?:{'|'.join(PROGRESS_PHRASES)}|because|complete|done|green|amber|red)\b", re.I
)
_NAME = re.compile(r"[\w.-]+")
HEAD = 200
"""Characters of a text that a sentence about it quotes words from."""
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"])
_FORCE_ENDINGS = ("police", "constabulary", "police service")


@dataclass(frozen=True)
class ReportQualifier:
    """The reports that a qualifier leaves."""

    reports: frozenset[int]
    text: str
    """The qualifier as typed."""
    problem: str | None = None


def take_qualifiers(
    reading: Reading, text: str, start: int, *, required: bool
) -> tuple[ReportQualifier | None, int]:
    """The `@ title` and `of FORCE` at `start`, in either order, and where they end.

    `required` where a number stands before it, which needs one, and not a reference: only then
    is an unknown force or title a problem, else those words belong to the rest of the text.
    """
    if not _OF.match(text, start) and not _AT.match(text, start):
        return None, start
    known = sorted(reading.reports.values(), key=lambda report: (report.force, report.title))
    left, position = known, start
    while True:
        if match := _OF.match(text, position):
            taken = _force(text, match.end(), left)
            problem, behind = _no_force, match.end()
        elif (match := _AT.match(text, position)) and not _is_person(reading, text, match):
            taken = _title(text, match.end(), left)
            problem, behind = _no_title, match.end()
        else:
            break
        if taken is None:
            if required:
                sentence = problem(text[behind : behind + HEAD], known)
                return ReportQualifier(frozenset(), text[start:].strip(), sentence), len(text)
            break
        left, position = taken
    if position == start:
        return None, start
    return ReportQualifier(frozenset(r.id for r in left), text[start:position].strip()), position


def _is_person(reading: Reading, text: str, at: re.Match[str]) -> bool:
    """True for `@jane`, an owner, and not for `@ words`: no space, and somebody of that key."""
    name = _NAME.match(text, at.end())
    if at["space"] or name is None:
        return False
    directory = reading.directory
    key = name[0].casefold()
    held = {t.person for post in directory.posts.values() for t in post.tenures}
    return key in {k.casefold() for k in {*directory.people, *directory.posts, *held}}


def words(text: str) -> list[str]:
    """A text's words without case and punctuation; & is "and"."""
    return ["and" if w == "&" else w.casefold() for w in _WORD.findall(text)]


def force_words(force: str) -> list[str]:
    """The words of a force's name without Police or Constabulary at the end."""
    name = words(force)
    for ending in _FORCE_ENDINGS:
        tail = ending.split()
        if len(name) > len(tail) and name[-len(tail) :] == tail:
            return name[: -len(tail)]
    return name


def _force(
    text: str, start: int, among: Iterable[ReportName]
) -> tuple[list[ReportName], int] | None:
    """The longest head of the text that begins a force's name, and where it ends."""
    best: tuple[int, int, list[ReportName]] | None = None
    for report in among:
        name = force_words(report.force)
        count = 0
        ends = start
        for word, match in zip(name, _WORD.finditer(text, start), strict=False):
            if words(match[0]) != [word]:
                break
            count += 1
            ends = match.end()
        if count == 0 or (count == 1 and name[0] in _SMALL):
            continue
        if best is None or count > best[0]:
            best = (count, ends, [report])
        elif count == best[0]:
            best[2].append(report)
    if best is None:
        return None
    count, end, reports = best
    for ending in ("police service", "police", "constabulary"):
        if tail := re.compile(rf"\s+{ending}\b", re.I).match(text, end):
            return reports, tail.end()
    return reports, end


def _title(text: str, start: int, among: list[ReportName]) -> tuple[list[ReportName], int] | None:
    """The longest head of the text whose words stand in a title, in that order.

    A small word ("on", "to") counts only right after the one before it, so that "@ vetting on
    track" ends at "vetting" though "on" may stand further on in the title.
    """
    if match := _QUOTED.match(text, start):
        quoted = words(match["a"] or match["b"])
        reports = [r for r in among if _follow(r.title, quoted)]
        # a title given whole is that title, even where it begins another one
        exact = [r for r in reports if words(r.title) == quoted]
        return (exact or reports, match.end()) if reports else None
    taken: list[str] = []
    best: tuple[list[ReportName], int] | None = None
    end = start
    for match in _WORD.finditer(text, start):
        gap = text[end : match.start()]
        if _STOP.match(text, match.start()) or re.search(r"[:\n@–—;]|\s-\s", gap):
            break
        of = _OF.match(text, match.start() - 1) if match[0].lower() == "of" else None
        if of and _force(text, of.end(), among):
            break
        taken += words(match[0])
        reports = [r for r in among if _follow(r.title, taken)]
        if not reports:
            break
        end = match.end()
        if taken[-1] not in _SMALL:
            best = (reports, end)
    return best


def _follow(title: str, typed: list[str]) -> bool:
    """True where the typed words stand in the title in this order."""
    here = words(title)
    position = 0
    for index, word in enumerate(typed):
        if word in _SMALL and index:
            if position >= len(here) or here[position] != word:
                return False
            position += 1
            continue
        if word not in here[position:]:
            return False
        position = here.index(word, position) + 1
    return True


def _no_force(rest: str, known: list[ReportName]) -> str:
    forces = ", ".join(dict.fromkeys(p.force for p in known))
    return f"No report here is of “{_head(rest)}”. There is {forces or 'none yet'}."


def _no_title(rest: str, known: list[ReportName]) -> str:
    titles = "; ".join(dict.fromkeys(p.title for p in known))
    return f"No report's title has “{_head(rest)}”. There is {titles or 'none yet'}."


def _head(text: str) -> str:
    return " ".join(text.split()[:4])
