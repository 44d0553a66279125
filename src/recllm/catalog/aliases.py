"""What people call things that catalogues call otherwise: genres, moods, peoples, languages.

Each alias lists alternatives; those that the catalogue's own vocabulary holds are used.
"""

from __future__ import annotations

from importlib.resources import files

Alternatives = tuple[tuple[str, ...], ...]
"""Alternatives in order; each is one or several words that must all be wished for."""


def _table(name: str) -> dict[str, Alternatives]:
    text = (files("recllm.catalog.wordings") / f"{name}.txt").read_text(encoding="utf-8")
    table: dict[str, Alternatives] = {}
    for line in text.splitlines():
        if " = " not in line or line.startswith("# "):
            continue
        said, meant = line.split(" = ")
        options = tuple(tuple(p.strip() for p in m.split(" + ")) for m in meant.split(", "))
        for alias in said.split(", "):
            table[alias.replace("-", " ")] = options
    return table


GENRES = _table("genres")
PEOPLES = _table("peoples")
"""Adjectives of peoples and regions; every alternative that the catalogue holds counts."""
