"""Small checkpoints in published layouts as a fixture, and a test without root's rights."""

from __future__ import annotations

import os

import pytest

from tests.model import published_states


@pytest.fixture(scope="session")
def states():
    """Return the module of small checkpoints in published layouts."""
    return published_states


@pytest.fixture
def unprivileged():
    """Take root's right to read and write everything away while a test runs."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
