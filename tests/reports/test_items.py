"""items.jsonl holds what was judged and gives it back."""

from __future__ import annotations

import json

import pytest

from josie_bench.conformance.judged_items import judged_recording
from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports.items import FILES, read, write
from josie_bench.terms.judged import Judged, JudgedItem

JUDGED = judged_recording().judged


def data(run_data, **judged):
    return RunData(result=run_data.result, judged=judged)


def test_what_was_judged_comes_back(run_data, tmp_path):
    given = {"codec/eager": JUDGED, "b": Judged(tasks=("codec",))}
    assert write(data(run_data, **given), tmp_path) == [tmp_path / FILES[0]]
    assert read(tmp_path) == given


def test_what_a_model_writes_may_hold_any_end_of_a_line(run_data, tmp_path):
    row = JudgedItem(item="a", cluster="", task="transcribe", texts={"wrote": "one\u2028two\x85three\u2029\r\nfour"})
    given = {"a": Judged(tasks=("transcribe",), rows=(row,))}
    write(data(run_data, **given), tmp_path)
    assert read(tmp_path) == given


def test_a_line_is_an_item_behind_who_judged(run_data, tmp_path):
    write(data(run_data, a=JUDGED), tmp_path)
    head, first, second, *_ = map(json.loads, (tmp_path / FILES[0]).read_text().splitlines())
    assert head == {"schema": "josie-bench/items.v1"}
    assert first["judges"][0] == {"role": "recogniser", "identity": "recogniser:library=1.0:-", "reason": None}
    assert (second["case"], second["item"], second["values"]["stoi"]) == ("a", "item-0", 0.8)


def test_a_run_before_there_were_any_has_none(tmp_path):
    assert read(tmp_path) == {}


HEAD = '{"schema": "josie-bench/items.v1"}\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEAD + '{"case": "a", "tasks": ["codec"]}\n', r"items\.jsonl is broken"),
        ("", r"items\.jsonl is broken"),
        (HEAD + '"a line"\n', r"items\.jsonl is broken"),
        (HEAD + '{"case": "a", "tasks": [], "judges": [{"a\\nb": 1}]}\n', r"items\.jsonl is broken: [^\n]*$"),
        (HEAD.replace("v1", "v2"), r"items\.jsonl: its first line is not .*update josie-bench"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, content, words):
    (tmp_path / FILES[0]).write_text(content)
    with pytest.raises(UsageError, match=words) as told:
        read(tmp_path)
    assert "\n" not in str(told.value)
