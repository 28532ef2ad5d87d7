"""A signal that comes after engines were opened and closed is heard, whatever their library did to the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.backends.test_contract import manifest_of

INTERRUPTED = """
import faulthandler, gc, os, signal, sys, time
from pathlib import Path
faulthandler.enable()
from josie_bench.backends import EngineSource
from josie_bench.engines.manifest import read_manifest
from josie_bench.plugins import find_member
backend, folder = sys.argv[1:]
manifest = read_manifest(Path(folder))
source = EngineSource(
    component=manifest.recipe.component, signature=manifest.signature, folder=manifest.folder, module=None, threads=1
)
member = find_member("backends", backend)
first, second = member.load(source), member.open_up(source, [])
del first
gc.collect()
del second
gc.collect()
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_an_interrupt_is_heard_after_two_engines_have_gone_in_the_order_they_came(backend, store):
    folder = manifest_of(backend, "fp32", "audio_decoder", store).folder
    words = [sys.executable, "-c", INTERRUPTED, backend, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "heard\n"), done.stderr
