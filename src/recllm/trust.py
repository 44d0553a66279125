"""How much a language model is trusted with: one explicit setting, no other code.

Whatever a model is not trusted with is done by code. The values were chosen from what was measured
(docs/decisions.md): a small untuned model may choose a wording, and no more.
"""

from __future__ import annotations

from recllm.errors import ConfigError
from recllm.types import Value


class Trust(Value):
    """The parts of a turn that the model's own word decides.

    Attributes:
        act: whether to recommend, ask, answer or chat.
        query: the query line, titles and concepts, fused with the user's own words.
        state: what is wanted, and conditions that the rules did not read.
        ranking: buckets and explanations.
        reply: the text over a slate (checked against the records).
        wording: which of the sentences that code has written is said.
        grammar: constrain what it writes by a grammar built for the request.
    """

    act: bool = False
    query: bool = False
    state: bool = False
    ranking: bool = False
    reply: bool = False
    wording: bool = False
    grammar: bool = False

    @property
    def decides(self) -> bool:
        """Whether the model is asked for the lines of a decision at all."""
        return self.act or self.query or self.state


LEVELS = {
    "none": Trust(),
    "embedded": Trust(wording=True, grammar=True),
    "general": Trust(act=True, query=True, state=True, ranking=True, reply=True),
}


def trust_level(name: str) -> Trust:
    """Return the trust called ``name``.

    Raises:
        ConfigError: there is no such level.
    """
    try:
        return LEVELS[name]
    except KeyError:
        known = ", ".join(LEVELS)
        raise ConfigError(f"unknown trust {name!r}; choose one of {known}") from None
