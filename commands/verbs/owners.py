"""Giving a recommendation an owner: a post, or a person for the post they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rapidfuzz import process

from commands.changes import Act, Refused, act, aim, as_typed, done, names, opened, permit
from commands.invocation import Context
from commands.parsing.grammar import Targets, targets
from commands.parsing.people import known_people
from commands.registry import Family
from db.mapping import recommendation_state
from db.store import Reading, Writing
from db.tables import Recommendation
from governance.directory import Directory, Post
from governance.progress import check_open
from governance.rights import Right
from messages.reply import Button, Field, Form, Option, Reply
from scheduler.notices import assigned

FAMILY = Family("Owners")
EXAMPLE = "assign 24087 ACU DCI"
_MENTION = re.compile(r"<@([\w/]+)(?:\|[^>]*)?>")
_BECAUSE = re.compile(r"\s+because\b\s*", re.I)
_REFERENCES = re.compile(r"(?:#?\d{4,}[\s,;&]*)+")
_CLOSE_ENOUGH = 75


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
def assign(context: Context) -> Reply:
    def plan(reading: Reading) -> Reply | Act:
        if context.form is not None:
            named, words = aim(reading, context, EXAMPLE), context.form.values.get("owner", "")
            why = ""
        else:
            named, words, why = _split(reading, context)
        if named.problem is not None:
            return named.problem
        permit(reading, context, named.found)
        for row in named.found:
            check_open(recommendation_state(row))
        if not words:
            return _form(reading, named.found)
        found = owner(reading.directory, words, reading.today)
        if isinstance(found, list):
            return _choice(reading, named.found, found, words)
        if all(row.owner == found.key for row in named.found):
            verb = "is" if len(named.found) == 1 else "are"
            said = f"{names(reading, named.found)} {verb} with {found.title} already."
            return Reply(said, ok=False)
        return lambda writing: _assign(writing, context, named, found, why)

    return act(context, plan)


def _split(reading: Reading, context: Context) -> tuple[Targets, str, str]:
    """Recommendations at the head, the owner behind them, and the reason where one is given.

    Where a title's words run on into the owner's, the longest tail that names an owner is it.
    """
    named = aim(reading, context, EXAMPLE)
    words, because = _reasoned(_owner_words(named.rest))
    if not words or owner_or_none(reading.directory, words, reading.today):
        return named, words, because
    said = _reasoned(context.rest)[0].split()
    for start in range(1, len(said)):
        tail = " ".join(said[start:])
        if owner_or_none(reading.directory, tail, reading.today):
            shorter = targets(reading, " ".join(said[:start]), verb=context.word)
            if shorter.problem is None and shorter.found and not shorter.rest:
                return shorter, tail, because
            if shorter.problem is not None and _REFERENCES.fullmatch(" ".join(said[:start])):
                return shorter, tail, because  # a number that is no reference is no owner either
    return named, words, because


def _reasoned(text: str) -> tuple[str, str]:
    """What stands before "because", and what behind it."""
    parts = _BECAUSE.split(text, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


def _owner_words(rest: str) -> str:
    return re.sub(r"^(?:to\s+|[:,–—-]\s*)", "", rest, flags=re.I).strip()


def _assign(writing: Writing, context: Context, named: Targets, post: Post, why: str) -> Reply:
    before = {row.id: row.owner for row in named.found}
    moved = [row for row in named.found if row.owner != post.key]
    extra = Targets(moved).together
    for row in moved:
        fields = {"owner": post.key, "owner_words": None}
        writing.change(row, "assign", fields, note=why, extra=extra)
        assigned(writing, row, before[row.id], post.key)
    holder = writing.directory.holder(post.key, writing.today)
    who = f" ({writing.directory.person_name(holder)})" if holder else ", vacant today"
    others = {o for o in before.values() if o and o != post.key}
    former = sorted(writing.directory.post_title(o) for o in others)
    was = f", before with {', '.join(former)}" if former else ""
    verb = "is" if len(moved) == 1 else f"({len(moved)}) are"
    told = f"Duly noted. {names(writing, moved)} {verb} now with {post.title}{who}{was}."
    return done(writing, context, moved, told)


def owner_or_none(directory: Directory, words: str, today: date) -> Post | list[Post] | None:
    """As `owner`, but None instead of a refusal."""
    try:
        return owner(directory, words, today)
    except Refused:
        return None


def owner(directory: Directory, words: str, today: date) -> Post | list[Post]:
    """The post that `words` mean: a post's key or title, or a person's key, name or mention.

    A person means the post they hold today; several posts are given as a list to choose from.
    Case and spaces never matter. Raises Refused, listing the posts, when nobody is meant.
    """
    said = _plain(words)
    for post in directory.posts.values():
        if said in (_plain(post.key), _plain(post.title)):
            return post
    people = _people(directory, words)
    held = [p for p in directory.posts.values() if p.holder(today) in people]
    if len(held) == 1:
        return held[0]
    if held:
        return held
    if people:
        who = ", ".join(directory.person_name(key) for key in people)
        raise Refused(f"{who} holds no post, and posts own recommendations. {_posts(directory)}")
    near = process.extractOne(
        said, {p.key: _plain(p.title) for p in directory.posts.values()}, score_cutoff=_CLOSE_ENOUGH
    )
    hint = f" Did you mean {directory.post_title(near[2])}?" if near else ""
    raise Refused(f"There is no post or person called “{words}”.{hint} {_posts(directory)}")


def _plain(words: str) -> str:
    return " ".join(words.replace("-", " ").replace("_", " ").lstrip("@").split()).casefold()


def _people(directory: Directory, words: str) -> list[str]:
    """The keys of the people a text may mean."""
    if mention := _MENTION.fullmatch(words.strip()):
        ids = {mention[1], mention[1].rpartition("/")[2]}
        return [p.key for p in directory.people.values() if ids & set(p.identities.values())]
    said = _plain(words)
    known = known_people(directory)
    by_key = [key for key in known if _plain(key) == said]
    return by_key or [key for key, name in known.items() if _plain(name) == said]


def _posts(directory: Directory) -> str:
    return f"Posts: {', '.join(p.title for p in directory.posts.values())}."


def _choice(
    reading: Reading, rows: Sequence[Recommendation], posts: Sequence[Post], words: str
) -> Reply:
    commands = [f"assign {as_typed(reading, rows)} {post.title}" for post in posts]
    lines = [f"{words.lstrip('@')} holds {len(posts)} posts. Which one is meant? Say one of:"]
    return Reply(
        "\n".join([*lines, *(f"- `{c}`" for c in commands)]),
        ok=False,
        buttons=tuple(Button(p.title, c) for p, c in zip(posts, commands, strict=True)),
    )


def _form(reading: Reading, rows: Sequence[Recommendation]) -> Reply:
    target = as_typed(reading, rows)
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
    posts = _posts(reading.directory)
    return opened(form, f"Who owns {target}? Say: assign {target} POST. {posts}")
