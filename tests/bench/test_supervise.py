"""Trials that end without a word, and folders that cannot be written."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

import psutil
import pytest

from josie_bench.bench import supervise
from josie_bench.bench.job import Job
from josie_bench.bench.supervise import run_trial_apart
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.errors import OutputError
from josie_bench.terms.case import WarmUp
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice


def test_a_bug_in_the_trial_keeps_its_traceback_and_names_its_place(make_case, tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'Traceback: deep inside' >&2\necho 'ZeroDivisionError: by zero' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(supervise.sys, "executable", str(fake))
    job = Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial")
    outcome = run_trial_apart(job, lambda _: None)
    assert outcome.status == "ERROR"
    assert "ZeroDivisionError: by zero" in outcome.reason
    assert "Traceback" in (tmp_path / "trial" / "stderr.txt").read_text()
    assert sys.executable == str(fake)


def test_a_trial_that_ignores_sigterm_is_killed_after_its_grace(make_case, tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n")
    fake.chmod(0o755)
    monkeypatch.setattr(supervise.sys, "executable", str(fake))
    monkeypatch.setattr(supervise, "GRACE_S", 0.5)
    job = Job(case=make_case(timeout_s=0.3), engines=tmp_path, folder=tmp_path / "trial")
    outcome = run_trial_apart(job, lambda _: None)
    assert outcome.status == "TIMEOUT"
    assert outcome.recording is None


@pytest.fixture
def instead(tmp_path, monkeypatch):
    """Return what lets another program take the place of the trial's process."""

    def put(code):
        fake = tmp_path / "python"
        fake.write_text(f"#!{sys.executable}\nimport os, sys\nfolder = os.path.dirname(sys.argv[-1])\n{code}\n")
        fake.chmod(0o755)
        monkeypatch.setattr(supervise.sys, "executable", str(fake))

    return put


def test_a_crash_in_native_code_names_the_python_line_that_led_there(make_case, tmp_path, instead):
    instead("def reach_into_nothing():\n  __import__('ctypes').string_at(1)\nreach_into_nothing()")
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert outcome.status == "ERROR"
    log = tmp_path / "trial" / "stderr.txt"
    assert outcome.reason.startswith("its process was ended by SIGSEGV in string_at (__init__.py:")
    assert outcome.reason.endswith(f"(all of it: {log})")
    assert "in reach_into_nothing" in log.read_text()


@pytest.mark.parametrize(
    ("counted", "status", "why"),
    [
        ((3, 4), "OOM", ": the host's memory ran out, as its control group counted"),
        ((3, 3), "ERROR", ", and not by the kernel for want of memory: its control group counted none"),
        ((None, None), "ERROR", "; out of memory or not cannot be told apart here"),
    ],
)
def test_a_killed_trial_is_oom_only_where_its_control_group_counted_it(
    make_case, tmp_path, instead, monkeypatch, counted, status, why
):
    instead("os.kill(os.getpid(), 9)")
    monkeypatch.setattr(supervise, "oom_kills", iter(counted).__next__)
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert (outcome.status, outcome.reason) == (status, f"its process was killed (SIGKILL){why}")


def test_a_native_library_that_aborts_for_want_of_memory_is_oom(make_case, tmp_path, instead):
    instead("os.write(2, b\"terminate called after throwing an instance of 'std::bad_alloc'\\n\"); os.abort()")
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert outcome.status == "OOM"
    assert outcome.reason == "the host's memory ran out: its process was ended by SIGABRT"


@pytest.mark.parametrize("code", [0, 3])
def test_a_trial_that_ends_without_a_word_is_told_by_its_exit_status(make_case, tmp_path, instead, code):
    instead(f"sys.exit({code})")
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert outcome.status == "ERROR"
    assert outcome.reason.startswith(f"its process ended with exit status {code} and no word")


def test_a_process_that_a_trial_leaves_behind_holds_nothing_up(make_case, tmp_path, instead):
    instead("import subprocess; print(subprocess.Popen(['sleep', '60']).pid, file=open(folder + '/left', 'w'))")
    started = time.monotonic()
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert outcome.status == "ERROR"
    assert time.monotonic() - started < 30
    left = int((tmp_path / "trial" / "left").read_text())
    with suppress(psutil.NoSuchProcess):
        psutil.Process(left).wait(timeout=10)
    assert not psutil.pid_exists(left)


def test_a_trial_that_cannot_write_ends_the_run_with_its_own_words(make_case, tmp_path, instead):
    instead('print(\'{"unwritable": "cannot write x: the disk is full"}\', flush=True)')
    with pytest.raises(OutputError, match="cannot write x: the disk is full"):
        run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)


STUCK = """
import time
from josie_bench.bench import worker
opened = worker.open_session
def stuck(*words):
    step, count = opened(*words), iter(range(6))
    answer = lambda window: time.sleep(600) if next(count, None) is None else step(window)
    answer.gpu_spans, answer.executables = list, {}
    return answer
worker.open_session = stuck
sys.exit(worker.main([sys.argv[-1]]))
"""


def test_a_trial_that_is_stuck_in_a_window_keeps_those_before_it(make_case, store, tmp_path, instead, monkeypatch):
    find_or_build(store, EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null")))
    monkeypatch.setattr(supervise, "GRACE_S", 1.0)
    instead(STUCK)
    quick = WarmUp(windows=2, seconds=0.0, cap_s=5.0)
    case = make_case(scenario="compute", warm_up=quick, timeout_s=10.0)
    outcome = run_trial_apart(Job(case=case, engines=store, folder=tmp_path / "trial"), lambda _: None)
    assert outcome.status == "TIMEOUT"
    assert outcome.reason.endswith(f"(where it stood then: {tmp_path / 'trial' / 'stacks.txt'})")
    assert outcome.recording.is_answered.tolist() == [True] * 6 + [False]
    assert outcome.recording.is_warm_up.tolist() == [True] * 2 + [False] * 5


def test_what_a_killed_run_left_in_the_folder_is_not_taken_for_the_trials(make_case, tmp_path, instead):
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / "outcome.json").write_text('{"status": "OK", "reason": null, "files": []}')
    (tmp_path / "trial.npz").write_text("older")
    instead("")
    outcome = run_trial_apart(Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial"), lambda _: None)
    assert (outcome.status, outcome.recording_file) == ("ERROR", None)
    assert not (tmp_path / "trial.npz").exists()


def test_an_interrupt_before_the_trial_could_answer_is_an_interrupt(make_case, tmp_path, monkeypatch):
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho \'{"window": 0, "of": 1, "is_warm": false}\'\nexec sleep 30\n')
    fake.chmod(0o755)
    monkeypatch.setattr(supervise.sys, "executable", str(fake))

    def press(_):
        raise KeyboardInterrupt

    job = Job(case=make_case(), engines=tmp_path, folder=tmp_path / "trial")
    outcome = run_trial_apart(job, press)
    assert outcome.status == "INTERRUPTED"
    assert isinstance(outcome.stop, KeyboardInterrupt)


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(make_case, tmp_path):
    (tmp_path / "file").write_text("")
    job = Job(case=make_case(), engines=tmp_path, folder=tmp_path / "file" / "trial")
    with pytest.raises(OutputError, match=r"cannot write .*trial"):
        run_trial_apart(job, lambda _: None)


def test_threads_are_bounded_in_the_trial_s_environment(make_case, tmp_path):
    job = Job(case=make_case(threads=3), engines=tmp_path, folder=tmp_path)
    assert supervise._environment(job)["OMP_NUM_THREADS"] == "3"
