"""The sample run of the reports, for what is done with a run afterwards."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sample():
    """Return the module that makes the sample run."""
    path = Path(__file__).parents[1] / "reports" / "sample_run.py"
    spec = importlib.util.spec_from_file_location("evidence_sample_run", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_data(sample):
    """Return the sample run."""
    return sample.sample_run()
