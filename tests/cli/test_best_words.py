"""What `best` says: figures with intervals, what was a toss-up, and YAML that a suite takes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import soundfile

from josie_bench.bench.best import choose_parts
from josie_bench.cli.best_words import (
    candidate_lines,
    deadline_words,
    final_lines,
    part_lines,
    precision_lines,
    yaml_lines,
)
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.score import missing
from tests.bench.cases import make_case
from tests.bench.choosing import candidates
from tests.bench.test_best import ORT, TIED
from tests.suites.writing import cases_of


@pytest.fixture
def found():
    """Return ONNX Runtime as the best, with an engine that is quicker at the encoder and one that is not told apart."""
    rows = [ORT, ("aotinductor", "fp32", 4.0, 9.0, 50.0), ("openvino", "fp32", 6.0, TIED_DECODER, 310.0)]
    return candidates(make_case, rows)


TIED_DECODER = tuple(ms * 6.0 / 5.0 for ms in TIED)


def test_candidates_have_their_bound_and_those_above_the_deadline_say_so(found):
    head, first, *_, last = candidate_lines(found)
    assert "6 mixed rounds of 12 windows, closed loop (no queueing)" in head
    assert "due in 300 ms" in head
    assert first == "  x/onnxruntime-fp32/w300  p95 35.0 [31.0, 40.0] ms"
    assert last == "  x/openvino-fp32/w300  p95 305 [301, 310] ms: late"


def test_each_component_is_ranked_and_the_reason_named(found):
    text = "\n".join(part_lines(choose_parts(found)))
    assert "aotinductor-fp32         4.00 [3.60, 12.00] ms  1.25 [1.25, 1.25]" in text
    assert "→ aotinductor-fp32: quicker than onnxruntime-fp32, 1.25 [1.25, 1.25]" in text
    assert "→ onnxruntime-fp32 stays: a toss-up with openvino-fp32, and a change must earn its place" in text
    assert "(the best candidate's)" in text
    only = candidates(make_case, [ORT, ("eager", "fp32", 9.0, 9.0, 90.0)])
    assert "→ onnxruntime-fp32: the others are slower" in "\n".join(part_lines(choose_parts(only)))


def test_what_no_other_candidate_has_and_what_was_never_timed_are_said_apart(found):
    choice = choose_parts(found)[0]
    own = next(rank for rank in choice.ranking if rank.verdict == "same")
    alone = dataclasses.replace(choice, engine=own.engine, ranking=(own,))
    assert "onnxruntime-fp32: the only engine among the candidates" in "\n".join(part_lines([alone]))
    other = next(rank for rank in choice.ranking if rank is not own)
    blank = dataclasses.replace(other, verdict="undecided", ratio=missing("no_samples", "never called"))
    unknown = dataclasses.replace(choice, engine=own.engine, ranking=(own, blank))
    said = "\n".join(part_lines([unknown]))
    assert f"onnxruntime-fp32 stays: nothing can be told of {'-'.join(other.engine)}" in said


@pytest.mark.parametrize(
    ("mix_row", "words"),
    [
        (("openvino", "fp32", 4.0, 5.0, 35.0), ["1.22 [1.22, 1.23]: the mix is quicker", "→ the mix: its bound"]),
        (("openvino", "fp32", 9.0, 5.0, 45.0), ["the mix is slower", "→ the best candidate as it is: its bound"]),
        (("openvino", "fp32", TIED, 6.0, 39.0), ["not told apart", "→ the mix: its bound is the lesser"]),
    ],
)
def test_the_mix_is_taken_by_its_bound_and_whether_it_is_quicker_is_told_apart_from_that(mix_row, words):
    by_backend = {one.case.backend: one for one in candidates(make_case, [ORT, mix_row])}
    text = "\n".join(final_lines(by_backend["onnxruntime"], by_backend["openvino"]))
    assert all(word in text for word in words)


@pytest.mark.parametrize(
    "engines",
    [
        EngineChoice(backend="null"),
        EngineChoice(backend="onnxruntime", precision="int8", apart=(("depth_transformer", "aotinductor", "fp32"),)),
        EngineChoice(backend="eager", apart=(("audio_encoder", "null", "fp32"), ("audio_decoder", "null", "fp32"))),
        EngineChoice(backend="tensorrt", precision="fp16", options=PlanOptions(refit=True, typing="weak")),
    ],
)
def test_the_yaml_is_what_a_suite_takes(engines, tmp_path):
    body = "".join(f"    {line}\n" for line in yaml_lines(engines))
    (case,) = cases_of(tmp_path, body)
    assert case.engines == engines


def test_the_yaml_names_recordings_that_engines_were_calibrated_from(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.full(1600, 0.5, np.float32), 16_000)
    body = "    backend: onnxruntime\n    precision: int8_qdq\n    calibration: {speech: a.wav}\n"
    (case,) = cases_of(tmp_path, body)
    (again,) = cases_of(tmp_path, "".join(f"    {line}\n" for line in yaml_lines(case.engines)))
    assert again == case
    assert case.engines.calibration is not None


def test_numbers_below_fp32_are_warned_of_and_others_not():
    apart = (("audio_encoder", "onnxruntime", "int8"),)
    (line,) = precision_lines(EngineChoice(backend="eager", apart=apart))
    assert line.startswith("warning: int8 changes what the model computes")
    assert "josie-bench run parity" in line
    assert list(precision_lines(EngineChoice(backend="eager"))) == []


def test_a_deadline_that_is_not_held_is_said(found):
    assert "p95 35.0 [31.0, 40.0] ms of the 300 ms it has" in deadline_words(found[0])
    assert "does not hold 300 ms: p95 305 [301, 310] ms: late" in deadline_words(found[-1])
    short = dataclasses.replace(found[0], case=dataclasses.replace(found[0].case, hop_ms=30.0))
    assert "does not hold 30 ms" in deadline_words(short)


def test_a_candidate_without_a_p95_is_told_by_its_slowest_answer(found):
    unknown = missing("insufficient_samples", "").na
    p95 = dataclasses.replace(found[0].result.metrics["compute_time.p95"], value=None, ci=None, na=unknown)
    result = dataclasses.replace(found[0].result, metrics={"compute_time.p95": p95})
    few = dataclasses.replace(found[0], bound_ms=70.0, result=result)
    assert "slowest answer 70.0 ms, windows too alike to bound a p95 of the 300 ms it has" in deadline_words(few)
