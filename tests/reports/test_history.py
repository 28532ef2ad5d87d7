"""The history: what is kept of a run, that it only grows, and what is refused."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import pytest

from josie_bench.errors import OutputError, UsageError
from josie_bench.reports import _history
from josie_bench.reports._history import (
    add_run,
    all_series,
    baseline_folder,
    baselines,
    known_metrics,
    opened,
    past_runs,
    set_baseline,
)
from josie_bench.reports.result import read, to_json
from josie_bench.terms.history import Basis
from josie_bench.terms.score import Interval
from tests.bench.comparing import EIGHT, MEMORY, P50, case_of, result_of


@pytest.fixture
def file(tmp_path):
    return tmp_path / "reports" / "history.sqlite"


@pytest.fixture
def run(tmp_path):
    """Return what writes a run folder, measured on a day of January."""

    def write(day, p50=100.0, **more):
        values = {P50: [p50] * 8, MEMORY: EIGHT, "jitter.spread": EIGHT}
        result = result_of(case_of(values, **more.pop("case", {})), run=f"run-{day}", **more)
        result = replace(result, run=replace(result.run, started=f"2026-01-{day:02d}T00:00:00+00:00"))
        folder = tmp_path / "reports" / f"run-{day}"
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(to_json(result))
        return folder

    return write


def added(file, *folders):
    with opened(file, is_new=True) as store:
        return [add_run(store, file, folder) for folder in folders]


def test_a_run_is_known_by_its_content_and_noted_once(file, run):
    folder = run(1)
    ((first, is_new),) = added(file, folder)
    ((again, is_new_again),) = added(file, folder)
    assert (is_new, is_new_again, again) == (True, False, first)
    assert (first.run, first.place, len(first.sha256)) == ("run-1", "run-1", 64)
    with opened(file) as store:
        assert past_runs(store) == [first]
        assert known_metrics(store) == [MEMORY, P50]  # what has no direction has no better


def test_runs_make_a_series_in_order_of_time_however_they_came(file, run):
    added(file, run(3, 130.0), run(1, 110.0), run(2, 120.0))
    with opened(file) as store:
        (series,) = all_series(store, (P50,))
        assert [some.run for some in past_runs(store)] == ["run-1", "run-2", "run-3"]
    assert (series.values, series.unit, series.direction) == ([110.0, 120.0, 130.0], "ms", "lower")
    assert [some.run for some in series.runs] == ["run-1", "run-2", "run-3"]


def test_a_value_keeps_what_it_rests_on_and_one_of_an_older_history_has_nothing(file, run):
    interval = Interval(level=0.95, low=99.0, high=None, method="order statistic on n_eff")
    folder = run(2)
    result = read(folder)
    case = result.cases[0]
    score = replace(case.metrics[P50], n=400, n_eff=322.0, ci=interval)
    told = replace(result, cases=[replace(case, metrics=case.metrics | {P50: score})])
    (folder / "result.json").write_text(to_json(told))
    added(file, run(1))
    with sqlite3.connect(file) as other:  # as a history of version 1 is
        other.execute("DROP TABLE bases")
        other.execute("PRAGMA user_version = 1")
    other.close()
    added(file, folder)
    with opened(file) as store:
        (series,) = all_series(store, (P50,))
    assert series.bases == [None, Basis(n=400, n_eff=322.0, interval=interval)]
    with sqlite3.connect(file) as other, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute("DELETE FROM bases")
    other.close()


def test_numbers_of_another_definition_are_a_series_of_their_own(file, run):
    def of(day, version, p50):
        folder = run(day, p50)
        result = read(folder)
        case = result.cases[0]
        defined = replace(case.metrics[P50], definition=f"response_latency/{version}")
        told = replace(result, cases=[replace(case, metrics=case.metrics | {P50: defined})])
        (folder / "result.json").write_text(to_json(told))
        return folder

    added(file, of(1, 1, 100.0), of(2, 1, 101.0))
    with sqlite3.connect(file) as other:  # as a history of version 2 is
        other.execute("DROP TABLE definitions")
        other.execute("PRAGMA user_version = 2")
    other.close()
    added(file, of(3, 1, 102.0), of(4, 2, 300.0), of(5, 1, 103.0))
    with opened(file) as store:
        found = all_series(store, (P50,))
    assert {series.definition: series.values for series in found} == {
        "response_latency/1": [100.0, 101.0, 102.0, 103.0],
        "response_latency/2": [300.0],
    }
    assert [run.run for run in found[0].runs] == ["run-1", "run-2", "run-3", "run-5"]
    with sqlite3.connect(file) as other, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute("DELETE FROM definitions")
    other.close()


def test_other_settings_and_other_machines_are_series_of_their_own(file, run):
    added(file, run(1), run(2, case={"sha": "other"}), run(3, host={"cpu": "two"}), run(4, host={"kernel": "6.2"}))
    with opened(file) as store:
        found = all_series(store, (P50,))
        assert all_series(store, (P50,), "nothing") == []
    assert sorted(len(series.values) for series in found) == [1, 1, 2]  # another kernel is the same machine


def test_a_case_that_is_not_ok_has_no_numbers_there(file, run):
    added(file, run(1, case={"status": "INVALID_HARNESS", "reason": "late"}))
    with opened(file) as store:
        assert all_series(store) == []
        assert len(past_runs(store)) == 1


@pytest.mark.parametrize(
    "words", ["UPDATE runs SET run = 'x'", "DELETE FROM scores", "UPDATE baselines SET name = 'x'"]
)
def test_nothing_is_ever_changed_whoever_tries(file, run, words):
    folder = run(1)
    with opened(file, is_new=True) as store:
        set_baseline(store, "main", add_run(store, file, folder)[0])
    with sqlite3.connect(file) as other, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        other.execute(words)
    other.close()


def test_a_name_stands_for_the_run_it_was_given_last(file, run):
    folders = [run(1), run(2)]
    with opened(file, is_new=True) as store:
        for folder in folders:
            set_baseline(store, "main", add_run(store, file, folder)[0])
        set_baseline(store, "first", add_run(store, file, folders[0])[0])
        assert [(some.name, some.run.run) for some in baselines(store)] == [("first", "run-1"), ("main", "run-2")]
        assert baseline_folder(store, file, "main") == folders[1]


def test_a_baseline_that_is_gone_changed_or_unknown_is_refused(file, run):
    folder = run(1)
    with opened(file, is_new=True) as store:
        with pytest.raises(UsageError, match="set one with josie-bench baseline set"):
            baseline_folder(store, file, "main")
        set_baseline(store, "main", add_run(store, file, folder)[0])
        with pytest.raises(UsageError, match="did you mean 'main'"):
            baseline_folder(store, file, "mian")
        (folder / "result.json").write_text((folder / "result.json").read_text() + "\n")
        with pytest.raises(UsageError, match="is not what it was"):
            baseline_folder(store, file, "main")
        (folder / "result.json").unlink()
        with pytest.raises(UsageError, match="is no run folder"):
            baseline_folder(store, file, "main")


def test_a_broken_run_leaves_nothing_of_those_before_it(file, run, tmp_path):
    good = run(1)
    with pytest.raises(UsageError, match="is no run folder"):
        added(file, good, tmp_path / "nowhere")
    with opened(file) as store:
        assert past_runs(store) == []


def test_there_must_be_a_history_to_read(file):
    with pytest.raises(UsageError, match="there is no history: begin one with josie-bench history add"), opened(file):
        pass


def test_a_file_that_is_no_history_is_refused(file):
    file.parent.mkdir()
    file.write_text("this is no database, and long enough to be seen as none" * 10)
    with pytest.raises(UsageError, match="is no history of josie-bench, or it is damaged"), opened(file):
        pass
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(UsageError, match="a database of another program"), opened(file):
        pass
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA user_version = 9")
    other.close()
    with pytest.raises(UsageError, match="newer josie-bench"), opened(file):
        pass


def test_a_history_that_another_program_holds_is_said_so(file, run, monkeypatch):
    monkeypatch.setattr(_history, "WAIT_S", 0.05)
    first, second = run(1), run(2)
    added(file, first)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OutputError, match="locked: end the other program"):
        added(file, second)
    holder.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_history_that_cannot_be_written_is_said_so(file, run):
    added(file, run(1))
    file.chmod(0o400)
    with pytest.raises(OutputError, match="readonly"):
        added(file, run(2))


def test_what_is_installed_is_kept_by_name(file, run):
    host = {
        "gpu": [{"name": "H100", "uuid_hash": "1", "driver": "550.1"}],
        "git": {"commit": "0123456789abcdef", "dirty": True},
        "python": "CPython 3.11",
    }
    ((kept, _),) = added(file, run(1, host=host))
    assert kept.facts == {
        "josie-bench": "0.1.0", "kernel": "6.1", "python": "CPython 3.11", "driver": "550.1",
        "commit": "0123456789ab+", "torch": "2.11",
    }  # fmt: skip


def test_a_gpu_that_says_nothing_is_passed_over(file, run):
    ((kept, _),) = added(file, run(1, host={"gpu": ["H100", None], "packages": 7}))
    assert "driver" not in kept.facts
