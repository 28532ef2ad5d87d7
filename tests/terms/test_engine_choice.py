"""Backend and precision of each component."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.engine_choice import EngineChoice

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
    assert EngineChoice.from_json(json.loads(json.dumps(asdict(MIXED)))) == MIXED
