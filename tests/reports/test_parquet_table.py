"""A small file that says more than memory holds is refused before it is unpacked."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import UsageError
from josie_bench.reports import _parquet_table, parity, parquet
from josie_bench.reports._parquet_table import table_of

PATH = Path("windows.parquet")
MIB = 2**20


def file_of(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd")
    return content.getvalue()


def alike(row_count: int, word: str) -> bytes:
    """Return a file whose rows are all the same."""
    words = pa.DictionaryArray.from_arrays(np.zeros(row_count, dtype=np.int32), [word]).cast(pa.string())
    return file_of(pa.table({"case": words, "window": np.zeros(row_count, dtype=np.int64)}))


@given(words=st.lists(st.none() | st.text(max_size=5)), codes=st.data())
def test_what_fits_is_read_as_it_was_written(words: list[str | None], codes: st.DataObject) -> None:
    numbers = codes.draw(st.lists(st.none() | st.integers(0, 9), min_size=len(words), max_size=len(words)))
    table = pa.table({"word": pa.array(words, pa.string()), "number": pa.array(numbers, pa.int64())})
    assert table_of(file_of(table), PATH).equals(table)


def test_metadata_stays() -> None:
    table = pa.table({"word": ["a"]}).replace_schema_metadata({"of": "us"})
    assert table_of(file_of(table), PATH).schema.metadata == {b"of": b"us"}


@pytest.mark.parametrize(
    ("word", "needed_mib"),
    [("a", 15), ("a" * 100, 389)],  # a million rows of 8 + 8 bytes; then of 4 · 100 + 8
    ids=["rows", "words"],
)
def test_a_small_file_that_says_more_than_memory_holds_is_refused_with_both_figures(
    monkeypatch: pytest.MonkeyPatch, word: str, needed_mib: int
) -> None:
    content = alike(1_000_000, word)
    assert len(content) < MIB
    free_mib = needed_mib - 1
    monkeypatch.setattr(_parquet_table, "available_bytes", lambda: free_mib * MIB)
    told = (
        f"windows.parquet: its 1,000,000 rows take some {needed_mib:,} MiB, and {free_mib:,} MiB are free: read it on"
    )
    with pytest.raises(UsageError, match=told):
        table_of(content, PATH)


@pytest.mark.parametrize("reader", [parquet, parity], ids=["parquet", "parity"])
def test_both_readers_of_such_files_refuse_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reader) -> None:
    (tmp_path / reader.FILES[0]).write_bytes(alike(1000, "a"))
    monkeypatch.setattr(_parquet_table, "available_bytes", lambda: 0)
    with pytest.raises(UsageError, match="0 MiB are free"):
        reader.read(tmp_path)
