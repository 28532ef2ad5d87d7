"""What of a run may be shown; tests/evidence/test_bundle.py looks at every byte of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from josie_bench.errors import UsageError
from josie_bench.evidence.manifest import seal
from josie_bench.evidence.redaction import redaction_of
from josie_bench.evidence.shareable import shareable
from josie_bench.reports import write_run
from josie_bench.terms.judged import Judged, JudgedItem
from tests.evidence.private_run import IDENTITY, TOKEN

REDACTION = redaction_of(IDENTITY)


@pytest.fixture
def folder(run_data, tmp_path):
    write_run(run_data, tmp_path, ["result", "parquet", "parity"])
    return tmp_path


def test_fields_of_a_later_version_come_along(folder):
    file = folder / "result.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"novelty": ["mária", 1]}))
    seal(folder)
    assert json.loads(shareable(folder, REDACTION).files["result.json"])["novelty"] == ["redacted-user", 1]


@pytest.mark.parametrize("table", [{"who": ["x", "mária"]}, {TOKEN: [1.0]}, {"x": [["a", "/srv/people/mária"]]}])
def test_a_table_with_private_words_stays_behind(folder, table):
    pd.DataFrame(table).to_parquet(folder / "mine.parquet")
    pd.DataFrame({"x": ["fine"], "y": [1]}).to_parquet(folder / "turns.parquet")
    seal(folder)
    found = shareable(folder, REDACTION)
    assert found.left_out == {"mine.parquet": "holds words that are private"}
    assert found.files["turns.parquet"] == (folder / "turns.parquet").read_bytes()


def test_private_words_in_a_table_s_metadata_are_found_however_they_are_written(folder):
    table = pa.table({"x": [1]}).replace_schema_metadata({"cases": json.dumps({"mária/eager": 1})})
    pq.write_table(table, folder / "mine.parquet")
    seal(folder)
    assert "mine.parquet" in shareable(folder, REDACTION).left_out


def test_a_line_that_is_no_json_leaves_its_file_behind(folder):
    (folder / "journal.jsonl").write_text('{"n": 1}\nbroken\n')
    (folder / "log.txt").write_bytes(b"\xff")
    (folder / "deep.json").write_text("[" * 3000 + "]" * 3000)
    (folder / "mine.parquet").write_bytes(b"PAR1")
    seal(folder)
    assert set(shareable(folder, REDACTION).left_out) == {"journal.jsonl", "log.txt", "deep.json", "mine.parquet"}


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 3000, None])
def test_a_broken_result_that_was_sealed_is_refused_all_the_same(folder, content):
    if content is None:
        (folder / "result.json").unlink()
    else:
        (folder / "result.json").write_bytes(content)
    seal(folder)
    with pytest.raises(UsageError):
        shareable(folder, REDACTION)


def test_sounds_and_pictures_stay_behind_and_the_page_has_none_either(run_data, tmp_path):
    row = JudgedItem(item="i", cluster="", task="codec", media={"after.flac": b"somebody's voice"})
    judged = {"a/eager-fp32": Judged(tasks=("codec",), rows=(row,))}
    write_run(replace(run_data, judged=judged), tmp_path)
    seal(tmp_path)
    found = shareable(tmp_path, REDACTION)
    assert found.left_out["media.zip"] == "is of a kind that cannot be looked through for what is private"
    assert "media.zip" not in found.files
    assert b"<audio" in (tmp_path / "report.html").read_bytes()
    assert b"<audio" not in found.files["report.html"]
    assert b"items.v1" in found.files["items.jsonl"]


def test_a_folder_without_its_raw_series_is_no_whole_run(folder):
    (folder / "windows.parquet").unlink()
    seal(folder)
    with pytest.raises(UsageError, match="no whole run folder"):
        shareable(folder, REDACTION)
