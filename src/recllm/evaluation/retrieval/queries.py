"""What the product would ask retrieval for at a point of a recorded conversation."""

from __future__ import annotations

from recllm.evaluation.retrieval.offline import DEPTH
from recllm.evaluation.retrieval.values import Instance
from recllm.types import Concept, Query

LONGEST_TEXT = 600
"""Characters of what the person said that are searched with, the newest kept."""


def query_of(instance: Instance, limit: int = DEPTH) -> Query:
    """Return what the product would ask retrieval for at this point of the conversation.

    The words are those of the person who is looking for something, the newest last; what was named
    stands as examples to be like, people and kinds as concepts.
    """
    said = " ".join(m.content for m in instance.conversation if m.role == "user")
    liked = tuple(dict.fromkeys(m.item for m in instance.mentioned if m.role == "user"))
    return Query(
        text=said[-LONGEST_TEXT:] or " ".join(m.content for m in instance.conversation[-1:]),
        conversation=instance.conversation,
        concepts=tuple(Concept(text=name) for name in instance.entities),
        similar_to=instance.named,
        liked=liked,
        exclude=instance.exclude,
        limit=limit,
    )
