"""``recllm ask``: one turn for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from recllm.errors import LLMUnavailableError, StoreError
from recllm.types import Trace

Run = Callable[..., Result]


def asked(run: Run, *arguments: str, input: str | bytes | None = None) -> dict[str, object]:
    result = run("ask", *arguments, "--json", input=input)
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_the_answer_for_people(scripted: Run) -> None:
    result = scripted("ask", "something calm")
    assert result.exit_code == 0
    assert "Quiet Orbit (2009)" in result.stdout
    assert result.stdout.endswith("Try these. The first is  [31mquiet.\n")


def test_the_answer_for_scripts(scripted: Run) -> None:
    said = asked(scripted, "something calm")
    assert list(said) == [
        "session", "user", "catalog", "message", "act", "reply", "slate", "relaxed", "notes",
    ]  # fmt: skip
    assert (said["user"], said["catalog"], said["act"]) == ("default", "films", "recommend")
    assert said["reply"] == "Try these. The first is quiet."
    slate = said["slate"]
    assert isinstance(slate, list)
    assert slate[0]["attributes"].pop("genres") == ["Drama", "Science Fiction"]
    assert json.dumps(slate[0]["attributes"]["year"]) == "2009"
    assert slate[0] == {
        "number": 1,
        "id": "f0",
        "title": "Quiet Orbit",
        "url": "",
        "bucket": "excellent fit",
        "score": 0.9,
        "explanation": "Calm.",
        "attributes": slate[0]["attributes"],
    }


def test_an_answer_without_a_slate(scripted: Run) -> None:
    said = asked(scripted, "chat")
    assert (said["slate"], said["relaxed"], said["act"]) == ([], [], "chat")


def test_the_trace_on_request(scripted: Run) -> None:
    trace = asked(scripted, "something calm", "--trace")["trace"]
    assert Trace.model_validate_json(json.dumps(trace)).ways == {"bm25": ("f0", "f3")}


@pytest.mark.parametrize("raw", [b"  something\nlong \n", b"\xef\xbb\xbfsomething\nlong"])
def test_the_message_from_standard_input(scripted: Run, raw: bytes) -> None:
    assert asked(scripted, "-", input=raw)["message"] == "something\nlong"


def test_bytes_that_are_no_text(scripted: Run) -> None:
    assert asked(scripted, "caf\udce9 \udcc3\udca9")["message"] == "caf� é"
    assert asked(scripted, "half \ud83d")["message"] == "half ?"
    assert asked(scripted, "-", input=b"caf\xe9")["message"] == "caf�"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-",), "there is nothing to say"),
        (("  ",), "there is nothing to say"),
        (("hi", "--resume", "--session", "s"), "either --session or --resume"),
        (("hi", "--user", ""), "not a name of 1 to 200"),
        (("hi", "--user", "x" * 201), "not a name of 1 to 200"),
        (("hi", "--session", "a\nb"), "not a name of 1 to 200"),
        (("hi", "--llm", "gpt"), "--llm"),
        ((), "Missing argument"),
    ],
)
def test_wrong_use_is_said(scripted: Run, arguments: tuple[str, ...], why: str) -> None:
    result = scripted("ask", *arguments, input="")
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.replace("│", " ").split())


def test_each_ask_is_a_session_of_its_own_unless_resumed(scripted: Run) -> None:
    first, second = asked(scripted, "one"), asked(scripted, "two")
    assert first["session"] != second["session"]
    assert asked(scripted, "three", "--resume")["session"] == second["session"]
    assert asked(scripted, "four", "--resume", "--user", "ann")["session"] != second["session"]


def test_a_named_session_is_begun_and_continued(scripted: Run) -> None:
    for _ in range(2):
        assert asked(scripted, "hello", "--session", "bot-7")["session"] == "bot-7"
    with pytest.raises(StoreError, match="another user's"):
        scripted("ask", "hello", "--session", "bot-7", "--user", "eve")


def test_another_users_session_cannot_be_read(scripted: Run) -> None:
    asked(scripted, "secret wish", "--session", "bot-7")
    with pytest.raises(StoreError) as caught:
        scripted("ask", "/profile", "--session", "bot-7", "--user", "eve", "--json")
    assert "secret" not in str(caught.value)


def test_why_the_model_failed_is_said_beside_the_answer(scripted: Run) -> None:
    result = scripted("ask", "limp")
    assert (result.exit_code, result.stderr) == (0, "The language model failed: no answer: wait\n")


def test_an_error_ends_the_command(scripted: Run) -> None:
    with pytest.raises(LLMUnavailableError):
        scripted("ask", "fail")
    with pytest.raises(LLMUnavailableError):
        scripted("ask", "fail", "--json")
