"""Invented videos in the shapes of the YouTube Data API v3, as its documentation describes them."""

from __future__ import annotations

import html
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


_ROWS = """
Life in the Midnight Zone | Blue Planet Diaries | 28 | 2021-03-04 | PT52M10S | 1830422 | deep sea, ocean, documentary, marine biology | A slow dive through the layers of the ocean, from sunlight to the lightless floor, with the animals that glow there.
What Glows Two Miles Down? | Blue Planet Diaries | 28 | 2023-06-18 | PT9M41S | 402331 | deep sea, bioluminescence, ocean | Why most animals of the deep sea make their own light, and what each of them says with it.
Deep Sea Creatures You Have Never Seen | Nature Hour | 15 | 2019-11-02 | PT1H12M5S | 5210034 | deep sea, animals, documentary | A documentary on anglerfish, gulper eels and the squid that nobody had filmed before.
The Submersible That Reached the Bottom | Ocean | 28 | 2018-01-20 | PT24M0S | 920111 | submarine, engineering, deep sea | How three engineers built a titanium ball that could stand the pressure of the deepest trench.
Saturn's Rings, Explained in Ten Minutes | Starlight Desk | 27 | 2022-09-09 | PT10M2S | 310500 | space, astronomy, saturn | Where the rings came from and why they will not be there for ever.
A Night with the James Webb Telescope | Starlight Desk | 28 | 2024-02-11 | PT1H4M30S | 880020 | space, astronomy, documentary, telescope | What the great mirror saw in its first year, told by the people who point it.
How Rockets Land Themselves | Metal & Fire | 28 | 2020-05-30 | PT14M12S | 2650500 | space, rockets, engineering | The control problem behind a booster that comes home.
Space | Daily Science | 27 | 2016-02-02 | PT3M15S | 9981 | space | Three minutes on how empty space is.
The Quiet Sun: Eight Hours of Space Sounds | Drift Audio | 10 | 2017-07-07 | PT8H0M1S | 12004500 | space, ambient, sleep, relaxing | Eight hours of low hums for sleeping.
Piano for Absolute Beginners: Lesson 1 | Ivory Steps | 27 | 2019-01-05 | PT12M20S | 4400100 | piano, lesson, beginner, music | Where to put your hands, the first five notes, and your first tune.
Your First Piano Chords in 3 Minutes | Ivory Steps | 27 | 2022-04-14 | PT3M5S | 720000 | piano, lesson, chords, beginner | Three chords that carry hundreds of songs.
Learn Piano Scales the Gentle Way | Hanna Keller | 10 | 2020-10-10 | PT18M44S | 95100 | piano, scales, lesson | Scales without tears: fingering, rhythm, patience.
Klavier lernen: Die erste Stunde | Tastenfreund | 27 | 2021-02-01 | PT21M30S | 150400 | klavier, piano, lesson, german | Die erste Stunde am Klavier, langsam und ohne Noten.
Cat vs. Cucumber: The Rematch | Whisker Society | 15 | 2015-12-01 | PT2M41S | 30500400 | cats, funny, animals | The cucumber came back. So did the cat.
Funny Cats Who Think They Are People | Whisker Society | 23 | 2021-08-08 | PT10M0S | 8100300 | cats, funny, compilation | Ten minutes of cats at tables, at desks and in the shower.
Why Cats Knead: The Science of Purring | Daily Science | 28 | 2022-12-12 | PT6M30S | 610000 | cats, science, animals | What a cat means by it, as far as anybody knows.
Kitten Learns to Climb Stairs & Regrets It | Whisker Society | 15 | 2023-03-21 | PT1M12S | 1900220 | cats, kitten, funny | Up is easy.
Sourdough from Nothing: A Seven-Day Starter | The Slow Oven | 26 | 2020-04-02 | PT28M15S | 3300900 | baking, bread, sourdough | Flour, water and a week: how to make a starter and your first loaf.
No-Knead Bread in Five Minutes of Work | The Slow Oven | 26 | 2018-09-15 | PT7M45S | 6100400 | baking, bread, easy | The dough does the work while you sleep.
Why Your Bread Is Flat | Crumb Lab | 26 | 2023-01-30 | PT15M20S | 450300 | baking, bread, sourdough, science | Four mistakes, seen in cross-section.
Croissants, the Honest Version | Crumb Lab | 26 | 2021-11-11 | PT46M0S | 980700 | baking, croissant, pastry | Three days, two failures, one good batch.
The Immortal Game, Move by Move | Sixty-Four Squares | 20 | 2017-03-03 | PT16M40S | 1250600 | chess, history, games | Anderssen gives up everything and mates with what is left.
Chess Openings for People in a Hurry | Sixty-Four Squares | 20 | 2022-06-06 | PT8M55S | 2100800 | chess, openings, beginner | Three openings that need no memory.
I Played Chess Against a Grandmaster Blindfolded | Mara Lindqvist | 24 | 2024-05-19 | PT22M10S | 760900 | chess, challenge | She wore the blindfold. I still lost.
Late Night Jazz in a Paris Cellar | Velvet Room | 10 | 2016-10-28 | PT1H58M3S | 7300000 | jazz, live, music, relaxing | A quartet, a small room, no talking.
How Bebop Changed Everything | The Blue Note Class | 10 | 2021-05-05 | PT32M0S | 240700 | jazz, history, documentary, music | Minton's, 1941: what happened after hours.
Jazz Guitar in Five Shapes | Hanna Keller | 27 | 2019-08-08 | PT11M11S | 310000 | jazz, guitar, lesson | Five shapes that move all over the neck.
Morning Yoga, Ten Quiet Minutes | Still Mat | 17 | 2020-01-01 | PT10M30S | 15200300 | yoga, morning, beginner, relaxing | Nothing hard: wake the back, open the hips, breathe.
Yoga for Stiff Programmers | Still Mat | 17 | 2022-02-22 | PT25M0S | 2100400 | yoga, back, desk | Wrists, shoulders and the neck that looks at screens.
The Fall of the Berlin Wall, Hour by Hour | Archive Street | 27 | 2019-11-09 | PT58M20S | 3600700 | history, germany, documentary, cold war | One confused press conference and the night that followed.
Berlin 1928 in Colour | Archive Street | 27 | 2018-06-01 | PT5M48S | 2800100 | history, germany, berlin | Five minutes of trams, hats and smoke.
Rust Ownership Explained with Sandwiches | Segfault Sessions | 28 | 2023-10-10 | PT13M37S | 520400 | programming, rust, tutorial | Who holds the sandwich, who may look at it.
Build a Tiny Compiler in One Sitting | Segfault Sessions | 28 | 2021-07-17 | PT1H41M0S | 390200 | programming, compiler, tutorial | From characters to machine code in a hundred minutes.
Python in 100 Minutes | Learn with Tomas | 27 | 2020-03-20 | PT1H40M12S | 9400800 | programming, python, tutorial, beginner | Everything that you need for the first week.
Restoring a 1967 Beetle, Part 1 | Grease & Grace | 2 | 2019-04-04 | PT35M0S | 1800600 | cars, restoration, engine | Rust, rust, rust and one good fender.
Why Old Engines Sound Better | Grease & Grace | 2 | 2022-08-18 | PT12M0S | 640300 | cars, engine, science | Firing order, exhaust length and nostalgia.
The Goal That Nobody Saw | Terrace Tales | 17 | 2021-06-13 | PT17M25S | 870100 | football, history, documentary | Fog came down in the 61st minute.
Street Football in Lagos | Terrace Tales | 17 | 2023-04-25 | PT26M40S | 410200 | football, documentary, africa | A court under the bridge and a boy with one boot.
The Octopus Who Hated Lamps | Nature Hour | 15 | 2020-12-24 | PT7M2S | 4900500 | octopus, animals, funny, ocean | It squirted the lights out, every night, until somebody noticed.
Sleeping Whales | Nature Hour | 15 | 2022-05-27 | PT4M30S | 2300400 | whales, ocean, animals, relaxing | They hang like pillars in the blue.
"""


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
        "description": f"{video.text}\n\nSubscribe: https://example.org/{video.id}\n#shorts #daily\n",
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
