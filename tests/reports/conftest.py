"""The sample run as fixtures: with importlib's import mode a test cannot import its neighbour."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from josie_bench.reports import RunData


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """Return the module `sample_run`."""
    path = Path(__file__).with_name("sample_run.py")
    spec = importlib.util.spec_from_file_location("reports_sample_run", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_data(sample: ModuleType) -> RunData:
    """Return the sample run."""
    data: RunData = sample.sample_run()
    return data
