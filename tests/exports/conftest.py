"""The sample run of the reports, for what others make of its numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest


@pytest.fixture(scope="session")
def run_data(run_data):
    """Return the sample run, as if it was measured from a checkout."""
    git = {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False}
    return replace(run_data, result=replace(run_data.result, host=run_data.result.host | {"git": git}))
