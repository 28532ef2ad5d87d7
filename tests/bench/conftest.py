"""The makers of cases and recordings as fixtures."""

from __future__ import annotations

import pytest

from tests.bench import cases


@pytest.fixture
def make_case():
    """Return the maker of cases."""
    return cases.make_case


@pytest.fixture
def make_recording():
    """Return the maker of recordings."""
    return cases.make_recording
