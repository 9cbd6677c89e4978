"""The words of reminders: one digest a person and day, and the short posts in channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from db.queries.agenda import Item
from governance.dates import say_date, say_day
from governance.directory import Directory
from governance.meetings import Meeting, said_move
from governance.reminders.rules import BY_RULE
from governance.words import Rule
from messages.naming import item_label, item_name
from messages.recommendation import days_left, excerpt


@dataclass(frozen=True)
class Due:
    """One reminder as the words need it."""

    rule: Rule
    at: datetime
    """Aware, in the organisation's zone."""
    to: str
    """The post (or channel) that receives it."""
    late: bool = False
    items: tuple[Item, ...] = ()
    """The recommendation it is about, or those it lists."""
    meeting: Meeting | None = None
    report: str | None = None
    """A report's title and force, for the statutory clock."""
    about: date | None = None
    """The deadline, the meeting's date or the 56th day."""
    settled: Mapping[int, str] = field(default_factory=dict)
    """Outcomes of its items since it was sent, by their ids."""


@dataclass(frozen=True)
class Heading:
    """The words over one rule's lines in a digest, and those for a late one of its reminders."""

    rule: Rule
    title: str
    late: str


HEADINGS = (
    Heading(Rule.OVERDUE, "Overdue", "overdue"),
    Heading(Rule.DEADLINE, "Coming due", "coming due"),
    Heading(
        Rule.BOARD_CHASE,
        "Still wanted for the {board} of {day}: your update on",
        "your update still wanted for the board",
    ),
    Heading(
        Rule.BOARD_UPDATE_REQUEST,
        "Wanted for the {board} of {day}: your update on",
        "your update wanted for the board",
    ),
    Heading(
        Rule.STATUTORY_RESPONSE,
        "The PCC's response is due by law (Police Act 1996, section 55)",
        "response due by law",
    ),
    Heading(
        Rule.AWAITING_SIGN_OFF, "Claimed complete, waiting for sign-off", "waiting for sign-off"
    ),
    Heading(Rule.UNOWNED, "Nobody owns these", "nobody owns these"),
    Heading(Rule.STARTING_LIST, "Duly looks after these from today", "looked after from that day"),
)
"""In the order in which a digest has them."""
LATE_WORDS: Mapping[Rule, str] = {heading.rule: heading.late for heading in HEADINGS}


@dataclass(frozen=True)
class DigestLine:
    """One line of a digest. `target` can be typed back ("#24087"), None where there is
    nothing to answer; `id` is the recommendation it is about, None for a list in one line.
    `settled` is its outcome since the digest was sent, None while it is wanted."""

    text: str
    target: str | None = None
    id: int | None = None
    settled: str | None = None

    @property
    def plain(self) -> str:
        """The line as plain text."""
        return f"• {self.text}" if self.settled is None else f"✓ {self.text}: {self.settled}"


@dataclass(frozen=True)
class DigestSection:
    title: str
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True)
class Digest:
    """One person's reminders of one day; `text` says it all."""

    opening: str
    sections: tuple[DigestSection, ...]
    closing: str = ""

    @property
    def text(self) -> str:
        parts = [self.opening]
        parts += ["\n".join([s.title, *(x.plain for x in s.lines)]) for s in self.sections]
        return "\n\n".join(p for p in (*parts, self.closing) if p)


def digest(person: str, day: date, dues: Sequence[Due], directory: Directory) -> Digest:
    """One person's reminders of one day. `person` is a person key.

    A recommendation that stands in one section is only named in a later one.
    """
    reports = dict.fromkeys(i.report for d in dues for i in d.items)
    page = _Page(day, directory, next(iter(reports)) if len(reports) == 1 else None)
    sections = []
    on_time = [d for d in dues if not d.late]
    for heading in HEADINGS:
        meant = [d for d in on_time if d.rule is heading.rule]
        for title, group in _by_meeting(meant, heading.title, directory):
            lines = tuple(x for due in group for x in page.lines(due))
            if lines:
                sections.append(DigestSection(title, lines))
    late = sorted((d for d in dues if d.late), key=lambda d: d.at)
    if late:
        lines = tuple(page.late_line(due) for due in late)
        sections.append(DigestSection("Late: these should have reached you before", lines))
    return Digest(page.opening(person, dues), tuple(sections), _how_to_answer(dues))


def starting_text(meeting: Meeting, directory: Directory, *, late: bool) -> str:
    """The post in a board's channel shortly before it begins."""
    board = directory.boards[meeting.board].name
    today = "" if late else " today"
    moved = f", {said_move(meeting)}" if meeting.moved else ""
    return (
        f"The {board} begins at {meeting.start:%H:%M}{today}{moved}. Say /rec and a "
        f"reference to look one up, or /rec agenda {meeting.board} for the paper."
    )


def assigned_text(
    item: Item, directory: Directory, *, old: str | None, new: str, to_new: bool
) -> str:
    """A notice to the old or the new owner of a recommendation that changes hands."""
    due = f", due {say_date(item.deadline)}" if item.deadline else ""
    about = f"{item_label(item)}{due}, {item.report}"
    if to_new:
        before = f" It was with {directory.post_title(old)}." if old else ""
        return f"{directory.post_title(new)} now owns {about}.{before}\n\n{_say(item)}"
    here = directory.post_title(new)
    return f"{directory.post_title(old)} no longer owns {about}. It is with {here} now."


def _by_meeting(
    dues: Sequence[Due], title: str, directory: Directory
) -> list[tuple[str, list[Due]]]:
    """A section a board where the title names one, else one section; none when empty."""
    if not dues:
        return []
    groups: dict[str, list[Due]] = {}
    for due in dues:
        heading = title
        if due.meeting is not None:
            moved = f", {said_move(due.meeting)}" if due.meeting.moved else ""
            heading = title.format(
                board=directory.boards[due.meeting.board].name,
                day=f"{say_day(due.meeting.day)}{moved}",
            )
        groups.setdefault(heading, []).append(due)
    return list(groups.items())


@dataclass(frozen=True)
class _Page:
    """One digest while it is written: its day, and the report all of it is about, if it is one."""

    day: date
    directory: Directory
    report: str | None
    named: set[int] = field(default_factory=set)
    """The recommendations that have their line already."""

    def opening(self, person: str, dues: Sequence[Due]) -> str:
        name = self.directory.person_name(person).split()[0]
        count = len({i.id for d in dues for i in d.items})
        text = f"{name}, this needs you on {say_day(self.day)}"
        if count:
            text += f": {count} {'recommendation' if count == 1 else 'recommendations'}"
        return f"{text} of “{self.report}”." if self.report else f"{text}."

    def lines(self, due: Due) -> list[DigestLine]:
        if due.report is not None and due.about is not None:
            return [DigestLine(f"{due.report}: due {self.due(due.about)}")]
        again = [i for i in due.items if i.id in self.named]
        new = [i for i in due.items if i.id not in self.named]
        self.named.update(i.id for i in new)
        lines = [
            DigestLine(self.line(i, due), item_name(i), i.id, due.settled.get(i.id)) for i in new
        ]
        repeated = [item_name(i) for i in again if i.id not in due.settled]
        if repeated:
            lines.append(DigestLine(f"and, from above: {', '.join(repeated)}"))
        return lines

    def line(self, item: Item, due: Due) -> str:
        """One recommendation, beginning with what can be typed back."""
        parts = [item_label(item), f"due {self.due(item.deadline)}" if item.deadline else "no date"]
        if item.owner is None and due.rule is not Rule.UNOWNED:
            parts.append("no owner")
        elif item.owner is not None and item.owner != due.to:
            parts.append(f"owner {self.directory.post_title(item.owner)}")
        return f"{', '.join(parts)}: {excerpt(item.text)}"

    def late_line(self, due: Due) -> DigestLine:
        """One late reminder; one that lists several names them in a row."""
        when = f"{LATE_WORDS[due.rule]}, for {say_date(due.at.date())}"
        if due.meeting is not None and due.meeting.moved:
            when += f"; it meets on {say_day(due.meeting.day)}, {said_move(due.meeting)}"
        if len(due.items) != 1 and due.items:
            return DigestLine(f"{when}: {', '.join(item_name(i) for i in due.items)}")
        if not due.items:
            (only,) = self.lines(due)
            return replace(only, text=f"{only.text} ({when})")
        (item,) = due.items
        text = f"{self.line(item, due)} ({when})"
        return DigestLine(text, item_name(item), item.id, due.settled.get(item.id))

    def due(self, due: date) -> str:
        """ "30 April 2023, 2 days left"; "today, 30 April 2023" on the day itself."""
        if due == self.day:
            return f"today, {say_date(due)}"
        return f"{say_date(due)}, {days_left(due, self.day)}"


def _how_to_answer(dues: Sequence[Due]) -> str:
    """One example that can be typed as it stands, about something the person may answer."""
    unanswered = [
        item
        for due in dues
        if BY_RULE[due.rule].snoozable  # it asks an owner for an answer
        for item in due.items
        if item.id not in due.settled
    ]
    first = next((i for i in unanswered if i.ref), unanswered[0] if unanswered else None)
    return _say(first) if first else ""


def _say(item: Item) -> str:
    name = item_name(item).removeprefix("#").removeprefix("rec ")
    return f"To answer, say for example: /rec {name} on track, and what has changed"
