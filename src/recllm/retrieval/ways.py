"""The table of the ways: each name of the setting ``ways`` and the retriever that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from recllm.catalog.index import Catalog
from recllm.errors import ConfigError
from recllm.protocols import Encoder, Retriever
from recllm.retrieval.associations import AssociationRetriever
from recllm.retrieval.browse import BrowseRetriever
from recllm.retrieval.coengagement import CoEngagementRetriever
from recllm.retrieval.concepts import ConceptRetriever
from recllm.retrieval.direct import DirectRetriever
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.retrieval.tuned_encoder import TunedEncoderRetriever


class Parts(NamedTuple):
    """What a way can be made of."""

    catalog: Catalog
    encoder: Encoder


WAYS: dict[str, Callable[[Parts], Retriever | None]] = {
    "bm25": lambda parts: LexicalRetriever(parts.catalog),
    "dual-encoder": lambda parts: DualEncoderRetriever(parts.catalog, parts.encoder),
    "concepts": lambda parts: ConceptRetriever(parts.catalog, parts.encoder, words_alone=False),
    "direct": lambda parts: DirectRetriever(parts.catalog, parts.encoder),
    "co-engagement": lambda parts: CoEngagementRetriever(parts.catalog),
    "associations": lambda parts: AssociationRetriever(parts.catalog),
    "tuned-encoder": lambda parts: TunedEncoderRetriever(parts.catalog, parts.encoder),
    "browse": lambda parts: BrowseRetriever(parts.catalog),
}
"""A line for each way, in the order in which ties are settled; None where it cannot serve."""


def make_ways(wanted: Sequence[str], parts: Parts) -> list[Retriever]:
    """Return the ways that ``wanted`` names and this catalogue can serve; () means all.

    Raises:
        ConfigError: a name is not in the table, or none of the wanted can serve.
    """
    missing = [name for name in wanted if name not in WAYS]
    if missing:
        known = ", ".join(WAYS)
        raise ConfigError(f"the way {missing[0]!r} cannot be used here: choose from {known}")
    made = (make(parts) for name, make in WAYS.items() if not wanted or name in wanted)
    ways = [way for way in made if way is not None]
    if not ways:
        raise ConfigError(
            f"none of the ways {', '.join(wanted)} can search the catalogue "
            f"{parts.catalog.name!r}: set ways to 'auto', or name others"
        )
    return ways
