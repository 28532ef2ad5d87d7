"""Load this folder's builders, which importlib mode does not put on the path."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("bench_cases", Path(__file__).parent / "cases.py")
assert _spec is not None and _spec.loader is not None
_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_cases)


@pytest.fixture
def make_case():
    """Return the maker of cases."""
    return _cases.make_case


@pytest.fixture
def make_recording():
    """Return the maker of recordings."""
    return _cases.make_recording
