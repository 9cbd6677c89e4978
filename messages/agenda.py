"""The paper for a board's meeting, in words; the same for the `agenda` verb and the reminder."""

from __future__ import annotations

from collections.abc import Sequence

from db.queries.agenda import Agenda, Changed, ExtensionAsked, Item
from governance.brag import Brag
from governance.dates import say_date, say_moment
from governance.directory import Directory
from messages.boards import meeting_notes, meeting_when
from messages.history import change_words
from messages.naming import item_label
from messages.recommendation import days

LONGEST = 12
"""Most lines of a section; it names the list that shows the rest."""

BRAG_WORDS = {
    Brag.RED: "Red, off track or overdue",
    Brag.AMBER: "Amber, at risk or due within 28 days and not started",
    Brag.GREEN: "Green, on track",
    Brag.GREEN_DONE: "Green, complete and awaiting sign-off",
    Brag.WHITE: "White, not started",
    Brag.BLUE: "Blue, closed",
}
"""In the order in which a board looks at them."""


def agenda_text(paper: Agenda, directory: Directory) -> str:
    """The whole paper as plain text, decisions first; every figure counts the same items."""
    parts = [
        _heading(paper),
        _figures(paper),
        _decisions(paper, directory),
        _section("Overdue", paper.overdue, paper, directory, f"overdue board {paper.board.key}"),
        _section(
            "At risk", paper.at_risk, paper, directory, f"status at risk board {paper.board.key}"
        ),
        _section(
            "Not started, due within 28 days",
            paper.starting_late,
            paper,
            directory,
            f"due 28d status not started board {paper.board.key}",
        ),
        _changes(paper, directory),
        _head(paper),
    ]
    return "\n\n".join(part for part in parts if part)


def _heading(paper: Agenda) -> str:
    meeting = paper.meeting
    notes = meeting_notes(meeting)
    title = f"{paper.board.name}: paper for {meeting_when(meeting)}"
    return f"{title}\nPlease note: {notes}." if notes else title


def _figures(paper: Agenda) -> str:
    total = len(paper.items)
    if not total:
        return "No recommendation is before this board."
    lines = [f"{total} before the board, {len(paper.open)} open."]
    if paper.previous is not None and paper.open_then is not None:
        when = say_date(paper.previous.day)
        lines.append(
            f"Open at the last meeting ({when}): {paper.open_then}. New since: {paper.new}."
        )
    else:
        lines.append("There was no meeting before this one.")
    lines += [
        f"{each.letter} {each.shape}  {paper.counts[each]}  {words}"
        for each, words in BRAG_WORDS.items()
    ]
    return "\n".join(lines)


def _decisions(paper: Agenda, directory: Directory) -> str:
    groups = [
        _group(
            "Sign off (claimed complete)",
            [
                f"{item_line(i, paper, directory)}, claimed by "
                f"{directory.person_name(i.completed_by)}"
                if i.completed_by
                else item_line(i, paper, directory)
                for i in paper.awaiting_sign_off
            ],
            f"status awaiting sign-off board {paper.board.key}",
        ),
        _group(
            "Off track",
            [item_line(i, paper, directory) for i in paper.off_track],
            f"status off track board {paper.board.key}",
        ),
        _group(
            "Extensions asked for",
            [_extension_line(e, paper, directory) for e in paper.extensions],
        ),
        _group(
            "Nobody owns",
            [item_line(i, paper, directory) for i in paper.unowned],
            f"unowned board {paper.board.key}",
        ),
    ]
    filled = [group for group in groups if group]
    return "\n".join(["Decisions wanted", *filled]) if filled else "Decisions wanted: none."


def _section(
    title: str, items: Sequence[Item], paper: Agenda, directory: Directory, more: str
) -> str:
    lines = [item_line(i, paper, directory) for i in items]
    return _group(title, lines, more) or f"{title}: none."


def _group(title: str, lines: Sequence[str], more: str | None = None) -> str:
    """A heading with its count, and the lines; `more` is the list that shows all of them.

    Where no list does, the paper itself has to: nothing is left out.
    """
    if not lines:
        return ""
    longest = LONGEST if more else len(lines)
    shown = [f"• {line}" for line in lines[:longest]]
    if len(lines) > longest:
        shown.append(f"… and {len(lines) - longest} more; say: {more}")
    return "\n".join([f"{title}: {len(lines)}", *shown])


def item_line(item: Item, paper: Agenda, directory: Directory) -> str:
    """One recommendation on one line, beginning with what can be typed back."""
    parts = [
        item_label(item),
        f"{item.brag.letter} {item.brag.shape} {item.progress.replace('_', ' ')}",
        directory.post_title(item.owner) if item.owner else "no owner",
        _due(item, paper),
    ]
    return ", ".join(parts)


def _due(item: Item, paper: Agenda) -> str:
    if item.deadline is None:
        return "no date"
    text = f"due {say_date(item.deadline)}"
    late = (paper.today - item.deadline).days
    if late > 0 and item in paper.overdue:
        text += f", {days(late)} overdue"
    if item.slips:
        times = {1: "once", 2: "twice"}.get(item.slips, f"{item.slips} times")
        text += f", extended {times}"
        if item.original_deadline:
            text += f" (first {say_date(item.original_deadline)})"
    return text


def _extension_line(request: ExtensionAsked, paper: Agenda, directory: Directory) -> str:
    return (
        f"{item_line(request.item, paper, directory)}; {directory.person_name(request.asked_by)} "
        f"asks for {say_date(request.to)}: “{request.reason}”"
    )


def _changes(paper: Agenda, directory: Directory) -> str:
    since = "Changed since the last meeting" if paper.previous else "Changed so far"
    lines = [_changed_line(c, directory) for c in paper.changed]
    return _group(since, lines) or f"{since}: nothing."


def _changed_line(changed: Changed, directory: Directory) -> str:
    fields = [change_words(f, *pair, directory) for f, pair in changed.changes.items()]
    words = "; ".join(fields) or "update"
    when = say_moment(changed.at, directory.zone)
    note = f" “{changed.note}”" if changed.note else ""
    by = directory.person_name(changed.by)
    return f"{item_label(changed.item)}: {words} ({by}, {when}){note}"


def _head(paper: Agenda) -> str:
    if paper.head is None:
        return "History: empty."
    seq, sealed = paper.head
    return f"Head of the history: change {seq}, {sealed}"
