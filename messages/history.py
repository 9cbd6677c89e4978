"""A recommendation's history in words: who changed what, when, through which face, from, to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db.tables import History, Message, Reminder
from governance.dates import say_date, say_moment
from governance.directory import Directory
from governance.reminders import Row

FACES = {
    "cli": "the command line",
    "terminal": "the terminal",
    "web": "the page",
    "slack": "Slack",
    "teams": "Teams",
}
ACTIONS = {
    "import": "imported",
    "apply": "from the organisation file",
    "update": "update",
    "assign": "assigned",
    "ask extension": "request",
    "extend": "extension granted",
    "close": "closed",
    "reopen": "reopened",
    "position": "inspectorate's position",
    "published": "publication date",
    "answered": "answered",
    "snooze": "snooze",
}
LABELS = {
    "progress": "progress",
    "closure": "closure",
    "deadline": "deadline",
    "original_deadline": "original deadline",
    "deadline_text": "deadline as worded",
    "owner": "owner",
    "owner_words": "owner as the tracker has it",
    "board": "board",
    "inspectorate_position": "inspectorate's position",
    "slips": "extensions granted",
    "extension": "extension",
    "ref": "reference",
    "number": "number",
    "published": "published",
    "answered": "answered",
    "snooze": "own reminders wait until",
}
"""The fields a reader is told of, in this order. The others are bookkeeping."""
WORDING = {
    "text": "wording",
    "points": "points",
    "response": "response",
    "theme": "theme",
    "addressee": "addressee",
    "milestones": "milestones",
}
"""Too long to quote: that they changed is told, not from what to what."""
NONE = {"owner": "nobody", "closure": "open", "deadline": "no date", "snooze": "no day"}
ACTORS = {"import": "the import", "apply": "the organisation file"}
STATES = {
    "planned": "planned, not sent yet",
    "gathered": "waiting to be sent",
    "claimed": "being sent",
    "sent": "sent",
    "held": "held",
    "skipped": "skipped",
    "failed": "failed",
}


def value_words(field: str, value: Any, directory: Directory) -> str:
    """One value as people say it; `value` is as the history keeps it (dates are ISO text)."""
    if value is None or value == "":
        return NONE.get(field, "none")
    if field == "owner":
        return directory.post_title(str(value))
    if field == "board":
        board = directory.boards.get(str(value))
        return board.name if board else str(value)
    if field in ("deadline", "original_deadline", "published", "answered", "snooze"):
        return say_date(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]))
    if field == "extension":
        words, _, day = str(value).rpartition(" ")
        return f"{words} {say_date(date.fromisoformat(day))}"
    if field in ("progress", "closure", "inspectorate_position"):
        return str(value).replace("_", " ")
    return str(value)


def change_words(field: str, before: Any, after: Any, directory: Directory) -> str:
    """One change: "progress not started → on track"."""
    was, now = (value_words(field, v, directory) for v in (before, after))
    return f"{LABELS.get(field, field)} {was} → {now}"


def changes_words(changes: Mapping[str, Sequence[Any]], directory: Directory) -> str:
    """A history row's changes that a reader is told of, joined by semicolons."""
    parts = [
        change_words(field, changes[field][0], changes[field][1], directory)
        for field in LABELS
        if field in changes
    ]
    parts += [
        f"{words} changed"
        for field, words in WORDING.items()
        if field in changes and changes[field][0]
    ]
    return "; ".join(parts)


def outcome_words(
    changes: Iterable[History], actions: Collection[str], directory: Directory
) -> str | None:
    """The outcome of one line of a digest: "updated: on track (Kit Ames, 3 April 2023)".

    `changes` are those of its recommendation since it was sent, oldest first; `actions` those that
    answer it. None while it is unanswered: nothing changed, or the change was taken back.
    """
    changes = list(changes)
    undone = {change.undoes for change in changes if change.undoes is not None}
    standing = [c for c in changes if c.seq not in undone and c.undoes is None]
    reopened = max((c.seq for c in standing if c.action == "reopen"), default=0)
    latest = {
        c.action: c
        for c in standing
        if c.action in actions and not (c.action == "close" and c.seq < reopened)
    }
    for action in ("close", "assign", "extend", "update"):
        change = latest.get(action)
        if change is not None and (words := _outcome(change, directory)):
            day = say_date(change.at.astimezone(directory.zone).date())
            return f"{words} ({directory.person_name(change.actor)}, {day})"
    return None


def _outcome(change: History, directory: Directory) -> str | None:
    def now(field: str) -> str | None:
        if field not in change.changes:
            return None
        return value_words(field, change.changes[field][1], directory)

    match change.action:
        case "close":
            return f"closed: {now('closure')}"
        case "assign":
            return f"now with {now('owner')}" if "owner" in change.changes else None
        case "extend":
            return f"extended to {now('deadline')}" if "deadline" in change.changes else None
        case _:
            if "progress" not in change.changes:
                return "updated"
            done = change.changes["progress"][1] == "complete"
            return "claimed complete" if done else f"updated: {now('progress')}"


def history_text(heading: str, rows: Sequence[History], directory: Directory) -> str:
    """Every change, newest last; one that was taken back and the taking back are both shown."""
    if not rows:
        return f"{heading}: no change is recorded."
    by_seq = {row.seq: row for row in rows}
    undone_by = {row.undoes: row for row in rows if row.undoes is not None}
    changes = "1 change" if len(rows) == 1 else f"{len(rows)} changes"
    lines = [f"History of {heading}, {changes}, newest last:"]
    for row in rows:
        lines.append(_line(row, by_seq.get(row.undoes or 0), directory))
        if row.note:
            lines.append(f"    “{row.note}”")
        if row.seq in undone_by:
            taken = undone_by[row.seq]
            lines.append(
                f"    (undone {say_moment(taken.at, directory.zone)}"
                f" by {directory.person_name(taken.actor)})"
            )
    return "\n".join(lines)


def _line(row: History, undone: History | None, directory: Directory) -> str:
    when = say_moment(row.at, directory.zone)
    face = FACES.get(row.face, row.face)
    what = ACTIONS.get(row.action, row.action)
    if undone is not None:
        what = f"undid the {_noun(undone)} of {say_moment(undone.at, directory.zone)}"
    changed = changes_words(row.changes, directory)
    if row.action == "import" and all(before is None for before, _ in row.changes.values()):
        changed = _arrival(row.changes, directory)
    text = f"{what}: {changed}" if changed else what
    who = ACTORS.get(row.actor) or directory.person_name(row.actor)
    return f"• {when}, {who}, through {face}: {text}"


def _arrival(changes: dict[str, Any], directory: Directory) -> str:
    """The values that a recommendation was imported with; there was nothing before it."""
    return "; ".join(
        f"{label} {value_words(field, changes[field][1], directory)}"
        for field, label in LABELS.items()
        if field in changes and changes[field][1] is not None and field not in ("ref", "number")
    )


def _noun(row: History) -> str:
    return {
        "assign": "assignment",
        "ask extension": "request for an extension",
        "extend": "extension",
        "close": "closing",
        "reopen": "reopening",
    }.get(row.action, row.action)


@dataclass(frozen=True)
class Coming:
    """The next reminder, and the words for it when there is none."""

    row: Row | None
    none: str = ""


def why_text(
    heading: str,
    rows: Iterable[tuple[Reminder, Message | None]],
    coming: Coming,
    directory: Directory,
) -> str:
    """Every reminder about one recommendation, oldest first, with its outcome, and the next.

    Each row comes with the message it is in, None while it is in none.
    """
    lines = [_reminder_line(row, message, directory) for row, message in rows]
    if lines:
        count = "1 reminder" if len(lines) == 1 else f"{len(lines)} reminders"
        lines.insert(0, f"{heading}: {count} so far, newest last:")
    else:
        lines = [f"{heading}: no reminder so far."]
    if coming.row is not None:
        row = coming.row
        to = _recipient(row.to, row.person, directory)
        lines.append(
            f"Next: {say_moment(row.at, directory.zone)}, {rule_words(row.rule)}, {to}: {row.why}"
        )
    else:
        lines.append(coming.none)
    return "\n".join(lines)


def rule_words(rule: str) -> str:
    """A rule's name as people read it: "board chase"."""
    return rule.replace("_", " ")


def _recipient(to: str, person: str | None, directory: Directory) -> str:
    if person is None:
        return f"to {to}"
    return f"to {directory.post_title(to)} ({directory.person_name(person)})"


def _reminder_line(row: Reminder, message: Message | None, directory: Directory) -> str:
    state = _state(row, message, directory)
    to = _recipient(row.to, row.person, directory)
    when = say_moment(row.at, directory.zone)
    return f"• {when}, {rule_words(row.rule)}, {to}: {state}. {row.why}"


def _state(row: Reminder, message: Message | None, directory: Directory) -> str:
    """The state of a reminder in words, and the reason."""
    zone = directory.zone
    state = STATES.get(row.state, row.state)
    if message is not None and row.state == "gathered":
        if message.state == "claimed" and message.claimed_by is None:
            state = "perhaps sent: it is looked for before it is sent again"
        elif message.state == "claimed":
            state = STATES["claimed"]
        if message.attempts and message.claimed_by is None:
            state += f", tried {_times(message.attempts)}"
            if message.next_attempt_at is not None:
                state += f", next {say_moment(message.next_attempt_at, zone)}"
    if message is not None and row.state == "sent" and message.sent_at is not None:
        state = f"sent {say_moment(message.sent_at, zone)}"
        if message.repeat:
            state += ", perhaps for the second time, as it says"
    if row.late:
        state += ", late"
    reason = row.reason or (message.reason if message is not None else None)
    return f"{state} ({reason.rstrip('.')})" if reason and row.state != "sent" else state


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
