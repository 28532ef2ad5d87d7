"""The bundled recordings and what is said in them; judges whose extra is not installed are skipped with the reason."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from josie_bench.plugins import find_member
from josie_bench.streams import BUNDLED_FOLDER

Clip = tuple[np.ndarray, int, str]


@pytest.fixture
def clip() -> Callable[[str], Clip]:
    """Return a function that gives a bundled recording, its rate in Hz and its transcript."""
    said = json.loads((BUNDLED_FOLDER / "transcripts.json").read_text(encoding="utf-8"))

    def read(name: str) -> Clip:
        audio, rate_hz = soundfile.read(BUNDLED_FOLDER / "speech" / f"{name}.wav", dtype="float32")
        return audio, int(rate_hz), said[f"{name}.wav"]

    return read


@pytest.fixture
def judge_of() -> Callable[..., Any]:
    """Return a function that opens a judge, or skips with the reason why there is none."""

    def open_it(name: str, **settings: Any) -> Any:
        member = find_member("evaluators", name)
        if (reason := member.unavailable()) is not None:
            pytest.skip(str(reason))
        return member.open_judge(**settings)

    return open_it
