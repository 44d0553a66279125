"""What ``recllm doctor`` looks at: each check tells what it found and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Literal

from recllm.build import choose_llm
from recllm.catalog.manifest import list_catalogs, read_manifest
from recllm.config import Settings, closest, config_files, read_file
from recllm.encoder import MiniLMEncoder
from recllm.errors import RecLLMError, UnknownCatalogError
from recllm.llm.complete import complete
from recllm.protocols import LLM
from recllm.services.load import ENDING, find_service, list_services
from recllm.services.requests import lacking
from recllm.store import SessionStore
from recllm.types import ChatMessage, LLMRequest, Value

LARGER = """\
a larger model makes better turns. With any OpenAI-compatible server, for example Ollama:
  export RECLLM_BASE_URL=http://localhost:11434/v1 RECLLM_MODEL=qwen3:8b
or in {file}:
  base_url = "https://api.openai.com/v1"
  model = "gpt-5-mini"
  api_key = "..."  # or in the environment: RECLLM_API_KEY"""
_QUESTION = LLMRequest(
    stage="doctor",
    messages=(
        ChatMessage(role="system", content="You help people to find films."),
        ChatMessage(role="user", content="In one sentence, what makes a good comedy?"),
    ),
    max_tokens=40,
)


class Check(Value):
    """One line of the report. "failed" is what a turn needs; ``remedy`` is for the other two."""

    what: str
    status: Literal["ok", "warning", "failed"]
    found: str
    remedy: str = ""


async def run_checks(settings: Settings) -> AsyncIterator[Check]:
    """Look at everything that ``settings`` configure, one after the other."""
    for check in (program(), *configuration(settings), home(settings.home)):
        yield check
    yield await language_model(settings)
    yield await encoder()
    for check in (*catalogues(settings), *services(settings)):
        yield check
    yield await store(settings.home, settings.database.get_secret_value())


def program() -> Check:
    """The versions, for reports of errors."""
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check(what="program", status="ok", found=f"recllm {version('recllm')}, {python}")


def configuration(settings: Settings) -> list[Check]:
    """Where settings come from, and what about them is doubtful."""
    files = [path for path in config_files(settings.home) if path.is_file()]
    said = ", ".join(map(str, files)) or "no recllm.toml"
    variables = sorted(name for name in os.environ if name.upper().startswith("RECLLM_"))
    found = f"{said}; environment: {', '.join(variables) or 'nothing'}"
    checks = [Check(what="settings", status="ok", found=found)]
    for name in variables:
        setting = name.upper().removeprefix("RECLLM_").lower()
        guess = closest(setting)
        if guess and guess != setting:
            meant = f"did you mean RECLLM_{guess.upper()}?"
            checks.append(Check(what=name, status="warning", found="unknown", remedy=meant))
    return checks + [check for path in files if (check := _open_secret(path))]


def home(path: Path) -> Check:
    """Whether the home can be written."""
    existing = next(p for p in (path, *path.absolute().parents) if p.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free / 1e9
    except OSError as error:
        remedy = "make it writable, or set RECLLM_HOME to another directory"
        found = f"{path} cannot be written ({error.strerror})"
        return Check(what="home", status="failed", found=found, remedy=remedy)
    new = "" if path.exists() else ", made when first needed"
    return Check(what="home", status="ok", found=f"{path} ({free:.0f} GB free{new})")


async def language_model(settings: Settings) -> Check:
    """Which model there is, whether it answers, and how fast."""
    larger = LARGER.format(file=config_files(settings.home)[1])
    if (llm := choose_llm(settings)) is None:
        found = "none: turns are made by code alone, with simple sentences"
        if settings.llm == "none":
            return Check(what="model", status="ok", found=found)
        remedy = f"`recllm models install` fetches the small embedded model; {larger}"
        return Check(what="model", status="warning", found=found, remedy=remedy)
    try:
        found = await _asked(llm, settings.call_timeout)
    except RecLLMError as error:
        remedy = "or use --llm none meanwhile: turns are then made by code alone"
        return Check(what="model", status="failed", found=f"{error}", remedy=remedy)
    finally:
        if close := getattr(llm, "close", None):
            await close()
    if settings.uses_endpoint:
        return Check(what="model", status="ok", found=found)
    small = f"the small embedded model, {found}. It only chooses among wordings; rules do the rest"
    return Check(what="model", status="ok", found=small, remedy=larger)


async def encoder() -> Check:
    """Whether the text encoder loads and runs."""
    began, model = monotonic(), MiniLMEncoder()
    try:
        vectors = await model.encode(["a quiet film about the sea"])
    except RecLLMError as error:
        return Check(what="encoder", status="failed", found=str(error))
    found = f"{model.name}, {vectors.shape[1]} dimensions, loaded in {monotonic() - began:.1f} s"
    return Check(what="encoder", status="ok", found=found)


def catalogues(settings: Settings) -> list[Check]:
    """Which catalogues there are, and whether the configured one is among them."""
    folder, name = settings.home / "catalogs", settings.catalog
    known = list_catalogs(folder)
    sizes = ", ".join(f"{m.name} ({m.size:,} {m.columns.noun}s)" for m in known) or "none yet"
    checks = [Check(what="catalogues", status="ok", found=sizes)]
    if name.endswith(ENDING):
        return checks
    try:
        manifest = read_manifest(folder, name)
        if manifest.encoder != (mine := MiniLMEncoder().name):
            found = f"{name} was indexed with the encoder {manifest.encoder}, not {mine}"
            remedy = "index it again: recllm index SOURCE --catalog " + name
            checks.append(Check(what="catalogue", status="failed", found=found, remedy=remedy))
    except UnknownCatalogError:
        if any(service.name == name for service in list_services(settings.home / "services")):
            return checks
        remedy = f"recllm index SOURCE --catalog {name}, or choose another with --catalog"
        missing = f"{name}, the configured one, is not there"
        checks.append(Check(what="catalogue", status="warning", found=missing, remedy=remedy))
    except RecLLMError as error:
        checks.append(Check(what="catalogue", status="failed", found=str(error)))
    return checks


def services(settings: Settings) -> list[Check]:
    """Which services can be searched live, and which keys they still need."""
    checks: list[Check] = []
    known = list_services(settings.home / "services")
    if settings.catalog.endswith(ENDING):
        try:
            own = find_service(settings.catalog, settings.home / "services")
        except RecLLMError as error:
            return [Check(what="service", status="failed", found=str(error))]
        known += [own.model_copy(update={"name": settings.catalog})] if own else []
    for service in known:
        missing = lacking(service, os.environ)
        found = f"{service.title}: recllm chat --catalog {service.name}"
        if not missing:
            checks.append(Check(what="service", status="ok", found=found))
            continue
        needs = f"{found} needs {', '.join(missing)}"
        # Only a person who talks over it misses the key.
        wanted = service.name == settings.catalog
        status: Literal["ok", "failed"] = "failed" if wanted else "ok"
        remedy = service.help if wanted else ""
        checks.append(Check(what="service", status=status, found=needs, remedy=remedy))
    return checks


async def store(folder: Path, url: str = "") -> Check:
    """Whether sessions can be kept: at ``url``, or in a file of ``folder`` where that is empty."""
    try:
        sessions = SessionStore(url) if url else SessionStore.at(folder)
    except RecLLMError as error:
        return Check(what="sessions", status="failed", found=str(error))
    try:
        kept = await sessions.sessions("default")
    except RecLLMError as error:
        return Check(what="sessions", status="failed", found=str(error))
    finally:
        await sessions.close()
    count = f"{len(kept)} session{'' if len(kept) == 1 else 's'} of user 'default'"
    return Check(what="sessions", status="ok", found=f"{sessions.name} ({count})")


def _open_secret(path: Path) -> Check | None:
    """A warning where others of this machine can read a key."""
    others = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    if os.name == "nt" or not others or not read_file(path).get("api_key"):
        return None
    found = f"{path} holds a key that other users of this machine can read"
    return Check(what="key", status="warning", found=found, remedy=f"chmod 600 {path}")


async def _asked(llm: LLM, seconds: float) -> str:
    """Ask something short, twice: the first answer includes starting the model."""
    began = monotonic()
    if alive := getattr(llm, "alive", None):
        await alive(seconds)
    ready = monotonic()
    answer = await complete(llm, _QUESTION.model_copy(update={"timeout": seconds}))
    took = monotonic() - ready
    speed = f", {answer.usage.completion_tokens / took:.0f} tokens/s" if answer.usage else ""
    return f"{llm.name}, ready in {ready - began:.1f} s, answers in {took:.1f} s{speed}"
