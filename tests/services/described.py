"""Descriptions for tests: the shipped one of YouTube, and a plain one of the toy films."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.services.video_server import KEY, VideoServer

from recllm.services.description import Description
from recllm.services.load import find_service
from recllm.services.service import SearchService
from recllm.types import Item

FAST = {"timeout": 30.0, "deadline": 60.0, "wait": 0.01, "attempts": 3}
"""Quick to try again, and patient with a busy machine."""


def youtube(**limits: Any) -> Description:
    """The shipped description, with other limits."""
    found = find_service("youtube", Path("nowhere"))
    assert found is not None
    return found.model_copy(update={"limits": found.limits.model_copy(update={**FAST, **limits})})


def environment(server: VideoServer) -> dict[str, str]:
    return {"YOUTUBE_API_KEY": KEY, "YOUTUBE_API_URL": server.url}


def service(server: VideoServer, **limits: Any) -> SearchService:
    return SearchService(youtube(**limits), environment(server))


def result_of(film: Item) -> dict[str, Any]:
    """A toy film as a plain search service would answer it."""
    return {"key": film.id, "name": film.title, "about": film.text, **film.attributes}


def films(url: str, *, method: str = "POST", size: int = 5, pages: int = 4) -> Description:
    """A service of the toy films: POST with a body, pages by offset, no details, no key."""
    attributes: list[dict[str, str]] = [
        {"name": "year", "path": "year", "kind": "number", "role": "year"},
        {"name": "runtime", "path": "runtime", "kind": "number", "role": "duration",
         "unit": "minutes"},
        {"name": "directors", "path": "directors", "kind": "list", "role": "creator"},
        {"name": "cast", "path": "cast", "kind": "list", "role": "performer"},
        {"name": "countries", "path": "countries", "kind": "list", "role": "country"},
        {"name": "languages", "path": "languages", "kind": "list", "role": "language"},
        {"name": "genres", "path": "genres", "kind": "list", "role": "genre"},
        {"name": "tags", "path": "tags", "kind": "list", "role": "tag"},
    ]  # fmt: skip
    request: dict[str, Any] = {
        "url": f"{url}/find",
        "method": method,
        "items": "hits",
        "most": size,
    }
    asked = {"text": "{query}", "size": "{limit}", "from": "{offset}"}
    request |= {"body": asked} if method == "POST" else {"parameters": asked}
    return Description.model_validate(
        {
            "name": "films",
            "title": "Films",
            "noun": "film",
            "search": request,
            "paging": {"kind": "offset"},
            "item": {"id": "key", "title": "name", "text": "about", "attributes": attributes},
            "limits": {**FAST, "pages": pages, "results": size},
            "cache": {"seconds": 60},
        }
    )
