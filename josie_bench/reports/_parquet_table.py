"""A table out of a parquet file that another machine may have written: no more of it than memory holds."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from josie_bench.errors import UsageError
from josie_bench.probes.memory import available_bytes
from josie_bench.terms.timebase import mib_from_bytes

NUMBER_BYTES = 8
LETTER_BYTES = 4  # as numpy keeps words, each as wide as the longest


def table_of(content: bytes, path: Path) -> pa.Table:
    """Return the table that a parquet file holds.

    A few hundred bytes can say a thousand million rows that are alike. What they come to is counted beforehand, with
    words still kept once each.

    Args:
        content: of the file.
        path: what the messages call it.

    Raises:
        UsageError: what it says is more than can be held here.
        ArrowException, OSError: it is no parquet file.
    """
    head = pq.ParquetFile(io.BytesIO(content))
    words = [field.name for field in head.schema_arrow if _is_words(field.type)]
    counts = head.metadata
    groups = [counts.row_group(index).total_byte_size for index in range(counts.num_row_groups)]
    _check_room(max(sum(groups), counts.num_rows * counts.num_columns * NUMBER_BYTES), counts.num_rows, path)
    table = pq.ParquetFile(io.BytesIO(content), read_dictionary=words).read()
    widths = [max(NUMBER_BYTES, LETTER_BYTES * _longest(column)) for column in table.columns]
    _check_room(table.num_rows * sum(widths), table.num_rows, path)
    return table.cast(head.schema_arrow)


def _is_words(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _longest(column: pa.ChunkedArray) -> int:
    """Return how many letters the longest word of a column has; 0 of one of numbers."""
    if not pa.types.is_dictionary(column.type):
        return 0
    return max((pc.max(pc.utf8_length(chunk.dictionary)).as_py() or 0 for chunk in column.chunks), default=0)


def _check_room(needed: int, row_count: int, path: Path) -> None:
    if needed > (available := available_bytes()):
        raise UsageError(
            f"{path}: its {row_count:,} rows take some {mib_from_bytes(needed):,.0f} MiB, and "
            f"{mib_from_bytes(available):,.0f} MiB are free: "
            "read it on a machine with more memory, if you trust whoever made it"
        )
