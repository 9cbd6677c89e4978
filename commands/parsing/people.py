"""Parser of people and posts: the person who speaks, and the owner whom somebody names."""

from __future__ import annotations

import re
from datetime import date

from rapidfuzz import process

from commands.changes import CommandRefused
from db.store import Reading
from governance.directory import Directory, Post
from governance.errors import DulyError
from governance.rights import LOCAL_ADMINISTRATOR
from messages.reply import Option

_WORD = re.compile(r"\w+")
_MENTION = re.compile(r"<@([\w/]+)(?:\|[^>]*)?>")
_CLOSE_ENOUGH = 75
LONGEST_NAME = 200
"""Characters of a name that are compared with the posts' titles."""


class SeveralOfThatName(DulyError):
    """An ambiguous name; the sentence has the keys."""


def known_people(directory: Directory) -> dict[str, str]:
    """Every person key the organisation names, with the person's name (the key without one)."""
    keys = dict.fromkeys(directory.people)
    for post in directory.posts.values():
        keys |= dict.fromkeys(t.person for t in post.tenures)
        if post.deputy:
            keys[post.deputy] = None
    return {key: directory.person_name(key) for key in keys}


def resolve_person(reading: Reading, text: str) -> str:
    """The person key of a text: a key, or a whole name, in any case, with or without @.

    For faces that take people's word for who they are (the command line); never for a display
    name that comes from a chat platform. Somebody the organisation does not know is a member of
    the force with no post: a viewer. Raises SeveralOfThatName.
    """
    name = " ".join(text.strip().lstrip("@").split()).casefold()
    people = known_people(reading.directory)
    for key in people:
        if key.casefold() == name:
            return key
    if name == LOCAL_ADMINISTRATOR:
        return LOCAL_ADMINISTRATOR
    keys = [key for key, full in people.items() if full.casefold() == name]
    if len(keys) == 1:
        return keys[0]
    if keys:
        raise SeveralOfThatName(f"There are several of that name; say one of: {', '.join(keys)}.")
    return text.strip().lstrip("@")


def owners(directory: Directory, words: str, today: date) -> list[Post]:
    """The post that `words` name: by its key or title, or by a person's key, name or mention.

    A person stands for the posts they hold today, which may be several. Case and spaces never
    matter. Raises CommandRefused, listing the posts, for words that name nobody.
    """
    named = find_owners(directory, words, today)
    if named is not None:
        return named
    if people := _people(directory, words):
        who = ", ".join(directory.person_name(key) for key in people)
        raise CommandRefused(
            f"{who} holds no post, and posts own recommendations. {say_posts(directory)}"
        )
    titles = {post.key: _folded(post.title) for post in directory.posts.values()}
    near = process.extractOne(_folded(words)[:LONGEST_NAME], titles, score_cutoff=_CLOSE_ENOUGH)
    hint = f" Did you mean {directory.post_title(near[2])}?" if near else ""
    raise CommandRefused(
        f"There is no post or person called “{words}”.{hint} {say_posts(directory)}"
    )


def find_owners(directory: Directory, words: str, today: date) -> list[Post] | None:
    """As `owners`, but None instead of a refusal."""
    folded = _folded(words)
    for post in directory.posts.values():
        if folded in (_folded(post.key), _folded(post.title)):
            return [post]
    people = _people(directory, words)
    return [post for post in directory.posts.values() if post.holder(today) in people] or None


def say_posts(directory: Directory) -> str:
    """The titles of all posts, as a sentence."""
    return f"Posts: {', '.join(post.title for post in directory.posts.values())}."


def owner_options(reading: Reading, typed: str) -> list[Option]:
    """Options for an owner's field in which `typed` stands so far.

    Posts come first, then whoever holds one today, by the name under which `assign` knows them;
    with nothing typed all of them. Case never matters, and each word may begin any word.
    """
    directory, today = reading.directory, reading.today
    words = _WORD.findall(typed.casefold())
    posts = list(directory.posts.values())
    holders = {holder for post in posts if (holder := post.holder(today))}
    options = [Option(post.key, _with_holder(directory, post, today)) for post in posts]
    options += [
        Option(key, f"{name} ({', '.join(_titles(directory, key, today))})")
        for key, name in known_people(directory).items()
        if key in holders and key not in directory.posts
    ]
    return [option for option in options if _begins(f"{option.label} {option.value}", words)]


def _folded(words: str) -> str:
    return " ".join(words.replace("-", " ").replace("_", " ").lstrip("@").split()).casefold()


def _people(directory: Directory, words: str) -> list[str]:
    """The keys of the people whom a text may name."""
    if mention := _MENTION.fullmatch(words.strip()):
        ids = {mention[1], mention[1].rpartition("/")[2]}
        return [p.key for p in directory.people.values() if ids & set(p.identities.values())]
    folded = _folded(words)
    people = known_people(directory)
    by_key = [key for key in people if _folded(key) == folded]
    return by_key or [key for key, name in people.items() if _folded(name) == folded]


def _with_holder(directory: Directory, post: Post, today: date) -> str:
    holder = post.holder(today)
    return f"{post.title} ({directory.person_name(holder) if holder else 'vacant'})"


def _titles(directory: Directory, person: str, today: date) -> list[str]:
    return [post.title for post in directory.posts.values() if post.holder(today) == person]


def _begins(text: str, words: list[str]) -> bool:
    here = _WORD.findall(text.casefold())
    return all(any(word.startswith(typed) for word in here) for typed in words)
