"""The demo catalogue that the package ships: well formed, varied, and right where checkable."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from recllm.text import normalise

Film = dict[str, Any]

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "check_films.py"

FIELDS: dict[str, type] = {
    "id": str,
    "title": str,
    "year": int,
    "directors": list,
    "cast": list,
    "countries": list,
    "languages": list,
    "runtime": int,
    "genres": list,
    "tags": list,
    "description": str,
}

GENRES = {
    *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary"),
    *("Drama", "Family", "Fantasy", "History", "Horror", "Music", "Musical", "Mystery", "Noir"),
    *("Romance", "Science fiction", "Sport", "Thriller", "War", "Western"),
}


@pytest.fixture(scope="module")
def films() -> list[Film]:
    lines = files("recllm.data").joinpath("films.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_there_are_at_least_800_films(films: list[Film]) -> None:
    assert len(films) >= 800


def test_fields_are_complete_typed_and_in_order(films: list[Film]) -> None:
    for film in films:
        assert list(film) == list(FIELDS), film["id"]
        for name, kind in FIELDS.items():
            assert type(film[name]) is kind, (film["id"], name)
            if kind is list:
                assert all(isinstance(v, str) and v for v in film[name]), (film["id"], name)
                assert len(set(film[name])) == len(film[name]), (film["id"], name)


def test_ids_are_unique_slugs_of_title_and_year(films: list[Film]) -> None:
    assert len({f["id"] for f in films}) == len(films)
    for film in films:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", film["id"])
        words = normalise(film["title"].replace("½", " ½"))
        assert film["id"] == f"{words} {film['year']}".replace(" ", "-")


def test_films_are_sorted_by_year_then_title(films: list[Film]) -> None:
    keys = [(f["year"], f["title"]) for f in films]
    assert keys == sorted(keys)


def test_no_film_is_there_twice(films: list[Film]) -> None:
    seen: dict[str, list[Film]] = {}
    for film in films:
        namesakes = seen.setdefault(normalise(film["title"]), [])
        for other in namesakes:
            same_director = set(film["directors"]) & set(other["directors"])
            assert not (same_director and film["year"] - other["year"] <= 1), film["id"]
        namesakes.append(film)


def test_values_are_plausible(films: list[Film]) -> None:
    for film in films:
        assert 5 <= film["runtime"] <= 400, film["id"]
        assert film["directors"], film["id"]
        assert film["countries"], film["id"]
        assert film["languages"], film["id"]
        assert 1 <= len(film["genres"]) <= 4, film["id"]
        assert set(film["genres"]) <= GENRES, film["id"]


def test_tags_are_five_to_ten_lower_case_words(films: list[Film]) -> None:
    for film in films:
        assert 5 <= len(film["tags"]) <= 10, film["id"]
        for tag in film["tags"]:
            assert tag == tag.strip().lower(), (film["id"], tag)


def test_tags_do_not_repeat_countries_or_genres(films: list[Film]) -> None:
    for film in films:
        names = {n.lower() for n in film["countries"] + film["genres"]}
        assert not names & set(film["tags"]), film["id"]


def test_films_for_young_children_are_for_families(films: list[Film]) -> None:
    for film in films:
        if "for young children" in film["tags"]:
            assert "family viewing" in film["tags"], film["id"]


def test_no_two_tags_differ_only_by_hyphen_or_plural(films: list[Film]) -> None:
    tags = {tag for film in films for tag in film["tags"]}
    spellings = Counter(re.sub(r"[ -]", "", tag) for tag in tags)
    assert [s for s, n in spellings.items() if n > 1] == []
    assert {t for t in tags if f"{t}s" in tags} == set()


def test_descriptions_are_one_or_two_plain_sentences(films: list[Film]) -> None:
    for film in films:
        assert 12 <= len(film["description"].split()) <= 55, film["id"]
        assert not re.search(r"[\"“”«»]", film["description"]), film["id"]
    assert len({f["description"] for f in films}) == len(films)


def test_every_decade_from_the_1920s_is_there(films: list[Film]) -> None:
    decades = {f["year"] // 10 * 10 for f in films}
    assert decades == set(range(1920, 2030, 10))


def test_at_least_35_countries_are_there(films: list[Film]) -> None:
    assert len({c for f in films for c in f["countries"]}) >= 35


def test_facts_agree_with_public_data(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--json", str(report)], capture_output=True, text=True
    )
    if done.returncode == 2:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(report.read_text(encoding="utf-8"))["facts"]
    assert all(fact["share"] >= 0.98 and fact["checked"] > 300 for fact in facts.values())


def test_the_check_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLLM_DATA", str(tmp_path))
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True)
    assert done.returncode == 2
    assert "RECLLM_DATA" in done.stderr
    assert str(tmp_path) in done.stderr
