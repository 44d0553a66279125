"""Dialogue management by a language model (RecLLM section 3): one transcript, lines in and out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from itertools import product
from typing import cast

from recllm.dialogue.grammar import decision_grammar, wording_grammar
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.transcript import (
    STOP,
    Style,
    parse,
    render,
    render_slate,
    response_start,
)
from recllm.errors import ParseError
from recllm.llm.complete import complete
from recllm.protocols import LLM
from recllm.text import sentences, shorten
from recllm.trust import Trust
from recllm.types import ChatMessage, Chunk, Decision, LLMRequest, Session, Slate

_WORDING_SECONDS = 3.0


class DialogueManager:
    """Asks the model to decide, to respond over a slate, and to choose a wording.

    Args:
        llm: the model.
        lexicon: the catalogue's columns and words.
        style: which rendering of the transcript the model understands.
        trust: whether to constrain its lines by a grammar.
        seed: passed on to the model.
        timeout: seconds for each call.
    """

    def __init__(
        self, llm: LLM, lexicon: Lexicon, style: Style, trust: Trust, seed: int, timeout: float
    ) -> None:
        self._llm = llm
        self._lexicon = lexicon
        self._style = style
        self._trust = trust
        self._seed = seed
        self._timeout = timeout

    async def decide(
        self, session: Session, message: str, noted: Sequence[str], known: Sequence[str] = ()
    ) -> AsyncIterator[str | Decision]:
        """Yield the sentences of a response as they are written, then the decision.

        A decision to search has no sentences. Nonsense is asked again once, more strictly.

        Raises:
            ParseError: twice there was neither a query nor a response.
            LLMError: the model failed before it said anything.
        """
        prompt = render(session, message, noted, self._lexicon.schema, self._style, known)
        request = self._request("decide", prompt, 400)
        if self._trust.grammar:
            request = request.model_copy(
                update={"grammar": decision_grammar(message, self._lexicon)}
            )
        text, told = "", 0
        async for piece in self._pieces(request):
            text += piece
            start = response_start(text)
            finished = _finished(text[start:]) if start is not None else []
            for sentence in finished[told:]:
                yield sentence
            told = max(told, len(finished))
        try:
            decision = parse(text)
        except ParseError:
            decision = await self._again(request)
        for sentence in sentences(decision.response)[told:]:
            yield sentence
        yield decision

    async def _again(self, request: LLMRequest) -> Decision:
        reminder = ChatMessage(
            role="user", content="Write only the labelled lines: Wants and Request, or Response."
        )
        again = request.model_copy(
            update={"messages": (*request.messages, reminder), "seed": self._seed + 1}
        )
        return parse((await complete(self._llm, again)).text)

    async def respond(
        self,
        session: Session,
        message: str,
        noted: Sequence[str],
        lines: Sequence[str],
        slate: Slate,
        known: Sequence[str] = (),
    ) -> AsyncIterator[str]:
        """Yield the sentences of the reply over ``slate`` as they are written."""
        schema = self._lexicon.schema
        prompt = render(session, message, noted, schema, self._style, known)
        prompt = render_slate(prompt, lines, slate, schema)
        async for sentence in self._sentences(self._request("respond", prompt, 220)):
            yield sentence

    async def choose(self, message: str, options: Sequence[Sequence[str]]) -> str:
        """Return a reply made of one sentence of each list of ``options``, as the model prefers.

        All options are true and code's own, so that no choice can do harm; a small model sees the
        message alone, for speed. Empty if it wrote something else, which a server without
        grammars lets it.

        Raises:
            LLMError: the model did not answer within a few seconds: it is not worth more.
        """
        empty = Session(id="")
        prompt = render(empty, shorten(message, 400), (), self._lexicon.schema, self._style)
        request = self._request("wording", prompt, 160).model_copy(
            update={
                "grammar": wording_grammar(options),
                "timeout": min(self._timeout, _WORDING_SECONDS),
            }
        )
        text = (await complete(self._llm, request)).text.removeprefix("Response:").strip()
        return text if text in {" ".join(parts) for parts in product(*options)} else ""

    def _request(
        self, stage: str, messages: tuple[ChatMessage, ...], max_tokens: int
    ) -> LLMRequest:
        return LLMRequest(
            stage=stage,
            messages=messages,
            max_tokens=max_tokens,
            stop=STOP,
            seed=self._seed,
            timeout=self._timeout,
        )

    async def _pieces(self, request: LLMRequest) -> AsyncIterator[str]:
        stream = cast("AsyncGenerator[Chunk]", self._llm.stream(request))
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                yield chunk.text

    async def _sentences(self, request: LLMRequest) -> AsyncIterator[str]:
        """Yield whole sentences; the label "Response:" in front is taken off."""
        text, told = "", 0
        async for piece in self._pieces(request):
            text += piece
            start = response_start(text) or 0
            finished = _finished(text[start:])
            for sentence in finished[told:]:
                yield sentence
            told = max(told, len(finished))
        rest = sentences(text[response_start(text) or 0 :])
        for sentence in rest[told:]:
            yield sentence


def _finished(text: str) -> list[str]:
    """Return the sentences of ``text`` that have certainly ended."""
    return sentences(text)[:-1]
