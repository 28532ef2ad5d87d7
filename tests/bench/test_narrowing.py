"""How narrow a component may be: the fewest bytes that lose little enough, and never more bytes than before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.memory_forecast import component_bytes
from josie_bench.bench.narrowing import compared_candidates, loss_of, narrowest
from josie_bench.errors import UsageError
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import Interval

WIDE, NARROW = ("onnxruntime", "fp32"), ("onnxruntime", "int8")


def score(value, low=None):
    ci = None if low is None else Interval(level=0.95, low=low, high=1.0, method="")
    return MetricScore(value=value, unit="ratio", direction="higher", definition="x/1", origin="", n=100, ci=ci)


def answer(case, *, codes=1.0, error=0.0, status="OK"):
    """Return a result whose audio encoder has so many equal codes, and whose decoder errs so far."""
    metrics = {
        "parity_codes.audio_encoder.all": score(codes, low=codes - 0.001),
        "parity_error.audio_decoder.max": score(error),
    }
    return CaseResult(
        id=case.id, sha="", status=status, reason=None, settings={}, reproduce="", metrics=metrics
    )  # fmt: skip


@pytest.fixture
def pair(make_case):
    """Return a case at FP32 and one at INT8, of `nano`, for at 8 bits `tiny` saves hardly anything."""
    model = ModelChoice(preset="nano")
    return [
        make_case(id=name, scenario="parity", model=model, engines=EngineChoice(backend=backend, precision=precision))
        for name, (backend, precision) in (("wide", WIDE), ("narrow", NARROW))
    ]


def chosen(pair, *results, loss=0.01):
    return {part.component: part.engine for part in narrowest(pair, results, loss)}


def test_each_component_gets_the_narrowest_engine_that_loses_little_enough(pair):
    """The encoder keeps 99.5 % of its codes, surely 99.4; the decoder is 3 % off."""
    wide, narrow = pair
    found = chosen(pair, answer(wide), answer(narrow, codes=0.995, error=0.03))
    assert (found["audio_encoder"], found["audio_decoder"]) == (NARROW, WIDE)
    assert chosen(pair, answer(wide), answer(narrow, codes=0.9905, error=0.03))["audio_encoder"] == WIDE
    assert chosen(pair, answer(wide), answer(narrow, error=0.03), loss=0.03)["audio_decoder"] == NARROW


def test_what_was_not_compared_is_not_taken(pair):
    wide, narrow = pair
    assert chosen(pair, answer(wide), answer(narrow))["depth_transformer"] == WIDE
    assert chosen(pair, answer(wide), answer(narrow, status="ERROR"))["audio_encoder"] == WIDE
    assert chosen(pair, answer(wide, status="ERROR"), answer(narrow)) == {}


def test_an_engine_that_holds_more_is_not_taken_for_being_right(pair):
    wide, narrow = pair
    assert chosen([narrow, wide], answer(wide), answer(narrow))["audio_encoder"] == NARROW


def test_widths_are_the_memory_model_s_and_the_narrowest_comes_first(pair):
    (part, *_) = narrowest(pair, [answer(case) for case in pair], 0.01)
    assert [width.engine for width in part.widths] == [NARROW, WIDE]
    assert part.byte_count(WIDE) == component_bytes(pair[0], "audio_encoder")
    assert part.byte_count(NARROW) < part.byte_count(WIDE)


def test_a_loss_is_the_upper_bound_of_codes_lost_or_the_largest_error(pair):
    result = answer(pair[0], codes=0.99, error=0.2)
    assert loss_of(result, "audio_encoder") == pytest.approx(0.011)
    assert loss_of(result, "audio_decoder") == 0.2
    assert loss_of(result, "vision_encoder") is None


def test_candidates_are_compared_cases_that_differ_in_engines_alone(pair, make_case):
    timed = make_case(id="timed", scenario="compute")
    assert compared_candidates([*pair, timed]) == pair
    with pytest.raises(UsageError, match="cases of scenario parity: 1; narrow chooses among two or more"):
        compared_candidates([pair[0], timed])
    with pytest.raises(UsageError, match="wide and narrow differ in windows"):
        compared_candidates([pair[0], replace(pair[1], windows=99)])
