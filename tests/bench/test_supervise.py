"""Trials that end without a word, and folders that cannot be written."""

from __future__ import annotations

import sys

import pytest

from josie_bench.bench import supervise
from josie_bench.bench.job import Job
from josie_bench.bench.supervise import run_trial_apart
from josie_bench.errors import OutputError


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
    with pytest.raises(OutputError, match="trial: cannot write"):
        run_trial_apart(job, lambda _: None)


def test_threads_are_bounded_in_the_trial_s_environment(make_case, tmp_path):
    job = Job(case=make_case(threads=3), engines=tmp_path, folder=tmp_path)
    assert supervise._environment(job)["OMP_NUM_THREADS"] == "3"
