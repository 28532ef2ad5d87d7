"""Torch-TensorRT over a stand-in for its library: what it is asked for, what is loaded, how refusals read."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest
import torch

from josie_bench.backends import EngineJob, EngineSource, eager, torch_tensorrt
from josie_bench.conformance.backends import PROMISES, Subject
from josie_bench.engines.export import traced_program
from josie_bench.errors import EngineError
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model


class Library(SimpleNamespace):
    """Compiles to the program that it was given, and remembers what it was asked for."""

    def __init__(self):
        super().__init__(dynamo=SimpleNamespace(compile=self.compile), asked=None, program=None, refusal=None)

    def Input(self, **words):  # noqa: N802  the library's own name
        return words

    def compile(self, program, **words):
        if self.refusal is not None:
            raise self.refusal
        self.program, self.asked = program, words
        return program.module()

    def save(self, compiled, file, *, arg_inputs, retrace):
        assert not retrace
        assert arg_inputs == self.asked["arg_inputs"]
        torch.export.save(self.program, file)


@pytest.fixture
def library(monkeypatch):
    found = Library()
    monkeypatch.setitem(sys.modules, "torch_tensorrt", found)
    monkeypatch.setattr(torch_tensorrt, "gpu_here", lambda: "sm80")
    return found


def job_of(component, folder, precision="fp32"):
    module = at_precision(build_model(TINY).component(component), precision)
    return EngineJob(
        component=component, precision=precision, signature=module.signature(), folder=folder, graph=None,
        module=lambda: module, program=lambda: traced_program(module), calibration=None, target="sm80",
    )  # fmt: skip


def source_of(job, batch=1):
    return EngineSource(
        component=job.component, signature=job.signature, folder=job.folder, module=job.module, threads=1, batch=batch
    )


def built(component, folder, target="sm80"):
    job = job_of(component, folder)
    notes = torch_tensorrt.build(job, "cpu")
    (folder / "manifest.json").write_text(json.dumps({"recipe": {"target": target}}), encoding="utf-8")
    return job, notes


@pytest.mark.parametrize("component", ["depth_transformer", "audio_decoder"])
def test_what_was_saved_is_loaded_and_keeps_every_promise_of_a_backend(component, library, tmp_path):
    job, _ = built(component, tmp_path)
    subject = Subject(
        load=lambda batch: torch_tensorrt.load(source_of(job, batch), "cpu"),
        reference=lambda batch: eager.load(source_of(job, batch)),
    )
    for check in PROMISES.values():
        check(subject)


def test_it_is_compiled_for_all_windows_strictly_and_at_full_fp32(library, tmp_path):
    job, notes = built("audio_decoder", tmp_path)
    asked = {each["name"]: each for each in library.asked["arg_inputs"]}
    codes = asked["codes"]
    books = job.signature.inputs[0].axes[1]
    assert (codes["min_shape"], codes["opt_shape"], codes["max_shape"]) == ((1, books, 1), (1, books, 6), (8, books, 8))
    assert codes["dtype"] is torch.int64
    assert list(asked) == [spec.name for spec in (*job.signature.inputs, *job.signature.state)]
    assert library.asked["disable_tf32"]
    assert library.asked["pass_through_build_failures"]  # nothing is left to PyTorch because TensorRT failed
    assert notes["target"] == "sm80"


def test_how_a_graph_was_cut_is_counted():
    def graph(*functions):
        made = torch.fx.Graph()
        value = made.placeholder("x")
        for function in functions:
            value = made.call_function(function, (value,))
        made.output(value)
        return torch.fx.GraphModule(torch.nn.Module(), made)

    whole = torch.nn.Module()
    whole._run_on_acc_0 = graph(torch.cos, torch.sin)
    whole._run_on_gpu_1 = graph(torch.erf, torch.erf)
    whole._run_on_acc_2 = graph(torch.cos)
    made = torch.fx.Graph()
    value = made.placeholder("x")
    for name in ("_run_on_acc_0", "_run_on_gpu_1", "_run_on_acc_2"):
        value = made.call_module(name, (value,))
    made.output(made.call_function(torch.neg, (value,)))
    cut = torch_tensorrt.how_cut(torch.fx.GraphModule(whole, made))
    assert cut["engines"] == 2
    assert sorted(cut["in_pytorch"].values()) == [1, 2]
    assert any("erf" in name for name, count in cut["in_pytorch"].items() if count == 2)


def test_a_refusal_is_one_line_that_names_the_component(library, tmp_path):
    library.refusal = RuntimeError("no converter\nand a screen more")
    with pytest.raises(
        EngineError, match=r"^torch_tensorrt cannot compile depth_transformer fp16: no converter and a screen more$"
    ):
        torch_tensorrt.build(job_of("depth_transformer", tmp_path, "fp16"), "cpu")


def test_a_library_that_cannot_be_imported_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch_tensorrt", None)
    with pytest.raises(EngineError, match=r"^torch_tensorrt cannot be imported: .*torch_tensorrt"):
        torch_tensorrt.build(job_of("depth_transformer", tmp_path), "cpu")


def test_a_file_that_is_none_is_one_line(library, tmp_path):
    job, _ = built("depth_transformer", tmp_path)
    (tmp_path / "engine.pt2").write_bytes(b"not this")
    with pytest.raises(EngineError, match=r"engine\.pt2: torch_tensorrt cannot load it: "):
        torch_tensorrt.load(source_of(job), "cpu")


def test_an_engine_for_another_gpu_is_refused(library, tmp_path):
    job, _ = built("depth_transformer", tmp_path, target="sm90")
    with pytest.raises(EngineError, match="built for sm90, the GPU here is sm80: build it with --target sm80"):
        torch_tensorrt.load(source_of(job), "cpu")


@pytest.fixture
def installed(monkeypatch):
    versions = {"torch": "2.13.0+cpu"}
    monkeypatch.setattr(torch_tensorrt, "_version", versions.get)
    return versions


def test_both_libraries_that_fit_are_named(installed):
    assert str(torch_tensorrt.unavailable()) == (
        "torch_tensorrt is not installed: pip install torch_tensorrt==2.13.0 (tensorrt>=11.0.0,<11.1), "
        "or pip install torch_tensorrt_rtx==2.13.0 (tensorrt_rtx>=1.5.0.114,<1.6)"
    )
    del installed["torch"]
    assert str(torch_tensorrt.unavailable()) == "torch is not installed: pip install torch"
    installed["torch"] = "2.7.1"
    assert "no torch_tensorrt is known that fits torch 2.7.1" in str(torch_tensorrt.unavailable())


@pytest.mark.parametrize("name", torch_tensorrt.FITTING)
def test_another_pytorch_s_library_does_not_fit(name, installed):
    installed[name] = "2.11.0"
    assert str(torch_tensorrt.unavailable()).startswith(f"{name} 2.11.0 does not fit torch 2.13.0+cpu: pip install ")
    installed[name] = "2.13.0"
    assert torch_tensorrt.versions() == {name: "2.13.0"}
    installed |= {"tensorrt": "11.0.0", "tensorrt_rtx": "1.5.0"}
    below = {"torch_tensorrt": {"tensorrt": "11.0.0"}, "torch_tensorrt_rtx": {"tensorrt_rtx": "1.5.0"}}
    assert torch_tensorrt.versions() == {name: "2.13.0"} | below[name]
    assert "torch_tensorrt" not in str(torch_tensorrt.unavailable())  # what is missing now is a GPU


def test_it_compiles_for_the_gpu_that_is_here_alone(monkeypatch, library):
    monkeypatch.setattr(torch_tensorrt, "unavailable", lambda: None)
    assert torch_tensorrt.cannot_build("sm80") is None
    assert str(torch_tensorrt.cannot_build("sm90")).endswith("which here is sm80, not sm90")
