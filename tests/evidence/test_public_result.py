"""A run's result tells no home, name or secret, whatever came in from outside; ids and numbers stay."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from josie_bench.evidence import identity
from josie_bench.evidence.public_result import public_result
from josie_bench.reports.result import json_schema, to_json

SECRET = "q7w8e9r0t1y2"
ENVIRONMENT = {"HOME": "/home/maria", "USER": "maria", "HOSTNAME": "whale42", "HF_TOKEN": SECRET}


@pytest.fixture(autouse=True)
def _nobody(monkeypatch):
    monkeypatch.setattr(identity, "_account", lambda: None)
    monkeypatch.setattr(identity.socket, "gethostname", lambda: "whale42")


def test_whatever_a_reason_or_a_note_brought_in_does_not_stay(run_data, tmp_path):
    broken = replace(
        run_data.result.cases[0],
        status="ERROR",
        reason=f"OSError: /home/maria/x.wav: {SECRET} (all of it: {tmp_path}/trials/000/stderr.txt)",
        notes=["maria on whale42", "/home/other/y"],
        settings={"stream": {"speech": "/opt/media/maria/clip.wav", "text": ["hello", "maria"]}},
    )
    run = replace(run_data.result.run, stop_reason=f"{broken.id}: /home/maria/z")
    result = replace(run_data.result, run=run, cases=[broken, *run_data.result.cases[1:]])
    public = public_result(result, tmp_path, ENVIRONMENT)
    text = to_json(public)
    for private in ("maria", "whale42", SECRET, "/home", "/opt", str(tmp_path)):
        assert private not in text
    first = public.cases[0]
    assert first.reason == "OSError: ~/x.wav: redacted-secret (all of it: ./trials/000/stderr.txt)"
    assert public.run.stop_reason == f"{broken.id}: ~/z"
    assert (first.id, first.metrics, first.budgets) == (broken.id, broken.metrics, broken.budgets)
    jsonschema.validate(json.loads(text), json_schema())


def test_a_result_that_tells_nothing_is_the_same_object_by_value(run_data, tmp_path):
    assert public_result(run_data.result, tmp_path, ENVIRONMENT) == run_data.result


def test_the_ids_of_cases_stay_even_where_they_are_a_name(run_data, tmp_path):
    named = replace(run_data.result.cases[0], id="maria/eager-fp32/w300", reproduce="run 'maria/eager-fp32/w300'")
    (first, *_) = public_result(replace(run_data.result, cases=[named]), tmp_path, ENVIRONMENT).cases
    assert (first.id, first.reproduce) == (named.id, named.reproduce)


def test_nothing_in_it_steers_a_terminal(run_data, tmp_path):
    steering = replace(run_data.result.cases[0], reason="a\x1b[31mb\x9bc\x07", notes=["one\ttwo\nthree"])
    (first, *_) = public_result(replace(run_data.result, cases=[steering]), tmp_path, ENVIRONMENT).cases
    assert (first.reason, first.notes) == ("a [31mb c ", ["one\ttwo\nthree"])
