"""The script that runs a case again; that it does is shown in tests/cli/test_contract.py."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace

import pytest

from josie_bench.evidence.reproduce import reproduce_words, script, write_reproduce

ECHO = '#!/bin/sh\nfor word in "$@"; do echo "$word"; done\n'


@pytest.fixture
def say(tmp_path):
    """Return a function that runs a script where josie-bench only says what it was asked for."""
    program = tmp_path / "bin" / "josie-bench"
    program.parent.mkdir()
    program.write_text(ECHO)
    program.chmod(0o755)

    def run(*words, cwd):
        path = os.pathsep.join([str(program.parent), os.defpath])
        return subprocess.run(words, cwd=cwd, env={"PATH": path}, capture_output=True, text=True, check=True)

    return run


def test_it_runs_the_lock_beside_it_from_wherever_it_is_called(run_data, tmp_path, say):
    folder = tmp_path / "a run's folder"
    folder.mkdir()
    path = write_reproduce(run_data.result, folder)
    done = say(str(path), "--case", "a b", cwd=tmp_path)
    assert done.stdout.splitlines() == ["run", f"{folder}/suite.lock.yaml", "--case", "a b"]
    assert done.stderr.splitlines() == ["result", "environment", str(folder)]


def test_the_words_of_a_case_are_one_command_in_the_folder(run_data, tmp_path, say):
    write_reproduce(run_data.result, tmp_path)
    odd = "it's $HOME; `x`/eager-fp32/w300"
    done = say(*shlex.split(reproduce_words(odd)), cwd=tmp_path)
    assert done.stdout.splitlines()[2:] == ["--case", odd]


def test_it_tells_every_case_and_the_environment_as_comments(run_data, sample):
    host = {"python": "CPython 3.11", "packages": {"numpy": "2.4"}}
    lines = script(replace(run_data.result, host=host)).splitlines()
    assert f"#   {reproduce_words(sample.OK)}" in lines
    assert "#   numpy: 2.4" in lines
    assert "#   python: CPython 3.11" in lines


def test_nothing_of_a_result_becomes_a_command(run_data, tmp_path, say):
    host = {"os": "x\ntouch broken", "packages": {"a\rb": "1\n2"}}
    run = replace(run_data.result.run, suite="s\ntouch broken")
    (case, *_) = run_data.result.cases
    result = replace(run_data.result, host=host, run=run, cases=[replace(case, id="x\ntouch broken")])
    path = write_reproduce(result, tmp_path)
    say("sh", str(path), cwd=tmp_path)
    assert not (tmp_path / "broken").exists()
    assert sum(not line.startswith("#") for line in path.read_text().splitlines()) == 4
