"""Components of one case on several backends: read, named, locked, refused."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.expand import expand
from josie_bench.suites.load import load_suite
from josie_bench.suites.lock_file import lock, write_lock

SUITE = """
schema: josie-bench/suite.v1
name: mixed
cases:
  - name: mixed
    preset: tiny
    backend: onnxruntime
    components: {depth_transformer: VALUE}
"""


def cases_of(folder, value, *overrides):
    (folder / "mixed.yaml").write_text(SUITE.replace("VALUE", value))
    suite = load_suite(folder / "mixed.yaml", overrides)
    return suite, expand(suite)


def test_a_component_may_run_on_something_else(tmp_path):
    _, (case,) = cases_of(tmp_path, "eager-fp16")
    assert case.engines.of("depth_transformer") == ("eager", "fp16")
    assert case.engines.of("audio_encoder") == ("onnxruntime", "fp32")
    assert case.id == "mixed/onnxruntime-fp32/w300/components.depth_transformer=eager-fp16"


def test_without_a_precision_it_is_fp32_and_null_needs_no_quotes(tmp_path):
    assert cases_of(tmp_path, "eager")[1][0].engines.of("depth_transformer") == ("eager", "fp32")
    assert cases_of(tmp_path, "null-fp32")[1][0].engines.of("depth_transformer") == ("null", "fp32")


def test_a_lock_gives_the_same_case_again(tmp_path):
    suite, cases = cases_of(tmp_path, "eager-bf16")
    write_lock(lock(suite, cases, tmp_path), tmp_path / "suite.lock.yaml")
    assert expand(load_suite(tmp_path / "suite.lock.yaml")) == cases


def test_an_override_names_one_component(tmp_path):
    _, (case,) = cases_of(tmp_path, "eager", "components.depth_transformer=onnxruntime-int8")
    assert case.engines.of("depth_transformer") == ("onnxruntime", "int8")
    assert case.id.endswith("/components.depth_transformer=onnxruntime-int8")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("eagre", "unknown backend 'eagre': did you mean 'eager'"),
        ("eager-fp61", "unknown precision 'fp61'"),
        ("eager-fp16-int8", "write backend-precision, one of each"),
        ("[eager, null]", "components.depth_transformer"),
    ],
)
def test_what_is_no_engine_is_said_where_it_stands(tmp_path, value, complaint):
    with pytest.raises(SuiteError, match=r"mixed.yaml:8: ") as refused:
        cases_of(tmp_path, value)
    assert complaint in str(refused.value)


def test_an_unknown_component_names_the_near_one(tmp_path):
    (tmp_path / "mixed.yaml").write_text(SUITE.replace("depth_transformer: VALUE", "depth_transformr: eager"))
    with pytest.raises(SuiteError, match="did you mean 'depth_transformer'"):
        expand(load_suite(tmp_path / "mixed.yaml"))
