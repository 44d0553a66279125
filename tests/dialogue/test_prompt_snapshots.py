"""Every prompt as the model gets it: a change of wording shows in review.

To accept changed prompts, run these tests with UPDATE_SNAPSHOTS=1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests import toy

from recllm.dialogue.grammar import decision_grammar
from recllm.dialogue.manager import DialogueManager
from recllm.dialogue.transcript import Style, render, render_slate
from recllm.encoder import HashEncoder
from recllm.llm.scripted import ScriptedLLM
from recllm.ranking.code import CodeRanker
from recllm.ranking.grounding import Grounder
from recllm.ranking.model import ListwiseRanker, PointwiseRanker
from recllm.testing.toy import toy_catalog
from recllm.trust import trust_level
from recllm.types import ChatMessage, Concept, State

SNAPSHOTS = Path(__file__).resolve().parent.parent / "snapshots"
NOTED = ("move: wish", "where: runtime < 120", "concept: -scary")
STATE = State(
    wants="something in space, not scary",
    concepts=(Concept(text="space", attribute="tags"), Concept(text="scary", sign=-1)),
    where=(toy.where("runtime", "<", 120.0),),
)


def check(name: str, messages: Sequence[ChatMessage]) -> None:
    """Compare the rendered messages with the stored ones."""
    text = "".join(f"── {m.role} ──\n{m.content}\n" for m in messages)
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"no snapshot {path.name!r}: run with UPDATE_SNAPSHOTS=1"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("style", ["instruct", "compact"])
def test_deciding(style: Style) -> None:
    session = toy.after("moon", "alien", message="something in space")
    check(style, render(session, "less scary, under two hours", NOTED, toy.SCHEMA, style))


@pytest.mark.parametrize("style", ["instruct", "compact"])
def test_responding(style: Style) -> None:
    messages = render(toy.new_session(), "less scary", NOTED, toy.SCHEMA, style)
    slate = toy.slate("moon", "quest", relaxed=(toy.where("year", ">", 2010.0, words="newer"),))
    lines = ("Wants: something in space", "Request: space adventure")
    check(f"{style}.respond", render_slate(messages, lines, slate, toy.SCHEMA))


async def test_choosing_a_wording() -> None:
    llm = ScriptedLLM(["Response: Enjoy!"])
    manager = DialogueManager(llm, toy.lexicon(), "compact", trust_level("embedded"), 0, 30)
    assert await manager.choose("thanks", [("You're welcome!", "Enjoy!")]) == "Enjoy!"
    grammar = ChatMessage(role="system", content=llm.requests[0].grammar)
    check("wording", [*llm.requests[0].messages, grammar])


@pytest.mark.parametrize("kind", [ListwiseRanker, PointwiseRanker], ids=["listwise", "pointwise"])
async def test_ranking(kind: type[ListwiseRanker | PointwiseRanker], tmp_path: Path) -> None:
    catalog = await toy_catalog(tmp_path, HashEncoder(8))
    llm = ScriptedLLM(["[1] good fit | It fits."], repeat=True)
    grounder = Grounder(catalog.schema, catalog.vocabulary)
    ranker = kind(llm, CodeRanker(catalog), grounder, catalog.schema, 0, 30)
    await ranker.rank("less scary", STATE, toy.candidates("moon", "quest", "alien"), 2)
    requests = sorted(llm.requests, key=lambda r: r.messages[-1].content)
    check(kind.__name__.removesuffix("Ranker").lower(), requests[0].messages)


def test_grammar() -> None:
    grammar = decision_grammar("under 90 minutes", toy.lexicon())
    check("grammar", [ChatMessage(role="system", content=grammar)])
