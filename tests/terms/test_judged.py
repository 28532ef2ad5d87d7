"""Judged items survive as JSON, and say who is missing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from josie_bench.conformance.judged_items import HELD
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import ENGINE, REFERENCE, Judged, JudgedChoice, JudgedItem, JudgeUse
from josie_bench.terms.word_onset import WordOnset
from tests.terms.test_track import TRACK

HERE = JudgeUse(role="stoi", identity="stoi:pystoi=0.4.1:-:classic")
ABSENT = JudgeUse(role="pesq", reason="pesq is not installed: pip install it")
ONSETS = (
    WordOnset(text="red", due_ms=150.0, is_said=True, onset_ms=230.0),
    WordOnset(text="ring", due_ms=400.0, is_said=False),
)
ROWS = (
    JudgedItem(item="a", cluster="s", task="codec", values={"stoi": 0.5}, texts={"said": "ä"}),
    JudgedItem(item="a", cluster="s", task="codec", side=REFERENCE, values={"stoi": 0.6}),
    JudgedItem(item="a", cluster="s", task="transcribe"),
    JudgedItem(item="a", cluster="s", task="answer", onsets={"heard": ONSETS}),
    JudgedItem(item="a", cluster="s", task="conversation", timeline=HELD, track=TRACK),
)
JUDGED = Judged(tasks=("codec", "transcribe", "conversation"), rows=ROWS, judges=(HERE, ABSENT))


def test_it_comes_back_from_json():
    lossy = replace(JUDGED, dropout=Dropout(of=("audio", "text"), lost=0.1, burst=2.0))
    for judged in (JUDGED, lossy):
        assert Judged.from_json(json.loads(json.dumps(judged.to_json()))) == judged
    before = {name: value for name, value in JUDGED.to_json().items() if name != "dropout"}
    assert Judged.from_json(before) == JUDGED
    for row in before["rows"]:
        del row["onsets"]  # as it was written before words had any
    assert [dict(row.onsets) for row in Judged.from_json(before).rows] == [{}] * len(ROWS)
    choice = JudgedChoice(tasks=("codec",), corpus="mini", items=3)
    assert JudgedChoice.from_json(json.loads(json.dumps({"tasks": ["codec"], "corpus": "mini", "items": 3}))) == choice


def test_features_go_beside_json_as_one_table():
    before, after = np.array([1, 2], dtype=np.float32), np.array([3, 4], dtype=np.float32)
    rows = (ROWS[0], replace(ROWS[1], features={"before": before, "after": after}))
    judged = Judged(tasks=("codec",), rows=rows)
    assert "features" not in judged.to_json()["rows"][1]
    back = Judged.from_json(json.loads(json.dumps(judged.to_json())))
    assert [dict(row.features) for row in back.rows] == [{}, {}]
    back = back.with_features(judged.features())
    assert dict(back.rows[0].features) == {}
    assert {name: vector.tolist() for name, vector in back.rows[1].features.items()} == {
        "before": [1, 2],
        "after": [3, 4],
    }
    assert JUDGED.features() == {}


def test_rows_are_those_of_a_task_on_one_side():
    assert JUDGED.of("codec") == (ROWS[0],)
    assert JUDGED.of("codec", REFERENCE) == (ROWS[1],)
    assert JUDGED.of("transcribe", ENGINE) == (ROWS[2],)
    assert JUDGED.of("look") == ()


def test_the_first_judge_that_is_missing_is_told():
    assert JUDGED.absent("stoi") is None
    assert JUDGED.absent("stoi", "pesq") == ABSENT
    assert JUDGED.absent("bleu").reason == "no bleu was asked for"
