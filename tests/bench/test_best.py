"""Which engines are chosen, from figures made by hand."""

from __future__ import annotations

import dataclasses

import pytest

from josie_bench.bench.best import (
    choose_parts,
    closed_loop_candidates,
    due_ms,
    mixed_engines,
    ranked,
    window_ratio,
)
from josie_bench.errors import UsageError
from josie_bench.suites.groups import ComponentKeys
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.score import NotAvailable
from tests.bench.choosing import candidate_result, candidates

SWITCHING = Blocks(windows=4, lengths_ms=(200.0, 400.0))

CLOSED = {"scenario": "compute", "rounds": 6, "windows": 12}
ORT = ("onnxruntime", "fp32", 5.0, 6.0, 40.0)
TIED = (4.9, 5.6, 4.4, 15.6, 4.8, 5.4)  # ORT's 5.0 drifting is 5.0, 5.5, 4.5, 15, 5, 5.25: now more, now less


def chosen(found):
    return {choice.component: choice.engine for choice in choose_parts(found)}


def test_the_candidate_of_the_least_bound_leads_and_its_engines_stay_where_others_are_slower(make_case):
    found = candidates(make_case, [("eager", "fp32", 9.0, 20.0, 90.0), ORT])
    assert [(one.case.backend, one.bound_ms) for one in found] == [("onnxruntime", 40.0), ("eager", 90.0)]
    assert chosen(found) == {"audio_encoder": ("onnxruntime", "fp32"), "audio_decoder": ("onnxruntime", "fp32")}
    assert [rank.verdict for rank in choose_parts(found)[0].ranking] == ["same", "slower"]


def test_a_component_goes_to_what_is_quicker_in_the_same_rounds_though_the_machine_drifts(make_case):
    """The times of both overlap widely over rounds (4.5 to 15 and 3.6 to 12 ms), their ratio is 1.25 in each."""
    found = candidates(make_case, [ORT, ("aotinductor", "fp32", 4.0, 9.0, 50.0)])
    assert chosen(found) == {"audio_encoder": ("aotinductor", "fp32"), "audio_decoder": ("onnxruntime", "fp32")}
    (rank, own), _ = (choice.ranking for choice in choose_parts(found))
    assert (rank.engine, rank.verdict, own.verdict, own.ratio) == (("aotinductor", "fp32"), "quicker", "same", None)
    assert rank.ratio.value == pytest.approx(1.25)
    assert (rank.time.value_ms, rank.time.ci.low, rank.time.ci.high) == (4.0, 3.6, 12.0)


def test_a_toss_up_keeps_the_best_candidate_s_engine_though_the_other_has_the_lesser_median(make_case):
    found = candidates(make_case, [ORT, ("openvino", "fp32", TIED, 6.0, 50.0)])
    choice = choose_parts(found)[0]
    assert choice.ranking[0].engine == ("openvino", "fp32")
    assert choice.ranking[0].verdict == "undecided"
    assert choice.engine == ("onnxruntime", "fp32")


def test_of_several_that_are_quicker_the_quickest_is_taken_and_one_that_is_not_told_apart_is_passed_over(make_case):
    rows = [
        ORT,
        ("openvino", "fp32", (1.0, 1.0, 1.0, 1.0, 1.0, 9.0), 6.0, 50.0),  # a median of 1 ms that one round denies
        ("aotinductor", "fp32", 4.0, 6.0, 60.0),
        ("onnxruntime", "int8", 3.0, 6.0, 70.0),
    ]
    assert chosen(candidates(make_case, rows))["audio_encoder"] == ("onnxruntime", "int8")


def test_only_cases_measured_to_their_end_are_ranked(make_case):
    cases = [make_case(id=name, **CLOSED) for name in ("a", "b", "c")]
    few = dataclasses.replace(candidate_result(cases[2], 1.0, 1.0, 10.0), metrics={})
    results = [candidate_result(cases[0], 1.0, 1.0, 10.0, "OOM"), candidate_result(cases[1], 9.0, 9.0, 30.0), few]
    assert [one.case.id for one in ranked(cases, results)] == ["b"]


def test_a_candidate_whose_windows_bound_no_p95_is_held_by_its_slowest_answer(make_case):
    case = make_case(id="a", **CLOSED)
    whole = candidate_result(case, 1.0, 1.0, 50.0)
    p95 = whole.metrics["compute_time.p95"]
    slowest = dataclasses.replace(p95, value=70.0, ci=None)
    for reason, bounds in (("insufficient_samples", [70.0]), ("censored", [])):
        unknown = dataclasses.replace(p95, value=None, ci=None, na=NotAvailable(reason=reason, detail=""))
        metrics = {"compute_time.p95": unknown, "compute_time.max": slowest}
        assert [one.bound_ms for one in ranked([case], [dataclasses.replace(whole, metrics=metrics)])] == bounds


def test_one_candidate_alone_is_the_best(make_case):
    found = candidates(make_case, [ORT])
    assert mixed_engines(found[0].case.engines, chosen(found)) == found[0].case.engines


def test_the_mix_names_apart_what_differs_from_the_rest(make_case):
    found = candidates(make_case, [ORT, ("aotinductor", "fp32", 4.0, 9.0, 50.0)])
    mix = mixed_engines(found[0].case.engines, chosen(found))
    assert mix == EngineChoice(backend="onnxruntime", apart=(("audio_encoder", "aotinductor", "fp32"),))


def test_a_backend_that_no_component_uses_any_more_is_not_named(make_case):
    best = EngineChoice(
        backend="null",
        apart=tuple((name, "eager", "fp32") for name in ComponentKeys.model_fields if "audio" not in name),
    )
    found = candidates(make_case, [("null", "fp32", 5.0, 6.0, 40.0), ("eager", "fp32", 4.0, 5.0, 50.0)])
    assert mixed_engines(best, chosen(found)) == EngineChoice(backend="eager")


def test_a_mix_with_engines_of_tensorrt_has_the_candidates_options(make_case):
    refit = PlanOptions(refit=True)
    of_tensorrt = EngineChoice(backend="tensorrt", options=refit)
    plain = dict.fromkeys(ComponentKeys.model_fields, ("onnxruntime", "fp32"))
    mix = mixed_engines(EngineChoice(backend="onnxruntime"), {"audio_encoder": ("tensorrt", "fp16")}, refit)
    assert mix == EngineChoice(backend="onnxruntime", apart=(("audio_encoder", "tensorrt", "fp16"),), options=refit)
    assert mixed_engines(of_tensorrt, plain, refit) == EngineChoice(backend="onnxruntime")


def test_a_mix_with_calibrated_engines_has_the_candidates_set():
    own = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)
    calibrated = ("onnxruntime", "int8_qdq")
    best = EngineChoice(backend="onnxruntime", precision="int8_qdq", calibration=own)
    mix = mixed_engines(EngineChoice(backend="eager"), {"audio_encoder": calibrated}, calibration=own)
    assert mix == EngineChoice(backend="eager", apart=(("audio_encoder", *calibrated),), calibration=own)
    plain = dict.fromkeys(ComponentKeys.model_fields, ("onnxruntime", "fp32"))
    assert mixed_engines(best, plain, calibration=own) == EngineChoice(backend="onnxruntime")


def test_the_whole_windows_are_held_against_each_other_by_round(make_case):
    ort, eager = candidates(make_case, [("eager", "fp32", 9.0, 24.0, 90.0), ORT])
    assert window_ratio(eager.result, ort.result).value == pytest.approx(33.0 / 11.0)


def test_an_answer_is_due_before_the_next_window_and_the_deadline(make_case):
    assert due_ms(make_case(deadline_ms=300.0, hop_ms=100.0)) == 100.0
    assert due_ms(make_case(deadline_ms=50.0, hop_ms=100.0)) == 50.0
    assert due_ms(make_case(hop_ms=300.0, blocks=Blocks(windows=4, lengths_ms=(200.0,)))) == 200.0


def test_other_scenarios_are_no_candidates(make_case):
    cases = [make_case(id="a", **CLOSED), make_case(id="r"), make_case("eager", id="b", **CLOSED)]
    assert [case.id for case in closed_loop_candidates(cases)] == ["a", "b"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{}], "cases of scenario compute: 1; best chooses among two or more"),
        ([{}, {"scenario": "realtime", "rounds": 1}], "cases of scenario compute: 1"),
        ([{"blocks": SWITCHING}] * 2, "c0 has blocks of several kinds: best compares windows of one, leave blocks out"),
        ([{}, {"threads": 2}], "c0 and c1 differ in threads"),
        ([{"rounds": 5}, {"rounds": 5}], "5 rounds cannot tell engines apart: add --set rounds=6"),
        ([{"windows": 11}, {"windows": 11}], "cannot bound a p95, which takes 72: add --set windows=12"),
    ],
)
def test_what_cannot_be_chosen_among_is_refused_in_one_line(make_case, changes, words):
    cases = [make_case(id=f"c{place}", **CLOSED | change) for place, change in enumerate(changes)]
    with pytest.raises(UsageError, match=words) as told:
        closed_loop_candidates(cases)
    assert "\n" not in str(told.value)
