"""Saying how it goes: the update in one line, the form, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from commands.changes import Act, Refused, act, aim, as_typed, changed, done, one, opened, permit
from commands.invocation import Context
from commands.parsing.grammar import targets
from commands.parsing.progress import Said, read_update
from commands.registry import Family
from commands.request import FormAnswer
from commands.undo import take_back
from commands.verbs.help import takes_reference
from db.mapping import progress_columns, progress_state, recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation, Update
from governance.dates import read_typed_date
from governance.progress import check_open, updated
from governance.rights import Right
from governance.words import Progress
from messages.naming import name_of
from messages.recommendation import say_progress
from messages.reply import Button, Field, Form, Option, Reply, Visibility

FAMILY = Family("Update")

EXAMPLE = "24087 on track PND checks go live on 4 December"
_DETAIL = (
    "The progress word comes first: not started, on track, at risk, off track, complete. Also "
    "green, amber, red and done, when they are all you say or a colon, dash or comma follows. "
    "`24087 note: …` leaves progress as it is. Several references are updated all together or "
    "not at all, after one confirmation. `update 24087` alone opens the form."
)


@dataclass(frozen=True)
class _Entry:
    """One update on its way into the store; `progress` None leaves it as it is."""

    progress: Progress | None
    text: str
    evidence: str | None = None
    next_step: str | None = None
    next_by: date | None = None


@FAMILY.verb(
    "update",
    usage=(EXAMPLE, "24087 at risk", "24087 done: audit signed", "24087 note: …", "update 24087"),
    summary="save an update: reference, progress, what has changed",
    right=Right.UPDATE,
    form=True,
    detail=_DETAIL,
)
def update(context: Context) -> Reply:
    if context.form is not None:
        return _submitted(context, context.form)
    return _say(context, confirmed=False)


@FAMILY.verb(
    "save",
    usage="save 24087 24133 on track: training is booked",
    summary="save one update for several references without being asked again",
    right=Right.UPDATE,
)
def save(context: Context) -> Reply:
    return _say(context, confirmed=context.word == "save")


def _say(context: Context, *, confirmed: bool) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, EXAMPLE)
        if named.problem is not None:
            return named.problem
        rows = named.found
        permit(reading, context, rows)
        for row in rows:
            check_open(recommendation_state(row))
        if not named.rest:
            return _form(reading, one(named, "the form"))
        said = read_update(named.rest)
        if said.blue and not said.doubtful:
            raise Refused(
                f"Blue means closed, after sign-off; a chair says: "
                f"close {as_typed(reading, rows)} verified because …"
            )
        if (asking := _wants_asking(reading, rows, named.rest, said, confirmed)) is not None:
            return asking
        if not said.progress and not said.text:
            raise Refused("There is nothing to save after “note:”.")
        return lambda writing: _save(writing, context, rows, _Entry(said.progress, said.text))

    return act(context, plan)


def _wants_asking(
    reading: Reading, rows: Sequence[Recommendation], rest: str, said: Said, confirmed: bool
) -> Reply | None:
    """The question to put before saving, None when all is clear."""
    several = len(rows) > 1
    head = f"{'save ' if several else ''}{as_typed(reading, rows)}"
    if said.doubtful:
        note = Button("Only the text", f"{head} note: {rest}")
        if said.progress is None:
            return _ask(
                "Blue means closed, which an update cannot say. "
                f"To save the words, say `{note.command}`",
                [note],
            )
        word = said.doubtful.lower()
        meant = Button(f"{say_progress(said.progress).capitalize()}", f"{head} {word}: {said.text}")
        return _ask(
            f"Is “{said.doubtful}” the progress, or the first word of the text? Say one of:\n"
            f"- `{meant.command}` ({say_progress(said.progress)})\n"
            f"- `{note.command}` (progress stays as it is)",
            [meant, note],
        )
    if said.progress is None and not said.note:
        note = Button("Save as a note", f"{head} note: {said.text}")
        if (verb := _verb_behind(said.text, as_typed(reading, rows))) is not None:
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
        progress = say_progress(said.progress) if said.progress else "note"
        told = f"{progress}: {said.text}" if said.text or said.note else progress
        yes = Button(f"Save for all {len(rows)}", f"{head} {told}")
        return _ask(
            f"This is one update for {len(rows)} recommendations, all or none. "
            f"To save it, say `{yes.command}`",
            [yes],
        )
    return None


def _verb_behind(text: str, names: str) -> Button | None:
    """ "24087 history" is "history 24087" said the other way round."""
    word, _, rest = text.partition(" ")
    if not takes_reference(word):
        return None
    return Button(word.capitalize(), f"{word.lower()} {names} {rest}".strip())


def _ask(text: str, buttons: Sequence[Button]) -> Reply:
    return Reply(text, ok=False, buttons=tuple(buttons))


def _save(
    writing: Writing, context: Context, rows: Sequence[Recommendation], entry: _Entry
) -> Reply:
    by = context.actor.person
    told = []
    together = {"together": (None, [row.id for row in rows])} if len(rows) > 1 else {}
    for row in rows:
        assert row.id is not None
        old = Progress(row.progress)
        new = entry.progress or old
        saved = writing.add(
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
        writing.change(
            row,
            "update",
            progress_columns(updated(progress_state(row), new, by=by))
            | {"last_update_at": writing.now},
            note=entry.text,
            extra={"update": (None, saved.id), **together},
        )
        same = " (unchanged)" if new is old else ""
        told.append(f"{name_of(writing, row)}: {say_progress(old)} → {say_progress(new)}{same}.")
    reply = done(writing, context, rows, " ".join(["Duly noted.", *told]))
    return replace(reply, visibility=Visibility.CHANNEL)


_WORDS = (
    Field("text", "What has changed", "long", hint="What the board should read."),
    Field("evidence", "Evidence", "long", hint="Where it can be seen: a link, a document."),
    Field("next_step", "Next step"),
    Field("next_by", "Next step by", "date"),
)


def _progress_field(value: str = "") -> Field:
    options = tuple(Option(p.value, say_progress(p).capitalize()) for p in Progress)
    return Field("progress", "Progress", "choice", value, options=options)


def _form(reading: Reading, row: Recommendation) -> Reply:

    target = name_of(reading, row)
    fields = (replace(_progress_field(row.progress), required=True), *_WORDS)
    form = Form("update", target, f"Update {target}", fields)
    return opened(
        form, f"How is {target}? Say: {target} on track, at risk, off track or complete, and why."
    )


def update_form_about(text: str, link: str = "") -> Form:
    """The form for saving what was said elsewhere as an update: it asks for the reference too.

    `text` is what was said, `link` where.
    """
    fields = (
        Field(
            "reference",
            "Recommendation",
            required=True,
            hint="Its reference, such as 24087, or rec 16 of the force.",
        ),
        replace(_progress_field(), hint="Left empty, it stays as it is."),
        *(
            replace(each, value={"text": text, "evidence": link}.get(each.name, ""))
            for each in _WORDS
        ),
    )
    return Form("update", "", "Save as update", fields)


def _submitted(context: Context, form: FormAnswer) -> Reply:
    """Saves the submitted form, or gives it back with the errors beside the fields."""
    values = {name: value.strip() for name, value in form.values.items()}
    if not form.target:
        return _submitted_about(context, form, values)

    def plan(reading: Reading) -> Reply | Act:
        named = aim(reading, context, EXAMPLE)
        if named.problem is not None:
            return named.problem
        row = one(named, "the form")
        permit(reading, context, [row])
        check_open(recommendation_state(row))
        errors: dict[str, str] = {}
        said = values.get("progress", "") or row.progress
        progress = {p.value: p for p in Progress}.get(said.lower().replace(" ", "_"))
        if progress is None:
            errors["progress"] = f"“{said}” is no progress; choose one."
        day, words = None, values.get("next_by", "")
        if words and (day := read_typed_date(words, reading.today)) is None:
            errors["next_by"] = f"“{words}” is no date; write it like 30 April 2023."
        said_something = any(values.get(n) for n in ("text", "evidence", "next_step"))
        if progress is not None and progress == row.progress and not said_something:
            errors["text"] = "Say what has changed, or choose another progress."
        if errors:
            return _again(_form(reading, row), values, errors)
        entry = _Entry(
            progress,
            values.get("text", ""),
            values.get("evidence") or None,
            values.get("next_step") or None,
            day,
        )
        return lambda writing: _save(writing, context, [row], entry)

    return act(context, plan)


def _submitted_about(context: Context, form: FormAnswer, values: dict[str, str]) -> Reply:
    """The form that asks for the reference: without one there is nothing to save to."""
    reference = values.pop("reference", "")
    told = update_form_about(values.get("text", ""), values.get("evidence", ""))
    why = "Say which one: a reference such as 24087."
    if reference:
        with context.read() as reading:
            named = targets(reading, reference, verb="update")
        problem = named.problem.text if named.problem else ""
        if named.found and not named.rest and not problem:
            about = replace(form, target=reference, values=values)
            return _submitted(context.with_form(about), about)
        why = problem or f"“{reference}” names no recommendation; say its reference, such as 24087."
    return _again(opened(told, why), {**values, "reference": reference}, {"reference": why})


def _again(reply: Reply, values: dict[str, str], errors: dict[str, str]) -> Reply:
    """The form once more, with what was typed and what is wrong beside the fields."""
    assert reply.form is not None
    fields = tuple(
        replace(f, value=values.get(f.name, f.value), error=errors.get(f.name, ""))
        for f in reply.form.fields
    )
    told = " ".join(["Not saved.", *errors.values()])
    return replace(reply, text=told, ok=False, form=replace(reply.form, fields=fields))


@FAMILY.verb(
    "undo",
    usage="undo",
    summary="take back your own last change, within 15 minutes",
    detail="The history keeps both the change and its undoing.",
)
def undo(context: Context) -> Reply:
    with context.write() as writing:
        taken = take_back(writing)
        if not taken.rows:
            return Reply(taken.told)
        return changed(writing, context, taken.rows, taken.told)
