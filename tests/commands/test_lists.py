"""Lists and search: what is in them, how many of each colour, and how to turn the page."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from db.clock import PretendedClock
from db.queries.lists import Filters, counts, page
from db.store import Actor, Store
from db.tables import Recommendation
from governance.brag import Brag, brag
from governance.words import Closure, Progress
from messages.lists import counts_line, lines_text
from messages.reply import Reply
from tests.factories import add_report, at, import_recommendation, rec
from tests.support.chat import say


def listed(reply: Reply) -> list[str]:
    """The references that begin the lines; `text` and `lines` must agree."""
    names = [line.title for line in reply.lines]
    assert all(f"\n{name} · " in f"\n{reply.text}" for name in names)
    return names


@pytest.fixture
def busy(house: Store, clock: PretendedClock) -> Store:
    """10 April 2023: #24044 at risk, #24130 off track, #24087 complete, Other's 15 closed."""
    clock.set(at(2023, 4, 10, 9))
    say(house, "24044 at risk", "alex")
    say(house, "24130 off track", "alex")
    say(house, "24087 done", "alex")
    say(house, "close 15 of Other superseded because of another", "sam")
    return house


def test_list_shows_everything_open_ones_by_deadline_then_the_closed(busy: Store) -> None:
    reply = say(busy, "list")
    assert listed(reply) == [
        "#24044", "#24130", "rec 16 of Other & Neighbour", "rec 17 of Other & Neighbour",
        "#24087", "#24173", "rec 15 of Other & Neighbour",
    ]  # fmt: skip
    heading, colours = reply.text.splitlines()[:2]
    assert heading == "7 recommendations"
    assert colours == (
        "R ▲ red: 1 · A ◆ amber: 3 · G ● green, on track: 0 · G ✔ green, awaiting sign-off: 1 · "
        "W ○ white: 1 · B ■ blue, closed: 1"
    )


def test_every_line_can_be_typed_back(busy: Store) -> None:
    for name in listed(say(busy, "list")):
        reply = say(busy, name)
        assert reply.ok
        assert len(reply.cards) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("overdue", []),
        ("status at risk", ["#24044"]),
        ("status off track", ["#24130"]),
        ("STATUS  At-Risk", ["#24044"]),
        ("status red", ["#24130"]),
        ("status complete", ["#24087"]),
        ("status awaiting sign-off", ["#24087"]),
        ("status closed", ["rec 15 of Other & Neighbour"]),
        ("status superseded", ["rec 15 of Other & Neighbour"]),
        ("status verified", []),
        ("list closed", ["rec 15 of Other & Neighbour"]),
        ("board gb", ["#24130"]),
        ("board Governance Board", ["#24130"]),
        ("board pib status at risk", ["#24044"]),
        ("owner ACU DCI", ["#24044"]),
        ("owner acu-dci", ["#24044"]),
        ("owner @jane", ["#24044"]),
        ("owner Kit Barrow", ["#24130"]),
        ("owner ACU DCI status off track", []),
        ("owner vetting manager board gb due 30d", ["#24130"]),
        ("due 30d owner jane", ["#24044"]),
        ("due 19d owner jane", []),
        ("due 20d owner jane", ["#24044"]),
        ("due 3 weeks owner jane", ["#24044"]),
        ("due within 20 days owner jane", ["#24044"]),
        ("due before 30 April 2023 of Sample", []),
        ("due before 1 May 2023 of Sample", ["#24044", "#24130"]),
        ("due before 1 May of Sample", ["#24044", "#24130"]),
        ("due by 30 April 2023 of Sample", ["#24044", "#24130"]),
        ("due after 30 April 2023", ["#24087"]),
        ("due 31/12/2023", ["#24087"]),
        ("list due before 1 May 2023, board gb", ["#24130"]),
        ("unowned of Sample", ["#24087", "#24173"]),
        ("unowned @ vetting of Sample status complete", ["#24087"]),
        ("owner nobody of Sample", ["#24087", "#24173"]),
        ("list AFIs", ["#24173"]),
    ],
)
def test_filters_and_their_combinations(busy: Store, text: str, names: list[str]) -> None:
    reply = say(busy, text)
    assert reply.ok, reply.text
    assert listed(reply) == names


def test_overdue_is_past_its_deadline_open_and_not_claimed_complete(
    busy: Store, clock: PretendedClock
) -> None:
    clock.set(at(2023, 4, 30, 9))
    assert listed(say(busy, "overdue of Sample")) == []
    clock.set(at(2023, 5, 1, 9))
    assert listed(say(busy, "overdue of Sample")) == ["#24044", "#24130"]
    assert "1 day overdue" in say(busy, "overdue").text
    say(busy, "24044 done", "alex")
    assert listed(say(busy, "overdue of Sample")) == ["#24130"]


def test_mine_is_what_my_posts_own_and_those_i_deputise_for(busy: Store) -> None:
    assert listed(say(busy, "mine", "jane")) == ["#24044"]
    assert listed(say(busy, "mine", "priya")) == ["#24044"]
    assert listed(say(busy, "mine due 3d", "jane")) == []
    for person in ("ned", None):
        reply = say(busy, "mine", person)
        assert reply.ok
        assert listed(reply) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("list nonsense", "“nonsense”"),
        ("overdue pib", "“pib”"),
        ("board nowhere", "pib, gb"),
        ("owner nobody special", "“special”"),
        ("owner Zed", "ACU DCI"),
        ("owner", "ACU DCI"),
        ("status wobbly", "at risk"),
        ("due", "due 30d"),
        ("due before teatime", "due 30d"),
        ("due 31 April 2023", "31 April"),
        ("list of Nowhere", "Sample Constabulary"),
        ("list @ nothing such", "No report's title"),
    ],
)
def test_what_filters_nothing_is_told_with_what_would(busy: Store, text: str, named: str) -> None:
    reply = say(busy, text)
    assert not reply.ok
    assert named in reply.text


def test_an_empty_list_is_an_answer(house: Store) -> None:
    reply = say(house, "status verified")
    assert (reply.ok, reply.text) == (True, "No recommendations: status verified.")


def test_pages_of_ten_with_the_next_and_the_previous_as_commands(house: Store) -> None:
    report = add_report(house, "A third report", "Sample Constabulary")
    for number in range(1, 24):
        import_recommendation(house, report, number, str(30000 + number), owner="acu-dci")
    first = say(house, "owner acu dci")
    assert len(first.lines) == 10
    assert "24 recommendations" in first.text
    assert "Page 1 of 3. Next: `owner acu dci page 2`." in first.text
    assert first.around[1] == "Page 1 of 3. Next: `owner acu dci page 2`."
    assert [b.command for b in first.buttons] == ["owner acu dci page 2"]
    seen = listed(first)
    middle = say(house, first.buttons[0].command)
    assert [b.label for b in middle.buttons] == ["Previous", "Next"]
    seen += listed(middle)
    last = say(house, middle.buttons[1].command)
    seen += listed(last)
    assert [b.command for b in last.buttons] == ["owner acu dci page 2"]
    assert len(seen) == len(set(seen)) == 24
    assert listed(say(house, "owner acu dci page 99")) == listed(last)
    assert listed(say(house, "OWNER  ACU DCI  page  2")) == listed(middle)


def test_counts_and_colour_filters_follow_the_one_rule(house: Store) -> None:
    today = date(2023, 1, 3)
    report = add_report(house, "Every shade", "Sample Constabulary")
    number = 100
    for progress in Progress:
        for closure in (None, Closure.VERIFIED):
            for left in (None, -1, 0, 1, 28, 29):
                number += 1
                due = None if left is None else today + timedelta(days=left)
                import_recommendation(
                    house, report, number, deadline=due, progress=progress, closure=closure
                )
    with house.read() as reading:
        rows = reading.all(reading.select(Recommendation))
        shades = {
            row.id: brag(
                Progress(row.progress),
                Closure(row.closure) if row.closure else None,
                row.deadline,
                today,
            )
            for row in rows
        }
        expected = Counter(shades.values())
        assert counts(reading, Filters()) == {each: expected[each] for each in Brag}
        for each in Brag:
            of_colour = []
            shown = page(reading, Filters(brags=frozenset({each})))
            for turn in range(1, shown.pages + 1):
                of_colour += page(reading, Filters(brags=frozenset({each})), turn).rows
            assert {row.id for row in of_colour} == {i for i, b in shades.items() if b is each}


def test_the_two_greens_are_counted_apart() -> None:
    line = counts_line({each: i for i, each in enumerate(Brag)})
    assert "green, awaiting sign-off: 1" in line
    assert "green, on track: 4" in line


def test_find_shows_what_has_the_words(busy: Store) -> None:
    reply = say(busy, "find carry check 16 sample")
    assert listed(reply) == ["#24087"]
    assert reply.text.startswith("1 found for “carry check 16 sample”")


def test_find_forgives_a_typo_and_says_how_it_read_the_word(busy: Store) -> None:
    reply = say(busy, "find carry chekc 16 sample")
    assert listed(reply) == ["#24087"]
    assert reply.text.startswith("1 found for “carry chekc 16 sample”, read as “check”")


def test_find_reaches_updates_and_owners(busy: Store) -> None:
    say(busy, "24044 at risk: zebra crossing", "alex")
    assert listed(say(busy, "zebra")) == ["#24044"]
    assert "#24130" in listed(say(busy, "find vetting manager"))


def test_find_turns_pages(house: Store) -> None:
    report = add_report(house, "A third report", "Sample Constabulary")
    for number in range(1, 13):
        import_recommendation(house, report, number, str(30000 + number))
    first = say(house, "find third report")
    assert "Page 1 of 2. Next: `find third report page 2`." in first.text
    second = say(house, "find third report page 2")
    assert len(first.lines) + len(second.lines) == 12
    assert not set(listed(first)) & set(listed(second))


@pytest.mark.parametrize("text", ["find", "find zzzyzx", "zzzyzx", "find \"'", "find (NEAR"])
def test_find_without_an_answer_is_not_ok(house: Store, text: str) -> None:
    assert not say(house, text).ok


def test_before_any_import_the_list_says_so(store: Store) -> None:
    reply = say(store, "list")
    assert reply.ok
    assert "nothing is imported" in reply.text


def test_a_list_names_the_owner_and_the_days_left(busy: Store) -> None:
    line = say(busy, "status at risk").lines[0]
    assert line.subtitle == (
        "A ◆ Amber, at risk · due 30 April 2023, 20 days left · ACU DCI · carry out check 15."
    )
    with busy.write(Actor("import", "test")) as writing:
        row = writing.recommendation(rec(busy, "24044").id or 0)
        writing.change(row, "correct", {"text": "word " * 40})
    assert say(busy, "status at risk").lines[0].subtitle.endswith("word …")


def test_a_reply_tells_what_stands_above_and_below_its_cards_and_lines(house: Store) -> None:
    assert say(house, "24087").around == ("", "")
    above, below = say(house, "24087 on track").around
    assert above.startswith("Duly noted. #24087: not started → on track.")
    assert "recommendation 16" not in above
    assert below == ""
    refused = say(house, "24999")
    assert refused.around == (refused.text, "")
    listed = say(house, "list")
    above, below = listed.around
    assert listed.text == f"{above}\n\n{lines_text(listed.lines)}"
    assert below == ""
