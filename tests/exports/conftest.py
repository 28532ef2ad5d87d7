"""The sample run of the reports, for what others make of its numbers."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def sample():
    """Return the module that makes the sample run."""
    path = Path(__file__).parents[1] / "reports" / "sample_run.py"
    spec = importlib.util.spec_from_file_location("exports_sample_run", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def run_data(sample):
    """Return the sample run, as if it was measured from a checkout."""
    data = sample.sample_run()
    git = {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False}
    return replace(data, result=replace(data.result, host=data.result.host | {"git": git}))
