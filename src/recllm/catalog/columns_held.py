"""The typed columns of a small catalogue, in memory: which rows satisfy a condition, at once.

The table takes 7 ms of processor time for a condition at 10,000 items, arrays take a tenth of
one; a turn that relaxes its conditions asks for many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.columns import column_names
from recllm.catalog.filters import attribute_of, ordered, parsed
from recllm.types import Attribute, Constraint, Kind, Op, Schema

Mask = npt.NDArray[np.bool_]


class HeldColumns:
    """Decides conditions as :func:`recllm.catalog.filters.compile_filter` does, row by row.

    Args:
        rows: the table's typed columns.
        schema: what they are.
    """

    def __init__(self, rows: pa.Table, schema: Schema) -> None:
        self._schema, self._size = schema, len(rows)
        names = column_names(schema)
        self._columns = {a.name: _held(rows[names[a.name]], a.kind) for a in schema.attributes}

    def mask(self, where: Sequence[Constraint]) -> Mask:
        """Return which rows satisfy all of ``where``.

        Raises:
            CatalogError: an attribute is not in the schema, or cannot be compared so.
        """
        return reduce(np.logical_and, map(self._one, where), np.ones(self._size, dtype=bool))

    def _one(self, constraint: Constraint) -> Mask:
        attribute = attribute_of(constraint, self._schema)
        column = self._columns[attribute.name]
        found = np.zeros(self._size, dtype=bool)
        for value in constraint.values:
            found |= self._fits(column, constraint.op, parsed(value, attribute), attribute)
        return ~found if constraint.op is Op.NE else found

    def _fits(self, column: Any, op: Op, wanted: Any, attribute: Attribute) -> Mask:
        if op in (Op.EQ, Op.NE):
            match attribute.kind:
                case Kind.LIST | Kind.CATEGORY:
                    found = np.zeros(self._size, dtype=bool)
                    found[column.get(wanted, [])] = True
                    return found
                case Kind.TEXT:
                    return np.array([t is not None and wanted in t for t in column], dtype=bool)
                case Kind.DATE:
                    return np.asarray((column >= wanted[0]) & (column < wanted[1]))
                case _:
                    return np.asarray(column == float(wanted))
        return np.asarray(ordered(column, op, wanted) & (column != _missing(attribute.kind)))


def _missing(kind: Kind) -> Any:
    return "" if kind is Kind.DATE else np.nan


def _held(column: pa.ChunkedArray, kind: Kind) -> Any:
    """Return a column as it is looked up: rows by value, or an array with a mark for missing."""
    match kind:
        case Kind.LIST | Kind.CATEGORY:
            return _rows_by_value(column.to_pylist())
        case Kind.TEXT:
            return column.to_pylist()
        case Kind.DATE:
            return np.array([text or "" for text in column.to_pylist()], dtype=str)
        case _:
            return np.array([np.nan if v is None else v for v in column.to_pylist()], dtype=float)


def _rows_by_value(values: Sequence[Any]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(values):
        for name in value if isinstance(value, list) else [value]:
            if name is not None:
                found[name].append(row)
    return dict(found)
