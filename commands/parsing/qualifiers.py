"""Which report is meant: `@ words of the title` and `of FORCE` after a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from db.store import Reading

_WORD = re.compile(r"\w+|&")
_QUOTED = re.compile(r"\s*(?:\"(?P<a>[^\"]+)\"|“(?P<b>[^”]+)”)")
_OF = re.compile(r"\s+of\s+(?=\S)", re.I)
_AT = re.compile(r"\s*@(?P<space>\s*)(?=\S)")
_STOP = re.compile(
    r"(?:not started|on track|at risk|off track|because|complete|done|green|amber|red)\b", re.I
)
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"])
_FORCE_ENDINGS = ("police", "constabulary", "police service")


@dataclass(frozen=True)
class Place:
    """One report, as it can be chosen."""

    id: int
    title: str
    force: str


@dataclass(frozen=True)
class Places:
    """The reports that a qualifier leaves; `said` repeats it."""

    reports: frozenset[int]
    said: str
    problem: str | None = None

    @staticmethod
    def all(reading: Reading) -> list[Place]:
        rows = sorted(reading.reports.values(), key=lambda r: (r.force, r.title))
        return [Place(r.id, r.title, r.force) for r in rows]


def take_qualifiers(
    reading: Reading, text: str, start: int, *, wanted: bool
) -> tuple[Places | None, int]:
    """The `@ title` and `of FORCE` at `start`, in either order, and where they end.

    `wanted` is whether what stands before needs one (a number does, a reference does not): only
    then an unknown force or title is a problem, else those words belong to what follows.
    """
    if not _OF.match(text, start) and not _AT.match(text, start):
        return None, start
    known = Places.all(reading)
    left, position = known, start
    while True:
        if match := _OF.match(text, position):
            taken = _force(text, match.end(), left)
            problem = _no_force(text[match.end() :], known)
        elif (match := _AT.match(text, position)) and not _is_person(reading, text, match):
            taken = _title(text, match.end(), left)
            problem = _no_title(text[match.end() :], known)
        else:
            break
        if taken is None:
            if wanted:
                return Places(frozenset(), text[start:].strip(), problem), len(text)
            break
        left, position = taken
    if position == start:
        return None, start
    return Places(frozenset(p.id for p in left), text[start:position].strip()), position


def _is_person(reading: Reading, text: str, at: re.Match[str]) -> bool:
    """`@jane`, an owner, and not `@ words`: no space, and somebody of that key."""
    name = re.match(r"[\w.-]+", text[at.end() :])
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
    """What tells a force from others: its name without Police or Constabulary at the end."""
    found = words(force)
    for ending in _FORCE_ENDINGS:
        tail = ending.split()
        if len(found) > len(tail) and found[-len(tail) :] == tail:
            return found[: -len(tail)]
    return found


def _force(text: str, start: int, among: Iterable[Place]) -> tuple[list[Place], int] | None:
    """The longest head of the text that begins a force's name, and where it ends."""
    said = list(_WORD.finditer(text, start))
    best: tuple[int, int, list[Place]] | None = None
    for place in among:
        name = force_words(place.force)
        count = 0
        for match, word in zip(said, name, strict=False):
            if words(match[0]) != [word]:
                break
            count += 1
        if count == 0 or (count == 1 and name[0] in _SMALL):
            continue
        if best is None or count > best[0]:
            best = (count, said[count - 1].end(), [place])
        elif count == best[0]:
            best[2].append(place)
    if best is None:
        return None
    count, end, places = best
    for ending in ("police service", "police", "constabulary"):
        if found := re.compile(rf"\s+{ending}\b", re.I).match(text, end):
            return places, found.end()
    return places, end


def _title(text: str, start: int, among: list[Place]) -> tuple[list[Place], int] | None:
    """The longest head of the text whose words stand in a title, in that order.

    A small word ("on", "to") counts only right after the one before it, so that "@ vetting on
    track" ends at "vetting" though "on" may stand further on in the title.
    """
    if match := _QUOTED.match(text, start):
        said = words(match["a"] or match["b"])
        places = [p for p in among if _follow(p.title, said)]
        # a title given whole is that title, even where it begins another one
        exact = [p for p in places if words(p.title) == said]
        return (exact or places, match.end()) if places else None
    taken: list[str] = []
    best: tuple[list[Place], int] | None = None
    end = start
    for match in _WORD.finditer(text, start):
        gap = text[end : match.start()]
        if _STOP.match(text, match.start()) or re.search(r"[:\n@–—;]|\s-\s", gap):
            break
        of = _OF.match(text, match.start() - 1) if match[0].lower() == "of" else None
        if of and _force(text, of.end(), among):
            break
        taken += words(match[0])
        places = [p for p in among if _follow(p.title, taken)]
        if not places:
            break
        end = match.end()
        if taken[-1] not in _SMALL:
            best = (places, end)
    return best


def _follow(title: str, said: list[str]) -> bool:
    """Do the said words stand in the title in this order?"""
    here = words(title)
    position = 0
    for index, word in enumerate(said):
        if word in _SMALL and index:
            if position >= len(here) or here[position] != word:
                return False
            position += 1
            continue
        if word not in here[position:]:
            return False
        position = here.index(word, position) + 1
    return True


def _no_force(said: str, known: list[Place]) -> str:
    forces = ", ".join(dict.fromkeys(p.force for p in known))
    return f"No report here is of “{_head(said)}”. There is {forces or 'none yet'}."


def _no_title(said: str, known: list[Place]) -> str:
    titles = "; ".join(dict.fromkeys(p.title for p in known))
    return f"No report's title has “{_head(said)}”. There is {titles or 'none yet'}."


def _head(said: str) -> str:
    return " ".join(said.split()[:4])
