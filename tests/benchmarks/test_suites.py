"""What a suite costs to be read and expanded, its media looked at."""

from __future__ import annotations

import pytest

from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite


@pytest.mark.benchmark(group="suites")
@pytest.mark.parametrize("name", ["smoke", "realtime", "backends"])
def test_a_suite_is_loaded_and_expanded(benchmark, name):
    assert benchmark(lambda: expand(load_suite(find_suite(name))))
