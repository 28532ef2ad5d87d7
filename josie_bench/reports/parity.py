"""`parity.parquet`: every row of the run's comparisons with the reference; empty where nothing was compared."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._parquet_table import table_of
from josie_bench.terms.parity import Parity
from josie_bench.writing import write_whole

FILES = ("parity.parquet",)
COLUMNS = {"case": "string", "window": "int64", "component": "string", "measure": "string", "value": "float64"}


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `parity.parquet` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    tables = [
        pd.DataFrame(
            {
                "case": [name] * len(parity.value),
                "window": parity.window,
                "component": parity.component,
                "measure": parity.measure,
                "value": parity.value,
            }
        ).astype(COLUMNS)
        for name, parity in data.parities.items()
    ]
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    content = io.BytesIO()
    (pd.concat(tables) if tables else empty).to_parquet(content, index=False, compression="zstd")
    return [write_whole(folder / FILES[0], content.getvalue())]


def read(folder: Path) -> Mapping[str, Parity]:
    """Return the comparisons that `write` wrote, by case id; none where there is no such file.

    Raises:
        UsageError: the file is broken, or holds more than memory does.
    """
    file = folder / FILES[0]
    if not file.is_file():
        return {}
    try:
        table = table_of(file.read_bytes(), file).to_pandas(ignore_metadata=True)
        return {str(name): _restored(rows) for name, rows in table.groupby("case", sort=False)}
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is broken: it is no parquet file that josie-bench wrote") from error


def _restored(rows: pd.DataFrame) -> Parity:
    return Parity(
        window=rows["window"].to_numpy(np.int64),
        component=rows["component"].to_numpy(np.str_),
        measure=rows["measure"].to_numpy(np.str_),
        value=rows["value"].to_numpy(np.float64),
    )
