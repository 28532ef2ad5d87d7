"""What the page says: every case and reason, and no number without its standing."""

from dataclasses import replace
from types import ModuleType

from josie_bench.reports import RunData
from josie_bench.reports._cells import Cell
from josie_bench.reports._page import (
    budget_table,
    case_section,
    engine_table,
    memory_table,
    overview,
    page_words,
    ratio_grids,
    remarks,
)


def texts(row: tuple[Cell, ...]) -> list[str]:
    return [cell.text for cell in row]


def test_the_overview_has_a_row_per_case_with_its_status_in_words(run_data: RunData, sample: ModuleType) -> None:
    table = overview(run_data)
    assert [(row[0].text, row[1].text, row[1].tone) for row in table.rows] == [
        (sample.OK, "OK: passes its gates", "good"),
        (sample.BROKEN, "OK: breaks a gate", "bad"),
        (f"{sample.CLOSED} (closed loop: no queueing, not a real-time claim)", "OK: no gate", "plain"),
        (sample.SKIPPED, "SKIPPED: skipped", "unsure"),
        (sample.INVALID, "INVALID_HARNESS: invalid", "bad"),
    ]
    assert table.heads == (
        "case", "status", "response p50", "response p95", "response p99", "deadline missed", "compute p50",
        "compute RTF", "peak memory",
    )  # fmt: skip


def test_numbers_of_an_invalid_case_are_struck_and_missing_ones_marked(run_data: RunData) -> None:
    good, _, closed, skipped, invalid = (row[2:] for row in overview(run_data).rows)
    assert not any(cell.is_struck or cell.is_missing for cell in good)
    assert [cell.is_struck for cell in invalid] == [True, True, False, True, True, True, True]
    assert [cell.is_missing for cell in invalid] == [False, False, True, False, False, False, False]
    assert [cell.is_missing for cell in closed] == [True, True, True, True, False, False, False]
    assert {cell.text for cell in skipped} == {"—"}


def test_every_number_of_the_overview_stands_over_what_it_rests_on(run_data: RunData) -> None:
    good, broken, closed, skipped, _ = (row[2:] for row in overview(run_data).rows)
    assert [cell.note.partition(", worth ")[0] for cell in good] == [
        *["of 400"] * 3, "2 of 400", *["of 400"] * 2, "",
    ]  # fmt: skip  # the peak of memory is one reading
    assert broken[3].note.startswith("46 of 200, worth ")
    assert [cell.note for cell in (*closed[:4], *skipped)] == [""] * 11


def test_budgets_are_listed_broken_ones_first(run_data: RunData) -> None:
    verdicts = [row[2].text for row in budget_table(run_data.result.cases).rows]
    assert verdicts == ["✘ fail", "✘ fail", "? n/a", "? n/a", "✔ pass", "does not count (INVALID_HARNESS)"]
    assert budget_table(run_data.result.cases).rows[-1][2].tone == "unsure"


def test_a_section_holds_every_statistic_with_its_basis(run_data: RunData) -> None:
    case = run_data.result.cases[1]
    section = case_section(run_data, case)
    assert [row[0].text for row in section.metrics.rows] == list(case.metrics)
    by_key = {row[0].text: texts(row) for row in section.metrics.rows}
    assert by_key["deadline_miss_ratio.budget"][2].startswith("46 of 200, worth ")
    p99 = case.metrics["response_latency.p99"]
    assert p99.na is not None and p99.na.needed is not None and p99.n_eff is not None
    more = f"{p99.na.needed - 200:,} more needed (200 of {p99.na.needed:,})"
    assert by_key["response_latency.p99"][1] == f"n/a: insufficient samples, {more}"
    assert by_key["response_latency.p99"][2] == f"200, worth {p99.n_eff:.0f}"
    assert f"{p99.na.needed} can" in by_key["response_latency.p99"][3]
    assert by_key["response_latency.p50"][3].startswith("95 %, ")
    assert by_key["compute_rtf.mean"][3] == "no interval"
    assert section.windows == "200 windows measured after 3 of warm-up"
    assert section.loop is None
    assert '"window": "300 ms"' in section.settings


def test_a_closed_loop_is_called_one_in_its_section(run_data: RunData) -> None:
    assert case_section(run_data, run_data.result.cases[2]).loop == "closed loop: no queueing, not a real-time claim"


def test_a_remark_that_holds_for_many_cases_stands_once(sample: ModuleType) -> None:
    cases = [
        sample.case_result("a", notes=["weights are seeded"]),
        sample.case_result("b", notes=["weights are seeded"], status="ERROR", reason="it broke"),
    ]
    assert remarks(cases) == [("ERROR: it broke", "b"), ("weights are seeded", "a, b")]


def test_memory_has_a_column_per_phase(run_data: RunData, sample: ModuleType) -> None:
    table = memory_table(run_data.result.cases)
    assert table.heads == ("case", "size (MiB)", "imported", "loaded", "end")
    assert texts(table.rows[0]) == [sample.OK, "rss", "100.0", "180.0", "200.0"]
    assert texts(table.rows[1]) == [sample.OK, "rss_peak", "—", "—", "256.0"]


def test_memory_of_a_case_that_went_wrong_is_struck(run_data: RunData, sample: ModuleType) -> None:
    cases = [replace(case, status="OOM") for case in run_data.result.cases if case.id == sample.OK]
    name, size, imported, *_ = memory_table(cases).rows[1]
    assert (name.text, size.is_struck, imported.is_struck) == (f"{sample.OK} (OOM)", False, False)  # there is no number
    assert [cell.is_struck for cell in memory_table(cases).rows[0]] == [False, False, True, True, True]


def test_an_engine_that_many_cases_share_stands_once(run_data: RunData) -> None:
    rows = [texts(row) for row in engine_table(run_data.result.cases).rows]
    assert rows == [
        [component, "onnxruntime", "fp32", "ffffffff", "3.00", "found in the store", "4"]
        for component in ("audio_encoder", "temporal_transformer")
    ]


def test_the_page_names_the_missed_windows_of_measured_cases(run_data: RunData, sample: ModuleType) -> None:
    good, broken = page_words(run_data)["misses"]
    # F_beta(0.01795; 3, 398) = 0.975, rounded up
    assert good == f"{sample.OK}: 2 of 400 windows missed the deadline: 0.500 %, at most 1.80 %"
    assert broken.startswith(f"{sample.BROKEN}: 46 of 200 windows missed the deadline: 23.0 %, at most ")


def test_engines_beside_each_other_mark_what_is_slower_or_undecided(sample: ModuleType) -> None:
    [(caption, table)] = ratio_grids(sample.rounds_run().result)
    assert sample.EAGER in caption
    assert [[cell.tone for cell in row[1:]] for row in table.rows] == [["", ""], ["", "unsure"], ["bad", "bad"]]
    [(_, struck)] = ratio_grids(sample.rounds_run(status="ERROR").result)
    assert [(cell.tone, cell.is_struck) for cell in struck.rows[2][1:]] == [("", True), ("", True)]
    assert ratio_grids(sample.sample_run().result) == []


def test_a_case_shows_its_checks_its_slow_windows_and_what_their_shape_says(sample: ModuleType) -> None:
    data = sample.audited_run()
    section = case_section(data, data.result.cases[0])
    verdicts = {row[0].text: (row[1].text, row[1].tone) for row in section.checks.rows}
    assert verdicts["answers are computed"] == ("broken", "bad")
    assert verdicts["one clock"] == ("holds", "good")
    assert [texts(row) for row in section.slow.rows] == [["late", "3", "preempted 2", "1"]]
    assert section.diagnosis == ["JB-SHAPE-001: two levels. Next: look."]
