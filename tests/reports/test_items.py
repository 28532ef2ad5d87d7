"""items.jsonl holds what was judged and gives it back."""

from __future__ import annotations

import json

import pytest

from josie_bench.conformance.judged_items import judged_recording
from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports.items import FILES, read, write
from josie_bench.terms.judged import Judged

JUDGED = judged_recording().judged


def data(run_data, **judged):
    return RunData(result=run_data.result, judged=judged)


def test_what_was_judged_comes_back(run_data, tmp_path):
    given = {"codec/eager": JUDGED, "b": Judged(tasks=("codec",))}
    assert write(data(run_data, **given), tmp_path) == [tmp_path / FILES[0]]
    assert read(tmp_path) == given


def test_a_line_is_an_item_behind_who_judged(run_data, tmp_path):
    write(data(run_data, a=JUDGED), tmp_path)
    first, second, *_ = map(json.loads, (tmp_path / FILES[0]).read_text().splitlines())
    assert first["judges"][0] == {"role": "recogniser", "identity": "recogniser:library=1.0:-", "reason": None}
    assert (second["case"], second["item"], second["values"]["stoi"]) == ("a", "item-0", 0.8)


def test_a_run_before_there_were_any_has_none(tmp_path):
    assert read(tmp_path) == {}


def test_a_broken_file_is_one_line(tmp_path):
    (tmp_path / FILES[0]).write_text('{"case": "a", "tasks": ["codec"]}\n')
    with pytest.raises(UsageError, match=r"items\.jsonl is broken"):
        read(tmp_path)
