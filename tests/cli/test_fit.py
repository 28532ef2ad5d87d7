"""`josie-bench fit` as a person calls it: the answer, what to change, and wrong words in one line."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from josie_bench.cli.fit import command
from josie_bench.errors import UsageError


def call(*words: str):
    return CliRunner().invoke(command, words)


def test_josie_v4o_at_8_bits_fits_8_gib():
    done = call("--gpu", "8GiB", "--preset", "josie-v4o", "--precision", "int8")
    assert done.exit_code == 0
    for words in ("fits: ", "of 8.00 GiB", "weights.temporal_transformer", "M_total", "sessions", "refuted"):
        assert words in done.output


def test_json_holds_every_term_and_adds_up():
    done = call("--gpu", "RTX 4060", "--sessions", "2", "--json")
    told = json.loads(done.output)
    assert (told["schema"], told["memory_bytes"], told["fits"]) == ("josie-bench/fit.v1", 8188 * 2**20, True)
    lasting = [term for term in told["terms"] if term["is_lasting"]]
    assert sum(term["all_bytes"] for term in lasting) == told["total_bytes"]
    assert told["total_bytes"] == told["shared_bytes"] + 2 * told["session_bytes"]
    assert told["largest"]["window_ms"] == told["largest"]["window"] * 50.0
    assert [term["na"]["reason"] for term in told["terms"] if term["na"]] == ["not_captured"]
    assert told["largest"]["sessions"] >= 2
    verdicts = {entry["id"]: entry["verdict"] for entry in told["paper"]}
    assert (verdicts["mem.weights"], verdicts["mem.video_buffer"]) == ("confirmed", "refuted_arithmetic")


def test_what_does_not_fit_is_exit_1_with_what_to_change():
    done = call("--gpu", "8GiB", "--precision", "fp32")
    assert done.exit_code == 1
    assert "does not fit" in done.output
    assert "it fits with --precision 'int8'" in done.output
    assert "as asked it takes a GPU of" in done.output


@pytest.mark.parametrize("words", [(), ("--precision", "fp32"), ("--sessions", "7"), ("--context", "9000")])
def test_the_gpu_that_is_told_is_enough(words):
    told = re.search(r"it takes a GPU of ([\d.]+) GiB", call("--gpu", "1 GiB", *words).output)
    assert call("--gpu", f"{told[1]} GiB", *words).exit_code == 0
    assert call("--gpu", f"{float(told[1]) - 0.02:.2f} GiB", *words).exit_code == 1


def test_who_knows_a_gpu_s_context_and_fragments_says_so():
    words = ("--gpu", "8GiB", "--gpu-context", "300 MiB", "--gpu-fragments", "0.05", "--json")
    told = json.loads(call(*words).output)
    held = {term["name"]: term["all_bytes"] for term in told["terms"] if term["part"] is None}
    assert (held["runtime_context"], held["fragmentation"]) == (300 * 2**20, pytest.approx(0.05 * 8 * 2**30, abs=1))
    assert (told["asked"]["gpu_context_bytes"], told["asked"]["gpu_fragments"]) == (300 * 2**20, 0.05)


def test_the_longest_window_is_that_of_a_suite_too():
    told = json.loads(call("--gpu", "8GiB", "--window", "24 h", "--json").output)
    assert told["asked"]["window_ms"] == 86_400_000.0


def test_where_no_single_change_is_enough_the_memory_is_named():
    done = call("--gpu", "300 MiB", "--preset", "tiny")
    assert done.exit_code == 1
    assert "no single change is enough" in done.output


@pytest.mark.parametrize("name", ["RTX 4060", "rtx4060", "rtx-4060"])
def test_a_gpu_is_known_however_it_is_written(name):
    assert json.loads(call("--gpu", name, "--json").output)["memory_bytes"] == 8188 * 2**20


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--gpu", "RTX 4061"], "did you mean 'RTX 4060' or 'RTX 4090'?"),
        (["--gpu", "H100"], "did you mean 'H100 SXM'? (a size"),
        (["--gpu", "4090"], "GiB, for example 2 GiB, or did you mean the GPU 'RTX 4090'?"),
        (["--gpu", "4060 Ti"], "or did you mean the GPU 'RTX 4060'?"),
        (["--gpu", "h2000"], "did you mean 'H200'?"),
        (["--gpu", "-8 GiB"], "not above zero"),
        (["--gpu", "0 GiB"], "not above zero"),
        (["--gpu", "1e308 GiB"], "--gpu: '1e308 GiB' is larger than any size"),
        (["--gpu", "8"], "no unit"),
        (["--gpu", "8 ms"], "the unit 'ms'"),
        (["--gpu", "8 GiB", "--preset", "josie"], "did you mean 'josie-v4o'?"),
        (["--gpu", "8 GiB", "--preset", "mimi-24k"], "codec alone"),
        (["--gpu", "8 GiB", "--precision", "int9"], "did you mean 'int8'?"),
        (["--gpu", "8 GiB", "--precision", "int8_qdq"], "did you mean 'int8'?"),
        (["--gpu", "8 GiB", "--window", "310 ms"], "take 300 ms"),
        (["--gpu", "8 GiB", "--window", "-1 s"], "--window"),
        (["--gpu", "8 GiB", "--window", "999999999 h"], "longer than a day: write at most 24 h"),
        (["--gpu", "8 GiB", "--window", "1e305 h"], "longer than a day: write at most 24 h"),
        (
            ["--gpu", "8 GiB", "--precision", "int8", "--precision", "fp16"],
            "int8,fp16: one precision at a time: ask once",
        ),
        (["--gpu", "8 GiB", "--precision", "int8,fp16"], "one precision at a time"),
        (["--gpu", "8 GiB", "--resolution", "1080p"], "write width x height"),
        (["--gpu", "8 GiB", "--resolution", "0x10"], "write width x height"),
        (["--gpu", "8 GiB", "--context", "1"], "from 2 to"),
        (["--gpu", "8 GiB", "--context", "many"], "from 2 to"),
        (["--gpu", "8 GiB", "--context", "9" * 5000], "from 2 to"),
        (["--gpu", "8 GiB", "--sessions", "0"], "from 1 to"),
        (["--gpu", "8 GiB", "--sessions", "-3"], "from 1 to"),
        (["--gpu", "8 GiB", "--fps", "0"], "from 1 to"),
        (["--gpu", "8 GiB", "--gpu-context", "300"], "--gpu-context: '300' has no unit"),
        (["--gpu", "8 GiB", "--gpu-context", "1e308 GiB"], "--gpu-context: '1e308 GiB' is larger than any size"),
        (["--gpu", "8 GiB", "--gpu-context", "-1 MiB"], "--gpu-context: -1 MiB is below zero"),
        (["--gpu", "8 GiB", "--gpu-fragments", "1"], "--gpu-fragments 1: take a share from 0 to below 1"),
        (["--gpu", "8 GiB", "--gpu-fragments", "5 %"], "take a share from 0 to below 1"),
        (["--gpu", "8 GiB", "--gpu-fragments", "nan"], "take a share from 0 to below 1"),
    ],
)
def test_wrong_words_are_one_line(words, told):
    error = call(*words).exception
    assert isinstance(error, UsageError)
    assert told in str(error)
    assert "\n" not in str(error)
    assert error.exit_code == 2
