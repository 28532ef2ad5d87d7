"""`claims`: the table, one in full, JSON, and what is refused."""

from __future__ import annotations

import json

import pytest

from josie_bench.claims import all_claims
from josie_bench.reports.result import to_json
from tests.claims.paper_runs import case, run, tail
from tests.cli.calling import called


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "run"
    made.mkdir()
    (made / "result.json").write_text(to_json(run(case(metrics=tail(80.0, 90.5, 100.0)))))
    return made


def test_every_statement_stands_in_the_table_and_the_counts_below(tmp_path):
    done = called("claims", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(claim.id in done.stdout for claim in all_claims())
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith(f"{len(all_claims())} statements: ")


def test_a_run_fills_what_it_speaks_to(folder, tmp_path):
    told = " ".join(called("claims", folder, cwd=tmp_path).stdout.split())
    assert "90.5 [80.0, 100.0] ms" in told
    assert "measured on nano, onnxruntime-fp32, a processor" in told
    assert (
        called("claims", folder / "result.json", cwd=tmp_path).stdout == called("claims", folder, cwd=tmp_path).stdout
    )


def test_several_runs_speak_together(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "result.json").write_text(to_json(run(case(metrics=tail(380.0, 390.5, 400.0)))))
    told = json.loads(called("claims", folder, other, "--json", "--id", "lat.sub300", cwd=tmp_path).stdout)
    assert [run["suite"] for run in told["runs"]] == ["realtime", "realtime"]
    (reading,) = [one for one in told["claims"][0]["readings"] if one["name"] == "R"]
    assert sorted(one["low"] for one in reading["measured"]) == [80.0, 380.0]
    assert reading["on_this_scale"] == "confirmed"  # that it can be done, one engine shows


def test_one_is_told_in_full(folder, tmp_path):
    done = called("claims", folder, "--id", "mem.audio_buffer", cwd=tmp_path)
    assert done.stdout.splitlines()[0] == "mem.audio_buffer (arith): a window of audio takes 4.8 kB"
    assert "  formula:    0.3 s · 16 000 Hz · 2 B\n  recomputed: 9.60 kB\n" in done.stdout


def test_json_has_numbers_verdicts_and_evidence(folder, tmp_path):
    told = json.loads(called("claims", folder, "--json", cwd=tmp_path).stdout)
    assert told["schema"] == "josie-bench/claims.v1"
    assert [run["suite"] for run in told["runs"]] == ["realtime"]
    assert sum(told["counts"].values()) == len(told["claims"]) == len(all_claims())
    (latency,) = [claim for claim in told["claims"] if claim["id"] == "lat.sub300"]
    reading = {one["name"]: one for one in latency["readings"]}["R"]
    assert (reading["verdict"], reading["on_this_scale"]) == ("pending", "confirmed")
    (measured,) = reading["measured"]
    assert (measured["low"], measured["high"], measured["scale"]["preset"]) == (80.0, 100.0, "nano")
    alone = json.loads(called("claims", "--json", "--id", "mem.weights", cwd=tmp_path).stdout)
    assert (alone["runs"], [claim["id"] for claim in alone["claims"]]) == ([], ["mem.weights"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--id", "mem.wieghts"], "unknown claim 'mem.wieghts': did you mean 'mem.weights'?"),
        (["nowhere"], "nowhere is no run folder"),
        (["nowhere/result.json"], "nowhere is no run folder"),
    ],
)
def test_wrong_input_is_one_line_and_exit_2(words, complaint, tmp_path):
    done = called("claims", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert complaint in done.stderr


def test_a_result_that_is_cut_is_one_line(folder, tmp_path):
    file = folder / "result.json"
    file.write_text(file.read_text()[:500])
    done = called("claims", folder, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
