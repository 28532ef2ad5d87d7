"""What many tests share: one store of `tiny` engines a test run, and the sample run of the reports."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from josie_bench.reports import RunData
from tests.reports import sample_run

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a second thread over small tensors waits more than it works
settings.register_profile("shared machine", deadline=None)  # how long an example takes is the machine's load too
settings.load_profile("shared machine")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so begins what a shell runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what the tests start must hear it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-agreement", action="store_true", help="write the table of agreement with the oracles")
    parser.addoption("--require-oracles", action="store_true", help="fail if an oracle is missing or not in the docs")
    parser.addoption(
        "--write-golden", action="store_true", help="write the golden result of the present schema version"
    )
    parser.addoption("--write-proofs", action="store_true", help="write the figures of the proofs by simulation")
    parser.addoption("--write-codecs", action="store_true", help="write the table of nano's codecs")
    parser.addoption("--fuzz-count", type=int, default=60, help="files made wrong for each reader")
    parser.addoption("--write-builds", action="store_true", help="write the table of engines built for other GPUs")


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Path:
    """Return an engine store; what a test builds there, the next one finds, whichever worker runs it."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "engines"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    """Return the module that makes sample runs."""
    return sample_run


@pytest.fixture(scope="session")
def run_data(sample: ModuleType) -> RunData:
    """Return the sample run."""
    data: RunData = sample.sample_run()
    return data
