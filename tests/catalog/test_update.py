from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from catalogs import BARE, ENCODER, FILMS, GENERAL, MOON, SCHEMA, film, index, numbered

from recllm.catalog import manifest as manifest_module
from recllm.catalog import plan, update, writer
from recllm.catalog.index import Catalog
from recllm.catalog.manifest import list_catalogs, lock, read_manifest, remove_catalog
from recllm.catalog.rows import BadRow
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.errors import BusyCatalogError, CatalogError, SourceError, UnknownCatalogError
from recllm.types import Item, Schema

RETOLD = MOON.model_copy(update={"text": "A clone discovers the truth."})


class Counting(HashEncoder):
    """Remembers how many texts it has encoded."""

    encoded = 0

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.encoded += len(texts)
        return await super().encode(texts)


async def titles(directory: Path, words: str) -> list[str]:
    catalog = await Catalog.open(directory, "films")
    return [h.item.title for h in await catalog.search_text(words)]


async def test_only_what_changed_is_done_again(tmp_path: Path) -> None:
    encoder = Counting(16)
    first = await index(tmp_path, encoder=encoder)
    assert (first.added, first.encoded, first.size) == (3, 3, 3)
    second = await index(tmp_path, [RETOLD, GENERAL, film(7)], encoder=encoder)
    assert (second.added, second.updated, second.removed, second.unchanged) == (1, 1, 1, 1)
    assert encoder.encoded == 5
    catalog = await Catalog.open(tmp_path, "films")
    assert catalog.size == await catalog.count() == 3
    assert await catalog.items([i.id for i in FILMS]) == {RETOLD.id: RETOLD, GENERAL.id: GENERAL}
    assert await titles(tmp_path, "clone") == ["Moon"]
    assert await titles(tmp_path, "miner amelie") == []
    assert "film number 7" in catalog.vocabulary.titles


async def test_an_update_equals_a_fresh_build(tmp_path: Path) -> None:
    films = [film(n, year=1900.0 + n) for n in range(40)]
    await index(tmp_path / "a", films[:30])
    changed = [f.model_copy(update={"text": f"{f.text} Again."}) for f in films[5:]]
    await index(tmp_path / "a", changed)
    await index(tmp_path / "b", changed)
    one, other = [await Catalog.open(tmp_path / d, "films") for d in ("a", "b")]
    assert await one.scan() == await other.scan()
    vector = (await ENCODER.encode(["a dancing robot"]))[0]
    for catalog in (one, other):
        ids = [i.id for i in changed]
        assert np.array_equal(await catalog.vectors(ids), await other.vectors(ids))
    found = [
        {h.item.id: round(h.score, 4) for h in await c.search_vector(vector)} for c in (one, other)
    ]
    assert found[0] == found[1]
    words = [{h.item.id for h in await c.search_text("robot again")} for c in (one, other)]
    assert words[0] == words[1]


async def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    await index(tmp_path)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "films").rglob("*")}
    report = await index(tmp_path)
    assert (report.unchanged, report.encoded) == (3, 0)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "films").rglob("*")} == before


async def test_a_vector_stays_while_its_text_does(tmp_path: Path) -> None:
    encoder = Counting(16)
    await index(tmp_path, encoder=encoder)
    richer = [f.model_copy(update={"url": "https://example.org"}) for f in FILMS]
    assert (await index(tmp_path, richer, encoder=encoder)).updated == 3
    other = SCHEMA.model_copy(update={"attributes": SCHEMA.attributes[1:]})
    await index(tmp_path, [BARE], encoder=encoder, schema=other)
    assert encoder.encoded == 3


async def test_another_encoder_encodes_everything_anew(tmp_path: Path) -> None:
    await index(tmp_path)
    report = await index(tmp_path, encoder=HashEncoder(24))
    assert (report.unchanged, report.encoded) == (3, 3)
    catalog = await Catalog.open(tmp_path, "films")
    assert catalog.encoder_name == "hash-24"
    assert (await catalog.vectors(["bare"])).shape == (1, 24)


async def test_another_schema_rewrites_the_table(tmp_path: Path) -> None:
    await index(tmp_path)
    await index(tmp_path, schema=Schema(noun="film"))
    catalog = await Catalog.open(tmp_path, "films")
    assert catalog.schema == Schema(noun="film")
    assert await catalog.count() == 3


async def test_readers_keep_the_state_that_they_opened(tmp_path: Path) -> None:
    await index(tmp_path)
    reader = await Catalog.open(tmp_path, "films")
    await index(tmp_path, [RETOLD])
    await index(tmp_path, [RETOLD, film(1)], encoder=HashEncoder(8))
    assert await reader.items(["moon-2009"]) == {"moon-2009": MOON}
    assert await reader.count("a_year > 1900") == 2


async def test_old_states_are_swept(tmp_path: Path) -> None:
    for size in range(8, 14):
        await index(tmp_path, encoder=HashEncoder(size))
    assert len(list((tmp_path / "films").glob("items-*"))) == 2
    assert len(list((tmp_path / "films").glob("vocabulary-*"))) == 2


async def test_bad_rows_are_counted_and_the_first_kept(tmp_path: Path) -> None:
    rows = [*numbered([MOON, MOON]), *(BadRow(line=n, reason="broken") for n in range(3, 50))]
    report = await index_source(tmp_path, "films", rows, SCHEMA, ENCODER)
    assert (report.size, report.bad, len(report.bad_rows)) == (1, 48, plan.SHOWN_BAD_ROWS)
    assert report.bad_rows[0] == BadRow(line=2, reason="the id 'moon-2009' was taken by line 1")


async def test_strict_refuses_bad_rows_and_changes_nothing(tmp_path: Path) -> None:
    await index(tmp_path)
    with pytest.raises(SourceError, match=r"1 bad rows; line 2: .*without --strict"):
        await index_source(tmp_path, "films", numbered([MOON, MOON]), SCHEMA, ENCODER, strict=True)
    assert read_manifest(tmp_path, "films").size == 3


async def test_a_source_without_items(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no item to index \(1 bad rows; line 1: broken\)"):
        await index_source(
            tmp_path, "films", [BadRow(line=1, reason="broken")], SCHEMA, ENCODER, source="x.csv"
        )
    assert list_catalogs(tmp_path) == []


async def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    await index_source(
        tmp_path, "films", numbered(film(n) for n in range(600)), SCHEMA, ENCODER,
        progress=lambda *event: told.append(event),
    )  # fmt: skip
    assert ("read", 500, None) in told
    assert ("encode", 256, 600) in told
    assert told[-1] == ("index", 3, 3)
    assert list(dict.fromkeys(stage for stage, *_ in told)) == ["read", "encode", "index"]


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("lance: No space left on d")],
)
@pytest.mark.parametrize("seam", ["put", "index", "write_durably"])
async def test_disk_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, seam: str
) -> None:
    await index(tmp_path)

    async def full(*args: object) -> None:
        raise error

    def full_now(*args: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        if seam == "write_durably":
            patch.setattr(update, seam, full_now)
        else:
            patch.setattr(writer, seam, full)
        with pytest.raises(CatalogError, match=r"the disk is full.*free some space"):
            await index(tmp_path, [RETOLD, film(9)])
    assert await titles(tmp_path, "miner") == ["Moon"]
    assert await titles(tmp_path, "clone") == []
    await index(tmp_path, [RETOLD])
    assert await titles(tmp_path, "clone") == ["Moon"]


async def test_other_failures_are_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(update, "write_durably", broken)
    with pytest.raises(OSError, match="broken disk"):
        await index(tmp_path)


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import catalogs
from recllm.catalog import plan, update, writer
from recllm.encoder import HashEncoder

class Stuck(HashEncoder):
    async def encode(self, texts):
        if {where!r} == "encode" and any("number 99" in t for t in texts):
            stop()
        return await super().encode(texts)

def stop(*args):
    print("ready", flush=True)
    import time; time.sleep(60)

update.ENCODED_AT_ONCE = update.WRITTEN_AT_ONCE = 10
if {where!r} == "pointer":
    update.write_manifest = stop
items = [catalogs.film(n, year=2000.0) for n in range(120)]
asyncio.run(catalogs.index(Path({directory!r}), items, encoder=Stuck({dimension})))
"""


@pytest.mark.parametrize(("where", "dimension"), [("encode", 16), ("pointer", 12)])
def test_killed_in_the_middle(tmp_path: Path, where: str, dimension: int) -> None:
    """Rows are written already, in the served table (16) or a new one (12): none is served."""
    asyncio.run(index(tmp_path))
    script = KILLED.format(
        tests=str(Path(__file__).parent), where=where, directory=str(tmp_path), dimension=dimension
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(BusyCatalogError, match=rf"process {process.pid} on .* since "):
            asyncio.run(index(tmp_path))
        process.kill()
    asyncio.run(check_after_the_kill(tmp_path))


async def check_after_the_kill(directory: Path) -> None:
    catalog = await Catalog.open(directory, "films")
    assert catalog.size == await catalog.count() == 3
    assert await catalog.search_text("detective") == []
    assert [h.item for h in await catalog.search_text("miner")] == [MOON]
    report = await index(directory, [*FILMS, film(1)])
    assert (report.added, report.unchanged, report.removed) == (1, 3, 0)
    after = await Catalog.open(directory, "films")
    assert {i.id for i in await after.scan()} == {*(i.id for i in FILMS), "film-1"}


async def test_two_writers(tmp_path: Path) -> None:
    with lock(tmp_path, "films"), pytest.raises(BusyCatalogError, match="wait until it is done"):
        await index(tmp_path)
    with lock(tmp_path, "films"):
        (tmp_path / "films.lock.json").write_text("?", "utf-8")
        with pytest.raises(BusyCatalogError, match="by another process"):
            await index(tmp_path)
    await index(tmp_path)


async def test_list_and_remove(tmp_path: Path) -> None:
    assert list_catalogs(tmp_path / "none") == []
    await index(tmp_path, name="films")
    await index(tmp_path, name="a-b_2")
    assert [m.name for m in list_catalogs(tmp_path)] == ["a-b_2", "films"]
    with lock(tmp_path, "films"), pytest.raises(BusyCatalogError):
        remove_catalog(tmp_path, "films")
    remove_catalog(tmp_path, "films")
    assert [m.name for m in list_catalogs(tmp_path)] == ["a-b_2"]
    with pytest.raises(UnknownCatalogError):
        remove_catalog(tmp_path, "films")


async def test_a_damaged_catalogue_is_not_listed_and_can_be_removed(tmp_path: Path) -> None:
    await index(tmp_path)
    (tmp_path / "films" / manifest_module.POINTER).write_text("{", "utf-8")
    assert list_catalogs(tmp_path) == []
    with pytest.raises(CatalogError, match="cannot be read"):
        await index(tmp_path)
    remove_catalog(tmp_path, "films")
    await index(tmp_path)


@pytest.mark.parametrize("name", ["", "Films", "a b", "../x", "-a", "ü", "a" * 65])
async def test_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogError, match="cannot be a catalogue's name"):
        await index(tmp_path, name=name)


async def test_many_items_get_an_approximate_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recllm.catalog.columns.FLAT_LIMIT", 300)
    films = [film(n, year=float(n), genres=("Drama",)) for n in range(600)]
    await index(tmp_path, films)
    catalog = await Catalog.open(tmp_path, "films")
    vector = (await catalog.vectors(["film-77"]))[0]
    hits = await catalog.search_vector(vector, where="a_year >= 77", limit=5)
    assert hits[0].score == pytest.approx(1.0, abs=1e-3)
    assert all(h.item.attributes["year"] >= 77 for h in hits)  # type: ignore[operator]
    changed: list[Item] = [*films[:-1], film(601, year=5000.0)]
    report = await index(tmp_path, changed)
    assert (report.added, report.removed) == (1, 1)
    later = await Catalog.open(tmp_path, "films")
    found = await later.search_vector(vector, where="a_year >= 5000")
    assert [h.item.id for h in found] == ["film-601"]
