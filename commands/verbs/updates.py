"""Updates: in one line, by the form, and `undo`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from commands.changes import (
    CommandRefused,
    changed_reply,
    done_reply,
    find_targets,
    form_reply,
    permit,
    single,
    typed_rows,
)
from commands.invocation import Context
from commands.parsing.grammar import Targets, read_targets
from commands.parsing.progress import UpdateText, read_update
from commands.registry import Act, Family
from commands.request import FormAnswer
from commands.undo import undo_act
from commands.undoable import act_numbered, last_act, last_act_about
from commands.verbs.help import takes_reference
from commands.verbs.update_form import (
    UpdateEntry,
    form_with_errors,
    read_update_form,
    update_form,
    update_form_about,
)
from db.mapping import progress_columns, progress_state, recommendation_state
from db.store import Reading, Writing
from db.tables import History, Recommendation, Update
from governance.progress import check_open, updated
from governance.rights import Right
from governance.words import Progress
from messages.naming import name_of
from messages.recommendation import say_progress
from messages.reply import Button, Reply, Visibility

FAMILY = Family("Update")
_CHANGE = re.compile(r"change\s+(\d{1,12})", re.I)
"""The change that an Undo button names, by its number in the history."""

EXAMPLE = "24087 on track PND checks go live on 4 December"
_DETAIL = (
    "The progress word comes first: not started, on track, at risk, off track, complete. Also "
    "green, amber, red and done, when they are all you say or a colon, dash or comma follows. "
    "`24087 note: …` leaves progress as it is. Several references are updated all together or "
    "not at all, after one confirmation. `update 24087` alone opens the form."
)


@FAMILY.verb(
    "update",
    usage=(EXAMPLE, "24087 at risk", "24087 done: audit signed", "24087 note: …", "update 24087"),
    summary="save an update: reference, progress, what has changed",
    right=Right.UPDATE,
    form=True,
    detail=_DETAIL,
)
def update(reading: Reading, context: Context) -> Reply | Act:
    if context.form is not None:
        return _submitted(reading, context, context.form)
    return _save_line(reading, context, confirmed=False)


@FAMILY.verb(
    "save",
    usage="save 24087 24133 on track: training is booked",
    summary="save one update for several references without being asked again",
    right=Right.UPDATE,
)
def save(reading: Reading, context: Context) -> Reply | Act:
    return _save_line(reading, context, confirmed=context.word == "save")


def _save_line(reading: Reading, context: Context, *, confirmed: bool) -> Reply | Act:
    """An update in one line: saved, or a question back where its meaning is not certain."""
    targets = find_targets(reading, context, EXAMPLE)
    if targets.problem is not None:
        return targets.problem
    rows = targets.rows
    permit(reading, context, rows)
    for row in rows:
        check_open(recommendation_state(row))
    if not targets.rest:
        row = single(targets, "the form")
        name = name_of(reading, row)
        say = f"Say: {name} on track, at risk, off track or complete, and why."
        return form_reply(update_form(name, row.progress), f"How is {name}? {say}")
    update = read_update(targets.rest)
    if update.blue and not update.ambiguous:
        raise CommandRefused(
            f"Blue means closed, after sign-off; a chair says: "
            f"close {typed_rows(reading, rows)} verified because …"
        )
    question = _question(reading, rows, targets.rest, update, confirmed)
    if question is not None:
        return question
    if not update.progress and not update.text:
        raise CommandRefused("There is nothing to save after “note:”.")
    return lambda writing: _save(writing, context, rows, UpdateEntry(update.progress, update.text))


def _question(
    reading: Reading,
    rows: Sequence[Recommendation],
    rest: str,
    update: UpdateText,
    confirmed: bool,
) -> Reply | None:
    """The question to put before saving, None when all is clear."""
    several = len(rows) > 1
    target = typed_rows(reading, rows)
    head = f"{'save ' if several else ''}{target}"
    if update.ambiguous:
        return _which_meaning(head, rest, update)
    if update.progress is None and not update.note:
        note = Button("Save as a note", f"{head} note: {update.text}")
        if (verb := _verb_behind(update.text, target)) is not None:
            return _ask(
                f"Verbs come first. Say `{verb.command}`; to save the words as a note, "
                f"say `{note.command}`",
                [verb, note],
            )
        stays = " and ".join(dict.fromkeys(say_progress(row.progress) for row in rows))
        return _ask(
            f"There is no progress word at the head, so progress would stay {stays}. "
            f"To save it so, say `{note.command}`",
            [note],
        )
    if several and not confirmed:
        words = say_progress(update.progress) if update.progress else "note"
        if update.text or update.note:
            words = f"{words}: {update.text}"
        yes = Button(f"Save for all {len(rows)}", f"{head} {words}")
        return _ask(
            f"This is one update for {len(rows)} recommendations, all or none. "
            f"To save it, say `{yes.command}`",
            [yes],
        )
    return None


def _which_meaning(head: str, rest: str, update: UpdateText) -> Reply:
    """The question whether an ambiguous head word is progress or text."""
    assert update.ambiguous is not None
    note = Button("Only the text", f"{head} note: {rest}")
    if update.progress is None:
        return _ask(
            "Blue means closed, which an update cannot say. "
            f"To save the words, say `{note.command}`",
            [note],
        )
    progress, word = say_progress(update.progress), update.ambiguous.lower()
    meant = Button(progress.capitalize(), f"{head} {word}: {update.text}")
    return _ask(
        f"Is “{update.ambiguous}” the progress, or the first word of the text? Say one of:\n"
        f"- `{meant.command}` ({progress})\n"
        f"- `{note.command}` (progress stays as it is)",
        [meant, note],
    )


def _verb_behind(text: str, names: str) -> Button | None:
    """The command meant by "24087 history", which is "history 24087" the other way round."""
    word, _, rest = text.partition(" ")
    if not takes_reference(word):
        return None
    return Button(word.capitalize(), f"{word.lower()} {names} {rest}".strip())


def _ask(text: str, buttons: Sequence[Button]) -> Reply:
    return Reply(text, ok=False, buttons=tuple(buttons))


def _save(
    writing: Writing, context: Context, rows: Sequence[Recommendation], entry: UpdateEntry
) -> Reply:
    by = context.actor.person
    extra = Targets(list(rows)).together
    sentences = []
    for row in rows:
        assert row.id is not None
        old = Progress(row.progress)
        new = entry.progress or old
        update = writing.add(
            Update(
                organisation=writing.key,
                recommendation_id=row.id,
                at=writing.now,
                by=by,
                progress=new,
                text=entry.text,
                evidence=entry.evidence,
                next_step=entry.next_step,
                next_by=entry.next_by,
            )
        )
        columns = progress_columns(updated(progress_state(row), new, by=by))
        writing.change(
            row,
            "update",
            columns | {"last_update_at": writing.now},
            note=entry.text,
            extra={"update": (None, update.id), **extra},
        )
        same = " (unchanged)" if new is old else ""
        sentences.append(
            f"{name_of(writing, row)}: {say_progress(old)} → {say_progress(new)}{same}."
        )
    reply = done_reply(writing, context, rows, " ".join(["Duly noted.", *sentences]))
    return replace(reply, visibility=Visibility.CHANNEL)


def _submitted(reading: Reading, context: Context, form: FormAnswer) -> Reply | Act:
    """Saves the submitted form, or gives it back with the errors beside the fields."""
    values = {name: value.strip() for name, value in form.values.items()}
    if form.target:
        targets = find_targets(reading, context, EXAMPLE)
    else:
        targets = _read_reference(reading, values)
    if targets.problem is not None:
        return targets.problem
    row = single(targets, "the form")
    permit(reading, context, [row])
    check_open(recommendation_state(row))
    entry, errors = read_update_form(values, Progress(row.progress), reading.today)
    if errors:
        name = name_of(reading, row)
        return form_with_errors(update_form(name, row.progress), values, errors)
    return lambda writing: _save(writing, context, [row], entry)


def _read_reference(reading: Reading, values: Mapping[str, str]) -> Targets:
    """The targets that the field `reference` of `update_form_about` names.

    Without one its form comes back.
    """
    reference = values.get("reference", "")
    targets = read_targets(reading, reference, verb="update")
    if targets.rows and not targets.rest and targets.problem is None:
        return targets
    if targets.problem is not None:
        why = targets.problem.text
    elif reference:
        why = f"“{reference}” names no recommendation; say its reference, such as 24087."
    else:
        why = "Say which one: a reference such as 24087."
    empty = update_form_about(values.get("text", ""), values.get("evidence", ""))
    return Targets(problem=form_with_errors(empty, values, {"reference": why}))


@FAMILY.verb(
    "undo",
    usage=("undo", "undo 24087"),
    summary="take back your own last change, within 15 minutes",
    detail=(
        "With a reference, your last change of that one. It takes the right that the change took. "
        "The history keeps both the change and its undoing."
    ),
)
def undo(reading: Reading, context: Context) -> Reply | Act:
    if number := _CHANGE.fullmatch(context.rest):
        return lambda writing: _undo(writing, context, act_numbered(writing, int(number[1])))
    if not context.rest.strip(" .!"):
        return lambda writing: _undo(writing, context, last_act(writing))
    targets = find_targets(reading, context, "undo 24087")
    if targets.problem is not None:
        return targets.problem
    if targets.rest:
        raise CommandRefused(
            f"“{targets.rest}” I cannot read, and nothing was undone. For example: undo 24087"
        )
    return lambda writing: _undo(writing, context, last_act_about(writing, targets.rows))


def _undo(writing: Writing, context: Context, act: Sequence[History]) -> Reply:
    undone = undo_act(writing, context.person, act)
    if not undone.rows:
        return Reply(undone.text)
    return changed_reply(writing, context, undone.rows, undone.text)
