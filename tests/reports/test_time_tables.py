"""Where a window's time goes and the medians of rounds: each with what it rests on, where the result says so."""

from dataclasses import replace
from types import ModuleType

from josie_bench.reports._cells import Cell
from josie_bench.reports._page import case_section
from josie_bench.reports._time_tables import round_table, waterfall_table
from josie_bench.terms.result import WaterfallSpan
from josie_bench.terms.score import Interval


def texts(row: tuple[Cell, ...]) -> list[str]:
    return [cell.text for cell in row]


def interval(low: float, high: float) -> Interval:
    return Interval(level=0.95, low=low, high=high, method="order statistic on n_eff, within one run")


def test_rounds_are_listed_with_their_medians_and_reasons(sample: ModuleType) -> None:
    data = sample.rounds_run(count=2)
    case = data.result.cases[0]
    broken = replace(case.rounds[1], status="OOM", reason="killed", compute_p50_ms=None, component_p50_ms={})
    section = case_section(data, replace(case, rounds=[case.rounds[0], broken], windows_measured=48))
    assert section.windows == "48 windows measured after 0 of warm-up, in 2 rounds of fresh processes"
    assert section.rounds.heads == ("round", "status", "began", "windows", "compute p50 (ms)", "audio_decoder (ms)")
    assert [texts(row) for row in section.rounds.rows] == [
        ["1", "OK", "2026-11-23T07:15:00+00:00", "24", "60.0", "4.00"],
        ["2", "OOM: killed", "2026-11-23T07:15:01+00:00", "24", "—", "—"],
    ]
    assert case_section(data, replace(case, rounds=[])).rounds.rows == ()


def test_medians_of_a_round_stand_over_what_they_rest_on(sample: ModuleType) -> None:
    one = replace(
        sample.rounds_run(count=2).result.cases[0].rounds[0],
        windows_answered=40,
        compute_p50_n_eff=22.4,
        compute_p50_ci=interval(58.0, 61.0),
        component_p50_n_eff={"audio_decoder": 5.0},
    )
    whole, decoder = round_table([one]).rows[0][4:]
    assert (whole.text, whole.note) == ("60.0 [58.0, 61.0]", "of 40, worth 22")
    assert (decoder.text, decoder.note) == ("4.00, no interval", "of 40, worth 5")
    [few] = round_table([replace(one, windows_answered=29, compute_p50_n_eff=29.0)]).rows
    assert (few[4].text, few[4].note) == ("60.0 [58.0, 61.0] †", "of 29")


def test_parts_of_a_window_stand_over_what_they_rest_on(sample: ModuleType) -> None:
    old = WaterfallSpan(span="queue", p50=0.5, p99=None, share=0.25)
    new = replace(old, span="audio_encoder", p99=9.0, n=400, p50_n_eff=322.0, p50_ci=interval(0.4, 0.6), p99_n_eff=400)
    table = waterfall_table(sample.case_result("a", waterfall=[old, new]))
    assert [texts(row) for row in table.rows] == [
        ["queue", "0.500", "—", "25.0 %"],
        ["audio_encoder", "0.500 [0.400, 0.600]", "9.00, no interval", "25.0 %"],
    ]
    assert [cell.note for cell in table.rows[1]] == ["", "of 400, worth 322", "of 400", ""]
    unsteady = waterfall_table(sample.case_result("a", status="UNSTEADY", waterfall=[old]))
    assert [cell.is_struck for cell in unsteady.rows[0]] == [False, True, False, True]  # there is no p99
    assert case_section(sample.sample_run(), sample.case_result("a", waterfall=[old])).waterfall == waterfall_table(
        sample.case_result("a", waterfall=[old])
    )
