"""The flags that chat and ask share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

CatalogOption = Annotated[
    str | None,
    typer.Option(help="The catalogue to talk about.", show_default="the configured one, or films"),
]
UserOption = Annotated[
    str, typer.Option(help="Who is talking: sessions are kept apart by this name.")
]
LLMOption = Annotated[
    Literal["auto", "none", "embedded", "endpoint"] | None,
    typer.Option(
        help="The language model: what is configured (auto), none, the embedded one, or an "
        "OpenAI-compatible endpoint.",
        show_default="as configured",
    ),
]
BaseURLOption = Annotated[
    str | None,
    typer.Option(
        help="Address of an OpenAI-compatible server, up to /v1. Its key comes from "
        "RECLLM_API_KEY, never from a flag.",
        show_default="as configured",
    ),
]
ModelOption = Annotated[
    str | None, typer.Option(help="The model's name at that server.", show_default="as configured")
]
TrustOption = Annotated[
    Literal["auto", "none", "embedded", "general"] | None,
    typer.Option(
        help="How much of a turn is left to the model's word.", show_default="as configured"
    ),
]
SlateSizeOption = Annotated[
    int | None,
    typer.Option(help="How many items to suggest at once, 3 to 10.", show_default="as configured"),
]
WaysOption = Annotated[
    str | None,
    typer.Option(
        help="The ways of retrieval, with commas between: bm25, dual-encoder, concepts, direct, "
        "co-engagement, search-api, browse; or auto.",
        show_default="as configured",
    ),
]
ResumeOption = Annotated[
    bool,
    typer.Option("--resume", help="Continue the last session of this user over this catalogue."),
]
IncognitoOption = Annotated[
    bool,
    typer.Option(
        "--incognito", help="Look up nothing that is remembered of the user, and keep nothing."
    ),
]
