"""The makers of cases and recordings as fixtures."""

from __future__ import annotations

import signal

import pytest

from tests.bench import cases


@pytest.fixture(autouse=True)
def _handlers():
    """Give signals back to whom they belong: a trial that a test runs in its own process takes them."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def make_case():
    """Return the maker of cases."""
    return cases.make_case


@pytest.fixture
def make_recording():
    """Return the maker of recordings."""
    return cases.make_recording
