"""A worker's own side: what it says of itself, and what it refuses to run."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

import josie_bench
from josie_bench.bench.run_state import new_run
from josie_bench.errors import EngineError
from josie_bench.fleet import CLOCK, GREET
from josie_bench.fleet import worker as worker_module
from josie_bench.fleet.lots import Lot
from josie_bench.fleet.parcel import check_parcel, unpacked
from josie_bench.fleet.worker import answer, run_request, settle_request
from josie_bench.model.shipped import SHIPPED, shipped_weights
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.result import SCHEMA_VERSION
from tests.fleet.in_process import SUITE, law_case, plan_for


def request_for(tmp_path, *cases):
    request = run_request(Lot(index=0, cases=cases), new_run("suite", SUITE), plan_for(tmp_path))
    return json.loads(json.dumps(request))


def test_it_greets_with_its_version_its_cores_and_its_gpus():
    told = answer({"ask": GREET}, ["3"]).told
    assert (told["tool"], told["schema_version"]) == (josie_bench.__version__, SCHEMA_VERSION)
    assert told["cores"] == sorted(os.sched_getaffinity(0))
    assert told["gpus"] == ["3"]
    assert told["machine"] == answer({"ask": GREET}).told["machine"]


def test_its_clock_is_in_seconds_of_the_day_and_goes_forward():
    first, second = (answer({"ask": CLOCK}).told["clock_s"] for _ in range(2))
    assert 0.0 <= second - first < 60.0


def test_it_takes_the_cores_it_is_given_and_says_what_it_is_with_them(tmp_path, monkeypatch):
    pinned = []
    monkeypatch.setattr(worker_module.os, "sched_setaffinity", lambda pid, cores: pinned.append(cores))
    told = answer(settle_request([0], tmp_path)).told
    assert pinned == [[0]]
    assert {"fingerprint", "cpu"} <= told["facts"].keys()
    assert told["noise_floors"] == []


def test_a_lot_comes_home_as_a_run_of_its_own(tmp_path):
    cases = (law_case("one"), law_case("two", rounds=2))
    said = answer(request_for(tmp_path, *cases))
    data = unpacked(said.files, tmp_path / "home")
    check_parcel(data, Lot(index=0, cases=cases), SUITE)
    assert [case.status for case in data.result.cases] == ["OK", "OK"]
    assert data.result.cases[0].settings["backend"] == "simulated"


def test_a_case_that_is_another_one_here_is_refused(tmp_path):
    case = replace(law_case("one"), sha="0" * 64)
    told = answer(request_for(tmp_path, case)).told
    assert told == {"refused": f"{case.id} is another case there: files of weights or media differ or are not there"}


def test_a_case_of_which_a_file_is_not_here_is_refused(tmp_path):
    file = tmp_path / "voice.flac"
    file.write_bytes(b"sound")
    case = law_case("one")
    case = replace(case, stream=replace(case.stream, speech=str(file)))
    request = request_for(tmp_path, replace(case, sha=worker_module.case_sha(case, worker_module.Sources())))
    file.unlink()
    assert answer(request).told["refused"].startswith(f"{case.id} is another case there")


def test_weights_that_ship_are_those_that_ship_with_the_worker(tmp_path):
    case = replace(law_case("one"), model=ModelChoice(preset="nano", weights=(str(shipped_weights("nano")),)))
    (told,) = request_for(tmp_path, case)["cases"]
    assert told["model"]["weights"] == [SHIPPED]
    assert (
        worker_module._case(told | {"sha": worker_module.case_sha(case, worker_module.Sources())}).model == case.model
    )


def test_what_a_user_can_mend_there_is_refused_in_one_line(tmp_path, monkeypatch):
    def broken(*_):
        raise EngineError("engines/a: damaged")

    monkeypatch.setattr(worker_module, "run_cases", broken)
    assert answer(request_for(tmp_path, law_case("one"))).told == {"refused": "engines/a: damaged"}


def test_a_bug_is_no_refusal(tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(worker_module, "run_cases", broken)
    with pytest.raises(ZeroDivisionError):
        answer(request_for(tmp_path, law_case("one")))
