"""What the screen does with widths, colours, and text that is not to be trusted."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from recllm.cli.profile import sentences
from recllm.cli.render import key_facts, names, show_slate, titled
from recllm.cli.screen import Screen, clean, one_line
from recllm.cli.trace import show_trace
from recllm.types import (
    Act,
    Attribute,
    Bucket,
    Call,
    Concept,
    Constraint,
    Item,
    Kind,
    Op,
    Query,
    Recommendation,
    Role,
    Schema,
    Slate,
    State,
    Trace,
    Turn,
    Usage,
)

FILMS = Schema(
    noun="film",
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="runtime", kind=Kind.NUMBER, role=Role.DURATION, unit="minutes"),
        Attribute(name="directors", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="stars", kind=Kind.NUMBER, role=Role.RATING),
    ),
)
MOON = Item(
    id="moon",
    title="Moon",
    url="https://example.org/moon",
    attributes={
        "year": 2009.0,
        "runtime": 97.25,
        "directors": ("Ann Aa", "Bo Bb", "Cy Cc"),
        "genres": ("Drama", "Science fiction", "Mystery", "War"),
        "stars": 7.9,
    },
)


def screen(width: int = 80, *, terminal: bool = True, **options: Any) -> Screen:
    options = {"color_system": "truecolor", "force_terminal": terminal, **options}
    return Screen(console=Console(file=io.StringIO(), width=width, _environ={}, **options))


def written(on: Screen) -> str:
    file = on.console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def slate(item: Item = MOON, explanation: str = "Quiet, as you asked.") -> Slate:
    pick = Recommendation(item=item, bucket=Bucket.GOOD, score=0.5, explanation=explanation)
    return Slate(items=(pick,))


@given(st.text())
def test_nothing_survives_cleaning_that_commands_a_terminal(text: str) -> None:
    assert all(c == "\n" or c.isprintable() or ord(c) >= 0xA0 for c in clean(text))
    assert "\n" not in one_line(text)


def test_the_text_of_items_is_no_markup_and_no_command() -> None:
    on = screen(color_system=None)
    evil = Item(id="x", title="[bold]A\x1b]0;title\x07[/bold]\nB", url="javascript:alert(1)")
    show_slate(on, slate(evil, "\x1b[2J[red]why[/red]"), FILMS)
    assert "[bold]A ]0;title [/bold] B" in written(on)
    assert "[red]why[/red]" in written(on)
    assert not {"\x1b", "\x07"} & set(written(on))


@pytest.mark.parametrize("width", [20, 36, 50, 80, 200])
def test_cards_fit_the_terminal(width: int) -> None:
    on = screen(width, color_system=None)
    show_slate(on, slate(explanation="A miner alone on the moon counts the days. " * 4), FILMS)
    on.piece("A reply that is longer than a line, piece by piece. " * 3)
    on.end()
    assert max(cell_len(line) for line in written(on).splitlines()) <= min(width, 100)
    assert "miner alone" in " ".join(written(on).split())


def test_a_pipe_gets_whole_lines_without_escapes_and_the_address() -> None:
    on = screen(20, terminal=False, color_system=None)
    show_slate(on, slate(), FILMS)
    on.piece("A reply of more than twenty columns.")
    on.end()
    assert written(on) == (
        "1.  Moon (2009)  good fit\n"
        "    Ann Aa, Bo Bb and others · 97 min · rated 7.9 · Drama, Science fiction, Mystery\n"
        "    Quiet, as you asked.\n"
        "    https://example.org/moon\n"
        "\n"
        "A reply of more than twenty columns.\n"
    )


def test_a_terminal_gets_colours_and_a_link() -> None:
    on = screen()
    show_slate(on, slate(), FILMS)
    assert "https://example.org/moon" in written(on)
    assert "\x1b]8;" in written(on)
    assert "\x1b[36mgood fit" in written(on)


def test_pieces_join_as_they_were_written() -> None:
    on = screen()
    for piece in ("Sci", "-fi, ", "\n\n", "two", " ", "words"):
        on.piece(piece)
    on.end()
    assert written(on) == "Sci-fi, \n\ntwo words\n"


def test_the_year_stands_in_the_title_once() -> None:
    assert titled(MOON, FILMS) == "Moon (2009)"
    assert titled(MOON.model_copy(update={"title": "Moon (2009)"}), FILMS) == "Moon (2009)"
    assert titled(Item(id="x", title=" "), FILMS) == "x"


def test_facts_of_a_catalogue_without_known_roles() -> None:
    odd = Schema(
        attributes=(
            Attribute(name="roast_level", kind=Kind.CATEGORY),
            Attribute(name="organic", kind=Kind.BOOLEAN),
            Attribute(name="notes", kind=Kind.TEXT),
        )
    )
    item = Item(id="1", title="Bean", attributes={"roast_level": "dark", "organic": True})
    assert key_facts(item, odd) == ["roast level: dark", "organic: yes"]
    assert key_facts(Item(id="2", title="Bare"), odd) == []


def test_a_long_list_of_titles_is_cut() -> None:
    many = [Item(id=str(n), title=f"T{n}") for n in range(20)]
    assert names(many, 4) == "T0, T1, T2 and 17 more"
    assert names(many[:1]) == "T0"


def test_the_profile_in_sentences() -> None:
    state = State(
        wants="a quiet film",
        concepts=(Concept(text="space"), Concept(text="horror", sign=-1)),
        where=(
            Constraint(attribute="runtime", op=Op.LE, values=(120.0,), words="under two hours"),
            Constraint(attribute="genres", op=Op.EQ, values=("Drama",), words="drama"),
        ),
        rejected=("moon", "gone"),
        shown=("moon",),
    )
    assert list(sentences(state, {"moon": MOON}, FILMS)) == [
        "In your words: “a quiet film”.",
        "You want: space.",
        "You do not want: horror.",
        "Conditions for every film: runtime up to 120 minutes (you said “under two hours”) and "
        "genres: Drama.",
        "You turned down Moon and gone.",
        "1 film shown so far, which will not be suggested again unasked.",
    ]
    assert list(sentences(State(), {}, FILMS)) == []


def test_everything_a_trace_has_is_shown() -> None:
    call = Call(
        stage="decide",
        model="m",
        prompt=json.dumps([{"role": "system", "content": "Be brief.\nSay\x1b[2J"}]),
        prompt_hash="abcdef0123456789",
        answer="Request: x",
        seconds=0.5,
        usage=Usage(prompt_tokens=12, completion_tokens=3),
    )
    where = (Constraint(attribute="year", op=Op.GE, values=(1980.0,)),)
    failed = {"error": "no answer", "stage": "rank", "prompt": "No list"}
    trace = Trace(
        calls=(call, call.model_copy(update=failed)),
        noted=("move: wish",),
        query=Query(text="quiet", concepts=(Concept(text="space"),), where=where, exclude=("a",)),
        ways={"bm25": tuple(f"i{n}" for n in range(9))},
        scores={"moon": 0.0321},
        dropped=("Moon won an Oscar. [Oscar is in no record]",),
        notes=("The language model did not answer.",),
        seconds={"read": 0.0042, "turn": 1.5},
    )
    turn = Turn(message="quiet?", reply="r", act=Act.RECOMMEND, slate=slate(), trace=trace)
    on = screen(200, terminal=False, color_system=None)
    show_trace(on, 3, turn, {"i0": MOON}, prompts=True)
    told = written(on)
    for part in (
        "Turn 3, recommend: “quiet?”",
        "move: wish",
        "concepts: +space",
        "where: year >= 1980",
        "left out: 1 shown, turned down or known before",
        "bm25: 1 Moon, 2 i1,",
        "8 i7, … (9 kept)",
        "1. Moon: 0.50 good fit, search score 0.032",
        "decide: m, 0.50 s, 12 + 3 tokens, prompt abcdef012345",
        "failed: no answer",
        "Moon won an Oscar. [Oscar is in no record]",
        "The language model did not answer.",
        "read 4 ms, turn 1.50 s",
        "[system]\n    Be brief.\n    Say [2J\n",
        "No list",
        "Request: x",
    ):
        assert part in told
