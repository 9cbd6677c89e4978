"""Import of the cells that only a force's own tracker has: Owner, Status and Update.

They fill what nobody here has said yet; what people did in chat stands.
"""

from __future__ import annotations

from typing import Any

from db.schedule import subject_of
from db.store import Writing
from db.tables import History, Recommendation
from documents.record import ImportedItem, Warning
from governance.directory import Directory
from governance.identity import text_key
from governance.words import Progress


def tracked(
    writing: Writing, row: Recommendation, item: ImportedItem, warnings: list[Warning]
) -> dict[str, Any]:
    """The columns of `row` that a tracker's Owner and Status cells set."""
    fields: dict[str, Any] = {}
    if item.owner and row.owner is None and row.closure is None:
        posts = _posts(writing.directory, item.owner, writing)
        if len(posts) == 1:
            fields |= {"owner": posts[0], "owner_words": None}
        else:
            fields["owner_words"] = item.owner
            why = "is no post or person here" if not posts else "holds several posts"
            warnings.append(
                Warning(item.line, f"Owner “{item.owner}” {why}, so it is kept as words only.")
            )
    if item.progress and row.last_update_at is None and row.closure is None:
        try:
            progress = Progress(item.progress)
        except ValueError:
            warnings.append(
                Warning(item.line, f"Status “{item.progress}” is not understood and was left out.")
            )
        else:
            fields["progress"] = progress.value
            if progress is Progress.COMPLETE and row.progress != progress:
                fields["progress_before_complete"] = row.progress
    return fields


def noted_before(writing: Writing, row: Recommendation, words: str) -> bool:
    """True where the history of `row` holds these words of a tracker's Update cell already."""
    rows = writing.all(
        writing.select(History).where(
            History.subject == subject_of(row), History.action == "import"
        )
    )
    return any(words in change.note for change in rows)


def _posts(directory: Directory, words: str, writing: Writing) -> list[str]:
    """The posts that an Owner cell names: by key or title, else those its person holds."""
    wanted = text_key(words)
    named = [
        p.key for p in directory.posts.values() if wanted in (text_key(p.key), text_key(p.title))
    ]
    if named:
        return named
    people = [
        p.key for p in directory.people.values() if wanted in (text_key(p.key), text_key(p.name))
    ]
    today = writing.today
    return [p.key for p in directory.posts.values() if p.holder(today) in people]
