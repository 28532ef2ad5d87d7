"""Results of every schema version there was: read, and brought to the present one without losing a word.

`golden/result-VERSION.json` was written by a run of that version. When the schema gets fields, its version goes up and
`pytest tests/reports/test_migration.py --write-golden` adds the file of the new one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from josie_bench.cli.result import command
from josie_bench.errors import IntegrityError, UsageError
from josie_bench.evidence.manifest import differences, seal
from josie_bench.reports.result import from_json, json_schema, migrated
from josie_bench.terms.result import SCHEMA_VERSION

GOLDEN = Path(__file__).with_name("golden")
VERSIONS = sorted(re.findall(r"result-([\d.]+)\.json", " ".join(path.name for path in GOLDEN.iterdir())))
OLD = [version for version in VERSIONS if version != SCHEMA_VERSION]
PATH = Path("run/result.json")


@pytest.fixture(scope="module", autouse=True)
def _write_golden(request, tmp_path_factory):
    if not request.config.getoption("--write-golden"):
        return
    folder = tmp_path_factory.mktemp("golden")
    call = "from josie_bench.cli import main; main()"
    words = ["run", str(GOLDEN / "golden.yaml"), "--quiet", "--output", "out", "--engines", "engines"]
    subprocess.run([sys.executable, "-c", call, *words], cwd=folder, check=True)
    (written,) = folder.glob("out/golden/*/result.json")
    plain = json.loads(written.read_text(encoding="utf-8"))
    plain["host"] |= {"kernel": "6.1.0", "git": None}  # of no machine in particular
    text = json.dumps(plain, ensure_ascii=False, indent=1) + "\n"
    (GOLDEN / f"result-{SCHEMA_VERSION}.json").write_text(text, encoding="utf-8")


def golden(version):
    return (GOLDEN / f"result-{version}.json").read_text(encoding="utf-8")


def leaves(value, place=()):
    """Yield every place of a decoded JSON that holds no further places, and what stands there."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*place, key))
    else:
        yield place, value


def at(value, place):
    for key in place:
        value = value[key]
    return value


def test_every_version_there_was_has_a_golden_file():
    major, minor, _ = SCHEMA_VERSION.split(".")
    assert [f"{major}.{number}.0" for number in range(int(minor) + 1)] == VERSIONS, (
        "--write-golden adds the present one"
    )
    assert all(json.loads(golden(version))["schema_version"] == version for version in VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_golden_file_is_read_and_migrates_to_the_present_schema_whole(version):
    old, now = json.loads(golden(version)), json.loads(migrated(golden(version), PATH))
    assert now["schema_version"] == SCHEMA_VERSION
    jsonschema.Draft202012Validator(json_schema()).validate(now)
    kept = {place: value for place, value in leaves(old) if place != ("schema_version",)}
    assert len(kept) > 500
    assert [place for place, value in kept.items() if at(now, place) != value] == []
    assert from_json(golden(version), PATH).cases == from_json(json.dumps(now), PATH).cases


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_result_is_not_changed_again(version):
    once = migrated(golden(version), PATH)
    assert migrated(once, PATH) == once


def test_what_version_1_0_had_not_is_there_with_its_default():
    now = json.loads(migrated(golden("1.0.0"), PATH))
    assert now["comparisons"] == []
    assert all(case["rounds"] == [] for case in now["cases"])
    assert all(engine["build_seconds"] is None for case in now["cases"] for engine in case["engines"])


def test_the_golden_file_of_the_present_version_has_every_field_that_is_written_now():
    plain = json.loads(golden(SCHEMA_VERSION))
    earlier = json.dumps(plain | {"schema_version": "1.0.0"})
    assert json.loads(migrated(earlier, PATH)) == plain, "the schema has new fields: renew it with --write-golden"


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_that_are_not_known_stay_where_they_were(version):
    plain = json.loads(golden(version))
    plain["novelty"] = {"a": [1, None]}
    plain["cases"][0]["novelty"] = 1.5
    plain["cases"][0]["metrics"]["jitter.spread"]["novelty"] = "x"
    plain["schema_version"] = "1.0.0"
    now = json.loads(migrated(json.dumps(plain), PATH))
    assert now["novelty"] == {"a": [1, None]}
    assert now["cases"][0]["novelty"] == 1.5
    assert now["cases"][0]["metrics"]["jitter.spread"]["novelty"] == "x"


def test_a_later_minor_version_is_left_as_it_is():
    text = json.dumps(json.loads(golden("1.1.0")) | {"schema_version": "1.99.0", "novelty": 1})
    assert migrated(text, PATH) == text


def migrate(*words):
    return CliRunner().invoke(command, ["migrate", *map(str, words)], catch_exceptions=False, standalone_mode=False)


def put(folder, text):
    file = folder / "result.json"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_command_migrates_in_place_and_seals_the_folder_again(tmp_path):
    file = put(tmp_path, golden("1.0.0"))
    seal(tmp_path)
    assert migrate(file).output == f"{file}\n"
    assert json.loads(file.read_text(encoding="utf-8"))["schema_version"] == SCHEMA_VERSION
    assert differences(tmp_path) == []
    assert "needs nothing" in migrate(file).output


def test_the_command_can_write_elsewhere_and_leaves_the_file_then(tmp_path):
    file = put(tmp_path, golden("1.0.0"))
    migrate(file, "--output", tmp_path / "new.json")
    assert file.read_text(encoding="utf-8") == golden("1.0.0")
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))["schema_version"] == SCHEMA_VERSION
    assert not (tmp_path / "manifest.sha256").exists()


def test_a_result_that_was_changed_since_it_was_sealed_is_not_migrated_over(tmp_path):
    file = put(tmp_path, golden("1.0.0"))
    seal(tmp_path)
    text = golden("1.0.0").replace('"OK"', '"ERROR"', 1)
    put(tmp_path, text)
    with pytest.raises(IntegrityError, match=r"not as it was sealed \(changed: result\.json\)"):
        migrate(file)
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            '{"schema": "josie-bench/result", "schema_version": "2.0.0"}',
            r"schema 2\.0\.0, this josie-bench reads up to",
        ),
        ("[]", "is no result of josie-bench"),
        (None, "cannot be read"),
    ],
)
def test_what_cannot_be_migrated_is_one_line(text, complaint, tmp_path):
    file = tmp_path / "result.json" if text is None else put(tmp_path, text)
    with pytest.raises(UsageError, match=complaint) as refused:
        migrate(file)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
