"""The habits of the house, as tests: they hold for files that are not written yet.

Where a rule is broken, the message names the file; raising a limit needs a line in CHANGELOG.md.
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import recllm
from recllm import events, facts, types

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "recllm"
PROMPTS = SRC / "prompts"
SNAPSHOTS = ROOT / "tests" / "snapshots"
DOCS = ROOT / "docs"

LONGEST_FILE = 400
USUAL_FILE, USUAL_SHARE = 350, 0.85
MEDIAN_FUNCTION, LONG_FUNCTION = 12, 40
SEAM_METHODS = 2
HEAVY = {"torch", "transformers", "lancedb", "onnxruntime", "xllamacpp", "openai", "fastapi"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def product() -> dict[Path, ast.Module]:
    """Every file of the product, parsed."""
    return {p: ast.parse(p.read_text("utf-8"), str(p)) for p in sorted(SRC.rglob("*.py"))}


def checked_python() -> list[Path]:
    """Every Python file that the type checker reads."""
    folders = ("src", "tests", "scripts", "benchmarks", "examples")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Every syntax node of these kinds in the product, with where it stands."""
    for path, tree in product().items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", node


# ── Size ─────────────────────────────────────────────────────────────────────────────────────


def line_counts() -> dict[str, int]:
    return {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in product()
    }


def test_no_file_is_too_long() -> None:
    assert {f: n for f, n in line_counts().items() if n > LONGEST_FILE} == {}


def test_most_files_are_short() -> None:
    counts = line_counts()
    long = {f: n for f, n in counts.items() if n > USUAL_FILE}
    assert len(long) <= (1 - USUAL_SHARE) * len(counts), long


def test_functions_are_small() -> None:
    lengths = {
        f"{place} {f.name}": f.end_lineno - f.lineno + 1
        for place, f in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
    }
    longest = sorted(lengths.items(), key=lambda pair: -pair[1])[:20]
    assert statistics.median(lengths.values()) <= MEDIAN_FUNCTION
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= LONG_FUNCTION, longest


# ── Seams and values ─────────────────────────────────────────────────────────────────────────


def is_protocol(node: ast.ClassDef) -> bool:
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in node.bases)
    return any(ast.unparse(base).rpartition(".")[2] == "Protocol" for base in bases)


def is_property(function: Function) -> bool:
    names = {ast.unparse(d).rpartition(".")[2] for d in function.decorator_list}
    return bool(names & {"property", "cached_property"})


def test_seams_have_at_most_two_methods() -> None:
    wide = {}
    for place, node in nodes(ast.ClassDef):
        if is_protocol(node):
            functions = [f for f in node.body if isinstance(f, Function) and not is_property(f)]
            public = [f.name for f in functions if not f.name.startswith("_")]
            if len(public) > SEAM_METHODS:
                wide[f"{place} {node.name}"] = public
    assert wide == {}


def values() -> list[type[BaseModel]]:
    """Every model that ``types.py``, ``facts.py`` and ``events.py`` define."""
    everything = {**vars(types), **vars(facts), **vars(events)}.values()
    found = (v for v in everything if isinstance(v, type) and issubclass(v, BaseModel))
    return [v for v in found if v.__module__ in (types.__name__, facts.__name__, events.__name__)]


@pytest.mark.parametrize("model", values(), ids=lambda model: str(model.__name__))
def test_values_are_frozen_strict_and_documented(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True
    assert model.model_config.get("extra") == "forbid"
    assert model.__doc__


# ── The public surface ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", recllm.__all__)
def test_exported_names_are_real_and_have_docstrings(name: str) -> None:
    exported = getattr(recllm, name)
    if isinstance(exported, type) or callable(exported):
        assert exported.__doc__, f"{name} has no docstring"


def test_exported_names_are_in_the_docs() -> None:
    known = set(re.findall(r"\w+", documentation()))
    assert [name for name in recllm.__all__ if name not in known] == []


def test_exports_are_sorted_and_complete() -> None:
    assert sorted(recllm.__all__) == recllm.__all__ == dir(recllm)
    assert len(set(recllm.__all__)) == len(recllm.__all__)
    with pytest.raises(AttributeError, match="'nonsense'"):
        recllm.__getattr__("nonsense")


def test_type_checkers_see_the_same_exports() -> None:
    tree = product()[SRC / "__init__.py"]
    guard = next(n for n in tree.body if isinstance(n, ast.If))
    imports = [n for n in guard.body if isinstance(n, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}
    assert {*seen, "__version__"} == set(recllm.__all__)
    owners = {name: recllm._OWNERS.get(name, "recllm.types") for name in seen}
    assert owners == seen


def test_importing_the_package_is_light() -> None:
    code = "import recllm, sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) & (HEAVY | {"pydantic", "numpy"}) == set()


# ── Imports, errors and silence ──────────────────────────────────────────────────────────────


def imported_roots() -> Iterator[tuple[str, str]]:
    for place, node in nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            yield from ((place, alias.name.partition(".")[0]) for alias in node.names)
        elif not node.level:
            yield place, str(node.module).partition(".")[0]


def declared() -> set[str]:
    """What users have installed: the dependencies and extras, not the developers' group."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def test_the_product_imports_only_what_it_declares() -> None:
    owners = packages_distributions()
    known = declared()
    undeclared = {
        f"{place} imports {root}"
        for place, root in imported_roots()
        if root != "recllm"
        and root not in sys.stdlib_module_names
        and not known & {canonical(owner) for owner in owners.get(root, [root])}
    }
    assert undeclared == set()


def test_the_product_does_not_import_tests() -> None:
    tests = {"tests", "conftest", "pytest", "hypothesis"}
    assert {place for place, root in imported_roots() if root in tests} == set()


def is_broad(kind: ast.expr | None) -> bool:
    names = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(n is None or ast.unparse(n) in {"Exception", "BaseException"} for n in names)


def is_silent(body: list[ast.stmt]) -> bool:
    return all(
        isinstance(s, ast.Pass | ast.Continue)
        or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
        for s in body
    )


def test_no_error_is_swallowed() -> None:
    bad = []
    for place, node in nodes(ast.ExceptHandler):
        kind = ast.unparse(node.type) if node.type else ""
        forbidden = is_broad(node.type) or "ImportError" in kind
        if not kind or (forbidden and is_silent(node.body)):
            bad.append(place)
    for place, call in nodes(ast.Call):
        if ast.unparse(call.func).endswith("suppress") and any(map(is_broad, call.args)):
            bad.append(place)
    assert bad == []


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_every_type_ignore_has_a_code() -> None:
    bare = re.compile(r"type:\s*ignore(?!\[)")
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in checked_python()
        for line, comment in comments(path)
        if bare.search(comment)
    ]
    assert found == []


# ── Command line ─────────────────────────────────────────────────────────────────────────────


def commands() -> dict[str, Any]:
    """Every command by its full name; ``recllm.cli.main.app`` is the root."""
    from typer.main import get_command

    from recllm.cli.main import app

    def walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        yield name, command
        if hasattr(command, "list_commands"):
            context = command.make_context(name, [], resilient_parsing=True)
            for child in command.list_commands(context):
                yield from walk(f"{name} {child}", command.get_command(context, child))

    return {name: c for name, c in walk("recllm", get_command(app)) if not c.hidden}


def test_every_command_and_option_has_help() -> None:
    silent = []
    for name, command in commands().items():
        if not (command.help or "").strip():
            silent.append(name)
        for parameter in command.params:
            if not (getattr(parameter, "help", None) or getattr(parameter, "hidden", False)):
                silent.append(f"{name} {'/'.join(parameter.opts)}")
    assert silent == []


def test_every_command_is_in_the_docs() -> None:
    text = documentation()
    assert [name for name in commands() if not re.search(rf"{name}\b", text)] == []


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────


def templates() -> list[Path]:
    found = (path for path in PROMPTS.rglob("*") if path.is_file())
    return sorted(p for p in found if p.suffix not in {".py", ".pyc"})


def strings() -> set[str]:
    """Every string of the product, docstrings included."""
    return {n.value for _, n in nodes(ast.Constant) if isinstance(n.value, str)}


def test_every_prompt_template_is_used() -> None:
    used = strings()
    unused = [str(t.relative_to(PROMPTS)) for t in templates() if not names_of(t) & used]
    assert unused == []


def names_of(template: Path) -> set[str]:
    relative = template.relative_to(PROMPTS)
    return {template.name, template.stem, str(relative), str(relative.with_suffix(""))}


def test_every_prompt_template_has_a_snapshot() -> None:
    snapshots = [path.relative_to(SNAPSHOTS) for path in SNAPSHOTS.rglob("*") if path.is_file()]
    told = {part for path in snapshots for part in (*path.parts[:-1], *path.name.split("."))}
    joined = [*told, *(str(path.with_suffix("")) for path in snapshots)]
    bare = [t for t in templates() if not any(t.stem in name for name in joined)]
    assert [str(t.relative_to(PROMPTS)) for t in bare] == []


# ── Text ─────────────────────────────────────────────────────────────────────────────────────

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BUILD_PATH = re.compile(r"(?<![\w.])(/work/|/root/|/home/\w|/Users/\w|/tmp/\w|[A-Z]:\\\\?Users)")


def shipped_text() -> Iterator[tuple[str, str]]:
    """The lines of every text that is published: the product, its docs and its tools."""
    files = [p for p in SRC.rglob("*") if p.suffix in {".py", ".md", ".txt", ".toml", ".yaml"}]
    for folder in ("docs", "scripts", "benchmarks", "examples"):
        files += [p for p in (ROOT / folder).rglob("*") if p.suffix in {".py", ".md", ".sh"}]
    for path in [*files, *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "constraints.txt"]:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


@pytest.mark.parametrize("pattern", [UNFINISHED, BUILD_PATH], ids=["unfinished", "build path"])
def test_text_is_finished_and_of_no_machine(pattern: re.Pattern[str]) -> None:
    assert [
        f"{place}: {line.strip()}" for place, line in shipped_text() if pattern.search(line)
    ] == []


# ── Documentation ────────────────────────────────────────────────────────────────────────────

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


@cache
def documentation() -> str:
    return "\n".join(path.read_text("utf-8") for path in pages())


def links(page: Path) -> Iterator[Path]:
    """The files that a page links to."""
    for target in LINK.findall(page.read_text("utf-8")):
        if not re.match(r"[a-z]+:|#", target):
            yield (page.parent / target.partition("#")[0]).resolve()


def test_every_page_can_be_found() -> None:
    found = {*links(ROOT / "README.md"), *links(DOCS / "README.md")}
    missing = [p for p in DOCS.rglob("*.md") if p.resolve() not in found]
    assert [str(p.relative_to(ROOT)) for p in missing if p != DOCS / "README.md"] == []


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target.name}"
        for page in [*pages(), ROOT / "CHANGELOG.md"]
        for target in links(page)
        if not target.exists()
    ]
    assert broken == []


# ── The rules about the tests themselves ─────────────────────────────────────────────────────


def test_another_machine_is_out_of_reach(network: list[str]) -> None:
    import socket

    from loopback_only import NetworkRefusedError

    with socket.socket() as plug:
        with pytest.raises(NetworkRefusedError, match=r"192\.0\.2\.1"):
            plug.connect(("192.0.2.1", 80))
        with pytest.raises(NetworkRefusedError, match=r"example\.org"):
            socket.getaddrinfo("example.org", 80)
    assert network == ["192.0.2.1", "example.org"]
    network.clear()


async def test_another_machine_is_out_of_reach_of_asyncio(network: list[str]) -> None:
    import asyncio

    from loopback_only import NetworkRefusedError

    for host in ("192.0.2.1", "example.org"):
        with pytest.raises(NetworkRefusedError):
            await asyncio.open_connection(host, 80)
    network.clear()


async def test_loopback_is_in_reach() -> None:
    import asyncio

    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("localhost", port, family=2)
        writer.close()


def test_no_test_sees_the_home_or_the_keys_of_its_user(home: Path) -> None:
    from recllm.config import load_settings

    settings = load_settings(llm="none")
    assert settings.home == home
    assert not settings.key
