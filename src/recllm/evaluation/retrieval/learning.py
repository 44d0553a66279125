"""Learns from labelled conversations what retrieval can be taught, without giving answers away.

What is taught: which items are named together (co-engagement), which are taken up after which
names (associations) and in what context (the tuned encoder), and how far each way is to be believed
(the learned fusion). The fusion must see the verdicts that the ways will give on conversations that
they do not know. So the dialogues are cut into folds, and for each fold the ways are learnt from
the others; from these out-of-fold verdicts the trees are fitted, and the figures told of them are
cross-fitted once more.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.evaluation.retrieval.offline import Outcome, targets_of
from recllm.evaluation.retrieval.queries import query_of
from recllm.evaluation.retrieval.values import Dataset, Dialogue, Instance, Mention
from recllm.protocols import Encoder, Retriever
from recllm.retrieval import association_counts, learned, neighbours, tuned_weights
from recllm.retrieval.association_counts import Associations
from recllm.retrieval.associations import AssociationRetriever
from recllm.retrieval.coengagement import CoEngagementRetriever
from recllm.retrieval.fusion import fuse
from recllm.retrieval.fusion_features import NAMES, FusionFeatures
from recllm.retrieval.neighbours import Neighbours
from recllm.retrieval.tuned_encoder import ContextFeatures, TunedEncoderRetriever
from recllm.retrieval.tuned_weights import Floats, TunedWeights
from recllm.types import Candidate, Query

FOLDS = 4
CANDIDATES = 300
"""The best of the ways together that the fusion orders."""
Told = Callable[[int, int], None]


class Learnt(NamedTuple):
    """What was learnt, and where the targets of the folds came in for trees that knew neither."""

    neighbours: Neighbours
    associations: Associations
    weights: TunedWeights
    trees: str
    outcomes: list[Outcome]


class _Case(NamedTuple):
    """A labelled context with what it asks for."""

    instance: Instance
    query: Query
    targets: tuple[str, ...]
    fold: int


class _Described(NamedTuple):
    """The candidates of a case, as the fusion sees them."""

    ids: list[str]
    features: Floats
    taken: npt.NDArray[np.bool_]


async def learn(
    dataset: Dataset,
    catalog: Catalog,
    encoder: Encoder,
    plain: Sequence[Retriever],
    *,
    seed: int = 0,
    told: Told = lambda done, total: None,
) -> Learnt:
    """Learn from ``dataset.train``; its test instances are not looked at.

    Args:
        dataset: has labelled conversations to learn from.
        catalog: of the items of the data set.
        encoder: the one that ``catalog`` was indexed with.
        plain: ways that are not learnt, fused with those that are.
        seed: of the trees.
        told: is told how many conversations were gone through.

    Raises:
        CatalogError: there is too little to learn from.
    """
    cases = _cases(dataset)
    usual = await _usual(catalog, cases)
    contexts = await _contexts(cases, ContextFeatures(encoder, catalog, usual))
    teacher = _Teacher(dataset, catalog, encoder, cases, contexts, usual)
    described: list[_Described] = [_NOTHING] * len(cases)
    done = 0
    for fold in range(FOLDS):
        ways, features = await asyncio.to_thread(teacher.ways, fold)
        for at in (n for n, case in enumerate(cases) if case.fold == fold):
            described[at] = await _describe(cases[at], [*plain, *ways], features)
            done += 1
            told(done, len(cases))
    outcomes, trees = await asyncio.to_thread(_fit_trees, dataset, cases, described, seed)
    return Learnt(*await asyncio.to_thread(teacher.whole), trees, outcomes)


def _cases(dataset: Dataset) -> list[_Case]:
    found = []
    for instance in dataset.train.instances:
        new = tuple(dict.fromkeys(targets_of(instance, "new")))
        if new:
            asked = instance.model_copy(update={"exclude": instance.seen})
            fold = zlib.crc32(instance.dialogue.encode()) % FOLDS
            found.append(_Case(instance, query_of(asked), new, fold))
    return found


async def _usual(catalog: Catalog, cases: Sequence[_Case]) -> Floats:
    """Return the middle of the vectors of the items that were taken up."""
    ids = sorted({t for case in cases for t in case.targets})
    vectors = await catalog.vectors(ids)
    return np.asarray(vectors.mean(axis=0) if len(ids) else np.zeros(vectors.shape[1]))


async def _contexts(cases: Sequence[_Case], features: ContextFeatures) -> list[Floats | None]:
    return [await features.read(case.query) for case in cases]


class _Teacher:
    """Fits the ways that are learnt, to all folds but one or to all."""

    def __init__(
        self,
        dataset: Dataset,
        catalog: Catalog,
        encoder: Encoder,
        cases: Sequence[_Case],
        contexts: Sequence[Floats | None],
        usual: Floats,
    ) -> None:
        self._dialogues = dataset.train.dialogues or _as_dialogues(cases)
        self._catalog, self._encoder = catalog, encoder
        self._cases, self._contexts, self._usual = cases, contexts, usual
        self._known = frozenset(i.id for i in dataset.items)
        self._alike = _alike(self._dialogues)

    def ways(self, fold: int) -> tuple[list[Retriever], FusionFeatures]:
        """Return ways and features that know nothing of the dialogues of ``fold``."""
        hidden = {c.instance.dialogue for c in self._cases if c.fold == fold}
        hidden |= {other for name in hidden for other in self._alike.get(name, ())}
        near = together(d for d in self._dialogues if d.id not in hidden)
        kept = [c.instance.dialogue not in hidden for c in self._cases]
        weights = self._weights(kept)
        ways: list[Retriever] = [
            CoEngagementRetriever(self._catalog, near),
            AssociationRetriever(self._catalog, self._counts(kept)),
            TunedEncoderRetriever(self._catalog, self._encoder, weights),
        ]
        return ways, FusionFeatures(self._catalog, self._encoder, neighbours.counts(near))

    def whole(self) -> tuple[Neighbours, Associations, TunedWeights]:
        """Return what all dialogues teach."""
        kept = [True] * len(self._cases)
        return together(self._dialogues), self._counts(kept), self._weights(kept)

    def _counts(self, kept: Sequence[bool]) -> Associations:
        some = [case for case, keep in zip(self._cases, kept, strict=True) if keep]
        return association_counts.count((c.query, c.targets) for c in some)

    def _weights(self, kept: Sequence[bool]) -> TunedWeights:
        some = [
            (context, case.targets)
            for context, case, keep in zip(self._contexts, self._cases, kept, strict=True)
            if keep and context is not None
        ]
        contexts = np.array([c for c, _ in some], dtype=np.float32)
        return tuned_weights.fit(contexts, [t for _, t in some], self._usual, self._encoder.name)


def _as_dialogues(cases: Sequence[_Case]) -> tuple[Dialogue, ...]:
    """Return dialogues of what labelled turns name and take up, where only turns are known."""
    named: defaultdict[str, list[Mention]] = defaultdict(list)
    for case in cases:
        some = [*case.instance.mentioned, *(Mention(t, "assistant") for t in case.targets)]
        named[case.instance.dialogue] += some
    return tuple(Dialogue(id=name, mentioned=tuple(m)) for name, m in named.items())


def together(dialogues: Iterable[Dialogue]) -> Neighbours:
    """Return which items are named in the same dialogues: each dialogue counts as a user."""
    ids: dict[str, int] = {}
    pairs = []
    for number, dialogue in enumerate(dialogues):
        for item in dict.fromkeys(m.item for m in dialogue.mentioned):
            pairs.append((number, ids.setdefault(item, len(ids))))
    users, items = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return neighbours.nearest(users, items, list(ids), {})


def _alike(dialogues: Sequence[Dialogue]) -> dict[str, set[str]]:
    """Return for each dialogue those that may be the same under another number.

    Two name the same items: four or more, or two or more that are 40 % of all that they name.
    """
    items = {d.id: frozenset(m.item for m in d.mentioned) for d in dialogues}
    naming: defaultdict[str, list[str]] = defaultdict(list)
    for name, some in items.items():
        for item in some:
            naming[item].append(name)
    found: dict[str, set[str]] = {}
    for name, some in items.items():
        shared: defaultdict[str, int] = defaultdict(int)
        for item in some:
            for other in naming[item]:
                shared[other] += 1
        found[name] = {
            other
            for other, n in shared.items()
            if n >= 4 or (n >= 2 and n / len(some | items[other]) >= 0.4)
        } - {name}
    return found


# ── The fusion ───────────────────────────────────────────────────────────────────────────────

_NOTHING = _Described([], np.zeros((0, len(NAMES)), np.float32), np.zeros(0, np.bool_))


async def _describe(case: _Case, ways: Sequence[Retriever], features: FusionFeatures) -> _Described:
    """Return the candidates that the ways find for ``case``, described and labelled."""
    answers = await asyncio.gather(*(way.retrieve(case.query) for way in ways))
    candidates: tuple[Candidate, ...] = fuse(answers)[:CANDIDATES]
    ids = [c.item.id for c in candidates]
    taken = np.array([i in case.targets for i in ids], dtype=np.bool_)
    return _Described(ids, await features.describe(case.query, candidates), taken)


def _fit_trees(
    dataset: Dataset, cases: Sequence[_Case], described: Sequence[_Described], seed: int
) -> tuple[list[Outcome], str]:
    """Return where targets came in when their fold was left out, and trees fitted to all."""
    outcomes: list[Outcome] = []
    for fold in range(FOLDS):
        trees = _trees([d for c, d in zip(cases, described, strict=True) if c.fold != fold], seed)
        left_out = [(c, d) for c, d in zip(cases, described, strict=True) if c.fold == fold]
        rows = np.concatenate([_NOTHING.features, *(d.features for _, d in left_out)])
        ends = np.cumsum([len(d.ids) for _, d in left_out])
        scores = np.split(learned.predict(trees, rows), ends[:-1])
        for (case, one), some in zip(left_out, scores, strict=True):
            outcomes += _outcomes(dataset, case, one, some)
    return outcomes, _trees(described, seed)


def _trees(described: Sequence[_Described], seed: int) -> str:
    # A case without its target among the candidates teaches nothing of their order.
    useful = [d for d in described if d.taken.any()]
    features = np.concatenate([_NOTHING.features, *(d.features for d in useful)])
    taken = np.concatenate([_NOTHING.taken, *(d.taken for d in useful)])
    return learned.fit(features, taken, seed=seed)


def _outcomes(dataset: Dataset, case: _Case, one: _Described, scores: Floats) -> list[Outcome]:
    ranking = [dataset.key(one.ids[n]) for n in np.argsort(-scores, kind="stable")]
    places = {key: n for n, key in reversed(list(enumerate(dict.fromkeys(ranking), start=1)))}
    return [
        Outcome(case.instance.id, case.instance.dialogue, t, places.get(dataset.key(t)))
        for t in case.targets
    ]
