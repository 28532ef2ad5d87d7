"""What the tests of training share."""

from __future__ import annotations

import pytest

from tests.training.small import Picture, Talker, stand_in


@pytest.fixture
def speaker(monkeypatch):
    """Put a corpus of tones in place of `flite_speech`."""
    return stand_in(monkeypatch)


@pytest.fixture
def talker(monkeypatch):
    """Put conversations of tones in place of the corpora of all lessons."""
    stand_in(monkeypatch, ("shapes",), Picture)
    return stand_in(monkeypatch, ("synthetic_speech", "talks", "questions"), Talker)
