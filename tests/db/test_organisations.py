"""Two organisations in one store: neither ever sees, or changes, anything of the other's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from commands.request import FormAnswer, Request
from commands.router import VERBS, answer
from db import tables as t
from db.audit.verify import audit
from db.clock import PretendedClock
from db.errors import StoreUnusable
from db.queries import search
from db.queries.agenda import open_items
from db.queries.exports import export
from db.queries.lookup import by_ids
from db.store import Store
from documents.writers import write_export
from governance.identity import text_key
from messages.home import home
from scheduler.forecast import forecast
from scheduler.tick import tick
from tests.factories import (
    NAMES,
    START,
    TEST,
    TITLE,
    add_report,
    create_force,
    create_organisation,
    import_recommendation,
)

MARKS = {"local": "quokka", "elsewhere": "wombat"}
"""A word that stands in everything an organisation has."""
OWN = {"local": ("24044", "24130"), "elsewhere": ("31415", "31459")}
"""References that only this one has; both have #24087."""
LATER = datetime.fromisoformat("2023-03-31T09:00+01:00")


def fill(store: Store, key: str) -> None:
    """The small force, the organisation's mark in every name, text and title."""
    mark = MARKS[key]
    create_force(store)
    report = add_report(store, f"{TITLE} {mark}", f"{mark} Constabulary")
    for number, ref in enumerate(("24087", *OWN[key]), start=15):
        said = f"Chief constables should review vetting of the {mark}."
        owner = "acu-dci" if number != 16 else None
        import_recommendation(
            store, report, number, ref, text=said, text_key=text_key(said), owner=owner
        )
    with store.write(TEST) as writing:
        for table, name in ((t.Person, "name"), (t.Post, "title"), (t.Board, "name")):
            for row in writing.session.exec(writing.select(table)):
                setattr(row, name, f"{getattr(row, name)} {mark}")
                writing.session.add(row)
    said = f"24087 on track: the {mark} is well"
    assert answer(store, Request(said, person="alex", face="slack")).ok


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two organisations, to be copied."""
    path = tmp_path_factory.mktemp("two") / "duly.db"
    store = Store(f"sqlite:///{path}", PretendedClock(START))
    other = create_organisation(store, "elsewhere")
    fill(store, "local")
    fill(other, "elsewhere")
    store.close()
    return path


@contextmanager
def copied(path: Path) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, Path(folder) / "duly.db")
        store = Store(f"sqlite:///{folder}/duly.db", PretendedClock(START))
        yield store
        store.close()


def rows_of(store: Store, key: str) -> str:
    """Everything an organisation has, in whatever table."""
    found = []
    with store.of(key).read() as reading:
        for mapper in SQLModel._sa_registry.mappers:
            table = mapper.class_
            if "organisation" in table.model_fields:
                rows = reading.session.exec(select(table).where(table.organisation == reading.key))
                found += sorted(repr(row.model_dump()) for row in rows)
        marks = reading.session.exec(select(t.Mark))
        found += [repr(m) for m in marks if m.key.endswith(f"/{reading.key}")]
    return "\n".join(found)


def assert_silent(told: str, key: str, typed: str = "") -> None:
    """Nothing that only the other organisation has is told, unless it was typed."""
    (other,) = set(MARKS) - {key}
    for secret in (MARKS[other], *OWN[other]):
        if secret not in typed.lower():
            assert secret not in told.lower(), (typed, told)


def everything(store: Store, key: str, person: str | None) -> str:
    """Results of every query that is no command."""
    with store.of(key).read() as reading:
        told = [
            repr(home(reading, person)),
            repr(open_items(reading)),
            repr(by_ids(reading, search.find(reading, "vetting").ids)),
            repr(forecast(reading, date(2023, 1, 1), date(2023, 6, 1))),
            write_export(export(reading), "json"),
            repr(reading.directory),
        ]
        assert audit(reading).ok
    return "\n".join(told)


REFS = st.sampled_from(["24087", "31415", "31451", "24044", "24404", "rec 15", "16", "rec 15-17"])
WORDS = st.sampled_from(
    ["vetting", "vettin", "constables", "alex", "jane", "acu dci", "pib", "gb", "well", "of sample"]
)
TAILS = st.sampled_from(
    [
        "", "on track", "done", "amber: late", "note: seen", "to 31 March 2024 because late",
        "verified because seen", "because wrong", "being progressed", "@ inspection",
        "2 November 2022", "3 May move to 4 May 14:00", "1 Aug to 14 Aug", "3 days",
    ]
)  # fmt: skip
SAID = st.builds(
    lambda *words: " ".join(filter(None, words)),
    st.one_of(st.sampled_from(["", "find"]), st.sampled_from(sorted(VERBS))),
    st.one_of(st.just(""), REFS, WORDS),
    st.one_of(st.just(""), WORDS),
    TAILS,
)
FORM = st.builds(
    FormAnswer,
    st.sampled_from(sorted({verb.name for verb in VERBS.values() if verb.form})),
    st.sampled_from(["24087", "31415", "24044", "pib", "1", "4"]),
    st.fixed_dictionaries(
        {
            "progress": st.sampled_from(["on_track", "complete"]),
            "text": st.just("it goes on"),
            "owner": st.sampled_from(["acu-dci", "jane"]),
            "to": st.just("2024-03-31"),
            "date": st.just("2024-03-31"),
            "reason": st.just("it is late"),
            "because": st.just("it is late"),
        }
    ),
)
ASKED = st.tuples(st.one_of(SAID, FORM), st.sampled_from([*NAMES, None]))


@pytest.mark.slow
@settings(max_examples=min(200, int(os.environ.get("DULY_EXAMPLES", "8"))), deadline=None)
@example(key="local", asked=[("31451", "alex"), ("31415", "alex"), ("find wombats", None)])
@example(key="elsewhere", asked=[("24404", "alex"), ("24044 done", "sam"), ("undo", "sam")])
@given(key=st.sampled_from(sorted(MARKS)), asked=st.lists(ASKED, min_size=1, max_size=6))
def test_nothing_that_somebody_asks_crosses_organisations(
    filled: Path, key: str, asked: list[tuple[str | FormAnswer, str | None]]
) -> None:
    (other,) = set(MARKS) - {key}
    with copied(filled) as store:
        own = store.of(key)
        before = rows_of(store, other)
        for number, (said, person) in enumerate(asked):
            text, form = ("", said) if isinstance(said, FormAnswer) else (said, None)
            request = Request(text, person=person, face="slack", form=form, id=f"slack:{number}")
            typed = text or repr(form)
            assert_silent(repr(answer(own, request)), key, typed)
        typed = repr(asked)
        assert_silent(everything(store, key, asked[0][1]), key, typed)
        assert isinstance(store.clock, PretendedClock)
        store.clock.set(LATER)
        assert_silent(repr(tick(own)), key, typed)
        assert rows_of(store, other) == before
        assert MARKS[other] in everything(store, other, "alex")


def test_each_is_asked_about_the_same_reference_and_answers_its_own(filled: Path) -> None:
    with copied(filled) as store:
        for key, mark in MARKS.items():
            reply = answer(store.of(key), Request("24087", person="alex", face="slack"))
            assert mark in reply.text
            assert_silent(repr(reply), key)


def test_each_is_reminded_of_its_own_and_neither_tick_keeps_the_other_from_it(
    filled: Path,
) -> None:
    with copied(filled) as store:
        assert isinstance(store.clock, PretendedClock)
        for days, (key, mark) in zip((3, 0), MARKS.items(), strict=True):
            store.clock.set(LATER + timedelta(days=days))  # the second's is the earlier one
            report = tick(store.of(key))
            assert report.note is None
            assert any(mark in message.text for message in report.messages)
            assert_silent(repr(report), key)


def test_without_a_name_it_is_the_one_the_store_was_founded_with(filled: Path) -> None:
    with copied(filled) as store:
        with store.read() as reading:
            assert reading.organisation.key == "local"
        with store.of(2).read() as reading:
            assert reading.organisation.key == "elsewhere"
        with pytest.raises(StoreUnusable, match="nobody"), store.of("nobody").read():
            pass
