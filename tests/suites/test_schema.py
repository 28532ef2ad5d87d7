"""The published schema is the code's, and the bundled suites keep it."""

from __future__ import annotations

import jsonschema
import pytest

from josie_bench.suites.document import plain, read_document
from josie_bench.suites.load import bundled_suites, suite_folder
from josie_bench.suites.schema import CaseKeys, json_schema, parse_case_budget, schema_text


def test_the_published_schema_is_the_code_s():
    """Write it anew with: python -m josie_bench.suites.schema > suites/suite.schema.json"""
    assert (suite_folder() / "suite.schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("path", bundled_suites(), ids=lambda path: path.stem)
def test_bundled_suites_keep_the_schema(path):
    jsonschema.validate(plain(read_document(path)[0]), json_schema())


@pytest.mark.parametrize(
    "text",
    [
        *("windw: 300 ms", "window: 300", "backend: 3", "matrix: {gird: {}}", "matrix: {include: []}"),
        *("ablate: m_rop", "ablate: [m_rope, m_rope]", "mode: trun", "modalities: []", "quantizer: both"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text, tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(f"schema: josie-bench/suite.v1\nname: t\ncases:\n  - name: a\n    {text}\n")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain(read_document(file)[0]), json_schema())


def test_every_setting_is_described():
    assert all(field.description for field in CaseKeys.model_fields.values())


def test_a_bare_ratio_needs_no_unit_and_a_percentage_is_one():
    bare = parse_case_budget({"assert": "deadline_miss_ratio.budget < 0.01"})
    percent = parse_case_budget({"assert": "deadline_miss_ratio.budget < 1 %", "severity": "warn"})
    assert bare.limit == percent.limit == 0.01
    assert (bare.severity, percent.severity) == ("gate", "warn")


def test_the_schema_takes_one_text_for_a_list_of_one():
    case = {"name": "a", "weights": "a.safetensors", "ablate": "m_rope", "modalities": "audio", "quantizer": None}
    jsonschema.validate({"schema": "josie-bench/suite.v1", "name": "t", "cases": [case]}, json_schema())
