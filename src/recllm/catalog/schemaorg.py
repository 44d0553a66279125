"""schema.org JSON-LD objects as plain columns: a Person becomes a name, an Offer a price."""

from __future__ import annotations

from collections.abc import Callable

Node = dict[str, object]

_RENAMED = {"ratingvalue": "rating", "ratingcount": "rating count", "reviewcount": "rating count"}
_SKIPPED = ("review", "reviews", "workExample", "potentialAction", "mainEntityOfPage", "isPartOf")
_TEXTS = ("name", "alternateName", "text", "@value", "url", "contentUrl", "@id")
_VIEWS = ("WatchAction", "ViewAction", "ListenAction", "UserPageVisits")


def is_node(value: Node) -> bool:
    """Whether a JSON object is a JSON-LD node."""
    return "@type" in value or "@context" in value


def list_item(value: object) -> object:
    """Return what a ``ListItem`` lists; anything else as it is."""
    if isinstance(value, dict) and value.get("@type") == "ListItem":
        return value.get("item", value)
    return value


def flatten(node: Node) -> Node:
    """Return ``node`` as columns: names, figures, texts and lists of names.

    >>> flatten({"@type": "Movie", "name": "Moon", "director": {"@type": "Person", "name": "D"}})
    {'type': 'Movie', 'name': 'Moon', 'director': 'D'}
    """
    out: Node = {}
    for raw_name, value in node.items():
        name = raw_name.rsplit("/", 1)[-1].removeprefix("schema:")
        if name == "@type":
            out["type"] = _type(value)
        elif name == "@id":
            out["@id"] = value
        elif not name.startswith("@") and name not in _SKIPPED:
            for column, flat in _property(name, value).items():
                out.setdefault(column, flat)
    return out


def _type(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return str(first).rsplit("/", 1)[-1].removeprefix("schema:")


def _property(name: str, value: object) -> Node:
    special = _SPECIAL.get(name)
    if special is not None:
        parts = [v for v in (value if isinstance(value, list) else [value]) if v]
        nodes = [v for v in parts if isinstance(v, dict)]
        if nodes:
            return special(nodes)
    return {name: _plain(value)}


def _plain(value: object) -> object:
    """Return a node's name, a list's names, anything else as it is."""
    if isinstance(value, list):
        return [v for v in map(_plain, value) if v not in (None, "")]
    if not isinstance(value, dict):
        return value
    return next((value[key] for key in _TEXTS if isinstance(value.get(key), str)), None)


def _offers(nodes: list[Node]) -> Node:
    priced = [n for n in nodes if _price(n) is not None]
    if not priced:
        return {}
    cheapest = min(priced, key=lambda n: _price(n) or 0.0)
    return {"price": _price(cheapest), "price currency": cheapest.get("priceCurrency", "")}


def _price(node: Node) -> float | None:
    try:
        return float(str(node.get("price", node.get("lowPrice"))).replace(",", ""))
    except ValueError:
        return None


def _rating(nodes: list[Node]) -> Node:
    return {_RENAMED[k.lower()]: v for k, v in nodes[0].items() if k.lower() in _RENAMED}


def _statistics(nodes: list[Node]) -> Node:
    for node in nodes:
        kind = node.get("interactionType", "")
        kind = str(kind.get("@type", "") if isinstance(kind, dict) else kind)
        if kind.rsplit("/", 1)[-1] in _VIEWS or len(nodes) == 1:
            return {"views": node.get("userInteractionCount")}
    return {}


def _image(nodes: list[Node]) -> Node:
    return {"image": nodes[0].get("url") or nodes[0].get("contentUrl")}


def _steps(nodes: list[Node]) -> Node:
    texts: list[str] = []
    for node in nodes:
        inner = node.get("itemListElement")
        steps = inner if isinstance(inner, list) else [node]
        texts += [str(s.get("text") or s.get("name") or "") for s in steps if isinstance(s, dict)]
    return {"instructions": " ".join(t.strip() for t in texts if t)}


def _place(nodes: list[Node]) -> Node:
    place = nodes[0]
    out: Node = {"location": place["name"]} if place.get("name") else {}
    address = place.get("address", place if "addressLocality" in place else None)
    if isinstance(address, dict):
        columns = {"addressLocality": "city", "addressRegion": "region"}
        out |= {new: _plain(address[old]) for old, new in columns.items() if address.get(old)}
        if address.get("addressCountry"):
            out["country"] = _plain(address["addressCountry"])
    elif isinstance(address, str):
        out["address"] = address
    return out


def _nutrition(nodes: list[Node]) -> Node:
    calories = nodes[0].get("calories")
    return {"calories": str(calories).split(" ")[0]} if calories else {}


_SPECIAL: dict[str, Callable[[list[Node]], Node]] = {
    "offers": _offers,
    "aggregateRating": _rating,
    "interactionStatistic": _statistics,
    "image": _image,
    "recipeInstructions": _steps,
    "location": _place,
    "address": _place,
    "nutrition": _nutrition,
}
