"""report.md: verdicts first, every case named, no number of an untrusted case left standing."""

from pathlib import Path
from types import ModuleType

import pytest

from josie_bench.reports import RunData
from josie_bench.reports.markdown import to_markdown, write


@pytest.fixture
def text(run_data: RunData) -> str:
    return to_markdown(run_data)


def table(text: str, title: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its rule."""
    lines = text.partition(f"# {title}\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not line.startswith("| ---")]


def test_the_answer_comes_first_and_the_verdicts_before_the_numbers(text: str) -> None:
    places = [text.index(words) for words in ("## josie-bench: realtime", "1 of 5 cases", "### Budgets", "### Numbers")]
    assert places == sorted(places)


def test_every_budget_has_its_verdict_and_the_broken_ones_of_a_case_lead(text: str, sample: ModuleType) -> None:
    rows = table(text, "Budgets")
    assert rows[0] == ["case", "budget", "severity", "verdict", "because"]
    assert rows[1] == [sample.OK, "`response_latency.max < 300 ms`", "warn", "✘ fail", "it was fail"]
    assert rows[2] == [sample.OK, f"`{sample.MISS_GATE}`", "gate", "✔ pass", "it was pass"]
    assert rows[-1][3] == "does not count (INVALID_HARNESS)"


def test_skipped_and_invalid_cases_are_listed_with_their_reasons(text: str, sample: ModuleType) -> None:
    assert table(text, "Not measured, or not valid")[1:] == [
        [sample.SKIPPED, "SKIPPED", "TensorRT is not installed: pip install tensorrt"],
        [sample.INVALID, "INVALID_HARNESS", "the harness was late"],
    ]


def test_numbers_of_an_invalid_case_are_struck_and_its_status_stands_by(text: str, sample: ModuleType) -> None:
    row = table(text, "Numbers")[-1]
    assert row[0] == f"{sample.INVALID} (INVALID_HARNESS)"
    assert row[1].startswith("~~")
    assert row[1].endswith(" ms (n 100)~~")
    assert row[3] == "n/a: insufficient samples, 268 more needed (100 of 368)"
    assert row[4] == "~~0 % (0 of 100), at most 3.63 %~~"  # 1 - 0.025^(1/100) = 0.03622


def test_numbers_of_a_good_case_stand(text: str) -> None:
    row = table(text, "Numbers")[1]
    assert "~~" not in " ".join(row)
    assert row[4].startswith("0.500 % (2 of 400), at most ")
    assert row[1].endswith(" ms (n 400)")
    assert row[7] == "256 MiB (n 1)"


def test_a_closed_loop_is_called_one(text: str, sample: ModuleType) -> None:
    row = table(text, "Numbers")[3]
    assert row[0] == f"{sample.CLOSED} (closed loop: no queueing, not a real-time claim)"
    assert row[1] == row[4] == "n/a: closed loop"


def test_every_metric_has_a_table_with_its_statistics(text: str, run_data: RunData) -> None:
    metrics = {key.partition(".")[0] for key in run_data.result.cases[0].metrics}
    for metric in metrics:
        assert table(text, metric)[0][0] == "case"
    assert table(text, "deadline_miss_ratio")[0] == ["case", "budget", "hop"]


def test_text_from_outside_can_neither_break_a_table_nor_bring_tags(sample: ModuleType) -> None:
    case = sample.case_result("a|b", status="ERROR", reason="line one\nline | two <script>x</script> & more")
    text = to_markdown(RunData(result=sample.result([case])))
    assert "| a\\|b | ERROR | line one line \\| two &lt;script>x&lt;/script> &amp; more |" in text


def test_the_file_is_small_enough_for_a_comment(run_data: RunData, tmp_path: Path) -> None:
    [path] = write(run_data, tmp_path)
    assert path.stat().st_size < 65_536


def test_engines_beside_each_other_stand_before_the_numbers_with_their_base(sample: ModuleType) -> None:
    text = to_markdown(sample.rounds_run(status="UNSTEADY"))
    rows = table(text, "Cases beside each other")
    assert rows[0] == ["case", "whole window", "audio_decoder"]
    assert rows[2] == [sample.QUICK, "3.00 [2.50, 3.30] quicker", "1.00 [0.90, 1.10] undecided"]
    assert rows[3][1] == "~~0.750 [0.700, 0.800] slower~~"
    assert f"Time of the base {sample.EAGER} ÷ time of the case" in text
    assert "Engines beside" not in to_markdown(sample.sample_run())


def test_every_number_stands_with_its_sample(text: str) -> None:
    row = table(text, "response_latency")[1]
    assert row[1].endswith(" ms (n 400)")
    assert ", worth " in table(text, "response_latency")[2][1]


def test_intervals_of_a_handful_of_windows_say_that_they_are_taken_as_independent(sample: ModuleType) -> None:
    case = sample.case_result("a", sample.recording(sample.services(100.0, 29, 1), warm_up=0))
    text = to_markdown(RunData(result=sample.result([case])))
    assert table(text, "Numbers")[1][1].endswith("] ms † (n 29)")
    assert "† fewer than 30 samples cannot show" in text
    assert text.count("† fewer than 30") == 2  # also where all metrics are
    assert "†" not in to_markdown(sample.sample_run()).partition("<details>")[0]


def test_what_the_checks_and_the_shape_say_stands_below_the_verdicts(run_data: RunData, sample: ModuleType) -> None:
    text = to_markdown(sample.audited_run())
    assert f"| broken: answers are computed | {sample.OK} |" in text
    assert f"| {sample.OK} | JB-SHAPE-001: two levels. Next: look. |" in text
    assert "Can the numbers be trusted?" not in to_markdown(run_data)


def test_only_a_whole_code_span_may_hold_what_looks_like_a_tag(sample: ModuleType) -> None:
    score = next(iter(sample.sample_run(300).result.cases[0].metrics.values()))
    case = sample.case_result("`<b>", status="ERROR", reason="`<i>`", metrics={"<u>.p50": score})
    text = to_markdown(RunData(result=sample.result([case])))
    assert "| `&lt;b> | ERROR | `<i>` |" in text
    assert "#### &lt;u>" in text
