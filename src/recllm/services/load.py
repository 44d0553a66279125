"""Finding descriptions: those that come with the package, and a person's own."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recllm.errors import CatalogError, ConfigError
from recllm.services.description import Description

ENDING = ".toml"


def find_service(name: str, folder: Path) -> Description | None:
    """Return the service ``name``: a path that ends in .toml, one of ``folder``, or a shipped one.

    Args:
        name: what the person calls it.
        folder: where a person's own descriptions lie.

    Raises:
        ConfigError: there is such a description, but it cannot be used.
    """
    if name.endswith(ENDING):
        path = Path(name).expanduser()
        return read_service(path.stem.lower(), _read(path), str(path))
    own = folder / f"{name}{ENDING}"
    if Path(name).name == name and own.is_file():
        return read_service(name, _read(own), str(own))
    shipped = {p.name: p for p in files("recllm.services").iterdir()}.get(f"{name}{ENDING}")
    return read_service(name, shipped.read_text("utf-8"), name) if shipped else None


def list_services(folder: Path) -> list[Description]:
    """Return the services that can be read, by name; a person's own go before shipped ones."""
    entries = [p.name for p in files("recllm.services").iterdir()]
    entries += [p.name for p in folder.glob(f"*{ENDING}")] if folder.is_dir() else []
    names = sorted({n.removesuffix(ENDING) for n in entries if n.endswith(ENDING)})
    found = []
    for name in names:
        try:
            service = find_service(name, folder)
        except ConfigError:
            continue
        found += [service] if service else []
    return found


def read_service(name: str, text: str, where: str) -> Description:
    """Return the description in ``text``, called ``name`` where it does not say otherwise.

    Raises:
        ConfigError: it is not TOML, or not a description; the message names the key and the remedy.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{where} is not valid TOML: {error}. Correct that line.") from None
    try:
        return Description.model_validate({"name": name, "title": name} | raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "the whole"
        reason = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"The description of a service {where} cannot be used: {key}: {reason}. "
            "docs/search-api.md lists every key."
        ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise CatalogError(
            f"The description of a service {str(path)!r} cannot be read: {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text: save it as UTF-8.") from None
