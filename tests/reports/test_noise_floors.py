"""The store of noise floors."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports._noise_floors import read_noise_floors, write_noise_floor
from tests.bench.comparing import floor_of, metric_floor


def test_what_is_written_is_read_again_and_nothing_is_written_over(tmp_path):
    floors = [floor_of(digest * 64, metric_floor(), created="2026-01-01T10:20:30+00:00") for digest in "ab"]
    files = [write_noise_floor(floor, tmp_path / "store") for floor in floors]
    assert [file.name for file in files] == [f"ffffffff-20260101T102030Z-{digest * 8}.json" for digest in "ab"]
    assert read_noise_floors(tmp_path / "store") == tuple(floors)


def test_a_store_that_is_not_there_is_empty_and_a_broken_one_refused(tmp_path):
    assert read_noise_floors(tmp_path / "none") == ()
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(UsageError, match="is no josie-bench/noise-floor"):
        read_noise_floors(tmp_path)
    with pytest.raises(UsageError, match=r"x\.json is a file: name the folder"):
        read_noise_floors(tmp_path / "x.json")
