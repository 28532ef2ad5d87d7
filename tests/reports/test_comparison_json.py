"""comparison.json: written, read, and held against its schema."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema

from josie_bench.reports._comparison_json import SCHEMA_FILE, json_schema, read, schema_text, to_json
from tests.reports.comparisons import SAMPLE


def test_what_is_written_is_read_again(tmp_path):
    file = tmp_path / "comparison.json"
    file.write_text(to_json(SAMPLE))
    assert read(file) == SAMPLE


def test_it_follows_its_schema_which_lies_in_the_package():
    jsonschema.validate(json.loads(to_json(SAMPLE)), json_schema())
    assert (files("josie_bench.reports") / SCHEMA_FILE).read_text(encoding="utf-8") == schema_text()


def test_the_schema_lists_what_a_verdict_can_be():
    wrong = json.loads(to_json(SAMPLE)) | {"verdict": "PERHAPS"}
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(wrong)
