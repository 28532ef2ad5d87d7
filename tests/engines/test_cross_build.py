"""Engines for GPUs that are not here: one refusal stops no other engine, and all five components of `nano` are built.

`nox -s rtx_nano -- --write-builds` writes what came of it into docs/engines.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.bench.calibration import ensure_calibration
from josie_bench.engines import cross_build as module
from josie_bench.engines.build import build_engine
from josie_bench.engines.cross_build import BuildOutcome, build_outcomes, cross_build
from josie_bench.engines.manifest import graph_recipe, make_recipe, quantized_recipe, write_manifest
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import EngineError, OutputError
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions
from tests.marked_text import markdown_table, with_between

DOC = Path(__file__).parents[2] / "docs" / "engines.md"
BEGIN, END = "<!-- builds -->", "<!-- /builds -->"
NANO, TARGETS = ModelChoice(preset="nano"), ("sm80", "sm89")


def refusal_known(outcome: BuildOutcome) -> str | None:
    """Return a word of why TensorRT-RTX 1.7.1 is known not to build an engine, or None."""
    if (outcome.component, outcome.precision) == ("audio_decoder", "bf16"):
        return "deconv"  # it infers no type for a transposed convolution in bfloat16
    if (outcome.precision, outcome.target) == ("fp8", "sm80"):
        return "fp8_e4m3"  # that GPU has no such numbers
    return None


def rtx(precision: str) -> EngineChoice:
    return EngineChoice(backend="tensorrt_rtx", precision=precision)


def test_a_refusal_stops_no_other_engine(tmp_path, monkeypatch):
    def refuse(component, recipe, root, calibration):
        raise EngineError(f"{recipe.component}:\n refused")

    monkeypatch.setattr("josie_bench.engines.build.build_engine", refuse)
    monkeypatch.setattr(
        module, "make_recipe", lambda *words, **_: make_recipe(words[0], words[1], "null", "fp32", words[4])
    )
    lines = list(build_outcomes(tmp_path, ModelChoice(preset="tiny"), rtx("fp16"), TARGETS))
    found = [BuildOutcome(**json.loads(line)) for line in lines]
    assert [(outcome.component, outcome.target) for outcome in found] == [(c, t) for c in COMPONENTS for t in TARGETS]
    assert found[0].refusal == f"{COMPONENTS[0]}: refused"
    assert found[0].folder is None


def test_engines_for_this_machine_need_no_target_and_targets_lie_beside_each_other(tmp_path):
    component = build_model(TINY).audio_encoder
    for target in TARGETS:
        build_engine(
            component, make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32", target), tmp_path
        )
    folders = [folder for folder in tmp_path.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    assert sorted(folder.name.rsplit("-", 1)[0] for folder in folders) == [
        "audio_encoder-null-fp32-sm80",
        "audio_encoder-null-fp32-sm89",
    ]


def test_the_seconds_told_are_the_compiler_s_without_those_of_a_graph_that_was_exported_for_it(tmp_path, monkeypatch):
    """The first target of a component has the export in its phases, the second finds the graph."""
    tiny = ModelChoice(preset="tiny")
    for index, target in enumerate(TARGETS):
        recipe = make_recipe(tiny, "audio_encoder", "null", "fp32", target)
        made = build_engine(build_model(TINY).audio_encoder, recipe, tmp_path)
        phases = {"build": 3.0 + index} | ({"export": 40.0} if index == 0 else {})
        write_manifest(replace(made, phase_seconds=phases, build_seconds=sum(phases.values())))
    monkeypatch.setattr(
        module, "make_recipe", lambda *words, **_: make_recipe(words[0], words[1], "null", "fp32", words[4])
    )
    lines = list(build_outcomes(tmp_path, tiny, EngineChoice(backend="null"), TARGETS))
    found = [BuildOutcome(**json.loads(line)) for line in lines if "audio_encoder" in line]
    assert [(outcome.seconds, outcome.was_cached) for outcome in found] == [(3.0, True), (4.0, True)]


def test_a_store_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    with pytest.raises(OutputError, match="cannot write engines here"):
        list(cross_build(tmp_path / "file", request, ["sm80"]))


def test_engines_with_slots_are_built_where_these_are_asked_for(tmp_path):
    tiny = ModelChoice(preset="tiny")
    request = EngineRequest(model=tiny, engines=EngineChoice(backend="null"), has_slots=True)
    found = [outcome.folder for outcome in cross_build(tmp_path, request, ["sm80"])]
    recipes = [make_recipe(tiny, name, "null", "fp32", "sm80", has_slots=True) for name in COMPONENTS]
    assert found == [recipe.folder_name for recipe in recipes]


def test_a_builder_that_dies_is_said_with_its_last_words(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('no torch today')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))
    with pytest.raises(EngineError, match=r"the builder of null engines died \(1\): ImportError: no torch today"):
        list(cross_build(tmp_path / "store", request, ["sm80"]))


def test_an_exported_graph_is_shared_by_targets_and_with_int8():
    pytest.importorskip("onnxruntime")
    recipes = [make_recipe(NANO, "audio_decoder", "onnxruntime", "int8", target) for target in TARGETS]
    assert recipes[0].fingerprint != recipes[1].fingerprint
    assert graph_recipe(recipes[0]) == graph_recipe(recipes[1])
    pytest.importorskip("tensorrt_rtx")
    plain, quantized = (make_recipe(NANO, "audio_decoder", "tensorrt_rtx", kind, "sm80") for kind in ("fp32", "int8"))
    assert graph_recipe(plain) == graph_recipe(quantized)
    here = make_recipe(NANO, "audio_decoder", "onnxruntime", "int8_qdq")
    assert quantized_recipe(quantized) == quantized_recipe(here)


@pytest.mark.rtx
def test_a_small_decoder_is_built_for_a_gpu_that_is_not_here(tmp_path):
    pytest.importorskip("tensorrt_rtx")
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_decoder", "tensorrt_rtx", "fp16", "sm80")
    engine = build_engine(build_model(TINY).audio_decoder, recipe, tmp_path)
    assert engine.folder.name.startswith("audio_decoder-tensorrt_rtx-fp16-sm80-")
    assert engine.files.keys() == {"engine.plan"}
    assert engine.notes["status"] == "built, not run"
    assert engine.notes["target"] == "sm80"
    assert engine.notes["profiles"]["300 ms"]["frames"] == [1, 6, 6]
    assert set(engine.notes["layers"]["convolution"]) == {"half"}


@pytest.mark.rtx
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "temporal_transformer")) for name in COMPONENTS]
)
def test_engines_with_slots_are_built_for_gpus_that_are_not_here(name, store):
    """NVIDIA's parser and compiler take the masks and the graph behind them; made fast for all slots."""
    pytest.importorskip("tensorrt_rtx")
    for target in TARGETS:
        recipe = make_recipe(ModelChoice(preset="tiny"), name, "tensorrt_rtx", "fp16", target, has_slots=True)
        engine = build_engine(build_model(TINY).component(name), recipe, store)
        assert engine.byte_count > 0
        assert {tuple(axes["batch"]) for axes in engine.notes["profiles"].values()} == {(1, 8, 8)}


@pytest.mark.rtx
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("precision", "target"), [("int8", "sm80"), ("fp8", "sm89")])
@pytest.mark.parametrize("name", ["temporal_transformer", "depth_transformer", "audio_decoder"])
def test_quantised_engines_with_slots_are_built_for_gpus_that_are_not_here(name, precision, target, store):
    """Products are quantised behind the masks as they are without them."""
    pytest.importorskip("tensorrt_rtx")
    choice, component = ModelChoice(preset="tiny"), build_model(TINY).component(name)
    calibration = ensure_calibration(store, choice, lambda _: None)
    slotted, plain = (
        build_engine(
            component, make_recipe(choice, name, "tensorrt_rtx", precision, target, has_slots=has), store, calibration
        )
        for has in (True, False)
    )
    assert slotted.notes["quantised"] == plain.notes["quantised"] != {}
    assert {tuple(axes["batch"]) for axes in slotted.notes["profiles"].values()} == {(1, 8, 8)}


@pytest.mark.rtx
def test_an_int8_engine_is_built_from_the_graph_that_another_backend_left(tmp_path, store):
    """And says, as that one's does, what of it is quantised."""
    pytest.importorskip("tensorrt_rtx")
    choice, component = ModelChoice(preset="tiny"), build_model(TINY).audio_decoder
    calibration = ensure_calibration(store, choice, lambda _: None)
    here, elsewhere = (
        build_engine(component, make_recipe(choice, "audio_decoder", *engine), tmp_path, calibration)
        for engine in (("onnxruntime", "int8_qdq"), ("tensorrt_rtx", "int8", "sm80"))
    )
    assert len(list(tmp_path.glob("audio_decoder-graph-int8_qdq-*"))) == 1
    assert elsewhere.notes["quantised"] == here.notes["quantised"]
    assert elsewhere.notes["left"] == here.notes["left"]
    assert elsewhere.notes["layers"]["quantize"]


@pytest.mark.rtx
def test_fp8_is_built_for_a_gpu_that_has_it_and_refused_for_one_that_has_not(store):
    pytest.importorskip("tensorrt_rtx")
    tiny = ModelChoice(preset="tiny")
    calls = ensure_calibration(store, tiny, lambda _: None)
    component = build_model(TINY).temporal_transformer
    recipe, without = (
        make_recipe(tiny, "temporal_transformer", "tensorrt_rtx", "fp8", target) for target in ("sm89", "sm80")
    )
    there = build_engine(component, recipe, store, calls)
    assert there.byte_count > 0
    assert "fp8" in there.notes["layers"]["quantize"]
    with pytest.raises(EngineError, match=r"temporal_transformer fp8 for sm80: the compiler refuses it: .*fp8_e4m3"):
        build_engine(component, without, store, calls)


@pytest.mark.rtx
@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
@pytest.mark.parametrize(
    ("option", "reason"), [("refit", r"CHECK\(status == CUDA_SUCCESS\)"), ("version_compatible", "libnvinfer_lean")]
)
def test_what_tensorrt_rtx_cannot_build_without_a_gpu_is_refused_in_one_line(option, reason, store):
    """Weights that can be exchanged it compiles on a GPU alone; for the other its wheel lacks a library."""
    pytest.importorskip("tensorrt_rtx")
    words = (ModelChoice(preset="tiny"), "depth_transformer", "tensorrt_rtx", "fp16", "sm80")
    recipe = make_recipe(*words, options=PlanOptions(**{option: True}))
    with pytest.raises(EngineError) as caught:
        build_engine(build_model(TINY).depth_transformer, recipe, store)
    said = str(caught.value)
    assert re.match(rf"depth_transformer fp16 for sm80 with {option}: the compiler refuses it: .*{reason}", said)
    assert "\n" not in said
    assert not (store / recipe.folder_name).exists()


@pytest.fixture(scope="module")
def nano_store(tmp_path_factory):
    pytest.importorskip("tensorrt_rtx")
    root = tmp_path_factory.mktemp("nano")
    ensure_calibration(root, NANO, lambda _: None)
    return root


@pytest.fixture(scope="module")
def outcomes():
    return []


@pytest.mark.rtx
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "precision",
    ["fp16", "int8", pytest.param("bf16", marks=pytest.mark.slow), pytest.param("fp8", marks=pytest.mark.slow)],
)
def test_all_of_nano_is_built_but_what_is_known_to_be_refused(precision, target, nano_store, outcomes):
    found = list(cross_build(nano_store, EngineRequest(model=NANO, engines=rtx(precision)), [target]))
    outcomes += found
    assert len(found) == len(COMPONENTS)
    reasons = {outcome: refusal_known(outcome) for outcome in found}
    assert [outcome for outcome, known in reasons.items() if (outcome.refusal is None) is not (known is None)] == []
    assert all(known in outcome.refusal for outcome, known in reasons.items() if known is not None)
    assert all(outcome.byte_count > 0 for outcome in found if not outcome.refusal)


@pytest.mark.rtx
@pytest.mark.slow
def test_the_table_of_builds_stands_in_the_docs(outcomes, pytestconfig):
    if not outcomes:
        pytest.skip("nothing was built in this session")
    if pytestconfig.getoption("--write-builds"):
        DOC.write_text(with_between(DOC.read_text(), BEGIN, END, f"\n{table(outcomes)}\n"))
    written = DOC.read_text().partition(BEGIN)[2].partition(END)[0]
    assert all(f"| {name} |" in written for name in COMPONENTS)


def table(found: list[BuildOutcome]) -> str:
    """Return a row for each component and a column for each precision and target: size and seconds."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for outcome in found:
        cell = "refused" if outcome.refusal else f"{outcome.byte_count / 1e6:.1f} MB, {outcome.seconds:.0f} s"
        rows[outcome.component][f"{outcome.precision} {outcome.target}"] = cell
    heads = list(dict.fromkeys(head for row in rows.values() for head in row))
    cells = [[name, *(row.get(head, "") for head in heads)] for name, row in rows.items()]
    return markdown_table(["component", *heads], cells)
