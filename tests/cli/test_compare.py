"""`josie-bench compare` as a person calls it: stored runs, and both sides measured in real processes."""

from __future__ import annotations

import json
import subprocess
import sys

import jsonschema
import pytest

from josie_bench.cli.compare_run import _varied
from josie_bench.evidence.manifest import differences
from josie_bench.reports._comparison_json import json_schema
from josie_bench.reports.result import to_json
from tests.bench.comparing import EIGHT, P50, P99, case_of, result_of, score
from tests.cli.calling import called

CALL = "import sys; from josie_bench.cli import main; sys.argv = ['josie-bench', *sys.argv[1:]]; main()"
SUITE = """
schema: josie-bench/suite.v1
name: short
defaults: {preset: tiny, window: 100 ms, windows: 10, backend: "null", warm_up: {windows: 2, duration: 0 ms}}
cases:
  - {name: one}
  - {name: two, scenario: compute}
"""
VIRTUAL = """
schema: josie-bench/suite.v1
name: virtual
defaults: {backend: simulated, window: 300 ms, windows: 400}
cases:
  - {name: one}
"""
REDEFINED = score(P50, 1.0, definition="response_latency/9")


def compare(*words, cwd):
    return called("compare", *words, cwd=cwd)


def compare_apart(*words, cwd):
    command = [sys.executable, "-c", CALL, "compare", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture
def run(tmp_path):
    """Return what writes a run folder with p50 and p99 of eight rounds, times a factor."""

    def write(name, factor=1.0, rounds=8, keys=(P50, P99), **more):
        noise = [value * factor * (1 + 0.001 * (index % 3)) for index, value in enumerate(EIGHT[:rounds])]
        folder = tmp_path / name
        folder.mkdir()
        (folder / "result.json").write_text(to_json(result_of(case_of(dict.fromkeys(keys, noise), **more), run=name)))
        return folder

    return write


@pytest.mark.parametrize(("factor", "code", "verdict"), [(1.0, 0, "SAME"), (1.2, 1, "SLOWER"), (0.8, 0, "FASTER")])
def test_the_exit_code_is_the_verdict(run, tmp_path, factor, code, verdict):
    done = compare(run("a"), run("b", factor), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[-1].startswith(f"{verdict}: ")


def test_what_is_not_decided_passes_unless_it_must_not(run, tmp_path):
    a, b = run("a", rounds=3), run("b", 1.2, rounds=3)
    assert compare(a, b, cwd=tmp_path).returncode == 0
    strict = compare(a, b, "--strict", cwd=tmp_path)
    assert strict.returncode == 4
    assert "5 more blocks would settle it" in strict.stdout


def test_the_console_shows_an_interval_without_bounds_and_why_nothing_is_decided(run, tmp_path):
    done = compare(run("a", rounds=1), run("b", rounds=1), cwd=tmp_path)
    assert "[no bound, no bound]" in done.stdout
    assert "it takes at least 7 more blocks" in done.stdout
    why = "1 run a side: how far runs of one build lie apart is not known"
    assert f"\n{P50}, {P99}: {why}" in done.stdout


def test_what_only_one_side_has_says_so(run, tmp_path):
    done = compare(run("a"), run("b", keys=(P50,), metrics={P99: score(P99, None)}), cwd=tmp_path)
    assert f"{P99}: only one side has it: too few windows" in done.stdout


def test_a_file_is_as_good_as_its_folder_and_the_reports_are_written(run, tmp_path):
    done = compare(run("a") / "result.json", run("b"), "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "comparison.json", "comparison.html", "comparison.md",
    }  # fmt: skip
    jsonschema.validate(json.loads((tmp_path / "out" / "comparison.json").read_text()), json_schema())


def test_a_folder_that_holds_one_run_is_as_good_as_the_run(run, tmp_path):
    for side in ("main", "change"):
        (tmp_path / side / "smoke").mkdir(parents=True)
        run(f"run-of-{side}").rename(tmp_path / side / "smoke" / "RUN")
    done = compare("main", "change/smoke", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_other_conditions_are_3_until_they_are_declared(run, tmp_path):
    a, b = run("a"), run("b", settings={"backend": "onnxruntime"})
    refused = compare(a, b, cwd=tmp_path)
    assert refused.returncode == 3
    assert "INCOMPARABLE(backend)" in refused.stdout
    assert compare(a, b, "--vary", "backend", cwd=tmp_path).returncode == 0
    bad = run("bad", status="OOM", reason="killed")
    assert compare(a, bad, cwd=tmp_path).returncode == 3


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nowhere", "a"), "nowhere is no run folder"),
        (("a", "broken"), "is broken"),
        (("a", "foreign"), "is no result of josie-bench"),
        (("a", "newer"), "update josie-bench"),
        (("a", "b", "--gate", "response_latency.p50x"), "did you mean 'response_latency.p50'"),
        (("a", "b", "--vary", "bakend"), "did you mean 'backend'"),
        (("a", "a/result.json"), "A and B are the same run, a: name another one"),
        (("a", "."), ". holds 6 runs: name one, such as several; runs that are to count as one are its rounds"),
        (("a", "several"), "no case of a is in several"),
        (("a", "b", "--store", "stored"), "is no josie-bench/noise-floor"),
    ],
)
def test_what_cannot_be_compared_is_one_line_and_exit_2(run, tmp_path, words, complaint):
    run("a")
    run("b")
    text = (tmp_path / "a" / "result.json").read_text()
    several = result_of(*(case_of({P50: EIGHT}, name=name) for name in "xy"), run="several")
    for name, content in {
        "broken": text[:200],
        "foreign": '{"schema": "other"}',
        "newer": text.replace('"schema_version": "1.', '"schema_version": "9.'),
        "several": to_json(several),
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(content)
    (tmp_path / "stored").mkdir()
    (tmp_path / "stored" / "floor.json").write_text("{}")
    done = compare(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert complaint in done.stderr


def test_both_sides_are_measured_in_blocks_and_compared(store, tmp_path):
    (tmp_path / "short.yaml").write_text(SUITE)
    words = ("--a", "temperature=0", "--b", "temperature=0.5", "--blocks", "2", "--case", "two/null-fp32/w100")
    done = compare_apart("run", "short.yaml", *words, "--engines", store, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / done.stdout.splitlines()[-1]
    result = json.loads((folder / "result.json").read_text())
    assert [(case["id"], len(case["rounds"])) for case in result["cases"]] == [
        ("A/two/null-fp32/w100", 2), ("B/two/null-fp32/w100", 2),
    ]  # fmt: skip
    comparison = json.loads((folder / "comparison.json").read_text())
    assert (comparison["design"], comparison["verdict"]) == ("interleaved", "AMBIGUOUS")
    (case,) = comparison["cases"]
    assert [some["field"] for some in case["varied"]] == ["temperature"]
    assert {metric["n"] for metric in case["metrics"]} == {2}
    assert (folder / "comparison.html").is_file()
    assert differences(folder) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--a", "backend"), "--a backend: write --a KEY=VALUE"),
        (("--b", "rounds=3"), "use --blocks"),
        (("--a", "backnd=eager"), "--a backnd=eager: unknown setting 'backnd': did you mean 'backend'"),
        (("--case", "three"), "--case three: no side has such a case"),
        (("--case", "one/null-fp32/w100", "--a", "scenario=parity"), "rounds 8 are for trials that are timed"),
    ],
)
def test_sides_that_cannot_be_measured_are_one_line_and_nothing_is_run(tmp_path, words, complaint):
    (tmp_path / "short.yaml").write_text(SUITE)
    done = compare("run", "short.yaml", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert complaint in done.stderr
    assert not (tmp_path / "reports").exists()


def test_the_second_form_has_help_of_its_own(tmp_path):
    assert "compare run --help" in compare("--help", cwd=tmp_path).stdout
    done = compare("run", "--help", cwd=tmp_path)
    assert done.stdout.startswith("Usage: josie-bench compare run")
    assert "--blocks" in done.stdout


def test_what_the_sides_set_and_what_follows_from_it_may_differ(tmp_path):
    (tmp_path / "sim.yaml").write_text(VIRTUAL)
    words = ("--b", "defaults.window=400 ms", "--b", "cases.one.simulated.median=189ms", "--blocks", "1")
    done = compare("run", "sim.yaml", *words, cwd=tmp_path)
    comparison = json.loads((tmp_path / done.stdout.splitlines()[-1] / "comparison.json").read_text())
    (case,) = comparison["cases"]
    assert (done.returncode, comparison["verdict"]) == (0, "AMBIGUOUS"), done.stdout
    assert sorted(some["field"] for some in case["varied"]) == [
        "hop", "simulated.median", "simulated.second_median", "window",
    ]  # fmt: skip


def test_only_settings_are_what_sides_of_one_run_may_differ_in():
    a = case_of({P50: EIGHT}, name="a")
    b = case_of({}, name="b", settings={"window": "200 ms", "stream": {"video": "x"}}, metrics={P50: REDEFINED})
    # The speech that b does not name is the default, which a has.
    assert _varied(result_of(a, b), [("a", "b"), ("a", "a")]) == ("window", "stream.video")


@pytest.mark.parametrize("words", [("--a", "seed=2", "--b", "threads=1"), ("--a", "seed=2", "--b", "window=100 ms")])
def test_combinations_of_a_matrix_that_do_not_belong_together_are_refused_before_anything_runs(tmp_path, words):
    """Both sides have four cases, of which the second and third would be held against each other's."""
    grid = "{grid: {seed: [1, 2], precision: [fp32, fp16], window: [100 ms, 200 ms]}}"
    (tmp_path / "grid.yaml").write_text(SUITE.replace("{name: one}", f"{{name: one, matrix: {grid}}}"))
    done = compare("run", "grid.yaml", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "case one: its matrix gives the sides other combinations" in done.stderr
    assert not (tmp_path / "reports").exists()
