"""The recording builder as a fixture: with importlib's import mode a test cannot import its neighbour."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from josie_bench.terms.recording import Recording


@pytest.fixture(scope="session")
def recording() -> Callable[..., Recording]:
    """Return `recordings.recording`."""
    path = Path(__file__).with_name("recordings.py")
    spec = importlib.util.spec_from_file_location("metric_recordings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    build: Callable[..., Recording] = module.recording
    return build
