"""A recommendation in words: what can be typed back, its BRAG, its deadline and its card."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from db.directory_cache import ReportName
from db.mapping import recommendation_state
from db.queries import lookup
from db.queries.lists import ListedRecommendation
from db.store import Reading
from db.tables import Recommendation
from governance.brag import Brag, brag
from governance.dates import say_date, say_moment
from governance.meetings import next_meeting
from governance.rights import Right, rights
from governance.words import Closure, Kind, Progress, label
from messages.naming import name_of
from messages.reply import Button, Card, Fact, Reply

_ASKS = re.compile(r"^[^.;]{0,240}?\b(?:should|must):?\s+", re.I)
EXCERPT = 70


def excerpt(text: str) -> str:
    """A recommendation's request on one line, cut at a word.

    "By 30 April 2023, chief constables should" says what a line has already said: it begins
    behind the first sentence's "should" or "must", where there is one.
    """
    flat = " ".join(text.split())
    request = _ASKS.sub("", flat, count=1)
    if len(request) <= EXCERPT:
        return request
    return request[:EXCERPT].rsplit(" ", 1)[0].rstrip(",;:.") + " …"


def report_of(reading: Reading, row: Recommendation) -> ReportName:
    return reading.reports[row.report_id]


def say_progress(progress: str) -> str:
    """A progress, closure or position in words: "on track", "no further action"."""
    return progress.replace("_", " ")


def days(count: int) -> str:
    """A number of days in words: "1 day", "12 days"."""
    return "1 day" if count == 1 else f"{count} days"


def days_left(day: date, today: date) -> str:
    """The distance to a deadline: "362 days left", "due today", "3 days overdue"."""
    left = (day - today).days
    if left == 0:
        return "due today"
    return f"{days(left)} left" if left > 0 else f"{days(-left)} overdue"


def brag_of(row: ListedRecommendation, today: date) -> Brag:
    closure = Closure(row.closure) if row.closure else None
    return brag(Progress(row.progress), closure, row.deadline, today)


def brag_words(row: Recommendation, today: date) -> str:
    """BRAG as letter, shape and words: "R ▲ Red: 3 days overdue"; print loses colour."""
    shade = brag_of(row, today)
    late = row.deadline is not None and row.deadline < today
    match shade:
        case Brag.BLUE:
            why = f"closed, {say_progress(Closure(row.closure or ''))}"
        case Brag.GREEN_DONE:
            why = "complete, awaiting sign-off"
        case Brag.RED:
            reasons = ["off track"] if row.progress == Progress.OFF_TRACK else []
            if late and row.deadline is not None:
                reasons.append(days_left(row.deadline, today))
            why = ", ".join(reasons)
        case _:
            why = say_progress(row.progress)
    return f"{shade.letter} {shade.shape} {shade.colour.capitalize()}: {why}"


def say_deadline(row: Recommendation, today: date) -> str:
    """The current deadline in words, with what is left or why there is none.

    "31 December 2023, 362 days left"; a closed or completed one only says the date.
    """
    if row.deadline is None:
        stated = f" (stated: “{row.deadline_text}”)" if row.deadline_text else ""
        return f"none{stated}"
    if row.closure or row.progress == Progress.COMPLETE:
        return say_date(row.deadline)
    return f"{say_date(row.deadline)}, {days_left(row.deadline, today)}"


def say_slips(row: Recommendation) -> str:
    """The number of extensions in words: "extended once"."""
    times = {1: "once", 2: "twice"}.get(row.slips, f"{row.slips} times")
    return f"extended {times}"


def say_owner(reading: Reading, post: str | None) -> str:
    """A post's title with its holder today: "ACU DCI (Jane Doe)"."""
    if post is None:
        return "nobody"
    directory = reading.directory
    holder = directory.holder(post, reading.today)
    who = directory.person_name(holder) if holder else "vacant"
    return f"{directory.post_title(post)} ({who})"


def card(reading: Reading, row: Recommendation, person: str | None) -> Card:
    """The card of one recommendation, its buttons by what `person` (a key) may do."""
    report = report_of(reading, row)
    kind = label(Kind(row.kind), row.number)
    title = f"#{row.ref} · {kind}" if row.ref else kind
    return Card(
        title=title[0].upper() + title[1:] if not row.ref else title,
        subtitle=f"{report.title} · {report.force}",
        brag=brag_of(row, reading.today),
        text=row.text,
        points=tuple(row.points),
        facts=_facts(reading, row),
        buttons=_buttons(reading, row, person),
        name=name_of(reading, row),
    )


def _facts(reading: Reading, row: Recommendation) -> tuple[Fact, ...]:
    today = reading.today
    facts = [
        Fact("Status", brag_words(row, today)),
        Fact("Deadline", say_deadline(row, today), row.deadline),
    ]
    if row.original_deadline and row.original_deadline != row.deadline:
        slips = f", {say_slips(row)}" if row.slips else ""
        original = f"{say_date(row.original_deadline)}{slips}"
        facts.append(Fact("Original deadline", original, row.original_deadline))
    facts += [
        Fact("Milestone", f"{say_date(date.fromisoformat(m['date']))}: {m['text']}")
        for m in row.milestones
    ]
    owner = say_owner(reading, row.owner)
    if row.owner is None and row.owner_words:
        owner = f"nobody (the tracker says “{row.owner_words}”)"
    facts.append(Fact("Owner", owner))
    facts.append(_board(reading, row))
    facts.append(Fact("Last update", _last_update(reading, row)))
    if row.theme:
        facts.append(Fact("Theme", row.theme))
    if row.inspectorate_position:
        facts.append(Fact("Inspectorate", say_progress(row.inspectorate_position)))
    return tuple(facts)


def _board(reading: Reading, row: Recommendation) -> Fact:
    directory = reading.directory
    board = directory.board_of(row.board)
    if board is None:
        return Fact("Board", "none")
    meeting = next_meeting(board, directory, reading.now)
    if meeting is None:
        return Fact("Board", f"{board.name}, no meeting to come")
    when = say_moment(meeting.start, directory.zone)
    return Fact("Board", f"{board.name}, next {when}", meeting.start.date())


def _last_update(reading: Reading, row: Recommendation) -> str:
    update = lookup.latest_update(reading, row.id)
    if update is None:
        return "none yet"
    directory = reading.directory
    who = directory.person_name(update.by)
    when = say_moment(update.at, directory.zone)
    parts = [f"{who}, {when}: {say_progress(update.progress)}"]
    if update.text:
        parts.append(update.text)
    if update.evidence:
        parts.append(f"Evidence: {update.evidence}")
    if update.next_step:
        by = f" by {say_date(update.next_by)}" if update.next_by else ""
        parts.append(f"Next: {update.next_step}{by}")
    return ". ".join(part.rstrip(".") if part is not parts[-1] else part for part in parts)


def _buttons(reading: Reading, row: Recommendation, person: str | None) -> tuple[Button, ...]:
    """Update opens a form; the progress buttons act at once. Only what the person may do."""
    state = recommendation_state(row)
    name = name_of(reading, row)
    may = rights(reading.directory, person, reading.today, state)

    buttons = []
    if state.is_open:
        if Right.UPDATE in may:
            buttons.append(Button("Update…", f"update {name}", "primary", opens_form=True))
            buttons += [
                Button(words, f"{name} {words.lower()}")
                for progress, words in (
                    (Progress.ON_TRACK, "On track"),
                    (Progress.AT_RISK, "At risk"),
                    (Progress.COMPLETE, "Complete"),
                )
                if progress is not state.progress
            ]
        if Right.ASSIGN in may:
            buttons.append(Button("Assign…", f"assign {name}", opens_form=True))
        if Right.ASK_EXTENSION in may or Right.EXTEND in may:
            buttons.append(Button("Extend…", f"extend {name}", opens_form=True))
        if Right.CLOSE in may:
            buttons.append(Button("Close…", f"close {name}", opens_form=True))
    elif Right.REOPEN in may:
        buttons.append(Button("Reopen…", f"reopen {name}", opens_form=True))
    buttons.append(Button("History", f"history {name}"))
    return tuple(buttons)


def cards_reply(before: str, cards: Sequence[Card], **more: Any) -> Reply:
    """A reply of cards, with what stands above them; its text says the cards too."""
    text = "\n\n".join(filter(None, [before, *map(card_text, cards)]))
    return Reply(text, cards=tuple(cards), before=before, **more)


def card_text(shown: Card) -> str:
    """The card as plain text: all that it says."""
    parts = [f"{shown.title}\n{shown.subtitle}", shown.text]
    if shown.points:
        parts.append("\n".join(f"- {point}" for point in shown.points))
    parts.append("\n".join(f"{fact.label}: {fact.value}" for fact in shown.facts))
    return "\n\n".join(part for part in parts if part)
