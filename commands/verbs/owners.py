"""Giving a recommendation an owner: a post, or a person for the post they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commands.changes import (
    done_reply,
    find_targets,
    form_reply,
    permit,
    question_reply,
    say_rows,
    typed_rows,
)
from commands.invocation import Context
from commands.parsing.grammar import Targets, read_targets
from commands.parsing.people import find_owners, owners, say_posts
from commands.registry import Act, Family
from db.mapping import recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation
from governance.directory import Post
from governance.progress import check_open
from governance.rights import Right
from messages.reply import Button, Field, Form, Option, Reply
from scheduler.notices import assigned

FAMILY = Family("Owners")
EXAMPLE = "assign 24087 ACU DCI"
_BECAUSE = re.compile(r"(?<=\s)because\b\s*", re.I)
_REFERENCES = re.compile(r"#?\d{4,}(?:[\s,;&]+#?\d{4,}|#\d{4,})*[\s,;&]*")
MOST_OWNER_WORDS = 12
"""Words of the longest name of an owner that is looked for behind a title's words."""


@FAMILY.verb(
    "assign",
    usage=(
        EXAMPLE,
        "assign 24087 @jane",
        "assign 16-20 of Cumbria ACU DCI",
        "assign unowned @ vetting ACU DCI",
    ),
    summary="give it an owner",
    right=Right.ASSIGN,
    form=True,
    detail=(
        "An owner is a post, by its key or title. A person named as owner means the post they "
        "hold. Several recommendations are assigned all together or not at all. The old and the "
        "new owner are told. A lead or a chair assigns."
    ),
)
def assign(reading: Reading, context: Context) -> Reply | Act:
    targets, words, why = _read(reading, context)
    if targets.problem is not None:
        return targets.problem
    rows = targets.rows
    permit(reading, context, rows)
    for row in rows:
        check_open(recommendation_state(row))
    if not words:
        return _form(reading, rows)
    posts = owners(reading.directory, words, reading.today)
    if len(posts) > 1:
        return _choice(reading, rows, posts, words)
    (post,) = posts
    if all(row.owner == post.key for row in rows):
        verb = "is" if len(rows) == 1 else "are"
        return Reply(f"{say_rows(reading, rows)} {verb} with {post.title} already.", ok=False)
    return lambda writing: _assign(writing, context, rows, post, why)


def _read(reading: Reading, context: Context) -> tuple[Targets, str, str]:
    """The recommendations at the head, the owner behind them, and the reason where there is one.

    Where a title's words run on into the owner's, the longest tail that names an owner is it.
    """
    targets = find_targets(reading, context, EXAMPLE)
    if context.form is not None:
        return targets, context.form.values.get("owner", ""), ""
    directory, today = reading.directory, reading.today
    words, why = _before_reason(_owner_words(targets.rest))
    if not words or find_owners(directory, words, today):
        return targets, words, why
    typed = _before_reason(context.rest)[0].split()
    for start in range(max(1, len(typed) - MOST_OWNER_WORDS), len(typed)):
        head, tail = " ".join(typed[:start]), " ".join(typed[start:])
        if find_owners(directory, tail, today):
            shorter = read_targets(reading, head, verb=context.word)
            if shorter.problem is None and shorter.rows and not shorter.rest:
                return shorter, tail, why
            if shorter.problem is not None and _REFERENCES.fullmatch(head):
                return shorter, tail, why  # a number that is no reference is no owner either
    return targets, words, why


def _before_reason(text: str) -> tuple[str, str]:
    """The text before "because", and the reason behind it."""
    parts = _BECAUSE.split(text, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def _owner_words(rest: str) -> str:
    return re.sub(r"^(?:to\s+|[:,–—-]\s*)", "", rest, flags=re.I).strip()


def _assign(
    writing: Writing, context: Context, rows: Sequence[Recommendation], post: Post, why: str
) -> Reply:
    before = {row.id: row.owner for row in rows}
    moved = [row for row in rows if row.owner != post.key]
    extra = Targets(moved).together
    for row in moved:
        fields = {"owner": post.key, "owner_words": None}
        writing.change(row, "assign", fields, note=why, extra=extra)
        assigned(writing, row, before[row.id], post.key)
    directory = writing.directory
    holder = directory.holder(post.key, writing.today)
    who = f" ({directory.person_name(holder)})" if holder else ", vacant today"
    former = {owner for owner in before.values() if owner and owner != post.key}
    titles = sorted(directory.post_title(owner) for owner in former)
    was = f", before with {', '.join(titles)}" if titles else ""
    verb = "is" if len(moved) == 1 else f"({len(moved)}) are"
    text = f"Duly noted. {say_rows(writing, moved)} {verb} now with {post.title}{who}{was}."
    return done_reply(writing, context, moved, text)


def _choice(
    reading: Reading, rows: Sequence[Recommendation], posts: Sequence[Post], words: str
) -> Reply:
    target = typed_rows(reading, rows)
    question = f"{words.lstrip('@')} holds {len(posts)} posts. Which one is meant? Say one of:"
    choices = [Button(post.title, f"assign {target} {post.title}") for post in posts]
    return question_reply(question, choices)


def _form(reading: Reading, rows: Sequence[Recommendation]) -> Reply:
    target = typed_rows(reading, rows)
    field = Field(
        name="owner",
        label="Owner",
        kind="owner",
        value=rows[0].owner or "",
        required=True,
        options=tuple(Option(p.key, p.title) for p in reading.directory.posts.values()),
        hint="A post; the person who holds it today receives its reminders.",
    )
    form = Form("assign", target, f"Assign {target}", (field,), submit="Assign")
    posts = say_posts(reading.directory)
    return form_reply(form, f"Who owns {target}? Say: assign {target} POST. {posts}")
