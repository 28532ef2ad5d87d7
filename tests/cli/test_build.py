"""`josie-bench build --target`: a line for each wrong word, and a run that says why it cannot use what can be built."""

from __future__ import annotations

import json

import pytest

from josie_bench.cli import main
from tests.cli.calling import called_apart as call

RTX = ("--backend", "tensorrt_rtx")
REFIT = ("--set", "backend=tensorrt_rtx", "--set", "tensorrt.refit=true")
INT8 = ("--set", "backend=onnxruntime", "--set", "precision=int8_qdq", "--set", "calibration.windows=8")
BLOCKS = ["--set", "blocks.windows=2", "--set", "blocks.lengths=[200 ms, 500 ms]"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--target", "sm8O", *RTX], 2, "unknown target 'sm8O': did you mean 'sm8"),
        (["--target", "sm90", *RTX], 2, "tensorrt_rtx compiles for no sm90 (H100, H200)"),
        (["--target", "sm80"], 2, "null builds for no named GPU: add --backend"),
        (["--target", "sm80", *RTX, "--precision", "fp16,int8"], 2, "one precision at a time"),
        (["--target", "sm80", *RTX, "--precision", "fp16", "--precision", "int8"], 2, "fp16,int8: one precision at a"),
        (["--backend", "null", "--backend", "eager"], 2, "--backend null,eager: one backend at a time"),
        (["--target", "sm80", *RTX, "--precision", "fp4"], 2, "has no precision 'fp4'"),
        (["--precision", "fp17"], 2, "--precision fp17: unknown precision 'fp17': did you mean 'fp16'?"),
        (["--backend", "null", "--precision", "fp17"], 2, "null has no precision 'fp17': it has fp32"),
        (["--target", "sm80", "--backend", "tensort"], 2, "unknown backend 'tensort': did you mean 'tensorrt'?"),
        (["--target", "sm80", *RTX, *BLOCKS], 2, "no profile holds frames 10 (from 1 to 8)"),
        (["--target", "sm80", *RTX, "--set", "window=500 ms"], 2, "no profile holds frames 10 (from 1 to 8)"),
        (["--backend", "openvino", *REFIT], 2, "tensorrt.refit true: engines of openvino have no such option: take"),
        ([*RTX, "--set", "tensorrt.refit=true"], 2, "tensorrt.refit true: engines of null have no such option"),
        ([*INT8, "--precision", "fp32"], 2, "calibration: engines of onnxruntime at fp32 are not calibrated: take "),
        ([*RTX, "--set", "window=500 ms"], 2, "take a shorter window, or a shorter hop, or another backend"),
    ],
)
def test_a_wrong_word_is_one_line(words, code, said, tmp_path, monkeypatch, capsys):
    store = tmp_path / "engines"
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["josie-bench", "build", "smoke", *words, "--engines", str(store)])
    with pytest.raises(SystemExit) as ended:
        main()
    said_here = capsys.readouterr()
    assert (ended.value.code, said_here.out) == (code, "")
    assert said in said_here.err
    assert len(said_here.err.strip().splitlines()) == 1
    assert not store.exists()


def test_a_run_on_a_backend_that_only_builds_is_skipped_with_the_reason(store, tmp_path):
    done = call("run", "smoke", "--set", "backend=tensorrt_rtx", "--engines", store, "--quiet", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    result = json.loads((tmp_path / done.stdout.strip().splitlines()[-1] / "result.json").read_text())
    assert result["cases"][0]["status"] == "SKIPPED"
    assert any(word in result["cases"][0]["reason"] for word in ("no NVIDIA GPU", "not written yet", "not installed"))


def test_another_backend_and_precision_can_be_built_than_the_suite_s(store, tmp_path):
    done = call("build", "smoke", "--backend", "null", "--precision", "fp32", "--engines", store, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tiny null fp32: ")
