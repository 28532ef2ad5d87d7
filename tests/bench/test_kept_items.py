"""Items that were judged, kept for the trial that goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.kept_items import KeptItems
from josie_bench.terms.corpus import Item
from josie_bench.terms.judged import REFERENCE, JudgedItem, JudgeUse

ITEM = Item(id="a", split="test", transcript="ten of clubs", audio="a.flac")
JUDGES = (JudgeUse(role="stoi", identity="stoi:pystoi=0.4:-"), JudgeUse(role="pesq", reason="pesq is not installed"))
ROWS = (
    JudgedItem(item="a", cluster="one", task="codec", values={"stoi": 0.5}, media={"after.flac": b"\0sound"}),
    JudgedItem(item="a", cluster="one", task="codec", side=REFERENCE, features={"x": np.arange(3, dtype=np.float32)}),
)


def key(place=0, task="codec", item=ITEM, judges=JUDGES):
    return KeptItems().key_of(place, task, item, judges)


def test_rows_come_back_with_what_is_heard_and_what_was_made_of_pictures(tmp_path):
    KeptItems(tmp_path / "items").keep(key(), ROWS)
    found = KeptItems(tmp_path / "items").find(key())
    assert found == ROWS
    assert [row.media for row in found] == [{"after.flac": b"\0sound"}, {}]
    assert found[1].features["x"].tolist() == [0.0, 1.0, 2.0]


def test_an_item_of_which_nothing_could_be_said_is_kept_too(tmp_path):
    KeptItems(tmp_path).keep(key(), ())
    assert KeptItems(tmp_path).find(key()) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"place": 1},
        {"task": "transcribe"},
        {"item": replace(ITEM, transcript="ten of hearts")},
        {"judges": (replace(JUDGES[0], identity="stoi:pystoi=0.5:-"), JUDGES[1])},
        {"judges": (JUDGES[0], JudgeUse(role="pesq", identity="pesq:pesq=0.0.4:-"))},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_another_place_task_transcript_or_judge_made_is_not_taken(tmp_path, changed):
    KeptItems(tmp_path).keep(key(), ROWS)
    assert KeptItems(tmp_path).find(key(**changed)) is None


@pytest.mark.parametrize("left", [0, 1, 100])
def test_a_damaged_file_is_no_item(tmp_path, left):
    KeptItems(tmp_path).keep(key(), ROWS)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:left])
    assert KeptItems(tmp_path).find(key()) is None


def test_without_a_folder_nothing_is_kept():
    kept = KeptItems()
    kept.keep(key(), ROWS)
    assert kept.find(key()) is None
