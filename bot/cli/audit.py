"""`duly audit`: the seals of the history, verified, begun, or made with a new key."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import opened
from bot.cli.options import At, Db, Json, command_group
from bot.cli.output import print_json, say
from governance.errors import DulyError

app = command_group("audit", "The history.")


@app.command()
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
    from db.audit.verify import audit_all

    with opened(db, at) as store, store.read() as reading:
        audits = audit_all(reading, store.audit_key, head)
        own = reading.organisation.key
    ok = all(audit.ok for audit in audits.values())
    problems = [
        problem if key == own else f"{key}: {problem}"
        for key, audit in audits.items()
        for problem in audit.problems
    ]
    if json:
        from bot.cli.shapes import AuditOutput

        mine = audits[own]
        print_json(AuditOutput(ok, mine.changes, mine.head, problems, mine.keyed_from))
        return 0 if ok else 1
    for problem in problems:
        say(problem)
    for key, audit in audits.items():
        of = "" if len(audits) == 1 else f"{key}: "
        state = "as they were written" if audit.ok else "not verified"
        since = f", sealed with a key from change {audit.keyed_from} on" if audit.keyed_from else ""
        say(f"{of}{audit.changes} changes, {state}{since}. The latest is {audit.head}.")
    return 0 if ok else 1


@app.command()
def seal(db: Db = None, at: At = None) -> None:
    """Seal with DULY_AUDIT_KEY, once, a history that was begun without it."""
    from db.audit.verify import seal_history
    from db.store import Actor

    with opened(db, at) as store, store.write(Actor("local", "cli")) as writing:
        changes = seal_history(writing, store.audit_key)
    say(f"Sealed: {changes} changes so far, and from now on each as it is made.")


@app.command()
def rekey(db: Db = None, at: At = None) -> None:
    """Seal with a new DULY_AUDIT_KEY from now on; DULY_AUDIT_KEY_OLD is the one it replaces."""
    from bot.settings import load_settings
    from db.audit.verify import rekey_history, under_another_key
    from db.store import Actor

    former = load_settings().former_audit_bytes
    with opened(db, at) as store:
        organisations = under_another_key(store)
        if not organisations:
            raise DulyError("There is no history under another key than this DULY_AUDIT_KEY.")
        for key in organisations:
            with store.of(key).write(Actor("local", "cli")) as writing:
                changes = rekey_history(writing, former, store.audit_key)
            say(f"{key}: sealed with the new key from now on; {changes} changes are held by it.")
