"""What columns are usually called: synonyms of titles, ids, texts and of each role."""

from __future__ import annotations

import re

from recllm.types import Role

TITLE = (
    "title", "name", "headline", "product title", "product name", "item name", "movie title",
    "film title", "book title", "primary title", "song title", "track name", "track title",
    "game title", "recipe name", "course title", "course name", "display name",
)  # fmt: skip
ID = (
    "id", "item id", "uid", "uuid", "guid", "@id", "identifier", "sku", "asin", "slug", "key",
    "product id", "movie id", "film id", "show id", "video id", "book id", "track id", "talk id",
    "recipe id", "event id", "course id", "game id", "app id", "appid", "tconst", "imdb id",
    "tmdb id", "business id", "isbn13", "isbn", "isbn10", "gtin13", "gtin", "ean", "index",
)  # fmt: skip
TEXT = (
    "description", "long description", "overview", "summary", "synopsis", "plot", "abstract",
    "storyline", "blurb", "about", "details", "body", "content", "text", "article body",
    "short description", "instructions", "subtitle", "tagline", "notes",
)  # fmt: skip
URL = ("url", "link", "permalink", "href", "web page", "website", "homepage", "product url")
IMAGE = (
    "image", "image url", "img", "img url", "picture", "photo", "poster", "poster url", "cover",
    "cover url", "cover image", "thumbnail", "thumbnail url", "thumbnail link", "artwork",
)  # fmt: skip

ROLES: dict[Role, tuple[str, ...]] = {
    Role.YEAR: (
        "year", "release year", "released year", "publication year", "published year",
        "original publication year", "start year", "vintage", "release date", "released",
        "date published", "publication date", "date released", "film date", "published date",
        "first published", "pub date", "published", "upload date", "date created", "start date",
    ),
    Role.DURATION: (
        "runtime", "duration", "running time", "run time", "length minutes", "minutes",
        "total time", "time required", "cook time", "playing time", "playtime", "duration ms",
        "duration seconds", "duration minutes", "runtime minutes",
    ),
    Role.LENGTH: ("pages", "num pages", "number of pages", "page count", "numberofpages"),
    Role.PRICE: ("price", "cost", "list price", "sale price", "current price", "unit price"),
    Role.RATING: (
        "rating", "average rating", "avg rating", "mean rating", "vote average", "imdb rating",
        "imdb score", "score", "stars", "rating average", "review overall", "overall rating",
        "review score", "user rating", "rating value", "metascore", "points",
    ),
    Role.POPULARITY: (
        "views", "view count", "play count", "plays", "ratings count", "rating count",
        "number of ratings", "num ratings", "vote count", "num votes", "votes", "popularity",
        "sales", "sold", "downloads", "owners", "number of reviews", "review count",
        "reviews count", "num reviews", "num subscribers", "subscribers", "likes", "streams",
    ),
    Role.CREATOR: (
        "director", "directors", "author", "authors", "creator", "creators", "speaker",
        "speakers", "main speaker", "artist", "artists", "band", "writer", "writers", "composer",
        "developer", "developers", "brewery", "brand", "brand name", "manufacturer", "winery",
        "channel", "channel title", "channel name", "instructor", "instructors", "chef",
        "publisher", "by artist", "provider", "organizer", "designer",
    ),
    Role.PERFORMER: (
        "cast", "actor", "actors", "stars", "starring", "performer", "performers", "top cast",
        "narrator", "voice actors",
    ),
    Role.GENRE: (
        "genre", "genres", "style", "styles", "category", "categories", "listed in", "cuisine",
        "cuisines", "recipe category", "recipe cuisine", "subgenre", "product category",
        "main category", "varietal", "variety", "sport",
    ),
    Role.TAG: (
        "tag", "tags", "keyword", "keywords", "topic", "topics", "subject", "subjects", "themes",
        "theme", "moods", "mood", "steamspy tags", "ingredients", "recipe ingredient", "features",
        "labels", "plot keywords", "about",
    ),
    Role.LANGUAGE: (
        "language", "languages", "spoken languages", "original language", "in language",
        "inlanguage", "language code", "lang",
    ),
    Role.COUNTRY: (
        "country", "countries", "production countries", "country of origin", "origin country",
        "origin", "nationality",
    ),
}  # fmt: skip

NOUNS = {
    "movie": "film", "film": "film", "tvseries": "series", "tvepisode": "episode", "show": "show",
    "book": "book", "novel": "book", "product": "product", "videoobject": "video",
    "video": "video", "youtube": "video", "recipe": "recipe", "event": "event",
    "musicevent": "event", "course": "course", "restaurant": "restaurant", "hotel": "hotel",
    "song": "song", "track": "song", "musicrecording": "song", "album": "album",
    "musicalbum": "album", "podcast": "podcast", "podcastepisode": "episode", "game": "game",
    "videogame": "game", "steam": "game", "talk": "talk", "ted": "talk", "article": "article",
    "newsarticle": "article", "paper": "paper", "beer": "beer", "wine": "wine", "job": "job",
    "jobposting": "job", "place": "place", "netflix": "title", "tmdb": "film", "imdb": "film",
    "app": "app", "softwareapplication": "app", "toy": "toy", "dish": "dish", "tour": "tour",
}  # fmt: skip
"""What one item is called, by a word of its schema.org type, file name or columns."""

STAND_INS = (
    "publisher", "provider", "organizer", "channel", "manufacturer", "category", "categories",
    "product category", "main category", "listed in", "sport",
)  # fmt: skip
"""Columns that play a role only where no column does it by its own name."""

JUNK = (
    (re.compile(r"isbn|\b(asin|gtin\d*|ean|upc|sku|md5|sha\d*)\b|^@"), "an identifier"),
    (re.compile(r"hash|uuid|guid"), "an identifier"),
    (re.compile(r"(^| )(ids?|key|index|slug|number|no)$|^unnamed|^column \d+$"), "an identifier"),
    (re.compile(r"\b(lat|latitude|lon|lng|longitude|coordinates)\b"), "a position"),
    (re.compile(r"\b(zip|zipcode|postal|postcode|phone|telephone|fax|email)\b"), "a contact"),
    (re.compile(r"\bhours\b|opening"), "opening hours"),
)  # fmt: skip
"""Columns that nobody asks for, with the reason for leaving them out."""

_UNITS = {
    "minutes": "minutes", "mins": "minutes", "min": "minutes", "seconds": "seconds",
    "secs": "seconds", "sec": "seconds", "ms": "ms", "milliseconds": "ms", "hours": "hours",
    "millions": "millions", "usd": "USD", "eur": "EUR", "gbp": "GBP", "pages": "pages",
}  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")


def key(column: str) -> str:
    """Return the words of a column's name, lower-case, without units in brackets.

    >>> key("originalTitle"), key("Runtime (Minutes)"), key("num_pages")
    ('original title', 'runtime', 'num pages')
    """
    plain = _BRACKETS.sub(
        lambda m: "" if m.group(1).strip().lower() in _UNITS else m.group(), column
    )
    return " ".join(re.findall(r"@?\w+", _CAMEL.sub(" ", plain).replace("_", " ").lower()))


def unit(column: str) -> str:
    """Return the unit that a column's name speaks of, "" for none.

    >>> unit("Runtime (Minutes)"), unit("duration_ms"), unit("Min IBU")
    ('minutes', 'ms', '')
    """
    bracketed = _BRACKETS.search(column)
    if bracketed and bracketed.group(1).strip().lower() in _UNITS:
        return _UNITS[bracketed.group(1).strip().lower()]
    last = key(column).split()[-1:]
    return _UNITS.get(last[0], "") if last and key(column) != last[0] else ""


def closeness(column: str, names: tuple[str, ...]) -> float | None:
    """Return how well a column's name fits one of ``names``, 0 best; None where it does not.

    An exact name is best, earlier names before later ones; then "the book's title" for "title".
    """
    words = key(column)
    if words in names:
        return names.index(words) / 100
    ends = [i for i, n in enumerate(names) if words.endswith(f" {n}")]
    return 1 + min(ends) / 100 if ends else None


def attribute_name(column: str) -> str:
    """Return the name of a column's attribute: its words joined by underscores.

    >>> attribute_name("Beer Name (Full)"), attribute_name("averageRating")
    ('beer_name_full', 'average_rating')
    """
    return key(column).replace("@", "").replace(" ", "_").strip("_") or "value"


def noun_of(*hints: str) -> str:
    """Return what an item is called, from its type, the file's name, its folder, its columns."""
    for hint in hints:
        for word in re.findall(r"[a-z]+", _CAMEL.sub("", hint).lower()):
            for form in (word, word.removesuffix("s"), word.removesuffix("es")):
                if form in NOUNS:
                    return NOUNS[form]
    return "item"
