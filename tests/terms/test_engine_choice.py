"""Backend and precision of each component."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.plan_options import PlanOptions

MIXED = EngineChoice(
    backend="onnxruntime",
    apart=(("depth_transformer", "eager", "fp16"), ("audio_decoder", "onnxruntime", "int8")),
)


def test_a_component_runs_on_what_is_chosen_for_it_or_for_all():
    assert MIXED.of("depth_transformer") == ("eager", "fp16")
    assert MIXED.of("audio_decoder") == ("onnxruntime", "int8")
    assert MIXED.of("vision_encoder") == ("onnxruntime", "fp32")


def test_each_pair_is_asked_for_once():
    assert MIXED.pairs() == (("onnxruntime", "fp32"), ("eager", "fp16"), ("onnxruntime", "int8"))
    assert EngineChoice(backend="null").pairs() == (("null", "fp32"),)


def test_it_survives_json():
    weak = EngineChoice(backend="tensorrt", options=PlanOptions(refit=True, typing="weak"))
    own = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)
    calibrated = EngineChoice(backend="onnxruntime", precision="int8_qdq", calibration=own)
    for choice in (MIXED, weak, EngineChoice(backend="cuda_graph", fused=True), calibrated):
        again = EngineChoice.from_json(json.loads(json.dumps(asdict(choice))))
        assert (again, asdict(again)) == (choice, asdict(choice))


def test_json_of_before_there_were_options_is_still_read():
    assert EngineChoice.from_json({"backend": "null", "precision": "fp32", "apart": []}) == EngineChoice(backend="null")
