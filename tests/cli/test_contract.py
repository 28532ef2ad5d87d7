"""Every subcommand as a person calls it: exit codes, one-line errors, what lands on disk."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from click.shell_completion import ShellComplete
from rich.console import Console

import josie_bench
from josie_bench.cli import SUBCOMMANDS, group, plan
from josie_bench.evidence.manifest import differences
from josie_bench.model.presets import CODECS, JOSIE_V4O, PRESETS
from tests.cli.calling import PROGRAM, called, command_of
from tests.cli.calling import called_apart as call

SUITE = """
schema: josie-bench/suite.v1
name: quick
defaults:
  preset: tiny
  window: 100 ms
  windows: 8
  backend: "null"
  warm_up: {windows: 3, duration: 200 ms, cap: 5 s}
cases:
  - name: one
    budgets:
      - {assert: response_latency.p50 < LIMIT, severity: gate}
"""


@pytest.fixture
def suite(tmp_path):
    def write(limit="300 ms", text=SUITE):
        file = tmp_path / "quick.yaml"
        file.write_text(text.replace("LIMIT", limit))
        return file

    return write


def run_folder(done, tmp_path) -> Path:
    return tmp_path / done.stdout.strip().splitlines()[-1]


def test_help_names_every_subcommand(tmp_path):
    done = call("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert all(name in done.stdout for name in SUBCOMMANDS)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_help(name, tmp_path):
    done = call(name, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_a_bug_of_ours_keeps_its_traceback_and_ends_with_70(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import josie_bench.plugins as p\n"
        "def broken(*_):\n"
        "    raise ZeroDivisionError('ours')\n"
        "p.member_names = broken\n"
    )
    done = call("list", "backends", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert "ours" in done.stderr


def test_a_mistyped_subcommand_names_the_near_one(tmp_path):
    done = call("rnu", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'run'" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "unknown command 'rnu': did you mean 'run'? (josie-bench --help)"),
        (["fit"], "Missing option '--gpu' (josie-bench fit --help)"),
        (["fit", "--gpu", "8GiB", "more"], "Got unexpected extra argument (more) (josie-bench fit --help)"),
        (["engines", "variance", "smoke", "--builds", "0"], "(josie-bench engines variance --help)"),
        (["engines", "gc", "--older-than"], "'--older-than' requires an argument"),
    ],
    ids=" ".join,
)
def test_words_that_click_refuses_are_one_line_with_the_mend(words, said, tmp_path):
    done = called(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_words_at_all_are_answered_with_the_help(tmp_path):
    for words in ((), ("engines",)):
        done = called(*words, cwd=tmp_path)
        assert "Commands:" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["co"], ["compare", "corpus"]),
        (["--ver"], ["--version"]),
        (["compare", "run", "--al"], ["--allow-other-host", "--all"]),
    ],
    ids=" ".join,
)
def test_a_shell_is_offered_what_begins_so(words, offered):
    shell = ShellComplete(group, {}, "josie-bench", "_JOSIE_BENCH_COMPLETE")
    assert [item.value for item in shell.get_completions(words[:-1], words[-1])] == offered


def test_a_shell_is_offered_every_subcommand_with_its_line_and_none_is_imported(monkeypatch):
    monkeypatch.setattr(group, "get_command", None)
    shell = ShellComplete(group, {}, "josie-bench", "_JOSIE_BENCH_COMPLETE")
    assert {item.value: item.help for item in shell.get_completions([], "")} == SUBCOMMANDS


def test_a_run_leaves_all_its_files_and_passes(suite, store, tmp_path):
    done = call("run", suite(), "--engines", store, "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = run_folder(done, tmp_path)
    names = {file.name for file in folder.iterdir()}
    assert names >= {
        "result.json", "windows.parquet", "spans.parquet", "telemetry.parquet", "scores.csv", "report.html",
        "report.md", "junit.xml", "trace.json.gz", "suite.lock.yaml",
    }  # fmt: skip
    sealed = call("result", "verify", folder, cwd=tmp_path)
    assert (sealed.returncode, f"{len(names) - 1} files are as they were sealed" in sealed.stdout) == (0, True)
    result = json.loads((folder / "result.json").read_text())
    schema = json.loads((Path(josie_bench.__file__).parent / "reports" / "result.schema.json").read_text())
    jsonschema.validate(result, schema)
    assert result["run"]["status"] == "OK"
    assert result["cases"][0]["settings"]["window"] == "100.0 ms"
    assert result["cases"][0]["windows_measured"] == 8
    validity = result["cases"][0]["validity"]
    assert validity["audit"] == {"checked": 0, "mismatched": [], "reason": "backend null computes no answers"}
    assert validity["failures"] == []
    assert "validity: all that could be looked at hold; not known: " in " ".join(done.stdout.split())


def test_a_broken_gate_is_exit_1_and_says_which(suite, store, tmp_path):
    done = call("run", suite("0.000001 ms"), "--engines", store, cwd=tmp_path)
    assert done.returncode == 1
    assert "GATE_BROKEN" in done.stdout


def test_a_gate_without_enough_windows_is_exit_3(suite, store, tmp_path):
    text = SUITE.replace("response_latency.p50", "response_latency.p99")
    done = call("run", suite(text=text), "--engines", store, cwd=tmp_path)
    assert done.returncode == 3
    assert "368" in done.stdout


def test_a_copy_of_the_folder_reproduces_one_case_elsewhere(suite, store, tmp_path):
    two = SUITE + "  - name: two\n    hop: 50 ms\n"
    first = call("run", suite(text=two), "--engines", store, "--quiet", cwd=tmp_path)
    assert first.stdout.count("\n") == 1
    before = json.loads((run_folder(first, tmp_path) / "result.json").read_text())["cases"][1]
    copy = shutil.copytree(run_folder(first, tmp_path), tmp_path / "far away" / "copy")
    shutil.rmtree(tmp_path / "reports")
    (tmp_path / "quick.yaml").unlink()
    program = tmp_path / "bin" / "josie-bench"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{PROGRAM}" "$@"\n')
    program.chmod(0o755)
    words = [*shlex.split(before["reproduce"]), "--engines", str(store), "--quiet", "--output", str(tmp_path / "out")]
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(words, cwd=copy, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "the environment is the one it was measured in\n"
    (after,) = json.loads((Path(done.stdout.strip()) / "result.json").read_text())["cases"]
    assert (after["id"], after["sha"]) == (before["id"], before["sha"])
    assert differences(copy) == []


def test_json_lines_are_json_from_first_to_last(suite, store, tmp_path):
    done = call("run", suite(), "--engines", store, "--json-lines", cwd=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["stage"] == "end"
    assert lines[-1]["status"] == "OK"
    assert {line["stage"] for line in lines} >= {"engines", "trial", "done"}


def test_overrides_and_case_choice_are_heard_and_typos_refused(suite, store, tmp_path):
    file = suite()
    done = call("run", file, "--set", "windows=6", "--engines", store, "--quiet", cwd=tmp_path)
    result = json.loads((run_folder(done, tmp_path) / "result.json").read_text())
    assert result["cases"][0]["windows_measured"] == 6
    typo = call("run", file, "--set", "windws=6", cwd=tmp_path)
    assert (typo.returncode, "did you mean 'windows'" in typo.stderr) == (2, True)
    case = call("run", file, "--case", "nothing", cwd=tmp_path)
    assert case.returncode == 2
    assert "Traceback" not in typo.stderr + case.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_mid_run_writes_what_was_measured(suite, store, tmp_path, number):
    file = suite(text=SUITE.replace("windows: 8", "windows: 2000", 1))
    words = ("run", file, "--engines", store, "--json-lines")
    with subprocess.Popen(command_of(*words), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout:
            if json.loads(line)["window"] >= 3:
                break
        time.sleep(0.1)
        running.send_signal(number)
        last = [json.loads(line) for line in running.stdout][-1]
        assert running.wait(timeout=60) == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
    result = json.loads((tmp_path / last["folder"] / "result.json").read_text())
    assert result["run"]["status"] == "INTERRUPTED"
    assert result["cases"][0]["status"] == "INTERRUPTED"
    assert result["cases"][0]["windows_measured"] >= 3
    assert (tmp_path / last["folder"] / "report.html").is_file()


def test_reports_are_drawn_again_without_torch(suite, store, tmp_path):
    folder = run_folder(call("run", suite(), "--engines", store, "--quiet", cwd=tmp_path), tmp_path)
    before = (folder / "scores.csv").read_bytes()
    (folder / "scores.csv").unlink()
    (tmp_path / "blocked").mkdir()
    for name in ("torch", "onnxruntime"):
        (tmp_path / "blocked" / f"{name}.py").write_text("raise ImportError('blocked')\n")
    path = os.pathsep.join([str(tmp_path / "blocked"), os.environ.get("PYTHONPATH", "")])
    done = call("report", folder, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert (folder / "scores.csv").read_bytes() == before
    assert differences(folder) == []


def test_reports_of_numbers_that_were_changed_are_not_drawn(suite, store, tmp_path):
    folder = run_folder(call("run", suite(), "--engines", store, "--quiet", cwd=tmp_path), tmp_path)
    file = folder / "result.json"
    file.write_text(file.read_text().replace('"OK"', '"ERROR"', 1))
    done = call("report", folder, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (3, 1, "")
    assert "is not as it was sealed (changed: result.json)" in done.stderr
    assert differences(folder) == ["changed: result.json"]


def test_a_folder_that_is_no_run_is_one_line(tmp_path):
    done = call("report", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_output_that_cannot_be_written_is_one_line_that_names_it(suite, store, tmp_path):
    (tmp_path / "taken").write_text("")
    done = call("run", suite(), "--engines", store, "--output", "taken", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: taken")
    assert done.stderr.count("\n") == 1


def test_a_full_disk_is_an_error_that_names_the_path(suite, store, tmp_path):
    folder = run_folder(call("run", suite(), "--engines", store, "--quiet", cwd=tmp_path), tmp_path)
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, os\n"
        "def replace(*_):\n"
        "    raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "os.replace = replace\n"
    )
    done = call("report", folder, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert str(folder / "result.json") in done.stderr
    assert "full" in done.stderr
    assert done.stderr.count("\n") == 1


def test_plan_says_what_a_run_would_do_and_runs_nothing(suite, tmp_path):
    done = call("plan", suite(), "--engines", "engines", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 cases" in done.stdout
    assert "build 5" in done.stdout
    assert not (tmp_path / "engines").exists()


def test_plan_says_what_its_total_leaves_out():
    measured, skipped = (SimpleNamespace(seconds=90.0, skip=None), SimpleNamespace(seconds=0.0, skip="no judge"))
    assert plan._total([measured, measured]) == "about 3.0 minutes"
    said = plan._total([measured, skipped, measured])
    assert said == "about 3.0 minutes, without the 1 of 3 cases that are skipped"


def test_plan_reads_in_a_narrow_terminal(suite, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plan, "table_console", lambda: Console(width=40))
    plan.command([str(suite()), "--engines", str(tmp_path / "engines")], standalone_mode=False)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 45
    assert "  engines  build 5" in shown
    assert "memory" not in shown  # of engines that compute nothing


@pytest.mark.parametrize(
    ("host", "gpu", "told"),
    [
        (None, None, ("", "")),
        (100 * 2**20, None, ("100 MiB", "")),
        (None, 3000 * 2**20, ("3,000 MiB of a GPU", "")),
        (100 * 2**20, 3000 * 2**20, ("100 MiB", "3,000 MiB of a GPU")),
    ],
)
def test_plan_says_what_is_held_and_where(host, gpu, told):
    cell = plan._memory(SimpleNamespace(host_bytes=host, gpu_bytes=gpu))
    assert (cell.text, cell.note) == told


def test_check_reads_all_suites_before_it_ends(suite, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("schema: josie-bench/suite.v1\nname: bad\ncases:\n  - name: a\n    windw: 300 ms\n")
    done = call("check", bad, suite(), "smoke", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {bad}:5: unknown setting 'windw': did you mean 'window")
    assert done.stdout.count(": ok: ") == 2


def test_build_builds_once(suite, tmp_path):
    first = call("build", suite(), "--engines", "mine", cwd=tmp_path)
    assert "5 built, 0 kept" in first.stdout
    assert "0 built, 5 kept" in call("build", suite(), "--engines", "mine", cwd=tmp_path).stdout


def test_model_draws_the_tables_of_every_preset_within_100_columns(tmp_path):
    for preset in (*PRESETS, *CODECS):
        done = call("model", preset, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 100
        assert "…" not in done.stdout
        assert ("Mask M" in done.stdout, "RTX 4060" in done.stdout) == (preset in PRESETS,) * 2


def test_model_prints_for_machines_what_it_draws_for_people(tmp_path):
    drawn = call("model", "josie-v4o", cwd=tmp_path).stdout
    plain = json.loads(call("model", "josie-v4o", "--json", cwd=tmp_path).stdout)
    assert list(plain["components"]) == list(JOSIE_V4O.components)
    for name, part in {**plain["components"], "total": plain["total"]}.items():
        row = next(line for line in drawn.splitlines() if line.split()[:1] == [name])
        assert float(row.split()[1]) == pytest.approx(part["parameters"] / 1e6, abs=0.05)
        assert float(row.split()[6]) == pytest.approx(part["read_bytes"]["fp16"] / 1e9, abs=0.005)
    assert plain["rings"]["vision"] == {"positions": 1024, "holds_ms": 4800.0}
    assert plain["sees"]["frame"] == {"frame": True, "vision": True}
    assert [gpu["fp16"]["sessions"] for gpu in plain["gpus"]][:3] == [4, 15, 33]


def test_model_hears_its_options(tmp_path):
    words = ("--window", "200 ms", "--tokens", "0", "--context", "100")
    plain = json.loads(call("model", "nano", *words, "--json", cwd=tmp_path).stdout)
    assert plain["window"] == {
        "window_ms": 200.0, "frame_ms": 50.0, "frames": 4, "codec_delay_ms": 30.0, "vision_tokens": 0, "context": 100,
    }  # fmt: skip
    assert "Delay of the codec    30 ms" in call("model", "nano", cwd=tmp_path).stdout
    assert "Delay of the codec" not in call("model", "josie-v4o", cwd=tmp_path).stdout
    assert plain["components"]["vision_encoder"]["flops"] == 0
    assert plain["rings"]["vision"]["holds_ms"] is None


def test_model_of_a_codec_takes_whole_frames_of_its_own(tmp_path):
    plain = json.loads(call("model", "mimi-24k", "--json", cwd=tmp_path).stdout)
    assert (plain["window"]["window_ms"], plain["window"]["frames"]) == (320.0, 4)
    assert "gpus" not in plain


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("josie-v4",), "did you mean 'josie-v4o'"),
        (("mimi-24k", "--window", "300 ms"), "a frame of mimi-24k is 80 ms: take 320 ms"),
        (("nano", "--window", "300"), "has no unit"),
        (("nano", "--tokens", "many"), "take a whole number from 0 to 256"),
        (("nano", "--tokens", "257"), "the vision ring holds 256 positions"),
        (("nano", "--context", "-1"), "the rings of nano hold 768 positions"),
        (("mimi-24k", "--tokens", "1"), "a codec alone"),
    ],
)
def test_model_refuses_what_it_cannot_count_in_one_line(words, complaint, tmp_path):
    done = call("model", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert complaint in done.stderr


def test_list_names_members_with_one_line_each(tmp_path):
    done = call("list", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in ("onnxruntime", "response_latency", "realtime", "josie-v4o", "smoke"):
        assert word in done.stdout


def test_list_says_why_a_backend_is_not_available(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'onnxruntime' else real(name, *more)\n"
    )
    done = call("list", "backends", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path), "COLUMNS": "200"})
    assert "not available: onnxruntime is not installed: pip install 'josie-bench[onnx]'" in done.stdout


def test_list_and_doctor_say_which_judges_lack_libraries(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'sacrebleu' else real(name, *more)\n"
    )
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", ""))),
        "COLUMNS": "300",
    }
    listed = call("list", "evaluators", cwd=tmp_path, env=env).stdout
    assert listed.count("not available: sacrebleu is not installed: pip install 'josie-bench[quality]'") == 2
    assert "  dnsmos" in listed
    found = call("doctor", cwd=tmp_path, env=env).stdout
    (line,) = [line for line in found.splitlines() if line.startswith("missing evaluators")]
    assert line.startswith("missing evaluators bleu, chrf")
    assert line.endswith("lack libraries: pip install 'josie-bench[quality]'")


def test_doctor_gives_findings_with_mends(tmp_path):
    done = call("doctor", cwd=tmp_path)
    assert "None" not in done.stdout
    assert "{" not in done.stdout
    assert "packages numpy" in done.stdout
    assert done.returncode == 0, done.stderr
    assert any(mark in done.stdout for mark in ("ok", "warn", "missing"))
    assert "gpu" in done.stdout.lower()


@pytest.mark.parametrize("words", [["list", "scenarios"], ["metrics", "list"]])
def test_a_reader_that_has_gone_is_neither_a_broken_gate_nor_a_traceback(words, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command_of(*words),
            cwd=tmp_path,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
