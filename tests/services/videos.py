"""Invented videos in the shapes of the YouTube Data API v3, as its documentation describes them."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, NamedTuple


class Video(NamedTuple):
    id: str
    title: str
    channel: str
    category: str
    published: str
    duration: str
    views: int
    tags: tuple[str, ...]
    text: str
    language: str = "en"


_ROWS = (Path(__file__).parent / "videos.txt").read_text("utf-8")


def _video(number: int, row: str) -> Video:
    title, channel, category, day, duration, views, tags, text = (
        p.strip() for p in row.split(" | ")
    )
    language = "de" if title.startswith("Klavier") else "en-US" if number % 3 else ""
    return Video(
        f"vid{number:08d}", title, channel, category, f"{day}T09:30:00Z", duration,
        int(views), tuple(t.strip() for t in tags.split(",")), text, language,
    )  # fmt: skip


VIDEOS = tuple(_video(n, row) for n, row in enumerate(_ROWS.strip().splitlines(), 1))
BY_ID = {v.id: v for v in VIDEOS}


def search_result(video: Video) -> dict[str, Any]:
    """A search resource: snippets are cut, and titles are escaped for HTML."""
    return {
        "kind": "youtube#searchResult",
        "etag": f"s-{video.id}",
        "id": {"kind": "youtube#video", "videoId": video.id},
        "snippet": {
            "publishedAt": video.published,
            "channelId": f"UC{abs(hash(video.channel)) % 10**8}",
            "title": html.escape(video.title),
            "description": video.text[:80],
            "thumbnails": _thumbnails(video),
            "channelTitle": html.escape(video.channel),
            "liveBroadcastContent": "none",
        },
    }


def video_resource(video: Video) -> dict[str, Any]:
    """A video resource with snippet, contentDetails and statistics (counts are strings)."""
    snippet = {
        "publishedAt": video.published,
        "channelId": "UC1",
        "title": video.title,
        "description": f"{video.text}\n\nSubscribe: https://example.org/x\n#shorts #daily\n",
        "thumbnails": _thumbnails(video),
        "channelTitle": video.channel,
        "tags": list(video.tags),
        "categoryId": video.category,
        "liveBroadcastContent": "none",
    }
    if video.language:
        snippet["defaultAudioLanguage"] = video.language
    return {
        "kind": "youtube#video",
        "etag": f"v-{video.id}",
        "id": video.id,
        "snippet": snippet,
        "contentDetails": {"duration": video.duration, "dimension": "2d", "caption": "false"},
        "statistics": {
            "viewCount": str(video.views),
            "likeCount": str(video.views // 40),
            "favoriteCount": "0",
            "commentCount": str(video.views // 900),
        },
    }


def _thumbnails(video: Video) -> dict[str, Any]:
    url = f"https://i.ytimg.example/vi/{video.id}"
    return {
        "default": {"url": f"{url}/default.jpg", "width": 120, "height": 90},
        "high": {"url": f"{url}/hqdefault.jpg", "width": 480, "height": 360},
    }
