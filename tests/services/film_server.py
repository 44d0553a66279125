"""A plain search service over the toy films, on loopback: POST or GET, pages by offset."""

from __future__ import annotations

import json

from tests.services.described import result_of
from tests.services.video_server import Exchange

from recllm.testing.toy import toy_films
from recllm.text import words
from recllm.types import Item


async def film_search(exchange: Exchange) -> None:
    """Ranks by shared words; what shares none is left out."""
    asked = json.loads(exchange.body) if exchange.body else exchange.query
    wanted = set(words(str(asked.get("text", ""))))
    scored = [(len(wanted & record(f)), n, f) for n, f in enumerate(toy_films())]
    hits = [f for score, _, f in sorted(scored, key=lambda s: (-s[0], s[1])) if score]
    start, size = int(asked.get("from", 0)), int(asked.get("size", 10))
    await exchange.answer(200, {"hits": [result_of(f) for f in hits[start : start + size]]})


def record(film: Item) -> set[str]:
    named = [n for v in film.attributes.values() if isinstance(v, tuple) for n in v]
    return set(words(" ".join([film.title, film.text, *named])))
