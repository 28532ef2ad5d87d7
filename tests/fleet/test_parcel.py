"""What may come home of a lot: refused in one line where it is of another run, and never written elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.errors import UsageError
from josie_bench.fleet import RUN, Answer
from josie_bench.fleet import parcel as parcel_module
from josie_bench.fleet.lots import Lot
from josie_bench.fleet.parcel import check_parcel, packed, unpacked
from josie_bench.reports import RunData, write_run
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.capacity import Search
from josie_bench.terms.result import Verdict
from tests.fleet.in_process import SUITE, InProcessFleet, law_case, plan_for, run_over

GATE = parse_budget("deadline_miss_ratio.budget < 0.5")  # which the law breaks
CASES = (law_case("one", budgets=(GATE,)), law_case("two", rounds=2))
LOT = Lot(index=0, cases=CASES)


@pytest.fixture
def data(tmp_path):
    state = new_run("suite", SUITE)
    run_cases(state, CASES, plan_for(tmp_path / "run"))
    return RunData(result=state.result(), recordings=state.recordings)


def with_result(data, **changes):
    return replace(data, result=replace(data.result, **changes))


def test_a_run_comes_home_as_it_was(data, tmp_path):
    home = unpacked(packed(data), tmp_path / "home")
    check_parcel(home, LOT, SUITE)
    assert home.result == data.result
    assert home.recordings.keys() == data.recordings.keys()


@pytest.mark.parametrize("name", ["../result.json", "/tmp/x", "a/b", "reproduce.sh", "manifest.sha256", ".", ""])
def test_a_file_that_is_none_of_a_runs_is_refused_and_nothing_is_written(data, tmp_path, name):
    with pytest.raises(UsageError, match="which is none of a run's"):
        unpacked(packed(data) | {name: b"x"}, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_more_bytes_than_a_run_has_are_refused(data, tmp_path, monkeypatch):
    monkeypatch.setattr(parcel_module, "MOST_BYTES", 1000)
    with pytest.raises(UsageError, match="at most"):
        unpacked(packed(data), tmp_path / "home")


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"schema": "josie-bench/result", "schema_version": "9.0.0"}', "\x00"]
)
def test_a_result_that_is_none_is_refused_in_one_line(data, tmp_path, text):
    with pytest.raises(UsageError) as caught:
        unpacked(packed(data) | {"result.json": text.encode()}, tmp_path / "home")
    assert "\n" not in str(caught.value)


def test_a_number_that_is_no_number_is_refused(data, tmp_path):
    files = packed(data)
    plain = json.loads(files["result.json"])
    plain["cases"][0]["windows_measured"] = "<script>"
    with pytest.raises(UsageError, match=r"cases\.0\.windows_measured"):
        unpacked(files | {"result.json": json.dumps(plain).encode()}, tmp_path / "home")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: with_result(data, schema_version="1.0.0"), "schema 1.0.0"),
        (lambda data: with_result(data, run=replace(data.result.run, tool="0.0.1")), "josie-bench 0.0.1"),
        (lambda data: with_result(data, run=replace(data.result.run, suite_sha256="6" * 64)), "another one: 66666666"),
        (lambda data: with_result(data, cases=data.result.cases[:1]), "no result of two/"),
        (lambda data: with_result(data, cases=[*data.result.cases, data.result.cases[0]]), "in its result twice"),
        (
            lambda data: with_result(data, cases=[*data.result.cases, replace(data.result.cases[0], id="three")]),
            "'three', which it was not asked for",
        ),
        (
            lambda data: with_result(data, cases=[replace(case, sha="7" * 64) for case in data.result.cases]),
            "which it was not asked for",
        ),
        (
            lambda data: with_result(data, cases=[replace(case, host="host9") for case in data.result.cases]),
            "of a fleet itself",
        ),
        (lambda data: replace(data, recordings=data.recordings | {"other": None}), "a series of 'other'"),
    ],
)
def test_what_was_not_asked_for_is_refused(data, spoil, reason):
    with pytest.raises(UsageError, match=reason):
        check_parcel(spoil(data), LOT, SUITE)


def of_first(data, **changes):
    first, *others = data.result.cases
    return with_result(data, cases=[replace(first, **changes), *others])


def verdict(result="fail", expr=GATE.expression, severity="gate"):
    return Verdict(expr=expr, result=result, severity=severity, detail="")


@pytest.mark.parametrize("status", ["FINE", "INTERRUPTED", "ok"])
def test_a_case_that_ended_as_none_does_is_refused(data, status):
    with pytest.raises(UsageError, match=rf"one/.* ended as '{status}'"):
        check_parcel(of_first(data, status=status), LOT, SUITE)


@pytest.mark.parametrize(
    "budgets",
    [
        [],
        [verdict("pass")],
        [verdict("maybe")],
        [verdict(severity="info")],
        [verdict(expr="deadline_miss_ratio.budget < 0.9")],
        [verdict(), verdict(expr="another < 1 ms")],
    ],
)
def test_verdicts_that_do_not_follow_from_the_numbers_are_refused(data, budgets):
    check_parcel(of_first(data, budgets=[verdict()]), LOT, SUITE)
    with pytest.raises(UsageError, match=r"its verdicts on one/.* are not those that its own numbers come to"):
        check_parcel(of_first(data, budgets=budgets), LOT, SUITE)


def test_a_case_without_numbers_answers_its_gates_all_the_same(data):
    failed = {"status": "ERROR", "reason": "no", "metrics": {}}
    check_parcel(of_first(data, **failed, budgets=[verdict("n/a")]), LOT, SUITE)
    with pytest.raises(UsageError, match="its verdicts"):
        check_parcel(of_first(data, **failed, budgets=[]), LOT, SUITE)


SEARCH = law_case("search", windows=20, scenario="capacity", capacity=Search(most=2, probes=6, least=2))
HUNT = Lot(index=0, cases=(SEARCH,))


@pytest.fixture
def hunted(tmp_path):
    state = new_run("suite", SUITE)
    run_cases(state, [SEARCH], plan_for(tmp_path / "run"))
    return RunData(result=state.result(), recordings=state.recordings)


def test_only_levels_of_a_search_may_come_beside_what_was_asked_for(hunted, data):
    check_parcel(hunted, HUNT, SUITE)
    levels = [case for case in hunted.result.cases if case.id != SEARCH.id]
    assert levels
    (search,) = [case for case in hunted.result.cases if case.id == SEARCH.id]
    level = levels[0]
    for changes in (
        {"id": f"{SEARCH.id}/x=1"}, {"id": f"{SEARCH.id}/sessions=3"}, {"id": f"{SEARCH.id}/sessions=01"},
        {"id": f"{SEARCH.id}/sessions={'9' * 5000}"}, {"id": f"{SEARCH.id}/sessions=²"}, {"sha": "8" * 64},
    ):  # fmt: skip
        with pytest.raises(UsageError, match="not asked for"):
            check_parcel(with_result(hunted, cases=[search, replace(level, **changes)]), HUNT, SUITE)
    with pytest.raises(UsageError, match="not asked for"):
        check_parcel(with_result(data, cases=[*data.result.cases, level]), LOT, SUITE)


def test_what_a_search_found_and_its_least_are_not_left_out(hunted):
    def changed(**changes):
        cases = [replace(case, **changes) if case.id == SEARCH.id else case for case in hunted.result.cases]
        return with_result(hunted, cases=cases)

    with pytest.raises(UsageError, match=r"does not say what the search search/.* found"):
        check_parcel(changed(capacity=None), HUNT, SUITE)
    with pytest.raises(UsageError, match="its verdicts on search/"):
        check_parcel(changed(budgets=[]), HUNT, SUITE)


def test_a_worker_that_sends_anothers_run_is_refused_and_the_case_is_run_by_the_next(tmp_path):
    def spoil(worker, request, said):
        if worker != "worker1" or request["ask"] != RUN:
            return said
        plain = json.loads(said.files["result.json"])
        plain["run"]["suite_sha256"] = "6" * 64
        return Answer(told={}, files={**said.files, "result.json": json.dumps(plain).encode()})

    state = run_over(InProcessFleet(2, spoil=spoil), CASES[:1], tmp_path)
    assert (state.case_results[0].status, state.case_results[0].worker) == ("OK", "worker2")
    (refusal,) = state.fleet.refused
    assert refusal.reason.startswith("its suite is another one")


def test_html_of_another_host_is_text_in_every_report(tmp_path):
    evil = "<script>alert(1)</script>"

    def spoil(worker, request, said):
        if request["ask"] != RUN:
            facts = {"fingerprint": evil, "cpu": evil}
            return Answer(told={**said.told, "facts": facts}) if "facts" in said.told else said
        plain = json.loads(said.files["result.json"])
        plain["cases"][0] |= {"status": "ERROR", "reason": evil, "notes": [evil]}
        return Answer(told={}, files={**said.files, "result.json": json.dumps(plain).encode()})

    state = run_over(InProcessFleet(1, spoil=spoil), CASES[:1], tmp_path)
    write_run(RunData(result=state.result(), recordings=state.recordings), tmp_path / "run")
    assert state.case_results[0].reason == evil
    for file in ("report.html", "report.md", "junit.xml"):
        text = (tmp_path / "run" / file).read_text(encoding="utf-8")
        assert evil not in text, file
        assert "&lt;script" in text, file
