"""Full-text search over references, texts, points, titles, updates and owners.

A `SearchIndexer` collects the recommendations that a transaction touches, and `refresh` writes
their words into the index in that same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlmodel import Session, col, or_, select

from db.backend import SearchTerm
from db.errors import StatementTimeout
from db.tables import Post, Recommendation, Report, Update
from db.transaction import Reading, Writing
from governance.identity import text_key
from governance.limits import SEARCH_SECONDS, SEARCH_WORDS, TooMuch
from governance.words import Kind, label

SMALL_WORDS = frozenset((
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from",
    "has", "have", "how", "in", "is", "it", "of", "on", "or", "our", "that", "the", "this",
    "to", "was", "we", "were", "what", "when", "where", "which", "who", "with",
))  # fmt: skip
"""Stop words: they say nothing about which recommendation is meant."""

LETTERS_PER_EDIT = 4
"""One typing mistake is forgiven in so many letters, two in twice as many."""
MOST_EDITS = 2
MOST_CORRECTIONS = 8
"""The number of words of the vocabulary that one may be taken for."""
LONGEST_CORRECTED = 60
"""Letters of the longest word that is looked for in the vocabulary."""


class SearchIndexer:
    """Collects the rows of the search index that a session's flushes touch, and rewrites them."""

    def __init__(self, session: Session) -> None:
        self.recommendations: set[int] = set()
        self.reports: set[int] = set()
        self.posts: set[str] = set()
        event.listen(session, "after_flush", self._collect)

    def _collect(self, session: Session, _: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, Recommendation) and row.id is not None:
                self.recommendations.add(row.id)
            elif isinstance(row, Update):
                self.recommendations.add(row.recommendation_id)
            elif isinstance(row, Report) and row.id is not None:
                self.reports.add(row.id)
            elif isinstance(row, Post):
                self.posts.add(row.key)

    def refresh(self, writing: Writing) -> None:
        """Rewrites the index of what was touched, inside the session's transaction."""
        session, organisation = writing.session, writing.key
        ids = set(self.recommendations)
        if self.reports or self.posts:
            statement = select(Recommendation.id).where(
                Recommendation.organisation == organisation,
                or_(
                    col(Recommendation.report_id).in_(self.reports),
                    col(Recommendation.owner).in_(self.posts),
                ),
            )
            ids |= {id for id in session.exec(statement) if id is not None}
        if ids:
            _index(writing, ids)


def _index(writing: Writing, ids: set[int]) -> None:
    """Write the words of these recommendations; those that are gone leave the index."""
    session, organisation = writing.session, writing.key
    rows = session.exec(
        select(Recommendation, Report)
        .join(Report, col(Report.id) == Recommendation.report_id)
        .where(Recommendation.organisation == organisation, col(Recommendation.id).in_(ids))
    ).all()
    titles = dict(
        session.exec(select(Post.key, Post.title).where(Post.organisation == organisation)).all()
    )
    updates: dict[int, list[str]] = defaultdict(list)
    for update in session.exec(
        select(Update).where(
            Update.organisation == organisation,
            col(Update.recommendation_id).in_(ids),
            col(Update.undone).is_(False),
        )
    ):
        texts = (update.text, update.evidence, update.next_step)
        updates[update.recommendation_id] += [text for text in texts if text]
    words = {row.id or 0: _words(row, report, titles, updates[row.id or 0]) for row, report in rows}
    writing.backend.index_words(session.connection(), organisation, ids, words)


def _words(
    row: Recommendation, report: Report, titles: dict[str, str], updates: list[str]
) -> list[str]:
    """The words of each of COLUMNS, as keys, so that they compare as elsewhere."""
    columns: list[tuple[str | None, ...]] = [
        (row.ref, label(Kind(row.kind), row.number)),
        (row.theme, row.text),
        tuple(row.points),
        (report.title, report.force),
        tuple(updates),
        (row.owner, titles.get(row.owner or ""), row.owner_words),
    ]
    return [text_key(" ".join(filter(None, words))) for words in columns]


class SearchResult(NamedTuple):
    """The ids of the recommendations found, best first, and each word that was taken for others
    near it."""

    ids: list[int]
    corrected: dict[str, list[str]]


def find(reading: Reading, words: str) -> SearchResult:
    """Recommendations that hold every one of `words`, or one that begins with it; best first.

    A word that stands nowhere is taken for those in the vocabulary that it is nearest to, by
    letters left out, put in, exchanged or changed. Any text may be searched for: it is taken as
    words and nothing else. Small words are left out unless there are no others; of the rest the
    first `SEARCH_WORDS` count. A single letter begins no other word, unless it is the last.
    Raises TooMuch where the database would be busy with it for too long.
    """
    typed = text_key(words).split()
    terms = list(dict.fromkeys(word for word in typed if word not in SMALL_WORDS))
    terms = (terms or list(dict.fromkeys(typed)))[:SEARCH_WORDS]
    if not terms:
        return SearchResult([], {})
    try:
        with reading.backend.time_limit(reading.session.connection(), SEARCH_SECONDS):
            return _find(reading, terms, last=typed[-1])
    except StatementTimeout:
        raise TooMuch("Too much matched; give more of the words.") from None


def _find(reading: Reading, terms: Sequence[str], last: str) -> SearchResult:
    def matching(corrected: Mapping[str, Sequence[str]]) -> list[int]:
        return _matching(
            reading,
            [
                SearchTerm(corrected.get(word, [word]), len(word) > 1 or word == last)
                for word in terms
            ],
        )

    ids = matching({})
    corrected = {} if ids else _corrections(reading, terms)
    if corrected:
        ids = matching(corrected)
    return SearchResult(ids, corrected if ids else {})


def _matching(reading: Reading, terms: Sequence[SearchTerm]) -> list[int]:
    return reading.backend.matching(reading.session.connection(), reading.key, terms)


def _stands(reading: Reading, word: str) -> bool:
    """True where the word, or one that begins with it, stands in any of this organisation's."""
    return bool(_matching(reading, [SearchTerm([word], prefix=True)]))


def _corrections(reading: Reading, terms: Iterable[str]) -> dict[str, list[str]]:
    """The nearest words to each that stands nowhere; what none is near to is left out."""
    # Imported here: it takes long, and most searches need no correction.
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    vocabulary: list[str] | None = None
    corrections: dict[str, list[str]] = {}
    for word in terms:
        edits = 0 if word.isdigit() else min(len(word) // LETTERS_PER_EDIT, MOST_EDITS)
        if not edits or len(word) > LONGEST_CORRECTED or _stands(reading, word):
            continue
        if vocabulary is None:
            vocabulary = reading.backend.vocabulary(reading.session.connection(), reading.key)
        near = process.extract(
            word, vocabulary, scorer=OSA.distance, score_cutoff=edits, limit=MOST_CORRECTIONS
        )
        # what another organisation's records hold is no word here
        own = [(other, far) for other, far, _ in near if _stands(reading, other)]
        if own:
            corrections[word] = [other for other, far in own if far == own[0][1]]
    return corrections
