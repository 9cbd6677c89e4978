"""Checks that what an organisation file refers to exists and fits together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from documents.organisation.lines import Written
from documents.organisation.problems import Path, Problems, listed, quoted, suggestion
from documents.organisation.shape import BoardShape, CadenceShape, FileShape, PostShape
from documents.organisation.validation import where
from documents.organisation.words import read_target
from documents.record import FileEntry
from governance.cadence_gaps import rule_parts
from governance.dates import say_date
from governance.directory import Board, Cadence
from governance.errors import RuleError
from governance.meetings import check_occurrence, every_months_rule, occurrences

NATIONS = ("GB-ENG", "GB-WLS")
ALL_MONTHS = ",".join(map(str, range(1, 13)))
FAR = timedelta(days=3660)
"""A cadence meets within ten years; a meeting further away than that is a slip of the pen."""


class Checks:
    """Looks up every key a file refers to; `raw` is the file before anything was left out."""

    def __init__(self, shape: FileShape, written: Written, raw: Written, problems: Problems):
        self.shape = shape
        self.written = written
        self.problems = problems
        self.raw = raw.data
        self.posts = _keys(raw, "posts")
        self.boards = _keys(raw, "boards")

    def wrong(self, path: Path, said: str) -> None:
        self.problems.add(self.written.line(path), where(path, self.written.data), said)

    def run(self) -> None:
        self._force()
        for section in ("boards", "posts", "people"):
            self._twice(section)
        for i, board in enumerate(self.shape.boards):
            self._board(board, ("boards", i))
        for i, post in enumerate(self.shape.posts):
            self._post(post, ("posts", i))
        self._identities()
        self._default_board()

    def entries(self, section: str, said: Mapping[str, str]) -> list[FileEntry]:
        """`owners` or `board_of`, with the post or board each names."""
        known, noun = (self.posts, "post") if section == "owners" else (self.boards, "board")
        found: dict[str, FileEntry] = {}
        names: dict[str, str] = {}
        for name, value in said.items():
            path: Path = (section, name)
            try:
                target = read_target(name)
            except ValueError as error:
                self.wrong(path, str(error))
                continue
            if target.written in found:
                self.wrong(path, f"is the same as {quoted(names[target.written])}")
            self._known(path, value, known, noun)
            found[target.written], names[target.written] = FileEntry(target, value), name
        return list(found.values())

    def _force(self) -> None:
        force = self.shape.force
        try:
            ZoneInfo(force.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hint = suggestion(force.timezone, available_timezones())
            said = f"{quoted(force.timezone)} is no time zone{hint or ', such as Europe/London'}"
            self.wrong(("force", "timezone"), said)
        if force.holidays not in NATIONS:
            said = f"there is no holiday calendar {quoted(force.holidays)}; write {listed(NATIONS)}"
            self.wrong(("force", "holidays"), said)

    def _twice(self, section: str) -> None:
        seen: dict[str, int] = {}
        for i, item in enumerate(getattr(self.shape, section)):
            path: Path = (section, i, "key")
            first = seen.setdefault(item.key.casefold(), i)
            if first != i:
                line = self.written.line((section, first, "key"))
                self.wrong(path, f"{quoted(item.key)} is used twice; the first is on line {line}")

    def _known(self, path: Path, key: str, known: Iterable[str], noun: str) -> None:
        if key in known:
            return
        hint = suggestion(key, known)
        if noun == "post" and (held := self._held(key)):
            hint = f"; that is a person, so name the post they hold: {listed(held)}"
        self.wrong(path, f"there is no {noun} {quoted(key)}{hint}")

    def _held(self, person: str) -> list[str]:
        return [p.key for p in self.shape.posts if any(t.person == person for t in p.holder)]

    def _board(self, board: BoardShape, path: Path) -> None:
        for role in ("chair", "secretary"):
            if (post := getattr(board, role)) is not None:
                self._known((*path, role), post, self.posts, "post")
        if not board.cadence.every and not board.cadence.rule:
            if not self._had_cadence(board.key):
                said = "every or rule is missing, such as every: 4 weeks"
                self.wrong((*path, "cadence"), said)
            return
        if (wrong := _cadence_wrong(board.cadence)) is not None:
            self.wrong((*path, "cadence"), wrong)
            return
        meets = Board(board.key, board.name, None, None, None, cadence(board.cadence))
        for original, to in board.moved.items():
            self._meeting(meets, original, self._moment_path((*path, "moved"), original))
            if original in board.cancelled:
                said = f"the meeting of {_say(original)} is both moved and cancelled"
                self.wrong(self._moment_path((*path, "moved"), original), said)
            if to == original:
                said = f"the meeting of {_say(original)} is moved to where it was"
                self.wrong(self._moment_path((*path, "moved"), original), said)
        for i, original in enumerate(board.cancelled):
            self._meeting(meets, original, (*path, "cancelled", i))

    def _had_cadence(self, key: str) -> bool:
        """True where the board says how often it meets, in words already found wrong."""
        boards = [b for b in self.raw["boards"] if isinstance(b, dict) and b.get("key") == key]
        said = boards[0].get("cadence") if boards else None
        return isinstance(said, dict) and ("every" in said or "rule" in said)

    def _moment_path(self, path: Path, original: datetime) -> Path:
        """The place of a moved meeting: its key may be written in more than one way."""
        day = original.date().isoformat()
        found = [p for p in self.written.lines if p[:-1] == path and str(p[-1]).startswith(day)]
        return found[0] if found else path

    def _meeting(self, board: Board, original: datetime, path: Path) -> None:
        if not board.cadence.first <= original <= board.cadence.first + FAR:
            if original < board.cadence.first:
                first = next(iter(occurrences(board.cadence)))
                hint = f"the nearest is its first, {_say(first)}"
            else:
                hint = "that is more than ten years after the first meeting"
            self.wrong(path, f"{board.name} does not meet on {_say(original)}; {hint}")
            return
        try:
            check_occurrence(board, original)
        except RuleError as error:
            self.wrong(path, error.sentence.rstrip("."))

    def _post(self, post: PostShape, path: Path) -> None:
        for i, held in enumerate(post.holder):
            at: Path = (*path, "holder", i)
            if held.start and held.end and held.end < held.start:
                said = f"{held.person}'s time ends on {say_date(held.end)}, before it begins"
                self.wrong(at, said)
            for other in post.holder[:i]:
                start = max(held.start or date.min, other.start or date.min)
                if start <= min(held.end or date.max, other.end or date.max):
                    when = f" on {say_date(start)}" if start > date.min else ""
                    both = f"{other.person} and {held.person}"
                    self.wrong(at, f"{both} both hold it{when}; one person holds a post at a time")

    def _identities(self) -> None:
        """On one platform an id is one person's."""
        first: dict[tuple[str, str], str] = {}
        for i, person in enumerate(self.shape.people):
            for identity in person.identities.items():
                platform, id = identity
                if identity in first:
                    said = f"{quoted(id)} is also {first[identity]}'s"
                    self.wrong(("people", i, platform), said)
                first.setdefault(identity, person.key)

    def _default_board(self) -> None:
        said, boards = self.shape.default_board, self.boards
        if said is not None:
            self._known(("default_board",), said, boards, "board")
        elif len(boards) > 1 and "default_board" not in self.raw:
            self.wrong((), f"default_board is missing: there are several boards, {listed(boards)}")


def cadence(said: CadenceShape) -> Cadence:
    """A cadence as the rules read it; months that are left out become a part of its rule."""
    rule, months = said.every if said.every is not None else (said.rule, None)
    if not said.months_left_out:
        return Cadence(said.first, rule, months)
    if months is not None:
        rule = every_months_rule(said.first, months)
    parts = rule_parts(rule)
    allowed = [int(month) for month in parts.get("BYMONTH", ALL_MONTHS).split(",")]
    left = [str(month) for month in allowed if month not in said.months_left_out]
    parts["BYMONTH"] = ",".join(left)
    return Cadence(said.first, ";".join(f"{name}={value}" for name, value in parts.items()))


def _cadence_wrong(said: CadenceShape) -> str | None:
    if said.every and said.rule:
        return "give every or rule, not both"
    meant = cadence(said)
    parts = rule_parts(meant.rule)
    if said.months_left_out and parts["FREQ"] == "YEARLY":
        return "except goes with every, or with a rule by days, weeks or months"
    if said.months_left_out and not parts["BYMONTH"]:
        return "except leaves no month in which it meets"
    try:
        rule = occurrences(meant)
        # Bounded, for a rule that never comes true (30 February) would be sought until 9999.
        soon = occurrences(replace(meant, rule=_until(meant.rule, said.first + FAR)))
    except RuleError:
        return f"{quoted(said.rule)} cannot be read as a rule of local times"
    if next(iter(soon), None) is None or next(iter(rule), None) is None:
        return f"{quoted(said.rule) if said.rule else 'this'} gives no meeting within ten years"
    return None


def _until(rule: str | None, end: datetime) -> str | None:
    """A rule that ends at `end` instead of where it says."""
    if rule is None:
        return None
    parts = [p for p in rule.split(";") if not p.startswith(("COUNT=", "UNTIL="))]
    return ";".join([*parts, f"UNTIL={end:%Y%m%dT%H%M%S}"])


def _keys(raw: Written, section: str) -> list[str]:
    """The keys a section defines, whatever else may be wrong with its items."""
    items = raw.data.get(section) if isinstance(raw.data, dict) else None
    keys = [item.get("key") for item in items or [] if isinstance(item, dict)]
    return list(dict.fromkeys(key for key in keys if isinstance(key, str)))


def _say(moment: datetime) -> str:
    return f"{say_date(moment.date())} at {moment:%H:%M}"
