"""Whatever people type, every payload keeps to Slack's limits and pings nobody."""

from __future__ import annotations

import os
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.slack.blocks.cards import card_blocks
from bot.slack.blocks.messages import letter_payload, reply_payload
from bot.slack.blocks.modals import form_answer, form_view
from bot.slack.home_tab import home_view
from commands.request import whole
from governance.brag import Brag
from messages.digest import Digest, DigestLine, DigestSection
from messages.home import Bar, Home, Part
from messages.reply import Button, Card, Fact, Field, Form, Option, Reply, Visibility
from scheduler.courier import Letter
from tests.slack.checking import assert_good

LONDON = ZoneInfo("Europe/London")

_nasty = st.sampled_from(
    [
        "<!channel>", "<!here|x>", "<@U01>", "<https://x.example|y>", "&amp;", "&", "<", ">",
        "🙂" * 40, "مرحبا بكم", "\u202eright to left", "\x00", "\ud800", "`", "```", "*b*", "•",
        "https://x.example/<!channel>", "Wednesday 3 May 2023, 10:00 to 11:30", "\n\n", "\n- ",
        "• ", " ", "", "x" * 200, "é" * 90, "\r\n", "\u200b", "https://" + "y" * 300,
    ]
)  # fmt: skip
words = st.lists(st.one_of(_nasty, st.text(max_size=20)), max_size=8).map("".join)
texts = st.one_of(
    words,
    st.builds(lambda text, times: (text * times)[:10_000], words, st.integers(1, 2000)),
)
lengthy = st.builds(lambda text: ((text or "&<>") * 10_000)[:10_000], words)
anything = st.one_of(texts, lengthy)

buttons = st.builds(
    Button, anything, anything, st.sampled_from(["plain", "primary", "danger"]), st.booleans()
)
facts = st.builds(Fact, words, anything, st.none() | st.dates())
cards = st.builds(
    Card,
    anything,
    anything,
    st.none() | st.sampled_from(Brag),
    anything,
    st.lists(anything, max_size=5).map(tuple),
    st.one_of(st.lists(facts, max_size=6), st.builds(lambda f: [f] * 60, facts)).map(tuple),
    st.one_of(st.lists(buttons, max_size=6), st.builds(lambda b: [b] * 60, buttons)).map(tuple),
    anything,
)
fields = st.builds(
    Field,
    st.just("field"),
    anything,
    st.sampled_from(["text", "long", "choice", "date", "owner"]),
    st.one_of(anything, st.dates().map(str), st.just("a")),
    st.booleans(),
    st.one_of(
        st.just(()),
        st.lists(st.builds(Option, anything, anything), max_size=4).map(tuple),
        st.integers(1, 300).map(lambda n: tuple(Option(f"o{i}", f"Option {i}") for i in range(n))),
        st.just((Option("a", ""), Option("b", "<b>"))),
    ),
    anything,
    anything,
)
forms = st.builds(
    lambda name, target, title, found, submit: Form(
        name,
        target,
        title,
        tuple(Field(**{**vars(f), "name": f"f{n}"}) for n, f in enumerate(found)),
        submit,
    ),
    st.sampled_from(["update", "assign"]),
    words.map(lambda text: text[:200]),
    anything,
    st.lists(fields, min_size=1, max_size=5),
    anything,
)


def several(what: st.SearchStrategy[Card]) -> st.SearchStrategy[tuple[Card, ...]]:
    """None, a few, or one of them very often."""
    few = st.lists(what, max_size=4)
    return st.one_of(few, st.builds(lambda c, n: [c] * n, what, st.integers(1, 120))).map(tuple)


replies = st.builds(
    Reply,
    anything,
    st.booleans(),
    st.sampled_from(Visibility),
    several(cards),
    st.none() | forms,
    st.lists(buttons, max_size=4).map(tuple),
    several(cards),
)
lines = st.builds(DigestLine, anything, st.none() | anything | st.just("#24087"), st.none())
sections = st.builds(
    DigestSection,
    anything,
    st.one_of(
        st.lists(lines, max_size=4).map(tuple),
        st.builds(
            lambda text, n: tuple(DigestLine(f"{text} {i}", f"#{24000 + i}", i) for i in range(n)),
            anything,
            st.integers(0, 130),
        ),
    ),
)
digests = st.builds(
    Digest,
    anything,
    st.one_of(
        st.lists(sections, max_size=4),
        st.builds(lambda s, n: [s] * n, sections, st.integers(1, 60)),
    ).map(tuple),
    anything,
)
rows = st.builds(
    Card,
    anything,
    anything,
    buttons=st.lists(buttons, max_size=2).map(tuple),
)
parts = st.builds(
    Part,
    anything,
    several(rows),
    anything,
    st.integers(0, 500),
    st.lists(buttons, max_size=3).map(tuple),
)
homes = st.builds(
    Home,
    anything,
    anything,
    st.just(LONDON),
    st.lists(parts, max_size=3).map(tuple),
    st.none() | parts,
    st.one_of(st.lists(parts, max_size=6), st.builds(lambda p: [p] * 15, parts)).map(tuple),
    st.none() | parts,
    st.just(()) | st.just((Bar(Brag.RED, "red", 3, "███"),)),
    st.lists(buttons, max_size=4).map(tuple),
    anything,
)

thorough = settings(
    max_examples=min(400, int(os.environ.get("DULY_EXAMPLES", "10"))),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking 10,000 characters is slow
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@thorough
@given(cards, st.booleans())
def test_any_card(card: Card, open: bool) -> None:
    assert_good({"text": "a card", "blocks": card_blocks(card, open=open, zone=LONDON)})


@thorough
@given(replies, st.booleans(), st.booleans(), st.booleans(), anything)
def test_any_reply(reply: Reply, in_channel: bool, share: bool, open: bool, command: str) -> None:
    payload = reply_payload(
        reply, zone=LONDON, in_channel=in_channel, share=share, open=open, command=command
    )
    assert_good(payload)
    assert payload["response_type"] in ("ephemeral", "in_channel")


@thorough
@given(forms)
def test_any_form_and_what_was_typed_into_it(form: Form) -> None:
    view = form_view(form, private_metadata={"channel": "C01", "ts": "1.2"})
    assert_good(view)
    answer = form_answer({"values": {}}, view["private_metadata"])
    assert (answer.name, answer.target) == (whole(form.name), whole(form.target))


@thorough
@given(anything, st.none() | digests, st.sampled_from(["digest", "channel", "notice"]))
def test_any_letter(text: str, digest: Digest | None, what: str) -> None:
    letter = Letter("key", "jane", "jane", what, date(2023, 4, 28), text, digest)
    assert_good(letter_payload(letter, zone=LONDON))


@thorough
@given(homes)
def test_any_home(home: Home) -> None:
    assert_good(home_view(home))
