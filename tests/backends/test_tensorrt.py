"""What TensorRT's two packages share in building: refusals on one line, and profiles set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from josie_bench.backends import EngineJob
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._tensorrt import build_plan, graph_inputs, graph_outputs, refusal
from josie_bench.errors import EngineError
from josie_bench.plugins import find_member
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.signature import Signature, TensorSpec
from tests.backends import fake_builder as fake_builder_module
from tests.backends.fake_builder import DataType, fake_builder

VALUE = TensorSpec(name="x", dtype="float32", axes=("batch", 4, 4))
SIGNATURE = Signature(inputs=(VALUE,), state=(), outputs=(TensorSpec(name="y", dtype="float32", axes=("batch", 4, 4)),))


def job(folder: Path, graph: Path | None = None) -> EngineJob:
    return EngineJob(
        component="audio_decoder", precision="fp16", signature=SIGNATURE, folder=folder, graph=graph,
        program=pytest.fail, module=lambda: None, calibration=None, target="sm80",
    )  # fmt: skip


class Complaint:
    """A parser's error, as TensorRT gives it."""

    def __init__(self, name: str, operator: str, why: str) -> None:
        self.node_name, self.node_operator, self.desc = lambda: name, lambda: operator, lambda: why


def write_graph(folder: Path, operator: str, **attributes: object) -> Path:
    onnx = pytest.importorskip("onnx")
    shape = ["batch", 4, 4]
    made = onnx.helper.make_graph(
        [onnx.helper.make_node(operator, ["x"], ["y"], name="the_node", **attributes)],
        "g",
        [onnx.helper.make_tensor_value_info("x", 1, shape)],
        [onnx.helper.make_tensor_value_info("y", 1, shape if operator != "Det" else ["batch"])],
    )
    file = folder / "graph.onnx"
    onnx.save(onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10), file)
    return file


def test_a_parser_s_refusal_names_component_node_operator_and_reason():
    said = refusal(
        job(Path()), "parser", [Complaint("node_det_3", "Det", "no importer\n for Det"), Complaint("b", "c", "d")]
    )
    assert said == "audio_decoder fp16 for sm80: the parser refuses node node_det_3 (Det): no importer for Det"


def test_a_compiler_s_refusal_is_its_first_message_on_one_line():
    assert refusal(job(Path()), "compiler", ["deconv\n bf16", "later"]).endswith("the compiler refuses it: deconv bf16")
    assert refusal(job(Path()), "compiler", []).endswith("the compiler refuses it without a reason")


def test_state_is_bound_by_the_exporter_s_names():
    signature = Signature(inputs=(VALUE,), state=(VALUE,), outputs=())
    assert [name for name, _ in graph_inputs(signature)] == ["x", "state.x"]
    assert [name for name, _ in graph_outputs(replace(signature, outputs=(VALUE,)))] == ["x", "next.x"]


@pytest.mark.rtx
def test_the_targets_are_all_that_the_library_names():
    trt = pytest.importorskip("tensorrt_rtx")
    named = {name.lower() for name in trt.ComputeCapability.__members__} - {"none", "current"}
    assert named == set(find_member("backends", "tensorrt_rtx").TARGETS)


@pytest.mark.rtx
def test_a_graph_is_built_with_a_profile_for_each_window(tmp_path):
    trt = pytest.importorskip("tensorrt_rtx")
    notes = build_plan(trt, job(tmp_path, write_graph(tmp_path, "Softmax")), compute_capability="SM80")
    assert (tmp_path / "engine.plan").stat().st_size > 0
    assert notes["status"] == "built, not run"
    assert notes["versions"] == {"tensorrt_rtx": trt.__version__}
    assert notes["profiles"] == {name: {"batch": [1, 1, 8]} for name in ("200 ms", "300 ms", "400 ms")}
    assert notes["layers"]["softmax"] == {"float": 1}


@pytest.mark.rtx
def test_fp32_is_built_without_tf32(tmp_path):
    trt = pytest.importorskip("tensorrt_rtx")
    configs = []

    class Builder:
        def __init__(self, logger):
            self._builder = trt.Builder(logger)

        def __getattr__(self, name):
            return getattr(self._builder, name)

        def create_builder_config(self):
            configs.append(self._builder.create_builder_config())
            return configs[-1]

    watched = SimpleNamespace(**{name: getattr(trt, name) for name in dir(trt) if name != "Builder"}, Builder=Builder)
    build_plan(watched, job(tmp_path, write_graph(tmp_path, "Softmax")), compute_capability="SM80")
    assert not configs[0].get_flag(trt.BuilderFlag.TF32)


@pytest.mark.rtx
@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_a_gpu_that_is_no_target_is_built_for_as_the_one_that_is_here(tmp_path):
    """Here there is none, which the compiler says."""
    pytest.importorskip("tensorrt_rtx")
    with pytest.raises(EngineError, match="audio_decoder fp16 for sm90: the compiler refuses it"):
        find_member("backends", "tensorrt_rtx").build(
            replace(job(tmp_path, write_graph(tmp_path, "Softmax")), target="sm90")
        )


@pytest.mark.rtx
def test_the_parser_refuses_what_it_does_not_know_by_node_and_operator(tmp_path):
    trt = pytest.importorskip("tensorrt_rtx")
    with pytest.raises(
        EngineError, match=r"audio_decoder fp16 for sm80: the parser refuses node the_node \(Det\): "
    ) as caught:
        build_plan(trt, job(tmp_path, write_graph(tmp_path, "Det")), compute_capability="SM80")
    assert "\n" not in str(caught.value)


def built(folder, release="10.13.2", precision="fp16", layers=(), timings=None, **options):
    trt, networks, configs = fake_builder(release, layers)
    asked = replace(
        job(folder, folder / "graph.onnx"), precision=precision, options=PlanOptions(**options), timing_cache=timings
    )
    build_plan(trt, asked, compute_capability=None)
    return networks[0], configs[0]


@pytest.mark.parametrize("release", ["10.13.2", "11.4.0"])
def test_without_options_a_network_is_strongly_typed_and_its_layers_can_be_read_afterwards(release, tmp_path):
    network, config = built(tmp_path, release)
    assert (network.flags, config.flags, config.profiling_verbosity) == (1 << 1, set(), "detailed")
    assert config.get_timing_cache() is None


def test_what_is_asked_for_is_set(tmp_path):
    assert built(tmp_path, refit=True)[1].flags == {"REFIT"}
    assert built(tmp_path, "11.4.0", refit=True, version_compatible=True)[1].flags == {"REFIT", "VERSION_COMPATIBLE"}


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8", "fp8"])
def test_a_weakly_typed_network_is_narrowed_by_flags_and_keeps_sums_wide(precision, tmp_path):
    layers = [("CONVOLUTION", "FLOAT"), ("SOFTMAX", "FLOAT"), ("REDUCE", "FLOAT"), ("REDUCE", "INT64")]
    network, config = built(tmp_path, precision=precision, layers=layers, typing="weak")
    is_narrowed = precision != "fp32"
    assert network.flags == 0
    assert config.flags == ({precision.upper(), "OBEY_PRECISION_CONSTRAINTS"} if is_narrowed else set())
    kept = [network.get_layer(index).precision for index in range(4)]
    assert kept == [None, *[DataType.FLOAT if is_narrowed else None] * 2, None]


def test_where_constraints_cannot_be_obeyed_they_are_preferred(tmp_path, monkeypatch):
    monkeypatch.setattr(fake_builder_module, "OF_10", ["FP16", "PREFER_PRECISION_CONSTRAINTS"])
    assert built(tmp_path, typing="weak")[1].flags == {"FP16", "PREFER_PRECISION_CONSTRAINTS"}


def test_a_release_that_knows_no_weak_typing_refuses_it_in_one_line(tmp_path):
    with pytest.raises(EngineError) as caught:
        built(tmp_path, "11.4.0", typing="weak")
    assert str(caught.value) == (
        "audio_decoder fp16 for sm80 with typing weak: weak typing is TensorRT 10's, and this is tensorrt 11.4.0: "
        "leave tensorrt.typing out"
    )


@pytest.mark.parametrize(
    ("kept", "left"),
    [(None, b"+timed"), (b"before", b"before+timed"), (b"damaged", b"+timed"), (b"other GPU's", b"+timed")],
)
def test_a_timing_cache_goes_on_from_the_one_that_fits_or_is_begun_anew(kept, left, tmp_path):
    file = tmp_path / "timings"
    if kept is not None:
        file.write_bytes(kept)
    built(tmp_path, timings=file, timing_cache=True)
    assert file.read_bytes() == left


@pytest.mark.rtx
def test_the_library_has_what_the_stand_in_was_asked_for():
    trt = pytest.importorskip("tensorrt_rtx")
    assert set(fake_builder_module.COMMON) <= set(trt.BuilderFlag.__members__)
    assert "DETAILED" in trt.ProfilingVerbosity.__members__
    assert "ignore_mismatch: bool" in trt.IBuilderConfig.set_timing_cache.__doc__
    for kind in ("IBuilderConfig", "INetworkDefinition", "ITimingCache"):
        ours = {name for name in dir(getattr(fake_builder_module, kind)) if not name.startswith("_")}
        assert ours <= set(dir(getattr(trt, kind)))
