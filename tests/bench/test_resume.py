"""Taking up a run: what it was begun with, who may go on with it, and when there is nothing left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from josie_bench.bench import journal as journal_module
from josie_bench.bench import resume
from josie_bench.bench.case_result import blank
from josie_bench.bench.resume import begin_run, take_up_run
from josie_bench.bench.run_state import new_run
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.errors import UsageError


@pytest.fixture
def folder(tmp_path, make_case):
    """Return the folder of a run that was begun with one case and killed."""
    run = begin_run(new_run("quick", "0" * 64), tmp_path, "run")
    run.start([make_case(id="a")])
    run.journal.close()
    return tmp_path


def test_a_run_goes_on_under_its_own_name(folder, make_case):
    first = take_up_run(folder, "run")
    state = first.state
    first.start([make_case(id="a"), make_case(id="b")])
    first.journal.close()
    again = take_up_run(folder, "run")
    assert (again.state.id, again.state.started, again.state.suite) == (state.id, state.started, "quick")
    assert again.begun_with == {"a", "b"}
    again.start([])
    assert [len(state.resumed), len(again.state.resumed)] == [1, 2]
    assert again.state.result().run.resumed == again.state.resumed


def test_another_version_is_refused(folder, monkeypatch):
    monkeypatch.setattr(resume.josie_bench, "__version__", "9.9")
    with pytest.raises(UsageError, match=r"begun by josie-bench .*, and this is 9\.9"):
        take_up_run(folder, "run")


def test_another_machine_is_refused_unless_it_is_allowed(folder, monkeypatch):
    monkeypatch.setattr(resume, "host_facts", lambda: {"fingerprint": "another"})
    with pytest.raises(UsageError, match=r"another machine.*--allow-other-host"):
        take_up_run(folder, "run")
    run = take_up_run(folder, "run", is_any_host=True)
    run.start([])
    assert (run.state.resumed[0].host_fingerprint, run.state.resumed[0].changed) == ("another", "machine")


@pytest.mark.parametrize(("hours", "changed"), [(-1, None), (1, "restart")])
def test_a_machine_that_was_restarted_since_is_told(folder, monkeypatch, hours, changed):
    run = take_up_run(folder, "run")
    (begun,) = run.journal.of("run")
    instant = datetime.fromisoformat(begun["started"]) + timedelta(hours=hours)
    monkeypatch.setattr(resume, "booted", lambda: instant)
    run.start([])
    assert [process.changed for process in run.state.resumed] == [changed]


def test_what_was_asked_is_asked_again_and_another_question_is_not_answered_yet(tmp_path):
    run = begin_run(new_run("quick", "0" * 64), tmp_path, "run", {"gates": ["a.p50"]})
    run.start([])
    run.end(run.state.result())
    again = take_up_run(tmp_path, "run")
    assert again.asked == {"gates": ["a.p50"]}
    assert again.is_complete([], {})
    assert not replace(again, asked={"gates": ["a.p99"]}).is_complete([], {})


def test_another_subcommand_is_told_which_to_take(folder):
    with pytest.raises(UsageError, match="josie-bench run --resume"):
        take_up_run(folder, "best")


def test_a_refused_run_is_let_go_of(folder, monkeypatch):
    monkeypatch.setattr(journal_module, "LOCK_WAIT_S", 0.0)
    with pytest.raises(UsageError):
        take_up_run(folder, "best")
    take_up_run(folder, "run")
    with pytest.raises(UsageError, match="another josie-bench is at work"):
        take_up_run(folder, "run")


def test_a_run_that_was_killed_before_it_began_is_begun_anew(tmp_path):
    begin_run(new_run("quick", "0" * 64), tmp_path, "run").journal.close()
    with pytest.raises(UsageError, match="run the suite anew"):
        take_up_run(tmp_path, "run")


def test_a_run_is_complete_until_one_of_its_cases_changes(folder, make_case):
    case, settings = make_case(id="a"), {"a": {"windows": 8}}
    run = take_up_run(folder, "run")
    run.start([case])
    result = blank(
        case,
        TrialOutcome(status="OK", reason=None, recording=None),
        None,
        settings=settings["a"],
        reproduce="again",
    )
    run.state.case_results.append(result)
    run.kept.keep_case(case, result)
    assert not run.is_complete([case], settings)
    run.end(run.state.result())
    again = take_up_run(folder, "run")
    assert again.is_complete([case], settings)
    assert not again.is_complete([case], {"a": {"windows": 9}})
    assert not again.is_complete([case, make_case(id="b")], settings | {"b": {}})
    assert not again.is_complete([make_case(id="a", sha="1" * 64)], settings)


def test_a_run_goes_on_only_on_a_gpu_that_is_held_as_it_was(tmp_path):
    held = {"sm_clock_mhz": 1410}
    run = begin_run(new_run("quick", "0" * 64, held), tmp_path, "run")
    run.start([])
    run.journal.close()
    for other in (None, {"sm_clock_mhz": 1395}):
        with pytest.raises(UsageError, match="--gpu-clock and --gpu-power count"):
            take_up_run(tmp_path, "run", held=other)
    again = take_up_run(tmp_path, "run", held=held)
    again.start([])
    assert (again.state.held, again.state.resumed[0].changed) == (held, None)
