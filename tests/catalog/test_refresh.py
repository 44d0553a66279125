"""An opened catalogue follows what is indexed, by this process or another, while it is asked."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from catalogs import ENCODER, GENERAL, MOON, SCHEMA, film, index, opened

from recllm.catalog import columns, manifest
from recllm.catalog.index import Catalog
from recllm.catalog.manifest import remove_catalog
from recllm.catalog.nearest import ByCodes, Exact
from recllm.encoder import HashEncoder
from recllm.types import Attribute, Kind, Schema

KINDS = {"resident": (Exact, 20_000), "mapped": (ByCodes, 0)}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[object]:
    found, limit = KINDS[request.param]
    monkeypatch.setattr(columns, "FLAT_LIMIT", limit)
    return found


async def test_what_was_indexed_since_is_found(tmp_path: Path, kind: type[object]) -> None:
    catalog = await opened(tmp_path)
    assert isinstance(catalog._state.rows._nearest, kind)
    assert not await catalog.refresh()
    new = film(7, year=1999.0, genres=("Comedy",))
    await index(tmp_path, [MOON, GENERAL, new])
    assert await catalog.items([new.id]) == {}
    assert await catalog.refresh()
    assert not await catalog.refresh()
    assert catalog.size == await catalog.count() == 3
    assert await catalog.items(["bare", new.id]) == {new.id: new}
    assert [h.item for h in await catalog.search_text("robot dance")] == [new]
    vector = (await catalog.vectors([new.id]))[0]
    assert (await catalog.search_vector(vector, limit=1))[0].item == new
    assert "film number 7" in catalog.vocabulary.titles


async def test_other_columns_are_followed(tmp_path: Path, kind: type[object]) -> None:
    catalog = await opened(tmp_path)
    schema = Schema(attributes=(Attribute(name="price", kind=Kind.NUMBER),))
    await index(tmp_path, [film(1, price=2.0)], schema=schema)
    assert await catalog.refresh()
    assert catalog.schema == schema
    assert await catalog.count("a_price < 3") == 1
    await index(tmp_path, schema=SCHEMA)
    assert await catalog.refresh()
    assert catalog.schema == SCHEMA


async def test_another_encoder_is_not_followed(tmp_path: Path, kind: type[object]) -> None:
    catalog = await opened(tmp_path)
    await index(tmp_path, [film(1)], encoder=HashEncoder(32))
    assert not await catalog.refresh()
    assert (catalog.size, catalog.encoder_name) == (3, ENCODER.name)
    assert len(await catalog.search_text("miner")) == 1


async def test_a_catalogue_that_is_gone_or_broken_goes_on(
    tmp_path: Path, kind: type[object]
) -> None:
    catalog = await opened(tmp_path)
    pointer = tmp_path / "films" / manifest.POINTER
    right = pointer.read_text("utf-8")
    pointer.write_text("{", "utf-8")
    assert not await catalog.refresh()
    pointer.unlink()
    assert not await catalog.refresh()
    assert [h.item for h in await catalog.search_text("miner")] == [MOON]
    pointer.write_text(right, "utf-8")
    assert not await catalog.refresh()
    remove_catalog(tmp_path, "films")
    assert not await catalog.refresh()


async def test_queries_go_on_while_items_are_added(tmp_path: Path, kind: type[object]) -> None:
    films = [film(n, year=1900.0 + n % 100) for n in range(400)]
    await index(tmp_path, films)
    catalog = await Catalog.open(tmp_path, "films")
    vector = (await catalog.vectors(["film-8"]))[0]
    done, asked = asyncio.Event(), 0

    async def ask() -> None:
        nonlocal asked
        while not done.is_set():
            await catalog.refresh()
            answers = await asyncio.gather(
                catalog.search_text("robot dance", limit=5),
                catalog.search_vector(vector, where="a_year < 1950", limit=5),
                catalog.scan(limit=5),
            )
            assert [len(a) for a in answers] == [5, 5, 5]
            asked += 1

    asking = [asyncio.create_task(ask()) for _ in range(3)]
    sizes = []
    for more in (100, 200, 300):
        added = [film(n, year=2000.0) for n in range(400, 400 + more)]
        await index(tmp_path, films + added)
        await catalog.refresh()
        sizes.append((await catalog.items([f"film-{400 + more - 1}"])).keys())
    done.set()
    await asyncio.gather(*asking)
    assert asked > 0
    while await catalog.refresh():
        pass
    assert catalog.size == 700
    assert len(await catalog.items([f.id for f in added])) == 300


async def test_another_process_adds_items(tmp_path: Path) -> None:
    catalog = await opened(tmp_path)
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from catalogs import FILMS, film, index\n"
        "asyncio.run(index(Path(sys.argv[1]), [*FILMS, film(9)]))\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(tmp_path), cwd=Path(__file__).parent
    )
    while process.returncode is None and not await catalog.refresh():
        assert len(await catalog.search_text("miner")) == 1
        await asyncio.sleep(0.01)
    await process.wait()
    await catalog.refresh()
    assert [h.item.id for h in await catalog.search_text("dance")] == ["film-9"]
