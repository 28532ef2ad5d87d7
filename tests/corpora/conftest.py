"""A toy corpus and its package."""

from __future__ import annotations

import pytest

from tests.corpora.packaging import FILES, write_deb


@pytest.fixture
def package(tmp_path):
    """Return a Debian package of the toy corpus, alone in its folder."""
    folder = tmp_path / "packages"
    folder.mkdir()
    return write_deb(folder / "toy_1.0_all.deb", FILES)
