"""How an item lies in a table row: one typed column per attribute, text in a searchable column."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.document import search_text
from recllm.types import AttributeValue, Item, Kind, Role, Schema

ID, SEARCH, PAYLOAD, VECTOR = "id", "search", "payload", "vector"
CONTENT_HASH, TEXT_HASH, PLACE = "content_hash", "text_hash", "place"

FLAT_LIMIT = 20_000
"""Up to so many items every vector is compared, in memory: exact, and a millisecond or two."""

ARROW_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.DATE: pa.string(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.CATEGORY: pa.string(),
    Kind.LIST: pa.list_(pa.string()),
    Kind.TEXT: pa.string(),
}


def column_names(schema: Schema) -> dict[str, str]:
    """Return the table column of each attribute: prefixed, safe in SQL, unique.

    >>> from recllm.types import Attribute
    >>> column_names(Schema(attributes=(Attribute(name="Año", kind=Kind.NUMBER),)))
    {'Año': 'a_a_o'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for attribute in schema.attributes:
        base = column = "a_" + re.sub(r"[^a-z0-9]+", "_", attribute.name.lower()).strip("_")
        number = 2
        while column in taken:
            column, number = f"{base}_{number}", number + 1
        taken.add(column)
        names[attribute.name] = column
    return names


def cell(value: AttributeValue | None, kind: Kind) -> AttributeValue | None:
    """Return ``value`` as its column holds it; None where it is missing or of another kind.

    Text is stored in lower case because it is only filtered by case-insensitive containment
    (the item as it was read is in the payload), and ``-0.0`` as ``0.0`` because the engine
    orders the two.
    """
    if kind == Kind.LIST:
        return value if isinstance(value, tuple) and value else None
    if kind == Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind == Kind.NUMBER:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(value) + 0.0 if is_number and math.isfinite(value) else None  # type: ignore[arg-type]
    if not isinstance(value, str):
        return None
    return value.lower() if kind == Kind.TEXT else value


def place(item: Item, schema: Schema) -> float | None:
    """Return where ``item`` stands, highest first, when nothing is searched for.

    The most popular come first; where popularity is not known, a lasting shuffle by id, because
    the order of a file is often alphabetical or by date and would show one corner of it.
    """
    popularity = schema.having(Role.POPULARITY)
    if popularity:
        value = item.attributes.get(popularity[0].name)
        return value if isinstance(value, float) and math.isfinite(value) else None
    return int(content_hash(item.id)[:12], 16) / 16**12


def content_hash(payload: str) -> str:
    """Return what identifies the content of an item: the hash of its JSON."""
    return hashlib.blake2b(payload.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def table_schema(schema: Schema, dimension: int) -> pa.Schema:
    """Return the columns of a catalogue's table."""
    names = column_names(schema)
    typed = [pa.field(names[a.name], ARROW_TYPES[a.kind]) for a in schema.attributes]
    return pa.schema(
        [
            pa.field(ID, pa.string(), nullable=False),
            pa.field(SEARCH, pa.string()),
            pa.field(PAYLOAD, pa.string()),
            pa.field(CONTENT_HASH, pa.string()),
            pa.field(TEXT_HASH, pa.string()),
            pa.field(PLACE, pa.float64()),
            pa.field(VECTOR, pa.list_(pa.float32(), dimension)),
            *typed,
        ]
    )


def to_table(
    items: Sequence[Item],
    documents: Sequence[str],
    vectors: npt.NDArray[np.float32],
    schema: Schema,
) -> pa.Table:
    """Lay ``items`` with their documents and vectors out as rows of the table."""
    payloads = [i.model_dump_json() for i in items]
    columns: dict[str, object] = {
        ID: [i.id for i in items],
        SEARCH: [search_text(i, schema) for i in items],
        PAYLOAD: payloads,
        CONTENT_HASH: [content_hash(p) for p in payloads],
        TEXT_HASH: [content_hash(d) for d in documents],
        PLACE: [place(i, schema) for i in items],
        VECTOR: pa.FixedSizeListArray.from_arrays(
            pa.array(vectors.ravel(), pa.float32()), vectors.shape[1]
        ),
    }
    for attribute in schema.attributes:
        column = column_names(schema)[attribute.name]
        columns[column] = [cell(i.attributes.get(attribute.name), attribute.kind) for i in items]
    return pa.table(columns, schema=table_schema(schema, vectors.shape[1]))
