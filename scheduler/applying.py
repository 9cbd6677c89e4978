"""Application of an organisation file by its due moments: what fell due until now is planned by the
rules that held then, and the file's rules hold from now on."""

from __future__ import annotations

from db.organisation.apply import ApplyOutcome, apply_organisation
from db.store import Writing
from documents.record import OrganisationFile
from scheduler.planner import plan


def apply_from_now(writing: Writing, file: OrganisationFile) -> ApplyOutcome:
    """Apply a file after planning what is due, in one transaction. Raises as `apply_organisation`.

    A first file takes over what the built-in organisation has due. One that is applied by the real
    clock to a pretended store belongs to that store's own moment, which lies in the past.
    """
    of_another_time = not writing.clock.pretended and writing.mark("kind") is not None
    if writing.organisation.applied_at is not None and not of_another_time:
        plan(writing)
    return apply_organisation(writing, file)
