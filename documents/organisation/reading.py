"""From the text of an organisation file to what it says."""

from __future__ import annotations

from documents.organisation.checks import Checks, cadence
from documents.organisation.lines import read_yaml
from documents.organisation.overrides import OverridesReader
from documents.organisation.problems import Problems
from documents.organisation.shape import BoardShape, FileShape, PersonShape, PostShape
from documents.organisation.validation import validated
from documents.record import OrganisationFile
from governance.directory import Absence, Board, Person, Post, Tenure
from governance.limits import ORGANISATION_FILE


def read_organisation(text: str, name: str) -> OrganisationFile:
    """Read an organisation file; `name` is what sentences about it call it.

    Raises BadConfiguration that names everything that is wrong: a line each, in the file's
    order, "organisation.yaml, line 9: boards.pib.chair: there is no post …".
    """
    problems = Problems(name)
    if len(text) > ORGANISATION_FILE:
        problems.add(
            None,
            "",
            f"this has {len(text):,} characters, and an organisation file may have "
            f"{ORGANISATION_FILE:,}",
        )
        problems.stop()
    raw = read_yaml(text, problems)
    if not isinstance(raw.data, dict):
        if not problems.found:
            problems.add(1, "", "this is no organisation file; it begins with force")
        problems.stop()
    shape, rest = validated(raw, problems)
    if shape is None:
        problems.stop()
    assert shape is not None
    checks = Checks(shape, rest, raw, problems)
    checks.run()
    owners = checks.entries("owners", shape.owners)
    board_of = checks.entries("board_of", shape.board_of)
    overrides = OverridesReader(rest, problems)
    overrides.read(shape.reminders, checks.boards)
    problems.stop()
    return OrganisationFile(
        name=name,
        force_key=shape.force.key,
        force_name=shape.force.name,
        timezone=shape.force.timezone,
        holidays=shape.force.holidays,
        go_live=shape.go_live,
        default_board=shape.default_board or next((b.key for b in shape.boards), None),
        boards=tuple(map(_board, shape.boards)),
        posts=tuple(map(_post, shape.posts)),
        people=_people(shape),
        owners=tuple(owners),
        board_of=tuple(board_of),
        reminders=overrides.organisation,
        board_reminders=overrides.boards,
        recommendation_reminders=tuple(overrides.recommendations),
    )


def _board(said: BoardShape) -> Board:
    return Board(
        key=said.key,
        name=said.name,
        chair=said.chair,
        secretary=said.secretary,
        channel=said.channel,
        cadence=cadence(said.cadence),
        minutes=said.minutes,
        moved=said.moved,
        cancelled=frozenset(said.cancelled),
    )


def _post(said: PostShape) -> Post:
    tenures = tuple(Tenure(t.person, t.start, t.end) for t in said.holder)
    return Post(said.key, said.title, said.role, tenures, said.deputy)


def _people(shape: FileShape) -> tuple[Person, ...]:
    """Whoever is only named, as holder or deputy, has the key as name and is in no chat."""
    described = {p.key: _person(p) for p in shape.people}
    named = [t.person for post in shape.posts for t in post.holder]
    named += [post.deputy for post in shape.posts if post.deputy]
    return (
        *described.values(),
        *(Person(k, k) for k in dict.fromkeys(named) if k not in described),
    )


def _person(said: PersonShape) -> Person:
    away = tuple(Absence(start, end) for start, end in said.away)
    return Person(said.key, said.name or said.key, said.identities, away)
