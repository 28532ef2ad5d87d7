"""What many tests share: one store of `tiny` engines a test run."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Path:
    """Return an engine store; what a test builds there, the next one finds."""
    return tmp_path_factory.mktemp("engines")
