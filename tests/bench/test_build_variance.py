"""Engines built again and again: nothing is kept, and other bytes are seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.build_variance import BuildSpread, repeat_builds
from josie_bench.engines.store import EngineRequest
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

SPREAD = BuildSpread(
    component="a", backend="b", precision="fp32", seconds=(1.0, 2.0), peaks_mib=(), byte_counts=(1, 1),
    digests=({"x": "1"}, {"x": "1"}),
)  # fmt: skip


def test_every_build_starts_from_nothing_and_leaves_nothing(tmp_path):
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    said = []
    spreads = repeat_builds(request, 2, tmp_path, said.append)
    assert len(spreads) == 5
    assert all(len(spread.seconds) == len(spread.byte_counts) == 2 for spread in spreads)
    assert all(spread.is_same is None for spread in spreads), "null engines have no files"
    assert sum(line.startswith("building audio_encoder") for line in said) == 2
    assert [line for line in said if line.startswith("build ")] == ["build 1 of 2", "build 2 of 2"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("second", "is_same"), [({"x": "1"}, True), ({"x": "2"}, False), ({}, False), ({"x": "1", "y": "1"}, False)]
)
def test_the_same_bytes_are_the_same_files(second, is_same):
    assert replace(SPREAD, digests=({"x": "1"}, second)).is_same is is_same
