"""A person's front page, the same for every face that has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from db.queries.lists import Filters, counts
from db.queries.overview import Owed, coming, owed, owned
from db.store import Reading
from db.tables import Recommendation
from governance.brag import Brag
from governance.dates import say_day
from governance.rights import roles
from governance.words import Progress, Role
from messages.boards import in_days, meeting_notes, meeting_when
from messages.lists import COUNTED, list_line, list_lines
from messages.recommendation import brag_of
from messages.reply import Button, Card

SECTION_LINES = 8
"""Lines of one part of the page, before the list that has the rest is named."""
MEETINGS = 5
_BAR = 20
_SEES_ALL = frozenset({Role.LEAD, Role.CHAIR, Role.SECRETARY, Role.ADMIN})


@dataclass(frozen=True)
class Part:
    """One part of the page. `more` counts the lines left out; `buttons` lead to all of them."""

    title: str
    lines: tuple[Card, ...] = ()
    note: str = ""
    more: int = 0
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Bar:
    """The number of recommendations with one BRAG, as a bar of text."""

    brag: Brag
    words: str
    count: int
    bar: str


@dataclass(frozen=True)
class Home:
    """`mine` has a part a BRAG; `force` is empty but for those who answer for all of it."""

    title: str
    subtitle: str
    zone: ZoneInfo
    """The zone in which moments are written."""
    say_before: tuple[Part, ...]
    overdue: Part | None
    mine: tuple[Part, ...]
    meetings: Part | None
    force: tuple[Bar, ...]
    force_buttons: tuple[Button, ...]
    nothing: str = ""
    """The text where nothing is the person's."""

    @property
    def text(self) -> str:
        """The whole page as plain text."""
        parts = [f"{self.title}\n{self.subtitle}", self.nothing]
        whole = (*self.say_before, self.overdue, *self.mine, self.meetings)
        parts += [_part_text(part) for part in whole if part is not None]
        if self.force:
            parts.append("\n".join(["The whole force", *map(bar_text, self.force)]))
        return "\n\n".join(part for part in parts if part)


def home(reading: Reading, person: str | None) -> Home:
    """The front page of a person (a key; None for somebody with no post) as things stand."""
    directory, today = reading.directory, reading.today
    rows = owned(reading, person)
    late = [row for row in rows if _is_overdue(row, reading)]
    name = directory.person_name(person) if person else ""
    everything = bool(roles(directory, person, today) & _SEES_ALL) or _chairs(reading, person)
    return Home(
        title=f"{name}: your recommendations" if name else "Recommendations",
        subtitle=f"{directory.force_name} · {say_day(today)}",
        zone=directory.zone,
        say_before=tuple(_before(reading, each) for each in owed(reading, rows)),
        overdue=_answered(reading, "Overdue", late, "mine overdue") if late else None,
        mine=tuple(_by_brag(reading, rows)),
        meetings=_meetings(reading),
        force=bars(counts(reading, Filters())) if everything else (),
        force_buttons=_FORCE_BUTTONS if everything else (),
        nothing="" if rows else "Nothing open is yours: no post you hold or deputise for owns any.",
    )


_FORCE_BUTTONS = (
    Button("All", "list"),
    Button("Overdue", "overdue"),
    Button("At risk", "status at risk"),
    Button("Awaiting sign-off", "status awaiting sign-off"),
    Button("Nobody owns", "unowned"),
)


def bars(counts: Mapping[Brag, int]) -> tuple[Bar, ...]:
    """Counts as bars of text: the longest has 20 marks, and what is there has at least one."""
    most = max(counts.values(), default=0)
    return tuple(
        Bar(brag, words, counts.get(brag, 0), _bar(counts.get(brag, 0), most))
        for brag, words in COUNTED.items()
    )


def bar_text(bar: Bar) -> str:
    """ "R ▲ ████████████░░░░░░░░ 12 red"."""
    return f"{bar.brag.letter} {bar.brag.shape} {bar.bar} {bar.count} {bar.words}"


def _bar(count: int, most: int) -> str:
    full = max(1, round(_BAR * count / most)) if count else 0
    return "█" * full + "░" * (_BAR - full)


def _part_text(part: Part) -> str:
    lines = [part.title, part.note, *(f"• {x.title} · {x.subtitle}" for x in part.lines)]
    if part.more:
        lines.append(f"… and {part.more} more; say: {part.buttons[0].command}")
    return "\n".join(line for line in lines if line)


def _is_overdue(row: Recommendation, reading: Reading) -> bool:
    late = row.deadline is not None and row.deadline < reading.today
    return late and row.progress != Progress.COMPLETE


def _chairs(reading: Reading, person: str | None) -> bool:
    """True for the chair or secretary of any board."""
    if person is None:
        return False
    directory, today = reading.directory, reading.today
    return any(roles(directory, person, today, key) & _SEES_ALL for key in directory.boards)


def _before(reading: Reading, owing: Owed) -> Part:
    title = f"To say before the {owing.board.name}"
    part = _answered(reading, title, owing.rows, f"mine board {owing.board.key}")
    when = meeting_when(owing.meeting)
    note = f"{when}, {in_days(owing.meeting.day, reading.today)}"
    return Part(part.title, part.lines, note, part.more, part.buttons)


def _answered(reading: Reading, title: str, rows: Sequence[Recommendation], command: str) -> Part:
    """A part whose lines want an update: the form stands beside each."""
    lines = []
    for row in rows[:SECTION_LINES]:
        line = list_line(reading, row)
        update = Button("Update…", f"update {line.name}", opens_form=True)
        lines.append(Card(line.title, line.subtitle, line.brag, buttons=(update,), name=line.name))
    return _part(title, tuple(lines), len(rows), command)


def _by_brag(reading: Reading, rows: Sequence[Recommendation]) -> list[Part]:
    found = []
    for brag, words in COUNTED.items():
        here = [row for row in rows if brag_of(row, reading.today) is brag]
        if here:
            title = f"{brag.letter} {brag.shape} {words[0].upper()}{words[1:]}: {len(here)}"
            lines = list_lines(reading, here[:SECTION_LINES])
            found.append(_part(title, lines, len(here), f"mine status {_STATUS[brag]}"))
    return found


_STATUS = {
    Brag.RED: "red",
    Brag.AMBER: "amber",
    Brag.GREEN: "on track",
    Brag.GREEN_DONE: "awaiting sign-off",
    Brag.WHITE: "white",
    Brag.BLUE: "blue",
}
"""The argument of `status` for each."""


def _part(title: str, lines: tuple[Card, ...], count: int, command: str) -> Part:
    more = count - len(lines)
    return Part(title, lines, more=more, buttons=(Button("Show all", command),) if more else ())


def _meetings(reading: Reading) -> Part | None:
    lines = []
    for board, meeting in coming(reading)[:MEETINGS]:
        notes = meeting_notes(meeting)
        when = f"{meeting_when(meeting)}, {in_days(meeting.day, reading.today)}"
        agenda = Button("Agenda", f"agenda {board.key}")
        lines.append(Card(board.name, f"{when} ({notes})" if notes else when, buttons=(agenda,)))
    return Part("Next meetings", tuple(lines)) if lines else None
