"""What a model notes counts only where the user's own words bear it out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.errors import LLMTimeoutError
from recllm.facts import FactKind, Scope
from recllm.llm.scripted import Reply, ScriptedLLM
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.model_extraction import ModelExtractor, parse_notes
from recllm.types import Act, Session, Turn

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
SESSION = Session(id="s")
SNAPSHOT = Path(__file__).resolve().parent.parent / "snapshots" / "extraction.txt"


def turn(message: str) -> Turn:
    return Turn(message=message, reply="I love casinos.", act=Act.CHAT, at=AT)


async def notes(message: str, reply: Reply) -> list[str]:
    extractor = ModelExtractor(ScriptedLLM(reply), RuleExtractor())
    changes = await extractor.extract(SESSION, turn(message), ())
    return [c.fact.text for c in changes if c.fact]


async def test_the_model_adds_what_rules_have_no_words_for() -> None:
    message = "Gardening keeps me sane. I like jazz."
    answer = (
        "like | me | Finds that gardening keeps them sane. | Gardening keeps me sane\n"
        "like | me | Likes jazz. | I like jazz"
    )
    assert await notes(message, answer) == [
        "Likes jazz.",
        "Finds that gardening keeps them sane.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "like | me | Loves casinos. | I love casinos",
        "like | me | Loves sailing. | Gardening keeps me sane",
        "dislike | me | Does not garden, hates gardening. | I love my gardening",
        "like | my aunt | Gardening keeps them sane. | Gardening keeps me sane",
        "fact | me | Gardening. | Gardening keeps me sane",
        "nothing",
        "Gardening keeps me sane",
    ],
)
async def test_a_note_that_nothing_bears_out_is_dropped(line: str) -> None:
    assert await notes("Gardening keeps me sane.", line) == []


async def test_questions_and_quotes_are_not_even_asked_about() -> None:
    llm = ScriptedLLM()
    extractor = ModelExtractor(llm, RuleExtractor())
    for message in ("Do I like horror?", "He said 'I love horror'."):
        assert await extractor.extract(SESSION, turn(message), ()) == ()
    assert llm.requests == []


async def test_evidence_in_a_supposition_does_not_count() -> None:
    message = "Knitting is a joy. If I liked opera I would go."
    assert await notes(message, "like | me | Likes opera. | I liked opera") == []


async def test_a_failing_model_loses_nothing() -> None:
    assert await notes("I like jazz.", LLMTimeoutError("too slow")) == ["Likes jazz."]


async def test_somebody_else_is_named_in_the_message() -> None:
    message = "Grandfather Tom swears by chess."
    line = "like | Grandfather Tom | Swears by chess. | Grandfather Tom swears by chess"
    (fact,) = parse_notes(line, SESSION, turn(message))
    assert (fact.scope, fact.about, fact.kind) == (Scope.OTHER, "Grandfather Tom", FactKind.LIKE)


@given(st.text(max_size=400), st.text(max_size=200))
def test_whatever_the_model_writes_the_evidence_is_the_users(answer: str, message: str) -> None:
    for text in (answer, f"like | me | {answer} | {message}"):
        for fact in parse_notes(text, SESSION, turn(message)):
            assert fact.evidence in message


async def test_the_prompt_is_as_reviewed() -> None:
    llm = ScriptedLLM("nothing")
    await ModelExtractor(llm, RuleExtractor()).extract(SESSION, turn("Chess calms me."), ())
    text = "".join(f"── {m.role} ──\n{m.content}\n" for m in llm.requests[0].messages)
    assert text == SNAPSHOT.read_text("utf-8")
