"""Where each row of a state stands: rows are counted from 0 in the order of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.columns import ID, PLACE
from recllm.catalog.lookup import Lookup, Numbers, Places, hashes

ROW = "_rowid"
COLUMNS = (ID, PLACE)
"""What :func:`numbered` reads of the table, beside the row numbers."""
_LOOKUPS = ("rows", "ids")


class Numbering:
    """Finds rows by number and by id, and knows their lasting order.

    Args:
        arrays: what :func:`numbered` returned, in memory or mapped.
    """

    def __init__(self, arrays: Mapping[str, pa.Array]) -> None:
        self._rows, self._ids = (
            Lookup(arrays[f"{name}.ordered"].to_numpy(), arrays[f"{name}.at"].to_numpy())
            for name in _LOOKUPS
        )
        self.order: npt.NDArray[np.int32] = arrays["order"].to_numpy()

    def __len__(self) -> int:
        return len(self.order)

    def of_rows(self, numbers: Numbers) -> Places:
        """Return where the rows with these numbers of the table stand."""
        return self._rows.places(numbers)

    def of_ids(self, ids: Sequence[str]) -> Places:
        """Return where the items with these ids stand, -1 for one that is not there."""
        return self._ids.places(hashes(ids, len(ids)))


def numbered(rows: pa.Table) -> dict[str, pa.Array]:
    """Return the numbering of ``rows``, which are in the order of the table, as arrays."""
    numbers = rows[ROW].to_numpy(), hashes(rows[ID].to_pylist(), len(rows))
    found: dict[str, pa.Array] = {"order": pa.array(_lasting(rows))}
    for name, values in zip(_LOOKUPS, numbers, strict=True):
        lookup = Lookup.of(values)
        found[f"{name}.ordered"] = pa.array(lookup.ordered)
        found[f"{name}.at"] = pa.array(lookup.at)
    return found


def _lasting(rows: pa.Table) -> npt.NDArray[np.int32]:
    """Return the places of all rows, those that come first when nothing is searched for first."""
    table = pa.table({
        PLACE: rows[PLACE], ID: rows[ID], "at": pa.array(np.arange(len(rows), dtype=np.int32)),
    })  # fmt: skip
    return np.asarray(table.sort_by([(PLACE, "descending"), (ID, "ascending")])["at"].to_numpy())
