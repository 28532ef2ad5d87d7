"""What a case will hold: by backend, beside the reference, and why it is not begun where that cannot fit."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench.memory_forecast import footprint_of, predicted_readings, shortage
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.recording import PREDICTED
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.simulated import ServiceLaw


def weights(case) -> int:
    return footprint_of(case).by_name().get("weights", 0)


def test_a_backend_that_computes_nothing_holds_no_model(make_case):
    assert weights(make_case()) == 0
    assert predicted_readings(make_case()) == []
    assert weights(make_case(backend="simulated", simulated=ServiceLaw())) == 0


def test_engines_of_both_codec_halves_hold_a_quantiser_each(make_case):
    """`tiny`: 4 codebooks of 64 · 16, two maps there and two back of 32 · 16, 4 bytes each."""
    quantizer = 4 * 64 * 16 + 4 * 32 * 16
    assert weights(make_case(backend="onnxruntime")) - weights(make_case(backend="eager")) == 4 * quantizer


def test_at_16_bits_the_model_is_loaded_at_32_first(make_case):
    wide, narrow = (footprint_of(make_case(backend="eager", precision=name)) for name in ("fp32", "fp16"))
    assert "loading" not in wide.by_name()
    assert narrow.by_name()["loading"] == 2 * narrow.by_name()["weights"]


def test_a_comparison_holds_the_reference_too(make_case):
    timed, compared = (make_case(backend="onnxruntime", scenario=name) for name in ("compute", "parity"))
    assert weights(compared) == weights(timed) + weights(make_case(backend="eager"))


def test_the_longest_window_and_the_case_s_own_tokens_count(make_case):
    case = make_case(backend="eager")
    longer = replace(case, blocks=Blocks(windows=4, lengths_ms=(100.0, 400.0)))
    richer = replace(case, token_budget=16)
    blind = replace(case, modalities=("audio",))
    totals = [footprint_of(each).total_bytes for each in (blind, case, richer)]
    assert totals == sorted(totals)
    assert footprint_of(longer).by_name()["audio_buffer"] == 4 * footprint_of(case).by_name()["audio_buffer"]


def test_predictions_are_the_terms_that_stay_and_have_a_number(make_case):
    case = make_case(backend="eager", precision="fp16")
    readings = predicted_readings(case)
    assert {reading.phase for reading in readings} == {PREDICTED}
    assert sum(reading.byte_count for reading in readings) == footprint_of(case).total_bytes
    assert not any(reading.name.startswith(("loading", "graphs")) for reading in readings)


def test_a_case_that_cannot_fit_says_what_it_would_take(make_case):
    """In GB: 11.2 in FP32, 1.5 narrow and 6.6 of the temporal transformer's copy are 18.0 GiB at the peak."""
    case = make_case(backend="eager", precision="fp16", model=ModelChoice(preset="josie-v4o"))
    reason = shortage(case, 8 * 2**30)
    assert "17.9" in reason and "8.00 GiB can be had here" in reason and "loading 10.4" in reason
    assert "\n" not in reason
    assert shortage(case, 64 * 2**30) is None
    assert shortage(make_case(), 2**20) is None
