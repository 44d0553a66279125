"""The command line over YouTube, played by a real server on loopback: nothing is indexed."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.services.video_server import KEY, VideoServer, quota, serving
from typer.testing import CliRunner, Result

from recllm.cli.checks import Check, catalogues, services
from recllm.cli.main import app
from recllm.config import load_settings
from recllm.errors import ConfigError

Run = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[VideoServer]:
    """The server, in a thread of its own: the command line runs its own loop."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    held: list[VideoServer] = []
    stop = asyncio.Event()

    async def serve() -> None:
        async with serving() as played:
            held.append(played)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    yield held[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def run(server: VideoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in {
        "RECLLM_HOME": str(tmp_path),
        "RECLLM_LLM": "none",
        "YOUTUBE_API_KEY": KEY,
        "YOUTUBE_API_URL": server.url,
    }.items():
        monkeypatch.setenv(name, value)

    def invoke(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(arguments), input=input)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def test_a_chat(run: Run, server: VideoServer, tmp_path: Path) -> None:
    said = [
        "a documentary about the deep sea",
        "who made the second one?",
        "something funny about cats",
        "/trace",
        "shorter",
        "why?",
        "/profile",
    ]
    told = run("chat", "--catalog", "youtube", input="\n".join(said)).stdout
    assert "RecLLM searches YouTube for videos, live: what you look for is sent there." in told
    assert "https://www.youtube.com/watch?v=vid00000001" in told
    assert "Blue Planet Diaries · 52 min · Science & Technology" in told
    assert " is by " in told
    assert "Kitten Learns to Climb Stairs & Regrets It" in told
    assert "search-api: 1 " in told
    asked = [(s["q"], s.get("videoDuration")) for s in server.searches]
    assert asked == [
        ("documentary deep sea", None),
        ("funny cats", None),
        ("funny cats", "short"),
    ]
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert KEY not in told
    assert not [p for p in files if KEY.encode() in p.read_bytes()]


def test_resuming_and_asking_for_scripts(run: Run, server: VideoServer) -> None:
    first = json.loads(run("ask", "jazz in Paris", "--catalog", "youtube", "--json").stdout)
    assert first["slate"][0]["title"] == "Late Night Jazz in a Paris Cellar"
    assert first["slate"][0]["url"].startswith("https://www.youtube.com/watch?v=")
    again = run("ask", "how long is the first one?", "--catalog", "youtube", "--resume", "--json")
    assert "118" in json.loads(again.stdout)["reply"]
    assert len(server.searches) == 1


def test_a_used_up_quota_is_told(run: Run, server: VideoServer) -> None:
    server.modes.append(quota)
    asked = run("ask", "jazz in Paris", "--catalog", "youtube", "--json")
    said = json.loads(asked.stdout)
    assert asked.exit_code == 0
    assert said["slate"] == []
    assert "quota of YouTube is used up" in said["notes"][0]


def test_without_a_key_the_variable_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOUTUBE_API_KEY")
    with pytest.raises(ConfigError, match="YOUTUBE_API_KEY, which is not set"):
        run("ask", "jazz", "--catalog", "youtube")
    assert (
        "--catalog youtube, over YouTube (needs YOUTUBE_API_KEY)" in run("catalog", "list").stdout
    )


def test_an_own_description_by_its_path(run: Run, server: VideoServer, tmp_path: Path) -> None:
    (tmp_path / "clips.toml").write_text(
        f"""
        title = "Clips"
        noun = "clip"
        [search]
        url = "{server.url}/search"
        headers = {{ x-goog-api-key = "${{YOUTUBE_API_KEY}}" }}
        parameters = {{ part = "snippet", type = "video", q = "{{query}}" }}
        [item]
        id = "id.videoId"
        title = "snippet.title"
        """
    )
    told = run("ask", "jazz guitar", "--catalog", str(tmp_path / "clips.toml"), "--json")
    said = json.loads(told.stdout)
    assert said["catalog"] == "clips"
    assert said["slate"][0]["title"] == "Jazz Guitar in Five Shapes"


def test_the_doctor_names_services_and_what_they_need(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def checks(catalog: str) -> list[Check]:
        settings = load_settings(catalog=catalog, home=tmp_path, llm="none")
        return [*catalogues(settings), *services(settings)]

    monkeypatch.delenv("YOUTUBE_API_KEY", raising=False)
    assert [c.status for c in checks("films")] == ["ok", "warning", "ok"]
    needed = checks("youtube")[-1]
    assert (needed.status, "YOUTUBE_API_KEY" in needed.found) == ("failed", True)
    assert "console.cloud.google.com" in needed.remedy
    assert checks("gone.toml")[-1].status == "failed"
    monkeypatch.setenv("YOUTUBE_API_KEY", KEY)
    assert [c.status for c in checks("youtube")] == ["ok", "ok"]


def test_a_service_is_shown_as_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YOUTUBE_API_KEY", raising=False)
    told = run("catalog", "show", "youtube").stdout
    assert "searched live" in told
    assert "It needs YOUTUBE_API_KEY" in told
    said = json.loads(run("catalog", "show", "youtube", "--json").stdout)
    assert said["needs"] == ["YOUTUBE_API_KEY"]
    assert {a["name"] for a in said["attributes"]} >= {"channel", "duration"}
