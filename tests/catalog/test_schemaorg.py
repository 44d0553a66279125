from __future__ import annotations

import json
from pathlib import Path

import pytest

from recllm.catalog.ingest import look
from recllm.catalog.rows import Row
from recllm.catalog.sources import read_rows
from recllm.types import Item

MOVIE = {
    "@context": "https://schema.org",
    "@type": "Movie",
    "@id": "moon",
    "name": "Moon",
    "description": "Alone.",
    "url": "https://example.org/moon",
    "image": {"@type": "ImageObject", "url": "https://example.org/moon.jpg"},
    "director": {"@type": "Person", "name": "Duncan Jones"},
    "actor": [{"@type": "Person", "name": "Sam Rockwell"}, {"@type": "Person", "name": "K S"}],
    "genre": ["Drama", "Science fiction"],
    "duration": "PT1H37M",
    "datePublished": "2009-07-17",
    "inLanguage": "en",
    "aggregateRating": {"@type": "AggregateRating", "ratingValue": "7.8", "ratingCount": 380},
    "interactionStatistic": {
        "@type": "InteractionCounter",
        "interactionType": "https://schema.org/WatchAction",
        "userInteractionCount": "1200",
    },
}
PRODUCT = {
    "@type": "Product",
    "sku": "k-1",
    "name": "Kettle",
    "brand": {"@type": "Brand", "name": "Boil"},
    "offers": [
        {"@type": "Offer", "price": "39.90", "priceCurrency": "EUR"},
        {"@type": "Offer", "price": "29.90", "priceCurrency": "EUR"},
    ],
}
RECIPE = {
    "@type": ["Thing", "Recipe"],
    "name": "Dal",
    "recipeIngredient": ["lentils", "cumin"],
    "totalTime": "PT45M",
    "recipeInstructions": [{"@type": "HowToStep", "text": "Wash."}, {"text": "Boil."}],
    "nutrition": {"@type": "NutritionInformation", "calories": "240 kcal"},
}
EVENT = {
    "@type": "Event",
    "name": "Jazz night",
    "startDate": "2026-05-01T20:00:00+02:00",
    "location": {
        "@type": "Place",
        "name": "Blue Hall",
        "address": {"@type": "PostalAddress", "addressLocality": "Bern", "addressCountry": "CH"},
    },
    "performer": {"@type": "MusicGroup", "name": "The Trio"},
}
BOOK = {
    "@type": "Book",
    "name": {"@value": "Emma", "@language": "en"},
    "author": {"@type": "Person", "name": "Jane Austen"},
    "numberOfPages": 474,
}
VIDEO = {"@type": "VideoObject", "name": "Knots", "uploadDate": "2020-02-03", "duration": "PT90S"}


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


async def item(path: Path, value: object) -> tuple[Item, str]:
    mapping, example = await look(write(path / "data.jsonld", value))
    assert example is not None
    return example, mapping.noun


async def test_movie(tmp_path: Path) -> None:
    movie, noun = await item(tmp_path, MOVIE)
    assert noun == "film"
    assert movie == Item(
        id="moon",
        title="Moon",
        text="Alone.",
        url="https://example.org/moon",
        image="https://example.org/moon.jpg",
        attributes={
            "director": "Duncan Jones",
            "actor": ("Sam Rockwell", "K S"),
            "genre": ("Drama", "Science fiction"),
            "duration": 97.0,
            "date_published": "2009-07-17",
            "in_language": "English",
            "rating": 7.8,
            "rating_count": 380.0,
            "views": 1200.0,
            "type": "Movie",
        },
    )


async def test_product(tmp_path: Path) -> None:
    product, noun = await item(tmp_path, PRODUCT)
    assert noun == "product"
    assert product.id == "k-1"
    assert product.attributes["price"] == 29.9
    assert product.attributes["price_currency"] == "EUR"
    assert product.attributes["brand"] == "Boil"


async def test_recipe(tmp_path: Path) -> None:
    recipe, noun = await item(tmp_path, RECIPE)
    assert noun == "recipe"
    assert recipe.text == "Wash. Boil."
    assert recipe.attributes["recipe_ingredient"] == ("lentils", "cumin")
    assert recipe.attributes["total_time"] == 45.0
    assert recipe.attributes["calories"] == 240.0


async def test_event(tmp_path: Path) -> None:
    event, noun = await item(tmp_path, EVENT)
    assert noun == "event"
    assert event.attributes["city"] == "Bern"
    assert event.attributes["start_date"] == "2026-05-01"
    assert event.attributes["performer"] == "The Trio"


async def test_book_and_video(tmp_path: Path) -> None:
    book, noun = await item(tmp_path, BOOK)
    assert (book.title, noun, book.attributes["number_of_pages"]) == ("Emma", "book", 474.0)
    video, noun = await item(tmp_path, VIDEO)
    assert (video.id, noun, video.attributes["duration"]) == ("knots-2020", "video", 1.5)


@pytest.mark.parametrize(
    "document",
    [
        [MOVIE, PRODUCT],
        {"@context": "https://schema.org", "@graph": [MOVIE, PRODUCT]},
        {"@type": "ItemList", "itemListElement": [
            {"@type": "ListItem", "position": 1, "item": MOVIE},
            {"@type": "ListItem", "position": 2, "item": PRODUCT}]},
    ],
)  # fmt: skip
def test_shapes_of_documents(tmp_path: Path, document: object) -> None:
    read = list(read_rows(write(tmp_path / "a.json", document)))
    assert [r.values["name"] for r in read if isinstance(r, Row)] == ["Moon", "Kettle"]


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(MOVIE)}\n{json.dumps([PRODUCT, BOOK])}\n", "utf-8")
    read = [r for r in read_rows(path) if isinstance(r, Row)]
    assert [(r.line, r.values["type"]) for r in read] == [(1, "Movie"), (2, "Product"), (2, "Book")]
