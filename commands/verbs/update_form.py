"""The form of an update: its fields, and the update or the errors in what was submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from governance.dates import read_typed_date
from governance.words import Progress
from messages.recommendation import say_progress
from messages.reply import Field, Form, Option, Reply


@dataclass(frozen=True)
class UpdateEntry:
    """One update on its way into the store; `progress` None leaves it as it is."""

    progress: Progress | None
    text: str
    evidence: str | None = None
    next_step: str | None = None
    next_by: date | None = None


_WORDS = (
    Field("text", "What has changed", "long", hint="What the board should read."),
    Field("evidence", "Evidence", "long", hint="Where it can be seen: a link, a document."),
    Field("next_step", "Next step"),
    Field("next_by", "Next step by", "date"),
)
_PROGRESS = Field(
    "progress",
    "Progress",
    "choice",
    options=tuple(Option(each.value, say_progress(each).capitalize()) for each in Progress),
)
_REFERENCE = Field(
    "reference",
    "Recommendation",
    required=True,
    hint="Its reference, such as 24087, or rec 16 of the force.",
)


def update_form(target: str, progress: str) -> Form:
    """The form of an update of one recommendation, `target`, whose progress is known."""
    fields = (replace(_PROGRESS, value=progress, required=True), *_WORDS)
    return Form("update", target, f"Update {target}", fields)


def update_form_about(text: str, link: str = "") -> Form:
    """The form that saves a message as an update, and asks for the reference too.

    `text` is the message's, `link` its address.
    """
    values = {"text": text, "evidence": link}
    words = (replace(each, value=values.get(each.name, "")) for each in _WORDS)
    progress = replace(_PROGRESS, hint="Left empty, it stays as it is.")
    return Form("update", "", "Save as update", (_REFERENCE, progress, *words))


def read_update_form(
    values: Mapping[str, str], progress: Progress, today: date
) -> tuple[UpdateEntry, dict[str, str]]:
    """The submitted update, and the errors by field; `progress` is the recommendation's own."""
    errors: dict[str, str] = {}
    choice = values.get("progress", "") or progress
    chosen = {each.value: each for each in Progress}.get(choice.lower().replace(" ", "_"))
    if chosen is None:
        errors["progress"] = f"“{choice}” is no progress; choose one."
    day, words = None, values.get("next_by", "")
    if words and (day := read_typed_date(words, today)) is None:
        errors["next_by"] = f"“{words}” is no date; write it like 30 April 2023."
    has_words = any(values.get(name) for name in ("text", "evidence", "next_step"))
    if chosen is progress and not has_words:
        errors["text"] = "Say what has changed, or choose another progress."
    entry = UpdateEntry(
        chosen,
        values.get("text", ""),
        values.get("evidence") or None,
        values.get("next_step") or None,
        day,
    )
    return entry, errors


def form_with_errors(form: Form, values: Mapping[str, str], errors: Mapping[str, str]) -> Reply:
    """The form once more, with the values typed and the errors beside the fields."""
    fields = tuple(
        replace(each, value=values.get(each.name, each.value), error=errors.get(each.name, ""))
        for each in form.fields
    )
    text = " ".join(["Not saved.", *errors.values()])
    return Reply(text, ok=False, form=replace(form, fields=fields))
