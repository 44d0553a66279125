"""Who took to what: learnt from a file, kept beside the catalogue, and searched in."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.build import open_recommender
from recllm.catalog.index import Catalog
from recllm.errors import CatalogError, SourceError
from recllm.memory_store import MemoryStore
from recllm.retrieval import neighbours
from recllm.retrieval.coengagement import KIND, CoEngagementRetriever, _Loaded
from recllm.retrieval.learn import InteractionReport, Source, learn_interactions
from recllm.testing.retriever import check_retriever
from recllm.testing.toy import toy_catalog
from recllm.types import Candidate, Query, Session

HEADER = "userId,movieId,rating\n"
TASTES = {
    "space": ("moon", "alien", "aliens", "quest", "2001"),
    "love": ("sunrise", "sunset", "mood", "brief", "casablanca"),
    "crime": ("heat", "fargo", "godfather", "m", "psycho"),
}
PEOPLE = "".join(
    f"{taste}-{n},{film},{5 if film != films[n % 5] else 4}\n{taste}-{n},{other},1\n"
    for taste, films in TASTES.items()
    for n in range(8)
    for film in films
    for other in (TASTES["love" if taste != "love" else "crime"][n % 5],)
)
"""Eight people of each taste: they rate its films high and one of another taste low."""


@pytest.fixture
def catalogs(tmp_path: Path) -> Path:
    """A folder of catalogues that a test may change."""
    shutil.copytree(toy.home() / "catalogs", tmp_path / "catalogs")
    return tmp_path / "catalogs"


async def learnt(
    catalogs: Path, text: str = HEADER + PEOPLE, name: str = "who.csv", **said: object
) -> InteractionReport:
    """Learn from ``text``."""
    file = catalogs.parent / name
    file.write_text(text, "utf-8")
    columns = said.pop("columns", {})
    return await learn_interactions(catalogs, "toy", Source(file, columns, **said))  # type: ignore[arg-type]


async def way(catalogs: Path) -> CoEngagementRetriever:
    """The way over the catalogue as it is served now."""
    return CoEngagementRetriever(await Catalog.open(catalogs, "toy"))


def ids(found: tuple[Candidate, ...]) -> list[str]:
    return [c.item.id for c in found]


async def test_the_contract(catalogs: Path) -> None:
    every = "".join(f"{user},{film},5\n" for user in "abcd" for film in toy.FILMS)
    await learnt(catalogs, HEADER + every)
    liked = tuple(toy.FILMS)[:2]
    await check_retriever(
        await way(catalogs), asking=lambda q: q.model_copy(update={"liked": liked})
    )


async def test_neighbours_of_what_is_liked_come_first(catalogs: Path) -> None:
    report = await learnt(catalogs)
    assert (report.rows, report.users, report.known_items) == (240, 24, 15)
    assert report.matched == "id"
    searched = await way(catalogs)
    found = await searched.retrieve(Query(text="x", liked=("moon", "alien")))
    assert set(ids(found)) == {"aliens", "quest", "2001"}
    found = await searched.retrieve(Query(text="x", similar_to=("sunrise",), liked=("mood",)))
    assert set(ids(found)) == {"sunset", "brief", "casablanca"}
    assert found[0].ranks == {"co-engagement": 1}
    assert found[0].scores == {"co-engagement": found[0].score}


async def test_refused_items_push_their_neighbours_back(catalogs: Path) -> None:
    both = "".join(f"both-{n},{film},5\n" for n in range(30) for film in ("up", "moon", "heat"))
    await learnt(catalogs, HEADER + PEOPLE + both)
    searched = await way(catalogs)
    liked = Query(text="", liked=("up", "fargo"))
    before = {c.item.id: c.score for c in await searched.retrieve(liked)}
    refused = liked.model_copy(update={"rejected": ("heat",)})
    after = {c.item.id: c.score for c in await searched.retrieve(refused)}
    assert "heat" in before
    assert "heat" not in after
    assert all(after[i] <= before[i] for i in after)
    assert after["moon"] < before["moon"]


async def test_without_interactions_or_known_items_it_finds_nothing(catalogs: Path) -> None:
    assert await (await way(catalogs)).retrieve(Query(text="x", liked=("moon",))) == ()
    await learnt(catalogs)
    searched = await way(catalogs)
    for query in (Query(text="x"), Query(text="x", liked=("up", "no such film"))):
        assert await searched.retrieve(query) == ()
    assert await searched.retrieve(Query(text="x", rejected=("moon",))) == ()


async def test_in_a_conversation_it_brings_what_goes_together(catalogs: Path) -> None:
    # Nothing but who took to it ties these to each other.
    pairs = ("paddington", "m", "hoop", "parasite")
    crowd = "".join(f"p{n},{film},5\n" for n in range(12) for film in pairs)
    await learnt(catalogs, HEADER + crowd)
    home = catalogs.parent
    slates = {}
    for ways in ("auto", "bm25,dual-encoder,browse"):
        talker = await open_recommender(
            "toy", home=home, encoder=toy.ENCODER, store=MemoryStore(), llm="none", ways=ways
        )
        session = await talker.reply(
            Session(id="s", user="ann", catalog="toy"),
            "I loved Paddington 2 and M. What else would I like?",
        )
        slate = session.turns[-1].slate
        slates[ways] = {r.item.id for r in slate.items} if slate else set()
        found = session.turns[-1].trace.ways.get("co-engagement", ())
        assert set(found) == ({"hoop", "parasite"} if ways == "auto" else set())
    assert slates["auto"] >= {"hoop", "parasite"}
    assert not slates["bm25,dual-encoder,browse"] >= {"hoop", "parasite"}


# ── Reading ──────────────────────────────────────────────────────────────────────────────────


async def test_the_same_file_is_not_learnt_twice_and_another_replaces_it(catalogs: Path) -> None:
    first = await learnt(catalogs)
    assert not first.unchanged
    file = (await Catalog.open(catalogs, "toy")).artifact(KIND)
    again = await learnt(catalogs)
    assert again == first.model_copy(update={"unchanged": True})
    assert (await Catalog.open(catalogs, "toy")).artifact(KIND) == file
    await learnt(catalogs, like_from=4.5)
    assert (await Catalog.open(catalogs, "toy")).artifact(KIND) != file
    # Indexing the items again without the flag keeps what was learnt.
    await toy_catalog(catalogs, toy.ENCODER)
    assert (await Catalog.open(catalogs, "toy")).artifact(KIND) is not None


EVENTS = """visitor\ttitle\tevent\twhen
a\tMoon (2009)\tview\t1
a\tAlien\tpurchase\t2
b\tMoon\tview\t3
b\tAlien\tthumbs_down\t4
b\tThe Shining\timpression\t5
b\tNo Such Film\tview\t6
c\tMoon\tview\t7
c\tThe Alien\tview\t8
"""


async def test_events_and_titles(catalogs: Path) -> None:
    said = {"columns": {"user": "visitor", "item": "title"}}
    report = await learnt(catalogs, EVENTS, "who.tsv", **said)
    assert (report.matched, report.known_items, report.liked) == ("title", 3, 5)
    assert (report.unknown_rows, report.unknown) == (1, ("No Such Film",))
    assert ids(await (await way(catalogs)).retrieve(Query(text="", liked=("moon",)))) == ["alien"]


async def test_bad_rows_are_told_by_line(catalogs: Path) -> None:
    bad = (
        HEADER + "a,moon,5\n,moon,5\na,,3\na,alien,great\na,alien\nb,moon,5\na,alien,5\nb,alien,5\n"
    )
    report = await learnt(catalogs, bad)
    assert [(r.line, r.reason.split(":")[0]) for r in report.bad_rows] == [
        (3, "'userId' is empty, or no name of up to 500"),
        (4, "'movieId' is empty, or no name of up to 500"),
        (5, "'rating'"),
        (6, "2 cells, but the header names 3 columns; is a quote or delimiter missing?"),
    ]
    assert (report.rows, report.bad, report.liked) == (4, 4, 4)
    with pytest.raises(SourceError, match=r"4 bad rows; line 3"):
        await learnt(catalogs, bad, strict=True)


async def test_json_lines_and_the_last_word_counts(catalogs: Path) -> None:
    rows = [("a", "moon", 5), ("a", "alien", 5), ("a", "alien", 1), ("b", "moon", 4)]
    text = "".join(json.dumps({"user": u, "item": i, "stars": s}) + "\n" for u, i, s in rows)
    report = await learnt(catalogs, text, "who.jsonl")
    assert (report.columns.rating, report.rows, report.liked) == ("stars", 4, 2)


async def test_what_counts_as_liked(catalogs: Path) -> None:
    rows = "a,moon,3\na,alien,4\na,heat,5\nb,moon,2\nb,alien,2\nc,heat,0\n"
    assert (await learnt(catalogs, HEADER + rows)).liked == 4
    assert (await learnt(catalogs, HEADER + rows, like_from=4)).liked == 2


REFUSED = [
    ("who,what\na,moon\n", {}, "no column looks like the users"),
    ("user,what\na,moon\n", {}, "no column looks like the items"),
    ("user,item\na,x1\nb,x2\n", {}, r"no item of .*'x1', 'x2'.*item=COLUMN"),
    ("user,item\n", {}, "no row that can be read"),
    ("user,item\na,moon\n", {"item": "itm"}, "no column 'itm'.*did you mean 'item'"),
    ("user,item\na,moon\n", {"thing": "item"}, "'thing' is no part"),
]


@pytest.mark.parametrize(("text", "columns", "message"), REFUSED, ids=[m for _, _, m in REFUSED])
async def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_lost(
    catalogs: Path, text: str, columns: dict[str, str], message: str
) -> None:
    await learnt(catalogs)
    before = (await Catalog.open(catalogs, "toy")).artifact(KIND)
    with pytest.raises(SourceError, match=message):
        await learnt(catalogs, text, columns=columns)
    after = (await Catalog.open(catalogs, "toy")).artifact(KIND)
    assert before == after is not None


# ── The file of neighbours ───────────────────────────────────────────────────────────────────


def some() -> neighbours.Neighbours:
    """Three items, of which two share two people."""
    users, items = np.array([0, 0, 1, 1, 2], np.int32), np.array([0, 1, 0, 1, 2], np.int32)
    return neighbours.nearest(users, items, ["a", "b", "c"], {"mark": "x"})


def test_neighbours_by_hand() -> None:
    found = some()
    assert found.starts.tolist() == [0, 1, 2, 2]
    assert found.items.tolist() == [1, 0]
    assert found.weights.tolist() == pytest.approx([2 / (2 + neighbours.SHRINKAGE)] * 2)
    assert found.counts.tolist() == [2, 2, 1]


def test_a_round_trip(tmp_path: Path) -> None:
    file = tmp_path / "n.npz"
    file.write_bytes(neighbours.to_bytes(some()))
    found = neighbours.load(file)
    assert found.ids == ["a", "b", "c"]
    assert found.meta["mark"] == "x"
    assert found.items.tolist() == [1, 0]
    assert np.load(file)["starts"].tolist() == [0, 1, 2, 2]


def test_users_without_end_count_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_OF_A_USER", 2)
    users, items = np.zeros(4, np.int32), np.arange(4, dtype=np.int32)
    assert neighbours.nearest(users, items, list("abcd"), {}).counts.tolist() == [0, 0, 1, 1]


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, 12, (80, 2)), axis=0).astype(np.int32)
    names = [str(n) for n in range(12)]
    whole = neighbours.nearest(pairs[:, 0], pairs[:, 1], names, {})
    monkeypatch.setattr(neighbours, "_AT_ONCE", 1)
    parts = neighbours.nearest(pairs[:, 0], pairs[:, 1], names, {})
    assert whole.items.tolist() == parts.items.tolist()
    assert whole.starts.tolist() == parts.starts.tolist()


@given(st.binary(min_size=1, max_size=20), st.integers(0, 5000))
def test_a_damaged_file_is_an_error_or_harmless(noise: bytes, at: int) -> None:
    whole = neighbours.to_bytes(some())
    at %= len(whole)
    file = toy.home() / "damaged.npz"
    for content in (whole[:at], whole[:at] + noise, whole[:at] + noise + whole[at + len(noise) :]):
        file.write_bytes(content)
        with suppress(CatalogError):
            _Loaded(neighbours.load(file)).near(("a", "b", "c"), ("b",))


def test_a_damaged_file_is_told_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "n.npz"
    for content in (b"", b"PK", neighbours.to_bytes(some())[:-40]):
        file.write_bytes(content)
        with pytest.raises(CatalogError, match="--interactions FILE"):
            neighbours.load(file)


async def test_damaged_neighbours_cost_the_way_not_the_turn(catalogs: Path) -> None:
    await learnt(catalogs)
    file = (await Catalog.open(catalogs, "toy")).artifact(KIND)
    assert file is not None
    file.write_bytes(b"PK")
    talker = await open_recommender(
        "toy", home=catalogs.parent, encoder=toy.ENCODER, store=MemoryStore(), llm="none"
    )
    session = await talker.reply(toy.new_session(), "I loved Moon. A comedy please")
    assert session.turns[-1].slate is not None
    assert "co-engagement failed" in " ".join(session.turns[-1].trace.search)
