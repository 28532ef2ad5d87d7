"""The table of engines and precisions over windows: which case stands where, and which numbers are the worst."""

from __future__ import annotations

import dataclasses

from josie_bench.reports._parity_windows import TITLE, parity_heads, parity_rows, parity_table
from josie_bench.reports.html import to_html
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.terms.score import NotAvailable

CODES, OVER = "parity_codes", "parity_tolerance"


def compared(name, engine, window, numbers=(), *, status="OK", varied="", **settings):
    """Return a case with (clear codes heard, seen, temporal ÷ τ, decoder ÷ τ), as far as there are any."""
    keys = (f"{CODES}.audio_encoder.clear", f"{CODES}.vision_encoder.clear")
    keys += (f"{OVER}.temporal_transformer", f"{OVER}.audio_decoder")
    backend, precision = engine.split("-")
    told = {"scenario": "parity", "backend": backend, "precision": precision, "window": f"{window}.0 ms"}
    metrics = {
        key: MetricScore(value=value, unit="ratio", direction="lower", definition="d/1", origin="o", n=9)
        for key, value in zip(keys, numbers, strict=False)
    }
    return CaseResult(
        id=f"{name}/{engine}/w{window}{varied}", sha="", status=status, reason=None, reproduce="", metrics=metrics,
        settings={"name": name, "windows": 30, "hop": f"{window}.0 ms", **told, **settings},
    )  # fmt: skip


CASES = [
    compared("int8", "openvino-int8", 300, (0.997, 0.862, 0.49, 0.43)),
    compared("fp32", "onnxruntime-fp32", 200, (1.0, 1.0, 0.00003, 0.00021)),
    compared("int8-lengths", "openvino-int8", 200, (0.9, 0.95, 0.1, 0.2), windows=12),
    compared("fp32", "onnxruntime-fp32", 400, status="SKIPPED"),
]


def test_engines_go_down_and_windows_across_with_the_worst_of_each():
    assert parity_heads(CASES) == ("engine and precision", "200 ms", "300 ms", "400 ms")
    assert parity_rows(CASES) == [
        ("openvino-int8", "90.0 %, 0.200 τ", "86.2 %, 0.490 τ", "—"),
        ("onnxruntime-fp32", "100 %, 0.000210 τ", "—", "SKIPPED"),
    ]


def test_a_case_without_an_encoder_or_with_other_settings_keeps_its_own_row():
    audio = compared("a", "eager-fp16", 200, (0.99,))
    pruned = compared("b", "eager-fp16", 300, (0.5, 0.5, 0.5, 2.0), varied="/prune_to=96", prune_to=96)
    again = compared("c", "eager-fp16", 300, (0.98,))
    assert parity_rows([audio, pruned, again]) == [
        ("eager-fp16", "99.0 %", "98.0 %"),
        ("eager-fp16/prune_to=96", "—", "50.0 %, 2.00 τ"),
    ]


def test_a_part_that_gave_no_number_is_not_left_to_the_other_s():
    good, bad = (compared("a", "onnxruntime-fp32", window, (1.0, 1.0, 0.49, 0.43)) for window in (200, 300))
    for reason, cell in (("not_finite", "100 %, n/a τ"), ("not_compared", "100 %, 0.490 τ")):
        lost = {f"{OVER}.audio_decoder": missing_of(reason)}
        rows = parity_rows([good, dataclasses.replace(bad, metrics={**bad.metrics, **lost})])
        assert rows == [("onnxruntime-fp32", "100 %, 0.490 τ", cell)]


def missing_of(reason):
    na = NotAvailable(reason=reason, detail="")
    return MetricScore(value=None, unit="ratio", direction="lower", definition="d/1", origin="o", n=0, na=na)


def test_there_is_no_table_of_one_length_or_of_other_scenarios():
    assert parity_table(CASES[:2]).rows == ()
    timed = [dataclasses.replace(case, settings=case.settings | {"scenario": "realtime"}) for case in CASES]
    assert parity_rows(timed) == []


def test_reports_for_people_have_it(run_data):
    data = dataclasses.replace(run_data, result=dataclasses.replace(run_data.result, cases=CASES))
    assert "| openvino-int8 | 90.0 %, 0.200 τ | 86.2 %, 0.490 τ | — |" in to_markdown(data)
    assert TITLE in to_html(data)
    assert TITLE not in to_html(run_data)
    assert TITLE not in to_markdown(run_data)
