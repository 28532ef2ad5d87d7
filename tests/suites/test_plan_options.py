"""Group `tensorrt`: what it asks for, whom it is refused, and that cases without it are what they were."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.groups import TensorRTKeys
from josie_bench.suites.plan_options import asked_options, options_misfit
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.plan_options import USUAL, PlanOptions
from tests.suites.writing import cases_of, cases_of_lock, ids

REFIT, TIMED = PlanOptions(refit=True), PlanOptions(timing_cache=True)


def test_the_keys_are_the_options():
    assert asdict(asked_options(TensorRTKeys())) == TensorRTKeys().model_dump() == asdict(USUAL)
    assert asked_options(TensorRTKeys(refit=True, typing="weak")) == PlanOptions(refit=True, typing="weak")


@pytest.mark.parametrize(
    ("backend", "options", "said"),
    [
        ("onnxruntime", REFIT, "refit true: engines of onnxruntime have no such option: take tensorrt or tensorrt_rtx"),
        ("torch_tensorrt", REFIT, "refit true: engines of torch_tensorrt have no such option"),
        ("tensorrt_rtx", TIMED, "timing_cache true: engines of tensorrt_rtx have no such option: take tensorrt, or"),
        ("tensorrt_rtx", PlanOptions(typing="weak"), "typing weak: engines of tensorrt_rtx have no such option"),
    ],
)
def test_engines_without_an_option_are_named_with_those_that_have_it(backend, options, said):
    misfit = options_misfit(EngineChoice(backend=backend, options=options))
    assert misfit is not None
    blamed, what = misfit
    assert blamed == (f"tensorrt.{next(iter(options.told()))}", "backend")
    assert what.startswith(f"tensorrt.{said}")
    assert what.endswith(", or leave it out")


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("tensorrt", PlanOptions(refit=True, version_compatible=True, timing_cache=True, typing="weak")),
        ("tensorrt_rtx", PlanOptions(refit=True, version_compatible=True)),
        ("onnxruntime", USUAL),
    ],
)
def test_engines_that_have_an_option_take_it(backend, options):
    assert options_misfit(EngineChoice(backend=backend, options=options)) is None


def test_of_mixed_engines_those_of_tensorrt_are_asked():
    apart = (("audio_encoder", "onnxruntime", "fp32"), ("vision_encoder", "tensorrt_rtx", "fp16"))
    mixed = EngineChoice(backend="tensorrt", apart=apart, options=REFIT)
    assert options_misfit(mixed) is None
    timed = options_misfit(EngineChoice(backend="tensorrt", apart=apart, options=TIMED))
    assert timed is not None
    assert "engines of tensorrt_rtx have no such option" in timed[1]


def test_a_suite_is_refused_at_the_option_s_line(tmp_path):
    with pytest.raises(SuiteError, match=r"t\.yaml:\d+: tensorrt\.refit true: engines of eager have no such option"):
        cases_of(tmp_path, "    tensorrt: {refit: true}\n")
    with pytest.raises(SuiteError, match="did you mean 'refit'"):
        cases_of(tmp_path, "    backend: tensorrt\n    tensorrt: {refitt: true}\n")
    with pytest.raises(SuiteError, match="did you mean 'weak'"):
        cases_of(tmp_path, "    backend: tensorrt\n    tensorrt: {typing: week}\n")


def test_an_option_can_be_set_and_varied_and_a_lock_says_it(tmp_path):
    body = "    backend: tensorrt_rtx\n    tensorrt: {version_compatible: true}\n"
    body += "    matrix: {grid: {tensorrt.refit: [false, true]}}\n"
    cases = cases_of(tmp_path, body)
    assert ids(cases) == [f"a/tensorrt_rtx-fp32/w300/tensorrt.refit={word}" for word in ("false", "true")]
    assert cases[1].engines.options == PlanOptions(refit=True, version_compatible=True)
    assert cases_of_lock(tmp_path, body) == cases


def test_another_option_is_another_digest_and_none_is_the_digest_of_before(tmp_path):
    """That one was written before there were options."""
    body = "    backend: tensorrt\n    weights: []\n    modalities: [text]\n    stream: {text: hi}\n"
    (plain,), (said,), (other,) = (
        cases_of(tmp_path, body + more)
        for more in ("", "    tensorrt: {refit: false, typing: strong}\n", "    tensorrt: {refit: true}\n")
    )
    assert plain.sha == said.sha == "62244b5c9986459d86e0d288a18c060a9fce003b7602ee610093dddc7f21f5a8"
    assert other.sha != plain.sha
