"""``recllm chat``: what is said, shown, stored, and not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from recllm.store import SessionStore
from recllm.types import Session

Run = Callable[..., Result]


def chat(run: Run, *lines: str, flags: tuple[str, ...] = ()) -> str:
    result = run("chat", *flags, input="".join(f"{line}\n" for line in lines))
    assert result.exit_code == 0, result.output
    return result.stdout


def stored(home: Path, user: str = "default") -> Session:
    async def latest() -> Session | None:
        store = SessionStore.at(home)
        found = await store.latest(user, "films")
        await store.close()
        return found

    session = asyncio.run(latest())
    assert session is not None
    return session


def test_the_welcome(scripted: Run) -> None:
    told = chat(scripted)
    assert "RecLLM knows 6 films (catalogue films)." in told
    assert "No language model: rules find, choose and reply" in told
    assert "“a comedy film under 100 minutes”" in told
    assert "“something by Ada Lind”" in told
    assert "/help" in told


def test_a_turn_shows_cards_then_the_text(scripted: Run) -> None:
    told = chat(scripted, "something calm")
    start = told.index("1.  Quiet Orbit (2009)  excellent fit")
    assert told[start:].splitlines()[:4] == [
        "1.  Quiet Orbit (2009)  excellent fit",
        "    Ada Lind · 97 min · Drama, Science Fiction",
        "    Calm.",
        "",
    ]
    assert told.index("Paper Boats") < told.index("Try these.")
    assert "> " not in told


def test_nothing_from_an_item_or_a_reply_commands_the_terminal(scripted: Run) -> None:
    assert "\x1b" not in chat(scripted, "something calm")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/why 2", "why did you pick number 2?"),
        ("/more #1", "more like number 1"),
        ("/LESS 1", "less like number 1"),
        ("/like 2", "more like number 2"),
    ],
)
def test_commands_with_a_number_become_messages(
    scripted: Run, cli_home: Path, line: str, message: str
) -> None:
    chat(scripted, "something calm", line)
    assert [t.message for t in stored(cli_home).turns] == ["something calm", message]


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (("/why 1",), "There are no suggestions yet"),
        (("hi", "/why"), "/why needs a number of the last suggestions: 1 to 2."),
        (("hi", "/more 3"), "/more needs a number"),
        (("hi", "/more 0"), "/more needs a number"),
        (("hi", "/more two"), "/more needs a number"),
        (("/profle",), "There is no command /profle. Did you mean /profile?"),
        (("/xyzzy",), "There is no command /xyzzy. /help lists them all."),
        (("/",), "There is no command /."),
        (("/profile",), "Nothing yet"),
        (("/trace",), "There is no turn yet"),
        (("/new",), "A new conversation"),
    ],
)
def test_commands_answer_without_a_turn(scripted: Run, lines: tuple[str, ...], answer: str) -> None:
    assert answer in chat(scripted, *lines)


def test_help_names_every_command(scripted: Run) -> None:
    told = chat(scripted, "/help")
    for name in ("/why", "/more", "/less", "/profile", "/trace", "/new", "/help", "/quit"):
        assert f"  {name}" in told


@pytest.mark.parametrize("word", ["/quit", "exit", "QUIT", "/q", "/bye"])
def test_leaving(scripted: Run, word: str) -> None:
    assert "Try these" not in chat(scripted, word, "something calm")


def test_empty_lines_are_nothing(scripted: Run, cli_home: Path) -> None:
    chat(scripted, "", "   ", "hello")
    assert [t.message for t in stored(cli_home).turns] == ["hello"]


def test_the_profile_says_what_is_known_in_sentences(scripted: Run) -> None:
    told = chat(scripted, "something calm", "/profile")
    assert "In your words: “something calm”." in told
    assert "You liked Quiet Orbit." in told
    assert "You know already Night Bus." in told
    assert "To change any of it, say so" in told


def test_the_trace_is_readable(scripted: Run) -> None:
    told = chat(scripted, "something calm", "/trace")
    trace = told[told.index("Turn 1, recommend: “something calm”") :]
    assert "bm25: 1 Quiet Orbit, 2 Paper Boats" in trace
    assert "1. Quiet Orbit: 0.90 excellent fit" in trace
    assert "turn 12 ms" in trace


def test_an_error_in_a_turn_is_a_sentence_and_the_chat_goes_on(
    scripted: Run, cli_home: Path
) -> None:
    told = chat(scripted, "fail", "hello")
    assert "Error: nothing answers at 'http://x': start the server" in told
    assert [t.message for t in stored(cli_home).turns] == ["hello"]


def test_why_the_model_failed_is_said_once(scripted: Run) -> None:
    assert chat(scripted, "limp", "limp").count("The language model failed: no answer: wait") == 1


def test_new_begins_another_session(scripted: Run, cli_home: Path) -> None:
    chat(scripted, "one", "/new", "two")
    assert [t.message for t in stored(cli_home).turns] == ["two"]


def test_resuming_shows_the_last_exchange_and_goes_on(scripted: Run, cli_home: Path) -> None:
    chat(scripted, "something calm")
    told = chat(scripted, "/more 1", flags=("--resume",))
    assert "Continuing after 1 turn. Last time:" in told
    assert "> something calm" in told
    assert "(showed Quiet Orbit and Paper Boats)" in told
    assert "Try these. The first is quiet." in told
    assert [t.message for t in stored(cli_home).turns] == ["something calm", "more like number 1"]


def test_nothing_to_resume(scripted: Run) -> None:
    assert "There is no earlier session" in chat(scripted, flags=("--resume",))


def test_users_have_sessions_of_their_own(scripted: Run, cli_home: Path) -> None:
    chat(scripted, "mine", flags=("--user", "ann"))
    told = chat(scripted, "other", flags=("--user", "bob", "--resume"))
    assert "mine" not in told
    assert [t.message for t in stored(cli_home, "bob").turns] == ["other"]


def test_input_that_is_no_text_is_read_all_the_same(scripted: Run, cli_home: Path) -> None:
    assert scripted("chat", input=b"caf\xe9 noir\r\nno end").exit_code == 0
    assert [t.message for t in stored(cli_home).turns][1] == "no end"
