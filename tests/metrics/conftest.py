"""The recording builder as a fixture."""

from collections.abc import Callable

import pytest

from josie_bench.conformance.recordings import recording as build
from josie_bench.terms.recording import Recording


@pytest.fixture(scope="session")
def recording() -> Callable[..., Recording]:
    """Return what builds a small recording by hand."""
    return build
