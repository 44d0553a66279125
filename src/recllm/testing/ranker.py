"""The contract of every :class:`recllm.protocols.Ranker`, as one function to call in a test."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.protocols import Ranker
from recllm.testing.toy import toy_films
from recllm.types import Bucket, Candidate, Concept, Constraint, Item, Op, Slate, State

MESSAGE = "something scary in space under two hours"
WISH = State(
    wants=MESSAGE,
    concepts=(
        Concept(text="scary", attribute="tags", words="scary"),
        Concept(text="space", attribute="tags", words="space"),
    ),
    where=(Constraint(attribute="runtime", op=Op.LT, values=(120.0,), words="under two hours"),),
)
"""Of the toy films only "Alien" answers all of this."""
RIGHT = "alien"


async def check_ranker(ranker: Ranker, *, understands: bool = True) -> None:
    """Check that ``ranker``, made for the toy catalogue, keeps the contract.

    Args:
        ranker: judges films of :func:`recllm.testing.toy.toy_films`.
        understands: whether it can know that the right film is the right one; False for a
            scripted model that says the same of all.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    found = _candidates(toy_films())
    for size in (1, 3, 10):
        slate = await ranker.rank(MESSAGE, WISH, found, size)
        _check_slate(slate, found, size)
        if understands:
            first = slate.items[0].item.id
            assert first == RIGHT, f"the best answer to {MESSAGE!r} is {RIGHT!r}, not {first!r}"
    await _leaves_refused_out(ranker)
    await _takes_few_or_none(ranker)


def _candidates(films: Sequence[Item]) -> tuple[Candidate, ...]:
    ranked = enumerate(films, start=1)
    return tuple(Candidate(item=f, score=1 / (60 + n), ranks={"toy": n}) for n, f in ranked)


def _check_slate(slate: Slate, found: Sequence[Candidate], size: int) -> None:
    known = {c.item.id: c.item for c in found}
    ids = [r.item.id for r in slate.items]
    assert len(ids) <= size, f"{len(ids)} items where {size} were asked for"
    assert len(ids) == min(size, len(known)), f"only {len(ids)} of {size} items: {ids}"
    assert len(set(ids)) == len(ids), f"an item stands twice in {ids}"
    for place in slate.items:
        assert known.get(place.item.id) == place.item, f"{place.item.id!r} is no candidate"
        assert place.bucket in Bucket
        assert 0 <= place.score <= 1, f"the score {place.score!r} is not in [0, 1]"
        assert place.explanation.strip(), f"no explanation of {place.item.id!r}"
    scores = [r.score for r in slate.items]
    assert scores == sorted(scores, reverse=True), f"not best first: {scores}"


async def _leaves_refused_out(ranker: Ranker) -> None:
    """What the person refused is not shown as long as there is anything else."""
    refusal = State(wants="a film", concepts=(Concept(text="scary", sign=-1, attribute="tags"),))
    slate = await ranker.rank("nothing scary", refusal, _candidates(toy_films()), 5)
    scary = [r.item.id for r in slate.items if "scary" in str(r.item.attributes["tags"])]
    assert not scary, f"refused, and shown all the same: {scary}"


async def _takes_few_or_none(ranker: Ranker) -> None:
    empty = await ranker.rank(MESSAGE, WISH, (), 3)
    assert empty.items == (), "no candidates, no slate"
    one = _candidates(toy_films()[:1])
    _check_slate(await ranker.rank("", State(), one, 3), one, 3)
