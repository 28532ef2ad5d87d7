"""JSON documents that are no results: what is refused, in one line each."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from josie_bench.errors import UsageError
from josie_bench.reports._document import read_document, to_text
from josie_bench.reports._noise_floors import ADAPTER
from josie_bench.terms.noise_floor import NOISE_SCHEMA, NOISE_VERSION
from tests.bench.comparing import floor_of, metric_floor

FLOOR = floor_of("c", metric_floor())


def read(path):
    return read_document(path, ADAPTER, schema=NOISE_SCHEMA, version=NOISE_VERSION)


def test_what_was_written_is_read(tmp_path):
    file = tmp_path / "floor.json"
    file.write_text(to_text(ADAPTER, FLOOR))
    assert read(file) == FLOOR


def test_a_field_of_a_later_version_is_passed_over(tmp_path):
    file = tmp_path / "floor.json"
    file.write_text(json.dumps(asdict(FLOOR) | {"more": 1, "schema_version": "1.9.0"}))
    assert replace(read(file), schema_version=FLOOR.schema_version) == FLOOR


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "is broken"),
        ("[]", "is no josie-bench/noise-floor"),
        ('{"schema": "josie-bench/result"}', "is no josie-bench/noise-floor"),
        (json.dumps(asdict(FLOOR) | {"schema_version": "2.0.0"}), "update josie-bench"),
        (json.dumps(asdict(FLOOR) | {"runs": "many"}), "is broken: runs"),
        (json.dumps(asdict(FLOOR)).replace("0.03", "NaN"), "NaN is no JSON number"),
        (json.dumps(asdict(FLOOR)).replace("0.03", "1e999"), "a number of 5 digits is beyond what a number can be"),
        (json.dumps(asdict(FLOOR)).replace("0.03", "9" * 400), "a number of 400 digits is beyond"),
    ],
)
def test_what_cannot_be_read_is_one_line_that_names_the_file(tmp_path, text, complaint):
    file = tmp_path / "floor.json"
    file.write_text(text)
    with pytest.raises(UsageError) as refusal:
        read(file)
    assert complaint in str(refusal.value)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "none.json")
