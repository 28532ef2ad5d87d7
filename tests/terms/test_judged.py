"""Judged items survive as JSON, and say who is missing."""

from __future__ import annotations

import json

from josie_bench.terms.judged import ENGINE, REFERENCE, Judged, JudgedChoice, JudgedItem, JudgeUse

HERE = JudgeUse(role="stoi", identity="stoi:pystoi=0.4.1:-:classic")
ABSENT = JudgeUse(role="pesq", reason="pesq is not installed: pip install it")
ROWS = (
    JudgedItem(item="a", cluster="s", task="codec", values={"stoi": 0.5}, texts={"said": "ä"}),
    JudgedItem(item="a", cluster="s", task="codec", side=REFERENCE, values={"stoi": 0.6}),
    JudgedItem(item="a", cluster="s", task="transcribe"),
)
JUDGED = Judged(tasks=("codec", "transcribe"), rows=ROWS, judges=(HERE, ABSENT))


def test_it_comes_back_from_json():
    assert Judged.from_json(json.loads(json.dumps(JUDGED.to_json()))) == JUDGED
    choice = JudgedChoice(tasks=("codec",), corpus="mini", items=3)
    assert JudgedChoice.from_json(json.loads(json.dumps({"tasks": ["codec"], "corpus": "mini", "items": 3}))) == choice


def test_rows_are_those_of_a_task_on_one_side():
    assert JUDGED.of("codec") == (ROWS[0],)
    assert JUDGED.of("codec", REFERENCE) == (ROWS[1],)
    assert JUDGED.of("transcribe", ENGINE) == (ROWS[2],)
    assert JUDGED.of("answer") == ()


def test_the_first_judge_that_is_missing_is_told():
    assert JUDGED.absent("stoi") is None
    assert JUDGED.absent("stoi", "pesq") == ABSENT
    assert JUDGED.absent("bleu").reason == "no bleu was asked for"
