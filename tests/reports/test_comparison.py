"""The files of a comparison."""

from __future__ import annotations

import pytest

from josie_bench.errors import OutputError
from josie_bench.reports._comparison import write_comparison
from tests.reports.comparisons import SAMPLE


def test_three_files_are_written(tmp_path):
    files = write_comparison(SAMPLE, tmp_path / "new")
    assert [file.name for file in files] == ["comparison.json", "comparison.html", "comparison.md"]
    assert all(file.stat().st_size > 500 for file in files)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        write_comparison(SAMPLE, tmp_path / "taken")
