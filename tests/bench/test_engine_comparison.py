"""Engines beside eager: which cases are alike, and ratios worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.engine_comparison import (
    alike,
    compare,
    compare_engines,
    medians,
    refuse_unlike,
    shared_calibration,
    shared_options,
)
from josie_bench.errors import UsageError
from josie_bench.terms.beside import Beside
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.result import CaseResult, RoundResult

BASE_MS = (60.0, 180.0, 60.0, 66.0, 54.0, 600.0)  # a machine that drifts: rounds 2 and 6 have a loud neighbour
QUICK_MS = (20.0, 60.0, 24.0, 20.0, 20.0, 200.0)  # ratios 3, 3, 2.5, 3.3, 2.7, 3


def result(name, windows_ms, decoder_ms=None, statuses=None):
    rounds = [
        RoundResult(
            index=index,
            status=statuses[index] if statuses else "OK",
            reason=None,
            started="2026-01-01T00:00:00+00:00",
            windows_measured=24,
            compute_p50_ms=window,
            component_p50_ms={} if decoder_ms is None else {"audio_decoder": decoder_ms[index]},
        )
        for index, window in enumerate(windows_ms)
    ]
    return CaseResult(id=name, sha="", status="OK", reason=None, settings={}, reproduce="", rounds=rounds)


@pytest.fixture
def pair(make_case):
    """Return an eager case and one of onnxruntime, of six rounds."""
    more = {"scenario": "compute", "rounds": 6}
    return make_case("eager", id="eager", **more), make_case("onnxruntime", id="ort", **more)


def test_a_ratio_is_the_median_over_rounds_with_its_interval(pair):
    found = compare(pair[0], result("eager", BASE_MS), [result("ort", QUICK_MS)])
    assert (found.base, found.cases, found.rounds, found.parts) == ("eager", ["ort"], 6, ["window"])
    (ratio,) = found.ratios
    assert (ratio.case, ratio.part, ratio.n) == ("ort", "window", 6)
    assert ratio.value == pytest.approx(3.0)  # third of 2.5, 2.7, 3, 3, 3, 3.3
    assert (ratio.ci.low, ratio.ci.high) == (pytest.approx(2.5), pytest.approx(3.3))
    assert ratio.verdict == "quicker"
    assert [(time.case, time.value_ms) for time in found.times] == [("eager", 60.0), ("ort", 20.0)]
    back = compare(pair[0], result("ort", QUICK_MS), [result("eager", BASE_MS)])
    assert back.ratios[0].verdict == "slower"


def test_cases_with_neighbours_are_held_against_the_one_that_is_left_alone(make_case):
    more = {"scenario": "compute", "rounds": 6}
    alone = make_case("onnxruntime", id="alone", **more)
    others = [
        make_case("onnxruntime", id=name, beside=beside, **more)
        for name, beside in (("cpu", Beside(cpu=1)), ("copies", Beside(memory_bytes=2**30)))
    ]
    results = [result("alone", QUICK_MS), result("cpu", BASE_MS), result("copies", QUICK_MS)]
    (found,) = compare_engines([alone, *others], results)
    assert (found.base, found.cases) == ("alone", ["cpu", "copies"])
    ratios = {ratio.case: ratio for ratio in found.ratios}
    assert ratios["cpu"].value == pytest.approx(1 / 3.0)
    assert ratios["cpu"].verdict == "slower"
    assert (ratios["copies"].value, ratios["copies"].verdict) == (1.0, "undecided")
    assert compare_engines(others, results[1:]) == []


def test_a_round_that_one_of_the_two_lacks_is_left_out_of_both(pair):
    """Were rounds paired by their place, the base's third round would meet the other's fourth."""
    statuses = ["OK", "OK", "ERROR", "OK", "OK", "OK"]
    found = compare(pair[0], result("eager", BASE_MS), [result("ort", QUICK_MS, statuses=statuses)])
    (ratio,) = found.ratios
    assert (ratio.value, ratio.n, ratio.verdict) == (None, 5, "undecided")
    assert (ratio.na.reason, ratio.na.needed) == ("insufficient_samples", 6)
    more = compare(
        pair[0], result("eager", (*BASE_MS, 90.0)), [result("ort", (*QUICK_MS, 30.0), statuses=[*statuses, "OK"])]
    )
    assert more.ratios[0].n == 6
    assert more.ratios[0].value == pytest.approx(3.0)  # third of 2.7, 3, 3, 3, 3, 3.3


def test_each_component_has_its_own_ratio_in_the_order_they_run(pair):
    base = result("eager", BASE_MS, decoder_ms=[4.0] * 6)
    found = compare(pair[0], base, [result("ort", QUICK_MS, decoder_ms=[5.0] * 6)])
    assert found.parts == ["audio_decoder", "window"]
    decoder = found.ratios[0]
    assert (decoder.part, decoder.value, decoder.verdict) == ("audio_decoder", 0.8, "slower")


def test_what_is_called_in_half_of_the_windows_or_less_has_no_ratio(pair):
    base = result("eager", BASE_MS, decoder_ms=[4.0] * 6)
    ratio = compare(pair[0], base, [result("ort", QUICK_MS, decoder_ms=[0.0] * 6)]).ratios[0]
    assert (ratio.value, ratio.na.reason, ratio.verdict) == (None, "not_called", "undecided")


def test_a_part_that_one_case_lacks_has_no_ratio_there(pair):
    ratio = compare(pair[0], result("eager", BASE_MS, decoder_ms=[4.0] * 6), [result("ort", QUICK_MS)]).ratios[0]
    assert (ratio.part, ratio.value, ratio.n) == ("audio_decoder", None, 0)


def test_rounds_that_are_not_whole_have_no_median():
    assert medians(result("a", (1.0, 2.0), statuses=["OK", "UNSTEADY"]).rounds, "window") == {0: 1.0}


def test_cases_are_alike_that_differ_in_their_engines_alone(make_case):
    eager = make_case("eager", id="a")
    gated = make_case("onnxruntime", id="b", sha="1" * 64, budgets=(parse_budget("compute_rtf.mean < 1"),))
    mixed = make_case(id="c", engines=EngineChoice(backend="eager", apart=(("audio_decoder", "null", "fp32"),)))
    other = make_case("eager", id="d", model=ModelChoice(preset="tiny", seed=1))
    assert [[case.id for case in group] for group in alike([eager, gated, other, mixed])] == [["a", "b", "c"], ["d"]]
    refuse_unlike([eager, gated, mixed])
    with pytest.raises(UsageError, match="a and d differ in model: choose cases that"):
        refuse_unlike([eager, gated, other])


def test_engines_of_tensorrt_that_differ_in_options_alone_are_not_told_apart(make_case):
    refit, plain = PlanOptions(refit=True), PlanOptions()
    eager = make_case("eager", id="a")
    one, other = (
        make_case(id=name, engines=EngineChoice(backend="tensorrt", options=options))
        for name, options in (("b", refit), ("c", plain))
    )
    assert shared_options([eager]) == plain
    assert shared_options([eager, one]) == refit
    refuse_unlike([eager, one])
    with pytest.raises(UsageError, match=r"b and c differ in tensorrt: .*: choose one with --case"):
        refuse_unlike([eager, one, other])


def test_calibrated_engines_that_differ_in_their_sets_alone_are_not_told_apart(make_case):
    own = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)
    eager = make_case("eager", id="a")
    one, same, usual = (
        make_case(id=name, engines=EngineChoice(backend="onnxruntime", precision=precision, calibration=chosen))
        for name, precision, chosen in (
            ("b", "int8_qdq", own),
            ("c", "fp8_qdq", replace(own, speech="/b")),
            ("d", "int8_qdq", None),
        )
    )
    assert shared_calibration([eager]) is None
    assert shared_calibration([eager, one, same]) == own
    refuse_unlike([eager, one, same])
    with pytest.raises(UsageError, match=r"b and d differ in calibration: .*: choose one with --case"):
        refuse_unlike([eager, one, usual])


def test_only_rounds_beside_eager_fp32_are_compared(make_case, pair):
    results = [result("eager", BASE_MS), result("ort", QUICK_MS)]
    assert [found.base for found in compare_engines(pair, results)] == ["eager"]
    assert compare_engines(pair[:1], results[:1]) == []
    assert compare_engines(pair[1:], results[1:]) == []
    half = make_case("eager", "fp16", id="eager", scenario="compute", rounds=6)
    assert compare_engines([half, pair[1]], results) == []
    once = [make_case(name, id=name[:3], scenario="compute") for name in ("eager", "onnxruntime")]
    assert compare_engines(once, [result("eag", ()), result("onn", ())]) == []


def test_conversations_in_real_time_are_not_held_beside_each_other_by_their_compute_time(make_case):
    cases = [make_case(name, id=name, scenario="realtime", rounds=6) for name in ("eager", "onnxruntime")]
    assert compare_engines(cases, [result(case.id, BASE_MS) for case in cases]) == []
