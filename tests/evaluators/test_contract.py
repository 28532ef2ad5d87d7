"""The contract that every evaluator keeps; a new one is tested by existing."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from josie_bench.errors import UnavailableError
from josie_bench.evaluators import (
    EXTRA,
    KINDS,
    Identity,
    VoiceActivity,
    digest_of_digests,
    missing_library,
    read_pinned,
)
from josie_bench.plugins import find_member, member_names

NAMES = member_names("evaluators")
every_evaluator = pytest.mark.parametrize("name", NAMES)


def member(name: str) -> ModuleType:
    return find_member("evaluators", name)


@every_evaluator
def test_it_says_what_it_is(name: str) -> None:
    found = member(name)
    assert found.KIND in KINDS
    assert found.EXTRA == EXTRA
    assert found.IMPORTS
    assert found.SUMMARY and "\n" not in found.SUMMARY and not found.SUMMARY.endswith(".")
    assert (found.__doc__ or "").startswith(f"`{name}`: ")


@every_evaluator
def test_what_is_not_installed_is_a_reason_with_its_mend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    reason = member(name).unavailable()
    assert str(reason) == f"{member(name).IMPORTS[0]} is not installed: pip install 'josie-bench[quality]'"
    with pytest.raises(UnavailableError, match="is not installed"):
        member(name).open_judge()


@every_evaluator
def test_its_identity_names_it_its_libraries_and_its_model(name: str) -> None:
    if (reason := member(name).unavailable()) is not None:
        pytest.skip(str(reason))
    identity = member(name).identity()
    assert identity.name == name
    assert identity.libraries and all(re.fullmatch(r"\d[\w.+]*", number) for _, number in identity.libraries)
    assert identity.model_sha256 is None or re.fullmatch(r"[0-9a-f]{64}", identity.model_sha256)
    assert identity.text.startswith(f"{name}:") and " " not in identity.text
    assert member(name).identity() == identity


def test_looking_for_evaluators_imports_no_library() -> None:
    code = (
        "import sys\nfrom josie_bench.plugins import find_member, member_names\n"
        "for name in member_names('evaluators'): find_member('evaluators', name).unavailable()\n"
        "print([m for m in ('torch', 'onnxruntime', 'faster_whisper', 'pesq', 'sacrebleu') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_identity_is_one_word() -> None:
    identity = Identity(name="judge", libraries=(("a", "1.0"), ("b", "2.1")), model_sha256="0123456789abcdef" * 4)
    assert identity.text == "judge:a=1.0,b=2.1:0123456789abcdef"


def test_a_model_of_parts_is_put_together_and_checked(tmp_path: Path) -> None:
    parts = (tmp_path / "one", tmp_path / "two")
    for path, content in zip(parts, (b"ab", b"c"), strict=True):
        path.write_bytes(content)
    pinned = hashlib.sha256(b"abc").hexdigest()
    assert read_pinned(parts, pinned) == b"abc"
    with pytest.raises(UnavailableError, match=r"one is not the model .* its sha256 begins ba7816bf8f01cfea, not 0000"):
        read_pinned(parts, "0" * 64)
    with pytest.raises(UnavailableError, match=r"three cannot be read \(No such file or directory\): pip install"):
        read_pinned((tmp_path / "three",), pinned)


def test_several_models_have_one_digest() -> None:
    assert digest_of_digests("00", "11") == hashlib.sha256(b"0011").hexdigest()


def test_the_first_missing_library_is_named() -> None:
    assert missing_library(("numpy", "scipy")) is None
    assert str(missing_library(("numpy", "no_such_library"))).startswith("no_such_library is not installed")


def test_stretches_of_speech_are_runs_of_frames() -> None:
    import numpy as np

    activity = VoiceActivity(probability=np.array([0.9, 0.1, 0.5, 0.8, 0.2, 0.7], dtype=np.float32), frame_ms=32.0)
    assert activity.spans_ms() == ((0.0, 32.0), (64.0, 128.0), (160.0, 192.0))
    assert activity.spans_ms(threshold=0.95) == ()
