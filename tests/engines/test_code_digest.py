"""The digest of code: of content and names, of files and of all below folders."""

from __future__ import annotations

import hashlib

import pytest

import josie_bench
from josie_bench.engines.code_digest import code_digest

NOUNS = ("terms/profile.py", "terms/signature.py")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a package of one file and one folder, which the digest is taken of."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "rings.py").write_bytes(b"two")
    (tmp_path / "clock.py").write_bytes(b"one")
    (tmp_path / "model" / "notes.txt").write_bytes(b"no code")
    monkeypatch.setattr(josie_bench, "__file__", str(tmp_path / "__init__.py"))
    code_digest.cache_clear()
    yield tmp_path
    code_digest.cache_clear()


def test_it_is_of_names_and_content_in_the_order_that_is_asked_for(package):
    assert code_digest(("clock.py", "model")) == hashlib.sha256(b"clock.py\0onemodel/rings.py\0two").hexdigest()


def test_other_code_is_another_digest(package):
    before = code_digest(("model",))
    (package / "model" / "rings.py").write_bytes(b"three")
    code_digest.cache_clear()
    assert code_digest(("model",)) != before


def test_what_is_not_there_is_no_digest(package):
    with pytest.raises(FileNotFoundError):
        code_digest(("renamed.py",))


@pytest.mark.parametrize("changed", ["model/a.py", "engines/a.py", "backends/a.py", *NOUNS])
def test_engines_are_made_by_model_exporter_and_backends_with_their_profiles_and_tensors(changed, package):
    for part in ("model/a.py", "engines/a.py", "backends/a.py", *NOUNS, "terms/fault.py"):
        (package / part).parent.mkdir(exist_ok=True)
        (package / part).write_bytes(b"one")
    before = code_digest()
    (package / "terms" / "fault.py").write_bytes(b"two")
    code_digest.cache_clear()
    assert code_digest() == before
    (package / changed).write_bytes(b"two")
    code_digest.cache_clear()
    assert code_digest() != before
