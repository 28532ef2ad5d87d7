"""result.json: written without loss, refused where broken, and held by its published schema."""

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._told_settings import fault_in
from josie_bench.reports.result import SCHEMA_FILE, from_json, json_schema, read, schema_text, to_json, write
from josie_bench.terms.result import CASE_STATUSES, MetricScore

PATH = Path("run/result.json")
HEAD = {"schema": "josie-bench/result", "schema_version": "1.0.0"}


@pytest.fixture(scope="session")
def text(run_data: RunData) -> str:
    return to_json(run_data.result)


def test_a_result_survives_the_file(run_data: RunData, tmp_path: Path) -> None:
    write(run_data, tmp_path)
    assert read(tmp_path) == run_data.result


def test_the_file_has_the_names_of_the_published_schema(text: str, sample: ModuleType) -> None:
    plain = json.loads(text)
    assert {name: plain[name] for name in HEAD} == HEAD
    case = plain["cases"][0]
    assert case["id"] == sample.OK
    assert case["metrics"]["deadline_miss_ratio.budget"]["k"] == 2
    assert case["metrics"]["deadline_miss_ratio.budget"]["n"] == 400
    assert plain["cases"][3]["reason"] == "TensorRT is not installed: pip install tensorrt"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused_with_its_place(value: float, sample: ModuleType) -> None:
    score = MetricScore(value=value, unit="ms", direction="lower", definition="x/1", origin="", n=1)
    case = sample.case_result("a", metrics={"x.p50": score})
    with pytest.raises(ValueError, match=r"cases\[0\]\.metrics\.x\.p50\.value = -?(nan|inf)"):
        to_json(sample.result([case]))


def test_a_number_of_the_settings_that_is_not_finite_is_refused_too(sample: ModuleType) -> None:
    case = sample.case_result("a", settings={"list": [1.0, float("nan")]})
    with pytest.raises(ValueError, match=r"settings\.list\[1\]"):
        to_json(sample.result([case]))


def test_the_published_schema_is_the_generated_one() -> None:
    import josie_bench.reports

    published = Path(josie_bench.reports.__file__).with_name(SCHEMA_FILE).read_text(encoding="utf-8")
    assert published == schema_text(), "regenerate it with: python -m josie_bench.reports.result"


def test_the_schema_is_one_and_holds_the_sample(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(text))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("cases", 0, "status"), "FINE"),
        (("run", "status"), "FINE"),
        (("cases", 0, "budgets", 0, "result"), "passed"),
        (("cases", 0, "budgets", 0, "severity"), "fatal"),
        (("cases", 0, "windows_measured"), "400"),
        (("schema",), "other/result"),
    ],
)
def test_the_schema_refuses_what_it_does_not_know(place: tuple[str | int, ...], value: str, text: str) -> None:
    plain = json.loads(text)
    spot = plain
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(plain)


def test_the_schema_lists_every_status() -> None:
    assert json_schema()["$defs"]["CaseResult"]["properties"]["status"]["enum"] == list(CASE_STATUSES)


def test_fields_of_a_later_minor_version_are_passed_over(run_data: RunData, text: str) -> None:
    plain = json.loads(text) | {"schema_version": "1.7.0", "novelty": 1}
    plain["cases"][0]["novelty"] = {"x": [1]}
    plain["run"]["novelty"] = None
    assert from_json(json.dumps(plain), PATH) == replace(run_data.result, schema_version="1.7.0")


def test_a_newer_major_version_is_refused_with_what_to_do(text: str) -> None:
    plain = json.loads(text) | {"schema_version": "2.0.0"}
    with pytest.raises(
        UsageError, match=r"schema 2\.0\.0, this josie-bench reads up to 1\.\d+\.\d+: update josie-bench"
    ):
        from_json(json.dumps(plain), PATH)


@pytest.mark.parametrize("version", [None, 1, "", "new", "-1.0.0", "²", "1.²", "1", "9" * 5000])
def test_a_version_that_is_none_is_refused(version: object, text: str) -> None:
    with pytest.raises(UsageError, match="is no version"):
        from_json(json.dumps(json.loads(text) | {"schema_version": version}), PATH)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("", "is broken"),
        ('{"schema": ', "is broken"),
        ('{"schema": NaN}', "NaN is no JSON number"),
        ("[]", "is no result of josie-bench"),
        ('{"schema": "other"}', "is no result of josie-bench"),
        (json.dumps(HEAD), "run: Field required"),
        ("[" * 100_000, "is broken"),
    ],
)
def test_a_broken_file_is_told_in_one_line(broken: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as told:
        from_json(broken, PATH)
    assert str(told.value).startswith(str(PATH))
    assert "\n" not in str(told.value)


def test_a_value_of_the_wrong_type_is_told_with_its_place(text: str) -> None:
    plain = json.loads(text)
    plain["cases"][0]["windows_measured"] = "many"
    with pytest.raises(UsageError, match=r"cases\.0\.windows_measured"):
        from_json(json.dumps(plain), PATH)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        read(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    text=st.text()
    | st.builds(
        lambda extra: json.dumps(HEAD | extra),
        st.dictionaries(st.sampled_from(["run", "cases", "host", "schema_version"]), JSON),
    )
)
def test_no_text_brings_another_error_than_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        from_json(text, PATH)


@given(
    st.dictionaries(
        st.text(max_size=8).filter(lambda name: fault_in({name: "?"}) is None),
        st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
        max_size=5,
    )
)
def test_any_settings_that_are_only_shown_survive_the_file(sample: ModuleType, settings: dict[str, object]) -> None:
    result = sample.result([sample.case_result("a", settings=settings)])
    assert from_json(to_json(result), PATH) == result


def test_rounds_and_comparisons_survive_the_file_and_keep_the_schema(sample: ModuleType) -> None:
    for count in (0, 5, 6):
        result = sample.rounds_run(count=count).result
        written = to_json(result)
        assert from_json(written, PATH) == result
        jsonschema.Draft202012Validator(json_schema()).validate(json.loads(written))


def test_a_result_of_before_there_were_rounds_is_read(run_data: RunData, text: str) -> None:
    plain = json.loads(text)
    del plain["comparisons"]
    for case in plain["cases"]:
        del case["rounds"]
    assert from_json(json.dumps(plain), PATH) == run_data.result


@pytest.mark.parametrize("name", ["", ".", "../run", "/etc/passwd", "a/b", "a\nb", "a" * 5000])
def test_a_run_whose_id_cannot_name_a_file_is_refused(name: str, text: str) -> None:
    plain = json.loads(text)
    plain["run"]["id"] = name
    with pytest.raises(UsageError, match=r"run\.id: .* is no name of a file"):
        from_json(json.dumps(plain), PATH)
