"""What is done seldom: the organisation file, administrators, the store, the history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json
from bot.cli.output import print_shape, say
from governance.errors import DulyError

ORGANISATION_FILE = Path("organisation.yaml")


def register(app: typer.Typer) -> None:
    app.command()(apply)
    app.command()(init)
    _group(app, "admin", "Administrators.").command("add")(add_administrator)
    _group(app, "db", "The store.").command("upgrade")(upgrade)
    audit = _group(app, "audit", "The history.")
    audit.command("verify")(verify)
    audit.command("seal")(seal)
    audit.command("rekey")(rekey)


def _group(app: typer.Typer, name: str, help: str) -> typer.Typer:
    group = typer.Typer(name=name, help=help, rich_markup_mode=None)
    group.callback()(lambda: None)  # so that a group of one command is still a group
    app.add_typer(group)
    return group


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The organisation file.")],
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Apply an organisation file: posts, people, boards, owners. Sends nobody a message."""
    from db.backend import BATCH_SECONDS
    from db.organisation.apply import apply_organisation
    from db.store import Actor
    from documents.organisation import read_organisation

    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DulyError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise DulyError(f"{file} is not a text file in UTF-8.") from None
    organisation = read_organisation(text, str(file))
    with opened(db, at) as store:
        store.busy_timeout = BATCH_SECONDS
        with store.write(Actor("apply", "cli")) as writing:
            outcome = apply_organisation(writing, organisation)
    if json:
        from bot.shapes import Apply

        print_shape(Apply.model_validate(outcome))
        return
    for change in outcome.changes or ["Nothing to change."]:
        say(change)
    for warning in outcome.warnings:
        say(f"Warning: {warning}")


def init(_at: At = None) -> None:
    """Write a commented organisation file to start from."""
    from importlib.resources import files

    template = files("documents").joinpath("organisation_template.yaml").read_text("utf-8")
    try:
        with ORGANISATION_FILE.open("x", encoding="utf-8") as out:
            out.write(template)
    except FileExistsError:
        raise DulyError(f"{ORGANISATION_FILE} is already here; it was left as it is.") from None
    except OSError as error:
        raise DulyError(f"{ORGANISATION_FILE} cannot be written: {error.strerror}.") from None
    say(f"{ORGANISATION_FILE} written. Make it yours, then: duly apply {ORGANISATION_FILE}")


def add_administrator(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A person's key.")],
    db: Db = None,
    at: At = None,
) -> None:
    """Make somebody an administrator."""
    from db.organisation.administrators import name_administrator
    from db.store import Actor

    with opened(db, at) as store, store.write(Actor("local", "cli")) as writing:
        new = name_administrator(writing, person)
    say(f"{person} is an administrator." if new else f"{person} is an administrator already.")


def upgrade(db: Db = None, at: At = None) -> None:
    """Bring the store to this version of Duly, or create it."""
    with opened(db, at) as store:
        store.prepare()
        say(f"{store.url.render_as_string()} is up to date.")


def verify(
    head: Annotated[
        str | None,
        typer.Option(metavar="SEAL", help="A head that an agenda printed: it must be in there."),
    ] = None,
    db: Db = None,
    at: At = None,
    json: Json = False,
) -> int:
    """Check that nobody has edited the history, nor moved, added or removed any of it."""
    from db.audit.report import audit_all

    with opened(db, at) as store, store.read() as reading:
        found = audit_all(reading, store.audit_key, head)
        own = reading.organisation.key
    ok = all(one.ok for one in found.values())
    problems = [
        problem if key == own else f"{key}: {problem}"
        for key, one in found.items()
        for problem in one.problems
    ]
    mine = found[own]
    if json:
        from bot.shapes import Audit

        shape = {"ok": ok, "changes": mine.changes, "head": mine.head, "problems": problems}
        print_shape(Audit.model_validate({**shape, "keyed_from": mine.keyed_from}))
        return 0 if ok else 1
    for problem in problems:
        say(problem)
    for key, one in found.items():
        of = "" if len(found) == 1 else f"{key}: "
        state = "as they were written" if one.ok else "not verified"
        since = f", sealed with a key from change {one.keyed_from} on" if one.keyed_from else ""
        say(f"{of}{one.changes} changes, {state}{since}. The latest is {one.head}.")
    return 0 if ok else 1


def seal(db: Db = None, at: At = None) -> None:
    """Seal with DULY_AUDIT_KEY, once, a history that was begun without it."""
    from db.audit.report import seal_history
    from db.store import Actor

    with opened(db, at) as store, store.write(Actor("local", "cli")) as writing:
        changes = seal_history(writing, store.audit_key)
    say(f"Sealed: {changes} changes so far, and from now on each as it is made.")


def rekey(db: Db = None, at: At = None) -> None:
    """Seal with a new DULY_AUDIT_KEY from now on; DULY_AUDIT_KEY_OLD is the one it replaces."""
    from bot.settings import load_settings
    from db.audit.report import rekey_history, under_another_key
    from db.store import Actor
    from governance.errors import DulyError

    former = load_settings().former_audit_bytes
    with opened(db, at) as store:
        waiting = under_another_key(store)
        if not waiting:
            raise DulyError("There is no history under another key than this DULY_AUDIT_KEY.")
        for key in waiting:
            with store.of(key).write(Actor("local", "cli")) as writing:
                changes = rekey_history(writing, former, store.audit_key)
            say(f"{key}: sealed with the new key from now on; {changes} changes are held by it.")
