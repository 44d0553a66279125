"""Answers kept in a file and given again: real models in tests without a network or a key."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import ValidationError

from recllm.errors import LLMUnavailableError
from recllm.protocols import LLM
from recllm.types import Chunk, LLMRequest, Value


class Take(Value):
    """One line of a cassette: a request and the pieces of its answer."""

    key: str
    model: str
    request: LLMRequest
    chunks: tuple[Chunk, ...]


def request_key(request: LLMRequest) -> str:
    """The hash under which a request's answer is kept; its stage and timeout make no difference."""
    content = request.model_dump(mode="json", exclude={"timeout", "stage"})
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class RecordingLLM:
    """Passes requests on to ``inner`` and adds each finished answer to the file ``path``.

    Failures and answers that nobody read to the end are not kept. A request holds no key, and
    so does the file.
    """

    def __init__(self, inner: LLM, path: Path) -> None:
        self._inner = inner
        self._path = path

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Answer as the inner model does, and keep the answer."""
        chunks: list[Chunk] = []
        async for chunk in self._inner.stream(request):
            chunks.append(chunk)
            if chunk.finish:
                # Kept before it is passed on: a reader may stop at the last piece.
                self._keep(request, tuple(chunks))
            yield chunk

    def _keep(self, request: LLMRequest, chunks: tuple[Chunk, ...]) -> None:
        take = Take(key=request_key(request), model=self.name, request=request, chunks=chunks)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(take.model_dump_json() + "\n")


class ReplayLLM:
    """Answers from the file that :class:`RecordingLLM` wrote.

    A request recorded several times is answered in that order, and then with the last answer
    again and again.

    Raises:
        LLMUnavailableError: The file cannot be read as a cassette.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._takes: defaultdict[str, deque[Take]] = defaultdict(deque)
        self._name = "replay"
        for take in _read(path):
            self._takes[take.key].append(take)
            self._name = f"{take.model} (replayed)"

    @property
    def name(self) -> str:
        """The recorded model's name."""
        return self._name

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Give the recorded pieces.

        Raises:
            LLMUnavailableError: This request was not recorded.
        """
        takes = self._takes.get(request_key(request))
        if not takes:
            last = request.messages[-1].content if request.messages else ""
            raise LLMUnavailableError(
                f"{self._path} holds no answer to this request, ending {last[-60:]!r}: the prompt "
                "or a setting has changed since. Record it by running once with "
                "RecordingLLM(a real model, that path)."
            )
        take = takes.popleft() if len(takes) > 1 else takes[0]
        for chunk in take.chunks:
            yield chunk


def _read(path: Path) -> list[Take]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LLMUnavailableError(
            f"Cannot read the recorded answers {path} ({error}): record them by running once with "
            "RecordingLLM(a real model, that path)."
        ) from None
    takes = []
    for number, line in enumerate(lines, 1):
        try:
            takes.append(Take.model_validate_json(line))
        except ValidationError:
            raise LLMUnavailableError(
                f"Line {number} of {path} is not a recorded answer: remove it, or record again."
            ) from None
    return takes
