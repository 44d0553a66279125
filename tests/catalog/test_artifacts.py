"""Files learnt of a catalogue: swapped in with the pointer, kept, and swept."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogs import FILMS, film, index

from recllm.catalog import artifacts
from recllm.catalog.artifacts import attach
from recllm.catalog.index import Catalog
from recllm.catalog.manifest import lock, read_manifest
from recllm.errors import BusyCatalogError, CatalogError, UnknownCatalogError


def held(directory: Path) -> set[str]:
    return {p.name for p in (directory / "films").glob("artifact-*")}


async def content(directory: Path, kind: str = "concepts") -> bytes | None:
    path = (await Catalog.open(directory, "films")).artifact(kind)
    return path.read_bytes() if path else None


async def test_an_artifact_is_served_from_the_next_opening(tmp_path: Path) -> None:
    await index(tmp_path)
    before = await Catalog.open(tmp_path, "films")
    path = await attach(tmp_path, "films", "concepts", b"\x00one")
    after = await Catalog.open(tmp_path, "films")
    assert before.artifact("concepts") is None
    assert after.artifact("concepts") == path
    assert after.artifact("factors") is None
    assert await content(tmp_path) == b"\x00one"
    assert after.state == before.state
    assert await after.count() == len(FILMS)


async def test_indexing_keeps_it_and_changes_the_state(tmp_path: Path) -> None:
    await index(tmp_path)
    await attach(tmp_path, "films", "concepts", b"one")
    state = (await Catalog.open(tmp_path, "films")).state
    await index(tmp_path)
    assert (await Catalog.open(tmp_path, "films")).state == state
    await index(tmp_path, [*FILMS, film(1)])
    assert (await Catalog.open(tmp_path, "films")).state != state
    assert await content(tmp_path) == b"one"


async def test_the_last_but_one_is_kept_and_earlier_ones_go(tmp_path: Path) -> None:
    await index(tmp_path)
    await attach(tmp_path, "films", "co", b"other", suffix=".bin")
    await attach(tmp_path, "films", "co-engagement", b"longer name")
    for data in (b"one", b"two", b"three"):
        await attach(tmp_path, "films", "concepts", data)
    await attach(tmp_path, "films", "co", b"another")
    assert held(tmp_path) == {
        "artifact-co-2.bin",
        "artifact-co-engagement-3.npz",
        "artifact-concepts-5.npz",
        "artifact-concepts-6.npz",
        "artifact-co-7.npz",
    }
    assert await content(tmp_path) == b"three"
    for number in (1, 2):
        await index(tmp_path, [film(number)])
    assert held(tmp_path) == set(read_manifest(tmp_path, "films").artifacts.values())
    assert await content(tmp_path, "co") == b"another"


async def test_a_run_killed_before_the_pointer_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await index(tmp_path)
    await attach(tmp_path, "films", "concepts", b"one")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            await attach(tmp_path, "films", "concepts", b"two")
    assert await content(tmp_path) == b"one"
    await attach(tmp_path, "films", "concepts", b"three")
    assert await content(tmp_path) == b"three"


async def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownCatalogError):
        await attach(tmp_path, "films", "concepts", b"one")
    await index(tmp_path)
    with pytest.raises(CatalogError, match=r"'\.\./x'"):
        await attach(tmp_path, "films", "../x", b"one")
    with lock(tmp_path, "films"), pytest.raises(BusyCatalogError):
        await attach(tmp_path, "films", "concepts", b"one")


async def test_a_lost_or_strange_file_is_no_artifact(tmp_path: Path) -> None:
    await index(tmp_path)
    (await attach(tmp_path, "films", "concepts", b"one")).unlink()
    assert await content(tmp_path) is None
    pointer = tmp_path / "films" / "current.json"
    strange = pointer.read_text().replace("artifact-concepts-2.npz", "../../secret")
    (tmp_path / "secret").write_text("x")
    pointer.write_text(strange)
    assert await content(tmp_path) is None
