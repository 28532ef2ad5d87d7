"""Packages of TorchInductor, and the backend for a GPU over one for the CPU: it runs what was compiled, not Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from josie_bench.backends import EngineJob, EngineSource, aotinductor_cuda, eager
from josie_bench.backends._package import ENGINE_FILE, open_package, write_package
from josie_bench.conformance.backends import PROMISES, Subject, inputs_of
from josie_bench.engines.export import traced_program
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from tests.backends.test_contract import QUICKEST, manifest_of


@pytest.fixture
def package(store, monkeypatch):
    """The package that `aotinductor` made for this processor; the machine is taken for a GPU of its name."""
    found = manifest_of("aotinductor", "fp32", QUICKEST, store)
    target = json.loads((found.folder / "manifest.json").read_text())["recipe"]["target"]
    monkeypatch.setattr(aotinductor_cuda, "gpu_here", lambda: target)
    return found


def source_of(package, batch=1):
    return EngineSource(
        component=QUICKEST, signature=package.signature, folder=package.folder, threads=1, batch=batch,
        module=lambda: build_model(TINY).component(QUICKEST),
    )  # fmt: skip


def test_every_promise_of_a_backend_is_kept_by_a_package_that_is_captured(package):
    subject = Subject(
        load=lambda batch: aotinductor_cuda.load(source_of(package, batch), "cpu"),
        reference=lambda batch: eager.load(source_of(package, batch)),
    )
    for check in PROMISES.values():
        check(subject)


def test_lengths_and_an_undo_between_say_what_eager_says(package):
    engine, reference = aotinductor_cuda.load(source_of(package), "cpu"), eager.load(source_of(package))
    for step in range(12):
        given = inputs_of(reference.signature, step, {"batch": 1, "frames": 1 + step * 5 % 8})
        np.testing.assert_allclose(engine.step(given)["audio"], reference.step(given)["audio"], atol=1e-4)
        if step % 3 == 2:
            engine.undo()
            reference.undo()
    assert {span.name for span in engine.gpu_spans()} == {QUICKEST, "copies"}


def test_a_package_for_another_gpu_is_refused(package, monkeypatch):
    monkeypatch.setattr(aotinductor_cuda, "gpu_here", lambda: "sm90")
    with pytest.raises(EngineError, match="the GPU here is sm90: build it with --target sm90"):
        aotinductor_cuda.load(source_of(package), "cpu")


def test_what_is_compiled_for_a_gpu_is_the_program_moved_there(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(aotinductor_cuda, "write_package", lambda *words: written.append(words))
    module = build_model(TINY).component(QUICKEST)
    job = EngineJob(
        component=QUICKEST, precision="fp32", signature=module.signature(), folder=tmp_path, graph=None,
        module=lambda: module, program=lambda: traced_program(module), calibration=None, target="sm80",
    )  # fmt: skip
    assert aotinductor_cuda.build(job, "cpu") == {"target": "sm80", "tf32": False}
    ((program, folder, what, _),) = written
    assert isinstance(program, torch.export.ExportedProgram)
    assert (folder, what) == (tmp_path, f"aotinductor_cuda cannot compile {QUICKEST} fp32")


def test_what_torch_cannot_load_is_one_line(tmp_path):
    (tmp_path / ENGINE_FILE).write_bytes(b"no package")
    with pytest.raises(EngineError, match=rf"{ENGINE_FILE}: torch cannot load it: .+") as caught:
        open_package(tmp_path)
    assert "\n" not in str(caught.value)


def test_what_torch_cannot_compile_is_one_line_and_what_it_is_asked_is_as_little_as_can_be(tmp_path, monkeypatch):
    asked = []

    def refuse(program, *, package_path, inductor_configs):
        asked.append((program, package_path, inductor_configs))
        raise RuntimeError("no kernel\nfor this")

    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", refuse)
    with pytest.raises(EngineError, match=r"^cannot compile it: no kernel$"):
        write_package("program", tmp_path, "cannot compile it", {"one": 1})
    settings = {"aot_inductor.enable_line_tables": False, "cpp.cxx": (None, "g++"), "one": 1}
    assert asked == [("program", str(tmp_path / ENGINE_FILE), settings)]


def test_what_is_missing_is_told_in_order(monkeypatch):
    for lacking, says in (("lacks_gpu", "no GPU"), ("lacks", "no compiler")):
        with monkeypatch.context() as patch:
            patch.setattr(aotinductor_cuda, "lacks_gpu", lambda: None)
            patch.setattr(aotinductor_cuda, lacking, lambda says=says: UnavailableError(says))
            assert str(aotinductor_cuda.unavailable()) == says
    monkeypatch.setattr(aotinductor_cuda, "lacks_gpu", lambda: None)
    monkeypatch.setattr(aotinductor_cuda, "lacks", lambda: None)
    monkeypatch.setattr(aotinductor_cuda.importlib.util, "find_spec", lambda name: None)
    assert "triton" in str(aotinductor_cuda.unavailable())
    monkeypatch.setattr(aotinductor_cuda.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(aotinductor_cuda, "gpu_here", lambda: "sm90")
    assert aotinductor_cuda.unavailable() is None
    assert aotinductor_cuda.cannot_build("sm90") is None
    assert "which here is sm90, not sm80" in str(aotinductor_cuda.cannot_build("sm80"))
