"""Engines built for an examination: each component's own, in its own folder, when it is first asked for."""

from __future__ import annotations

import types

import numpy as np
import pytest

from josie_bench.backends import null
from josie_bench.bench.audit import NO_ANSWERS
from josie_bench.conformance.backends import inputs_of
from josie_bench.conformance.workshop import subjects
from josie_bench.model.sizes import COMPONENTS
from josie_bench.plugins import find_member


def test_an_engine_is_built_once_when_it_is_asked_for(tmp_path):
    built = []

    def build(job):
        built.append((job.component, job.graph))
        (job.folder / "engine.bin").write_bytes(b"x")

    names = {name: getattr(null, name) for name in dir(null) if not name.startswith("__")}
    member = types.SimpleNamespace(**(names | {"build": build}))
    found = subjects(member, tmp_path)
    assert (list(found), built) == (list(COMPONENTS), [])
    subject = found["audio_decoder"]()
    assert found["audio_decoder"]() is subject
    assert built == [("audio_decoder", None)]
    assert (tmp_path / "audio_decoder" / "engine" / "engine.bin").is_file()
    executable = subject.load(2)
    (output,) = executable.step(inputs_of(executable.signature, 0, {"batch": 2, "frames": 3, "time": 3})).values()
    assert len(output) == 2
    assert not output.any()


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_our_own_backends_that_compute_nothing_are_given_no_reference(tmp_path, name):
    assert subjects(find_member("backends", name), tmp_path)["audio_decoder"]().reference is None


@pytest.mark.parametrize("imports", [(), ("numpy",)])
def test_any_other_is_given_the_reference_whatever_it_says_of_itself(tmp_path, imports):
    names = {name: getattr(null, name) for name in dir(null) if not name.startswith("__")}
    member = types.SimpleNamespace(**(names | {"IMPORTS": imports}))
    subject = subjects(member, tmp_path)["audio_decoder"]()
    reference = subject.reference(1)
    (output,) = reference.step(inputs_of(reference.signature, 0)).values()
    assert np.abs(output).max() > 0
